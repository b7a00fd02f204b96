//! A frame with axes, and lines in it.

use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Rgba, Shape, Stroke, Ui, pos2, vec2};

use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

/// A square from (0, 0) to (1, 1), with shares on both axes.
#[derive(Clone, Copy, Debug)]
pub struct UnitFrame {
    pub rect: Rect,
}

impl UnitFrame {
    pub fn at(self, [x, y]: [f64; 2]) -> Pos2 {
        let (x, y) = (x.clamp(0.0, 1.0) as f32, y.clamp(0.0, 1.0) as f32);
        pos2(self.rect.left() + x * self.rect.width(), self.rect.bottom() - y * self.rect.height())
    }

    /// Grid, ticks every fifth and the axes' names.
    pub fn axes(self, ui: &Ui, x_name: &str, y_name: &str) {
        let theme = theme::of(ui);
        let painter = ui.painter();
        for tick in 0..=5 {
            let share = f64::from(tick) / 5.0;
            let on_x = self.at([share, 0.0]);
            let on_y = self.at([0.0, share]);
            painter.vline(on_x.x, self.rect.y_range(), theme.hairline_stroke());
            painter.hline(self.rect.x_range(), on_y.y, theme.hairline_stroke());
            let text = format!("{share:.1}");
            let below = on_x + vec2(0.0, 6.0);
            paint::text(painter, below, Align2::CENTER_TOP, &text, font::caption(), theme.secondary);
            let left = on_y - vec2(8.0, 0.0);
            paint::text(painter, left, Align2::RIGHT_CENTER, &text, font::caption(), theme.secondary);
        }
        let below = self.rect.center_bottom() + vec2(0.0, 23.0);
        paint::text(painter, below, Align2::CENTER_TOP, x_name, font::caption(), theme.secondary);
        let above = self.rect.left_top() - vec2(26.0, 8.0);
        paint::text(painter, above, Align2::LEFT_BOTTOM, y_name, font::caption(), theme.secondary);
    }

    /// A curve; points closer together than can be seen are left out.
    pub fn line(self, points: &[[f64; 2]]) -> Vec<Pos2> {
        let mut line: Vec<Pos2> = Vec::with_capacity(points.len().min(1_024));
        for (index, &point) in points.iter().enumerate() {
            let next = self.at(point);
            let last = index + 1 == points.len();
            if last || line.last().is_none_or(|before| (next - *before).length_sq() > 0.2) {
                line.push(next);
            }
        }
        line
    }

    /// The area between two curves over the same x.
    pub fn band(self, band: &[[f64; 3]], color: Color32) -> Shape {
        let mut mesh = Mesh::default();
        for (index, &[x, low, high]) in (0u32..).zip(band) {
            mesh.colored_vertex(self.at([x, high]), color);
            mesh.colored_vertex(self.at([x, low]), color);
            if index > 0 {
                let at = 2 * index;
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
        }
        Shape::mesh(mesh)
    }

    /// Where the threshold lies on a curve, with dashed lines to both axes.
    pub fn operating_point(self, ui: &Ui, point: [f64; 2]) {
        let theme = theme::of(ui);
        let at = self.at(point);
        let stroke = Stroke::new(1.0, theme.secondary);
        dashes(ui.painter(), &[pos2(self.rect.left(), at.y), at], stroke, 2.0);
        dashes(ui.painter(), &[at, pos2(at.x, self.rect.bottom())], stroke, 2.0);
        ui.painter().circle(at, 5.5, theme.text, Stroke::new(2.0, theme.surface));
    }
}

/// A dashed line, dashes and gaps of one length.
pub fn dashes(painter: &Painter, points: &[Pos2], stroke: Stroke, length: f32) {
    painter.extend(Shape::dashed_line(points, stroke, length, length));
}

/// The colour at a share of its opacity, over whatever is behind.
pub fn faint(color: Color32, opacity: f32) -> Color32 {
    Rgba::from(color).multiply(opacity).into()
}

/// Round values for the ticks of an axis: at most `most`, at a distance of 1, 2 or 5 times a power of ten.
pub fn ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || most == 0 {
        return Vec::new();
    }
    let mut power = 10f64.powf((span / most as f64).log10().floor() - 1.0);
    loop {
        for factor in [1.0, 2.0, 5.0] {
            let step = power * factor;
            let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
            if last - first + 1.0 <= most as f64 {
                return (0..=(last - first).max(-1.0) as i64).map(|index| (first + index as f64) * step).collect();
            }
        }
        power *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert!(close(&ticks(0.833, 0.957, 3), &[0.85, 0.90, 0.95]), "{:?}", ticks(0.833, 0.957, 3));
        assert!(close(&ticks(-2.6, 8.9, 8), &[-2.0, 0.0, 2.0, 4.0, 6.0, 8.0]));
        assert!(close(&ticks(0.0, 1.0, 6), &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]));
        assert!(ticks(1.0, 1.0, 5).is_empty() && ticks(f64::NAN, 1.0, 5).is_empty() && ticks(0.0, 1.0, 0).is_empty());
        for (low, high) in [(0.8999, 0.9001), (-1e6, 1e6), (0.5, 1.0)] {
            assert!(ticks(low, high, 4).len() <= 4);
        }
    }

    #[test]
    fn lines_keep_their_ends_and_stay_in_the_frame() {
        let frame = UnitFrame { rect: Rect::from_min_size(pos2(10.0, 10.0), vec2(100.0, 100.0)) };
        let points: Vec<[f64; 2]> =
            (0..=10_000).map(|index| [f64::from(index) / 1e4, f64::from(index) / 1e4]).collect();
        let line = frame.line(&points);
        assert!(line.len() < 400, "{}", line.len());
        assert_eq!((line[0], line[line.len() - 1]), (pos2(10.0, 110.0), pos2(110.0, 10.0)));
        assert_eq!(frame.at([7.0, -3.0]), pos2(110.0, 110.0));
    }
}
