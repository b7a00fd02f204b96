//! Places in the window: the design's, enlarged to fit.

use egui::{Pos2, Rect, vec2};

use crate::ui::theme::font;

/// The window that the measures are given for.
pub const DESIGN: egui::Vec2 = vec2(1280.0, 800.0);

#[derive(Clone, Copy)]
pub struct Place {
    origin: Pos2,
    pub scale: f32,
    pub window: Rect,
}

impl Place {
    pub fn of(window: Rect) -> Self {
        let scale = (window.width() / DESIGN.x).min(window.height() / DESIGN.y);
        let origin = window.center() - DESIGN * scale / 2.0;
        Self { origin, scale, window }
    }

    pub fn at(self, x: f32, y: f32) -> Pos2 {
        self.origin + vec2(x, y) * self.scale
    }

    pub fn rect(self, x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::from_min_size(self.at(x, y), vec2(width, height) * self.scale)
    }

    pub fn font(self, size: f32, semibold: bool) -> egui::FontId {
        font::sized(size * self.scale, semibold)
    }
}
