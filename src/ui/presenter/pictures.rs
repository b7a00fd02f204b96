//! The three images with their words, and the scale of the map.

use egui::{Align2, Color32, CornerRadius, Ui, UiBuilder};

use super::place::Place;
use crate::imaging::colormap::ColorMap;
use crate::ui::textures::{Render, Source};
use crate::ui::theme;
use crate::ui::widgets::{ColorBar, ImageView, paint};

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
    let bar = place.rect(1198.0, 94.0, 16.0, 368.0);
    ColorBar::new("Scale of the map", ColorMap::Inferno.lut(), bar.size())
        .ticks(&[(1.0, "1.0"), (0.5, "0.5"), (0.0, "0")])
        .font(place.font(16.0, false))
        .paint(ui, bar);
}
