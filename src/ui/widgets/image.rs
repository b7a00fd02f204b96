//! Images as they lie in memory, painted through the texture cache.

use egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, TextureId, Ui, Vec2, Widget, WidgetInfo,
    pos2,
};

use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

/// The whole of a texture.
pub const WHOLE: Rect = Rect { min: Pos2::ZERO, max: pos2(1.0, 1.0) };

/// Paints the part `uv` of a texture into `rect`.
pub fn paint_image(painter: &Painter, rect: Rect, texture: TextureId, uv: Rect, tint: Color32) {
    painter.image(texture, rect, uv, tint);
}

/// Paints a label on an image, on a dark plate whose corner `anchor` lies at `pos`.
pub fn paint_plate(ui: &Ui, pos: Pos2, anchor: Align2, text: &str) -> Rect {
    let theme = theme::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font::caption(), theme.on_plate);
    let rect = anchor.anchor_size(pos, galley.size() + Vec2::new(12.0, 4.0));
    ui.painter().rect_filled(rect, CornerRadius::same(3), theme.plate);
    ui.painter().galley(rect.min + Vec2::new(6.0, 2.0), galley, theme.on_plate);
    rect
}

/// An image that fills a rectangle of its own.
#[must_use]
pub struct ImageView<'a> {
    name: &'a str,
    source: Option<Source>,
    render: Render,
    size: Vec2,
    uv: Rect,
    sense: Sense,
}

impl<'a> ImageView<'a> {
    /// `name` is the accessible name; without a source an empty well is painted.
    pub fn new(name: &'a str, source: Option<Source>, render: Render, size: Vec2) -> Self {
        Self { name, source, render, size, uv: WHOLE, sense: Sense::hover() }
    }

    /// The part of the image that is shown, in shares of its sides.
    pub fn uv(mut self, uv: Rect) -> Self {
        self.uv = uv;
        self
    }

    pub fn sense(mut self, sense: Sense) -> Self {
        self.sense = sense;
        self
    }
}

impl Widget for ImageView<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size, self.sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), self.name));
        if ui.is_rect_visible(rect) {
            let theme = theme::of(ui);
            ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.image_well);
            if let Some(source) = &self.source {
                let texture = textures::texture(ui.ctx(), source, &self.render);
                paint_image(ui.painter(), rect, texture, self.uv, Color32::WHITE);
            } else {
                paint::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, "…", font::body(), theme.secondary);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::domain::Plane;

    #[test]
    fn has_its_size_and_name_with_and_without_pixels() {
        let plane = Arc::new(Plane::new(2, 2, vec![0.0, 0.5, 1.0, 0.25]));
        let mut harness = crate::ui::widgets::harness(move |ui| {
            let source = Some(Source::Plane(plane.clone()));
            ui.add(ImageView::new("Reconstruction by the VAE", source, Render::gray(), Vec2::splat(80.0)));
            ui.add(ImageView::new("Map of the VAE", None, Render::gray(), Vec2::splat(60.0)));
        });
        harness.run();
        assert_eq!(harness.get_by_label("Reconstruction by the VAE").rect().width(), 80.0);
        assert_eq!(harness.get_by_label("Map of the VAE").rect().height(), 60.0);
    }
}
