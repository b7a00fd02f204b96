//! How much of the training codes' variance lies along each component.

use egui::{Align2, Color32, CornerRadius, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::domain::Pca;
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

const ROW: f32 = 17.0;
/// Components with a bar, at most.
const MOST: usize = 16;

/// Draws a bar a component, as many as fit, and what the first together explain.
pub fn show(ui: &mut Ui, pca: &Pca, color: Color32) {
    let theme = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let fitting = ((ui.available_height() - 18.0) / ROW).max(1.0) as usize;
    let count = pca.kept().min(MOST).min(fitting);
    let largest = pca.explained.first().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
    for (index, &share) in pca.explained.iter().enumerate().take(count) {
        bar(ui, index, share, (share / largest) as f32, color);
    }
    let together: f64 = pca.explained.iter().take(3).sum();
    let text = match pca.kept() {
        0 => "The training codes do not vary.".to_owned(),
        1 | 2 => format!("Along {} of {} directions there is variance.", pca.kept(), pca.latent()),
        _ => format!("The first three together: {}.", percent(together)),
    };
    ui.add_space(2.0);
    ui.label(RichText::new(text).font(font::caption()).color(theme.secondary));
}

fn bar(ui: &mut Ui, index: usize, share: f64, length: f32, color: Color32) {
    let theme = theme::of(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let text = percent(share);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("PC {}, {text} of variance", index + 1)));
    let name = Rect::from_min_size(row.min, vec2(38.0, ROW));
    paint::line(ui, name, &format!("PC {}", index + 1), font::caption(), theme.secondary);
    let track =
        Rect::from_min_max(pos2(name.right(), row.center().y - 4.0), pos2(row.right() - 48.0, row.center().y + 4.0));
    let filled = track.with_max_x(track.left() + (track.width() * length).max(1.0));
    ui.painter().rect_filled(filled, CornerRadius::same(1), color);
    let at = row.right_center();
    paint::text(ui.painter(), at, Align2::RIGHT_CENTER, text, font::caption(), theme.text);
}

/// "34.1 %".
pub fn percent(share: f64) -> String {
    format!("{:.1}\u{2009}%", share * 100.0)
}
