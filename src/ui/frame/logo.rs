//! The mark of the program: two lungs inside the corners of a viewfinder.

use egui::epaint::{CubicBezierShape, PathStroke};
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// The outline of the left lobe, in units of half the side from the middle: start, then three curves of two controls and an end.
const LOBE: [[f32; 2]; 10] = [
    [-0.10, -0.06],
    [-0.12, -0.34],
    [-0.28, -0.36],
    [-0.36, -0.12],
    [-0.46, 0.10],
    [-0.54, 0.42],
    [-0.40, 0.44],
    [-0.26, 0.46],
    [-0.10, 0.42],
    [-0.10, 0.16],
];

/// Paints the mark into a square: corners in one colour, lungs in another.
pub fn paint_logo(painter: &Painter, rect: Rect, corners: Color32, lungs: Color32) {
    let half = rect.width() / 2.0;
    let width = (rect.width() / 14.0).max(1.2);
    corner_lines(painter, rect.shrink(width / 2.0), Stroke::new(width, corners));
    let place = |point: [f32; 2], mirror: f32| rect.center() + vec2(mirror * point[0], point[1]) * half * 1.2;
    let stroke = PathStroke::new(width * 0.9, lungs);
    for mirror in [1.0, -1.0] {
        for start in [0, 3, 6] {
            let points: [Pos2; 4] = std::array::from_fn(|index| place(LOBE[start + index], mirror));
            let curve = CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke.clone());
            painter.add(curve);
        }
        let bronchus = [place([-0.10, 0.16], mirror), place([-0.10, -0.06], mirror)];
        painter.line_segment(bronchus, Stroke::new(width * 0.9, lungs));
    }
    let windpipe = [place([0.0, -0.5], 1.0), place([0.0, -0.12], 1.0)];
    painter.line_segment(windpipe, Stroke::new(width * 0.9, lungs));
    for mirror in [1.0, -1.0] {
        let branch = [place([0.0, -0.12], 1.0), place([-0.10, 0.0], mirror)];
        painter.line_segment(branch, Stroke::new(width * 0.9, lungs));
    }
}

fn corner_lines(painter: &Painter, rect: Rect, stroke: Stroke) {
    let arm = rect.width() * 0.24;
    let round = rect.width() * 0.10;
    for (x, y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let corner = pos2(rect.left() + x * rect.width(), rect.top() + y * rect.height());
        let inwards = vec2(1.0 - 2.0 * x, 1.0 - 2.0 * y);
        let at = |along_x: f32, along_y: f32| corner + vec2(along_x * inwards.x, along_y * inwards.y);
        let mut points = vec![at(arm, 0.0)];
        points.extend((0..=6u8).map(|step| {
            let (sin, cos) = (f32::from(step) / 6.0 * std::f32::consts::FRAC_PI_2).sin_cos();
            at(round * (1.0 - sin), round * (1.0 - cos))
        }));
        points.push(at(0.0, arm));
        painter.add(Shape::line(points, stroke));
    }
}

#[cfg(test)]
mod tests {
    use egui::CornerRadius;

    use super::*;
    use crate::ui::theme::{self, DARK};

    #[test]
    #[ignore = "draws assets/icon.png anew"]
    fn the_icon() {
        let mut harness = egui_kittest::Harness::builder()
            .with_size(vec2(256.0, 256.0))
            .with_context_setup(theme::install)
            .wgpu()
            .build_ui(|ui| {
                let window = ui.ctx().content_rect();
                let above = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("icon"));
                let painter = ui.ctx().layer_painter(above);
                painter.rect_filled(window, CornerRadius::same(56), DARK.surface);
                paint_logo(&painter, window.shrink(44.0), DARK.accent, DARK.text);
            });
        harness.run();
        let image = harness.render().unwrap();
        image.save(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/icon.png")).unwrap();
    }
}
