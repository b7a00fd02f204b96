//! The three images with their words, and the scale of the map.

use egui::{Align2, Color32, CornerRadius, Rect, Ui, UiBuilder, pos2};

use super::place::Place;
use crate::imaging::colormap::ColorMap;
use crate::ui::textures::{Render, Source};
use crate::ui::theme;
use crate::ui::widgets::{ImageView, paint};

/// An image with a line above and two lines of words below.
pub fn picture(ui: &mut Ui, place: Place, x: f32, line: Color32, words: (&str, &str), image: (Option<Source>, Render)) {
    let theme = theme::of(ui);
    ui.painter().rect_filled(place.rect(x, 91.0, 368.0, 3.0), CornerRadius::ZERO, line);
    let rect = place.rect(x, 94.0, 368.0, 368.0);
    let view = ImageView::new(words.0, image.0, image.1, rect.size());
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| ui.add(view));
    let at = place.at(x, 487.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words.0, place.font(20.0, true), theme.text);
    let at = place.at(x, 512.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words.1, place.font(16.0, false), theme.secondary);
}

pub fn color_bar(ui: &Ui, place: Place) {
    let theme = theme::of(ui);
    let rect = place.rect(1198.0, 95.0, 16.0, 367.0);
    let steps = 64u8;
    for step in 0..steps {
        let (low, high) = (f32::from(step) / f32::from(steps), f32::from(step + 1) / f32::from(steps));
        let [r, g, b] = ColorMap::Inferno.color(low.midpoint(high));
        let y = |share: f32| rect.bottom() - share * rect.height();
        let band = Rect::from_min_max(pos2(rect.left(), y(high)), pos2(rect.right(), y(low) + 0.5));
        ui.painter().rect_filled(band, CornerRadius::ZERO, Color32::from_rgb(r, g, b));
    }
    for (text, share) in [("1.0", 0.985), ("0.5", 0.5), ("0", 0.015)] {
        let at = pos2(rect.right() + 9.0 * place.scale, rect.bottom() - share * rect.height());
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, text, place.font(16.0, false), theme.secondary);
    }
}
