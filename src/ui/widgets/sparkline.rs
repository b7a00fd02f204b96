//! A small line without axes.

use egui::{Color32, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, Widget, WidgetInfo, pos2};

/// Values as a line, its last one marked with a dot when asked.
#[must_use]
pub struct Sparkline<'a> {
    name: &'a str,
    values: &'a [f64],
    color: Color32,
    size: Vec2,
    dot: bool,
}

impl<'a> Sparkline<'a> {
    pub fn new(name: &'a str, values: &'a [f64], color: Color32, size: Vec2) -> Self {
        Self { name, values, color, size, dot: false }
    }

    /// Mark the last value.
    pub fn dot(mut self) -> Self {
        self.dot = true;
        self
    }
}

/// Places the finite values in a rectangle: first left, last right, least at the bottom. At most one point a pixel.
fn points(values: &[f64], rect: Rect) -> Vec<Pos2> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let stride = (finite.len() / (rect.width().max(1.0) as usize)).max(1);
    let kept: Vec<f64> = finite.iter().rev().step_by(stride).rev().copied().collect();
    let (low, high) =
        kept.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    let range = high - low;
    let last = kept.len().saturating_sub(1).max(1) as f32;
    kept.iter()
        .enumerate()
        .map(|(index, value)| {
            let share = if range > 0.0 { ((value - low) / range) as f32 } else { 0.5 };
            pos2(rect.left() + rect.width() * index as f32 / last, rect.bottom() - rect.height() * share)
        })
        .collect()
}

impl Widget for Sparkline<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.name));
        let points = points(self.values, rect.shrink(3.0));
        let last = points.last().copied();
        if points.len() > 1 {
            ui.painter().add(Shape::line(points, Stroke::new(1.5, self.color)));
        }
        if let Some(last) = last.filter(|_| self.dot) {
            ui.painter().circle_filled(last, 2.5, self.color);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_values_do_not_leave_the_rectangle() {
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(50.0, 10.0));
        assert!(points(&[], rect).is_empty());
        assert_eq!(points(&[3.0, 3.0], rect)[1], pos2(50.0, 5.0));
        let many: Vec<f64> = (0..10_000).map(f64::from).chain([f64::NAN, f64::INFINITY]).collect();
        let points = points(&many, rect);
        assert!(points.len() <= 51 && points.iter().all(|point| rect.expand(0.01).contains(*point)));
    }
}
