//! The colours of a map with their values.

use egui::{Align2, Color32, FontId, Mesh, Rect, Response, Role, Sense, Ui, Vec2, Widget, WidgetInfo, pos2, vec2};

use crate::ui::theme;
use crate::ui::widgets::paint;

/// A colour map from low (bottom) to high (top), its ticks at the right.
#[must_use]
pub struct ColorBar<'a> {
    name: &'a str,
    lut: &'static [[u8; 3]; 256],
    size: Vec2,
    ticks: &'a [(f32, &'a str)],
    font: FontId,
}

impl<'a> ColorBar<'a> {
    /// `size` is that of the coloured bar; ticks stand to its right.
    pub fn new(name: &'a str, lut: &'static [[u8; 3]; 256], size: Vec2) -> Self {
        Self { name, lut, size, ticks: &[], font: theme::font::caption() }
    }

    /// Share of the height from the bottom, and what stands there.
    pub fn ticks(mut self, ticks: &'a [(f32, &'a str)]) -> Self {
        self.ticks = ticks;
        self
    }

    pub fn font(mut self, font: FontId) -> Self {
        self.font = font;
        self
    }

    /// Paints at an exact place: `bar` is the coloured part.
    pub fn paint(&self, ui: &Ui, bar: Rect) {
        let theme = theme::of(ui);
        ui.painter().add(gradient(bar, self.lut));
        for (share, text) in self.ticks {
            let y = bar.bottom() - share.clamp(0.0, 1.0) * bar.height();
            let line = ui.painter().round_to_pixel_center(y);
            ui.painter().hline(bar.right()..=bar.right() + 5.0, line, (1.0, theme.secondary));
            let at = pos2(bar.right() + 9.0, y);
            paint::text(ui.painter(), at, Align2::LEFT_CENTER, text, self.font.clone(), theme.secondary);
        }
    }
}

impl Widget for ColorBar<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.name));
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect);
        }
        response
    }
}

fn gradient(rect: Rect, lut: &[[u8; 3]; 256]) -> Mesh {
    const STEPS: u16 = 51;
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let [r, g, b] = lut[usize::from(step * 5)];
        let color = Color32::from_rgb(r, g, b);
        let y = rect.bottom() - rect.height() * f32::from(step) / f32::from(STEPS);
        let left = pos2(rect.left(), y);
        mesh.colored_vertex(left, color);
        mesh.colored_vertex(left + vec2(rect.width(), 0.0), color);
        if step > 0 {
            let at = 2 * u32::from(step);
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::imaging::colormap::ColorMap;

    #[test]
    fn low_is_at_the_bottom() {
        let mesh = gradient(Rect::from_min_size(pos2(0.0, 0.0), vec2(12.0, 210.0)), ColorMap::Gray.lut());
        let lowest = mesh.vertices.iter().max_by(|a, b| a.pos.y.total_cmp(&b.pos.y)).unwrap();
        assert_eq!((lowest.pos.y, lowest.color), (210.0, Color32::BLACK));
        assert!(mesh.is_valid());
    }

    #[test]
    fn it_has_its_name_and_size() {
        let mut harness = crate::ui::widgets::harness(|ui| {
            let bar = ColorBar::new("Scale of the maps", ColorMap::Inferno.lut(), vec2(12.0, 210.0));
            ui.add(bar.ticks(&[(0.0, "0.00"), (1.0, "1.00")]));
        });
        harness.run();
        assert_eq!(harness.get_by_role_and_label(Role::Image, "Scale of the maps").rect().height(), 210.0);
    }
}
