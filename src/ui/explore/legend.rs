//! What the colours say; each group can be hidden.

use std::collections::BTreeSet;

use egui::{Align2, CornerRadius, Mesh, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::color;
use super::prepared::{ColorBy, Group, Prepared};
use crate::domain::{Label, thousands};
use crate::ui::icons;
use crate::ui::theme::{self, font, radius};
use crate::ui::widgets::{paint, paint_class_mark};

const ROW: f32 = 24.0;
const BAR: f32 = 8.0;
/// Steps of the scale's colours.
const STEPS: u32 = 24;

/// Draws the legend of a way of colouring; a click, or Space, hides a group and shows it again.
pub fn show(ui: &mut Ui, prepared: &Prepared, by: ColorBy, hidden: &mut BTreeSet<(ColorBy, usize)>) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if by == ColorBy::Score {
            scale(ui, prepared);
        }
        for (index, group) in prepared.grouping(by).groups.iter().enumerate() {
            let is_hidden = hidden.contains(&(by, index));
            if row(ui, group, by == ColorBy::Score, is_hidden) && !hidden.remove(&(by, index)) {
                hidden.insert((by, index));
            }
        }
    });
}

/// One group; true when it was clicked.
fn row(ui: &mut Ui, group: &Group, plain: bool, hidden: bool) -> bool {
    let theme = theme::of(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), !hidden, &group.name));
    let corner = CornerRadius::same(radius::SEGMENT);
    if response.hovered() {
        ui.painter().rect_filled(row, corner, theme.raised);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(row, corner, theme.focus_stroke(), StrokeKind::Inside);
    }
    let ink = match (hidden, plain) {
        (true, _) => color::hidden(theme),
        (false, true) => theme.secondary,
        (false, false) => color::of_ink(group.ink, theme),
    };
    let labels = group.label.map_or(vec![Label::Healthy, Label::Diseased], |label| vec![label]);
    for (index, label) in labels.into_iter().enumerate() {
        let at = pos2(row.left() + 9.0 + 11.0 * index as f32, row.center().y);
        paint_class_mark(ui.painter(), at, 4.2, label, ink);
    }
    let text = if hidden { theme.secondary } else { theme.text };
    let name = Rect::from_min_max(pos2(row.left() + 32.0, row.top()), pos2(row.right() - 70.0, row.bottom()));
    paint::line(ui, name, &group.name, font::body(), text);
    let count = pos2(row.right() - 24.0, row.center().y);
    paint::text(ui.painter(), count, Align2::RIGHT_CENTER, thousands(group.count), font::body(), theme.secondary);
    let eye = if hidden { icons::EYE_SLASH } else { icons::EYE };
    let ink = if hidden || response.hovered() { theme.text } else { theme.disabled };
    paint::icon(ui.painter(), pos2(row.right() - 10.0, row.center().y), eye, 14.0, ink);
    let action = if hidden { "Show" } else { "Hide" };
    response.on_hover_text(format!("{action} {}", group.name.to_lowercase())).clicked()
}

/// The colours of scores with the ends of their range.
fn scale(ui: &mut Ui, prepared: &Prepared) {
    let theme = theme::of(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR + 20.0), Sense::hover());
    let (low, high) = prepared.score_range;
    let ends = [format!("≤ {}", sigma(low)), format!("≥ {}", sigma(high))];
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Scores from {} to {}", ends[0], ends[1])));
    let bar = Rect::from_min_size(row.min + vec2(0.0, 2.0), vec2(row.width(), BAR));
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let share = step as f32 / STEPS as f32;
        let ink = color::of_share(share, theme);
        let x = bar.left() + share * bar.width();
        mesh.colored_vertex(pos2(x, bar.top()), ink);
        mesh.colored_vertex(pos2(x, bar.bottom()), ink);
        if step > 0 {
            mesh.add_triangle(2 * step - 2, 2 * step - 1, 2 * step);
            mesh.add_triangle(2 * step - 1, 2 * step, 2 * step + 1);
        }
    }
    ui.painter().add(mesh);
    let below = bar.bottom() + 3.0;
    for (x, anchor, text) in [(bar.left(), Align2::LEFT_TOP, &ends[0]), (bar.right(), Align2::RIGHT_TOP, &ends[1])] {
        paint::text(ui.painter(), pos2(x, below), anchor, text, font::caption(), theme.secondary);
    }
    response.on_hover_text("Scores in standard deviations of held-out healthy images; the outermost 2\u{2009}% at each end have the end's colour.");
}

/// "−1.2 σ".
pub fn sigma(value: f32) -> String {
    // Never "-0.0".
    let value = if value.abs() < 0.05 { 0.0 } else { value };
    format!("{value:.1} σ").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmas_read_well() {
        assert_eq!([sigma(-0.01), sigma(-1.25), sigma(3.04)], ["0.0 σ", "−1.2 σ", "3.0 σ"]);
    }
}
