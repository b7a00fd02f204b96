//! Text and icons at exact places, for what is drawn rather than laid out.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Ui};

use crate::ui::icons;

/// Draws one line anchored at `pos`; returns where it lies.
pub fn text(painter: &Painter, pos: Pos2, anchor: Align2, text: impl ToString, font: FontId, color: Color32) -> Rect {
    painter.text(pos, anchor, text, font, color)
}

/// Draws an outlined icon centred at `center`.
pub fn icon(painter: &Painter, center: Pos2, glyph: &str, size: f32, color: Color32) {
    painter.text(center, Align2::CENTER_CENTER, glyph, icons::regular(size), color);
}

/// Draws a filled icon centred at `center`.
pub fn filled_icon(painter: &Painter, center: Pos2, glyph: &str, size: f32, color: Color32) {
    painter.text(center, Align2::CENTER_CENTER, glyph, icons::filled(size), color);
}

/// Lays out one line, cut with an ellipsis at `max_width`.
pub fn elided(ui: &Ui, text: &str, font: FontId, color: Color32, max_width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, color));
    job.wrap = TextWrapping::truncate_at_width(max_width.max(0.0));
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// Lays out text wrapped at `max_width`.
pub fn wrapped(ui: &Ui, text: &str, font: FontId, color: Color32, max_width: f32) -> Arc<Galley> {
    ui.fonts_mut(|fonts| fonts.layout(text.to_owned(), font, color, max_width.max(0.0)))
}

/// Lays out at most `rows` lines wrapped at `max_width`, the last one cut with an ellipsis.
pub fn wrapped_rows(ui: &Ui, text: &str, font: FontId, color: Color32, max_width: f32, rows: usize) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, color));
    job.wrap = TextWrapping { max_rows: rows, ..TextWrapping::wrap_at_width(max_width.max(0.0)) };
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// Draws one line inside `rect`, left and vertically centred, cut with an ellipsis when it is too long.
pub fn line(ui: &Ui, rect: Rect, text: &str, font: FontId, color: Color32) -> Rect {
    let galley = elided(ui, text, font, color, rect.width());
    let pos = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect).min;
    let placed = Rect::from_min_size(pos, galley.size());
    ui.painter().galley(pos, galley, color);
    placed
}

/// The width of one line.
pub fn width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.fonts_mut(|fonts| fonts.layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::font;

    #[test]
    fn long_lines_are_cut_to_their_width() {
        let mut widths = (0.0, 0.0);
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                let long = "person111_bacteria_535 and much more that does not fit".repeat(3);
                widths.0 = elided(ui, &long, font::body(), Color32::WHITE, 120.0).size().x;
                widths.1 = elided(ui, "short", font::body(), Color32::WHITE, 120.0).size().x;
            });
            harness.run();
        }
        assert!(widths.0 <= 120.5 && widths.0 > 60.0, "{}", widths.0);
        assert!(widths.1 < 60.0, "{}", widths.1);
    }
}
