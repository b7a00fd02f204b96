//! The runs over the plot: an eye to show or hide each, a name to look at its figures.

use egui::{Align2, Color32, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use jiff::civil::Date;

use crate::domain::ModelId;
use crate::ui::icons;
use crate::ui::theme::{self, Theme, font};
use crate::ui::train::about;
use crate::ui::train::axis;
use crate::ui::train::runs::{Run, Shown};
use crate::ui::widgets::{Dropdown, menu_item, paint};

const EYE: f32 = 20.0;
const DOT: f32 = 14.0;
const GAP: f32 = 12.0;
/// Room for "12 more".
const MORE: f32 = 74.0;

/// What was done in the legend.
#[derive(Debug, Default, PartialEq)]
pub struct LegendResponse {
    /// A run whose figures are wanted.
    pub chosen: Option<ModelId>,
}

/// Draws the legend into one row; what does not fit is in a menu at its end.
pub fn ui(
    ui: &mut Ui,
    place: Rect,
    runs: &[Run<'_>],
    shown: &mut Shown,
    focus: Option<&ModelId>,
    today: Date,
) -> LegendResponse {
    let mut result = LegendResponse::default();
    // Those drawn first: they are what one looks for.
    let mut ordered: Vec<(&Run<'_>, bool)> = runs.iter().map(|run| (run, shown.is_shown(run, runs))).collect();
    ordered.sort_by_key(|(run, visible)| (run.active.is_none(), !*visible));
    let widths: Vec<f32> = ordered.iter().map(|(run, _)| width(ui, run, today)).collect();
    let fitting = fitting(&widths, place.width());
    let mut left = place.left();
    for ((run, visible), width) in ordered.iter().zip(&widths).take(fitting) {
        let rect = Rect::from_min_size(pos2(left, place.top()), vec2(*width, place.height()));
        let focused = focus == Some(&run.info.id);
        let entry = entry_ui(ui, rect, run, *visible, focused, today);
        if entry.toggled {
            shown.set(&run.info.id, !*visible);
        }
        if entry.chosen {
            shown.set(&run.info.id, true);
            result.chosen = Some(run.info.id.clone());
        }
        left += width + GAP;
    }
    if fitting < ordered.len() {
        let rect = Rect::from_min_max(pos2(left, place.top()), place.max);
        more_ui(ui, rect, &ordered, ordered.len() - fitting, shown, today);
    }
    result
}

/// How many entries fit, leaving room for the menu when not all do.
fn fitting(widths: &[f32], room: f32) -> usize {
    let total: f32 = widths.iter().sum::<f32>() + GAP * widths.len().saturating_sub(1) as f32;
    if total <= room {
        return widths.len();
    }
    let mut left = 0.0;
    widths
        .iter()
        .take_while(|width| {
            left += **width + GAP;
            left + MORE <= room
        })
        .count()
}

fn width(ui: &Ui, run: &Run<'_>, today: Date) -> f32 {
    let name = paint::width(ui, run.architecture().name(), font::caption_strong());
    EYE + DOT + name + 5.0 + paint::width(ui, &run.when(today), font::caption())
}

struct Entry {
    toggled: bool,
    chosen: bool,
}

fn entry_ui(ui: &mut Ui, rect: Rect, run: &Run<'_>, visible: bool, focused: bool, today: Date) -> Entry {
    let theme = theme::of(ui);
    let name = run.name(today);
    let id = ui.scope_id().with(("legend", &run.info.id.0));
    let eye_at = Rect::from_min_size(rect.min, vec2(EYE, rect.height()));
    let eye = ui.interact(eye_at, id.with("eye"), Sense::click());
    let action = if visible { format!("Hide {name}") } else { format!("Show {name}") };
    eye.widget_info(|| WidgetInfo::selected(Role::Button, true, visible, &action));
    let glyph = if visible { icons::EYE } else { icons::EYE_SLASH };
    let ink = if eye.hovered() || eye.has_focus() { theme.text } else { theme.secondary };
    paint::icon(ui.painter(), eye_at.left_center() + vec2(7.5, 0.0), glyph, 15.0, ink);
    focus_ring(ui, eye_at, &eye, theme);
    let name_at = Rect::from_min_max(pos2(eye_at.right(), rect.top()), rect.max);
    let label = ui.interact(name_at, id.with("name"), Sense::click());
    let role = || WidgetInfo::selected(Role::Button, true, focused, format!("Figures of {name}"));
    label.widget_info(role);
    let color = series_color(theme, run, visible);
    let middle = rect.center().y;
    ui.painter().circle_filled(pos2(name_at.left() + 4.0, middle), 4.0, color);
    let ink = if visible { theme.text } else { theme.disabled };
    let font = font::caption_strong();
    let at = pos2(name_at.left() + DOT, middle);
    let written = paint::text(ui.painter(), at, Align2::LEFT_CENTER, run.architecture().name(), font, ink);
    let ink = if visible { theme.secondary } else { theme.disabled };
    let at = pos2(written.right() + 5.0, middle);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, run.when(today), font::caption(), ink);
    if focused {
        let line = written.left()..=rect.right();
        ui.painter().hline(line, rect.bottom() - 2.0, egui::Stroke::new(1.5, color));
    }
    focus_ring(ui, name_at, &label, theme);
    let toggled = eye.on_hover_text(action).clicked();
    let chosen = label.on_hover_ui(|ui| account_ui(ui, run, &name)).clicked();
    Entry { toggled, chosen }
}

fn focus_ring(ui: &Ui, rect: Rect, response: &Response, theme: &Theme) {
    if response.has_focus() {
        let corner = egui::CornerRadius::same(3);
        ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), egui::StrokeKind::Outside);
    }
}

fn series_color(theme: &Theme, run: &Run<'_>, visible: bool) -> Color32 {
    let color = theme.series(run.architecture().series());
    if visible { color } else { theme::mix(color, theme.window, 0.55) }
}

/// A run's particulars, on hover.
fn account_ui(ui: &mut Ui, run: &Run<'_>, name: &str) {
    let theme = theme::of(ui);
    let settings = &run.info.settings;
    ui.label(egui::RichText::new(name).font(font::body_strong()));
    let mut lines = vec![
        run.standing().to_owned(),
        format!(
            "{} of {} epochs, {} px, seed {}",
            run.epoch_count(),
            settings.epochs,
            settings.preprocessing.image_size,
            settings.seed
        ),
        format!("{}, {} parameters", about::line(settings), about::count(run.info.parameters)),
        format!("{} images of {}", run.info.train_count, run.info.data_name),
    ];
    if let Some(best) = run.best_epoch() {
        let mut line = format!("best epoch {}, validation error {}", best.epoch, axis::figure(best.validation.recon));
        if let Some(auroc) = best.development_auroc {
            let (healthy, diseased) = run.info.watched_images();
            line += &format!(", development AUROC {auroc:.3} ({healthy} healthy, {diseased} diseased)");
        }
        lines.push(line);
    }
    for line in lines {
        ui.label(egui::RichText::new(line).font(font::caption()).color(theme.secondary));
    }
}

/// The menu with all runs.
fn more_ui(ui: &mut Ui, place: Rect, ordered: &[(&Run<'_>, bool)], hidden: usize, shown: &mut Shown, today: Date) {
    let theme = theme::of(ui);
    let label = format!("{hidden} more");
    let place = Rect::from_center_size(pos2(place.left() + MORE / 2.0, place.center().y), vec2(MORE, 28.0));
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        Dropdown::new("All runs", &label).frameless().stays_open().show(ui, |ui| {
            for (run, visible) in ordered {
                let color = theme.series(run.architecture().series());
                let name = run.architecture().name();
                let caption = format!("{}, {} epochs", run.when(today), run.epoch_count());
                if menu_item(ui, name, &caption, Some(color), *visible).clicked() {
                    shown.set(&run.info.id, !*visible);
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_leaves_room_for_the_menu() {
        assert_eq!(fitting(&[100.0, 100.0], 212.0), 2);
        assert_eq!(fitting(&[100.0, 100.0, 100.0], 300.0), 2);
        assert_eq!(fitting(&[400.0], 300.0), 0);
        assert_eq!(fitting(&[], 300.0), 0);
    }
}
