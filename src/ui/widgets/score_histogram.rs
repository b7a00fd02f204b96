//! Where the score of one image lies among those of healthy images.

use std::ops::RangeInclusive;

use egui::{
    Color32, CornerRadius, Mesh, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, Widget, WidgetInfo, pos2, vec2,
};

use crate::domain::Calibration;
use crate::ui::theme;

/// The axis, in standard deviations of healthy images: the same everywhere, so that histograms can be compared. What
/// lies beyond is shown at the end.
pub const SIGMA_RANGE: RangeInclusive<f64> = -2.5..=7.0;

/// A quarter of a standard deviation each.
const BARS: usize = 38;

/// Bars of healthy scores, the threshold as a dashed line, one image as a mark.
#[must_use]
pub struct ScoreHistogram<'a> {
    name: &'a str,
    calibration: &'a Calibration,
    size: Vec2,
    mark: Option<(f64, Color32)>,
    threshold: Option<f64>,
    scale: f32,
}

impl<'a> ScoreHistogram<'a> {
    /// `name` is what a screen reader says.
    pub fn new(name: &'a str, calibration: &'a Calibration, size: Vec2) -> Self {
        Self { name, calibration, size, mark: None, threshold: None, scale: 1.0 }
    }

    /// The image: its distance from the mean of healthy images in σ, and its model's colour.
    pub fn mark(mut self, sigma: f64, color: Color32) -> Self {
        self.mark = Some((sigma, color));
        self
    }

    /// The threshold, in σ.
    pub fn threshold(mut self, sigma: f64) -> Self {
        self.threshold = Some(sigma);
        self
    }

    /// Size of mark and lines; 1 in panes.
    pub fn scale(mut self, scale: f32) -> Self {
        self.scale = scale;
        self
    }

    /// Where a value lies in a histogram that was given `rect`; at its edge when it is beyond the axis.
    pub fn x_of(rect: Rect, sigma: f64) -> f32 {
        let share = (sigma - SIGMA_RANGE.start()) / (SIGMA_RANGE.end() - SIGMA_RANGE.start());
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        rect.left() + share as f32 * rect.width()
    }

    /// Paints at an exact place.
    pub fn paint(&self, ui: &Ui, rect: Rect) {
        let theme = theme::of(ui);
        // The mark stands out above the highest bar.
        let bars = Rect::from_min_max(rect.min + vec2(0.0, 11.0 * self.scale), rect.max - vec2(0.0, 1.0));
        paint_bars(ui, bars, &counts(self.calibration), theme.healthy.gamma_multiply(0.8));
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border_stroke());
        if let Some(sigma) = self.threshold {
            let x = ui.painter().round_to_pixel_center(Self::x_of(rect, sigma));
            let line = [pos2(x, rect.top() + 8.0 * self.scale), pos2(x, rect.bottom())];
            let dash = 3.0 * self.scale;
            ui.painter().extend(Shape::dashed_line(&line, Stroke::new(self.scale, theme.secondary), dash, dash * 0.8));
        }
        if let Some((sigma, color)) = self.mark {
            self.paint_mark(ui, rect, sigma, color);
        }
    }

    fn paint_mark(&self, ui: &Ui, rect: Rect, sigma: f64, color: Color32) {
        let (half, height) = (5.0 * self.scale, 7.0 * self.scale);
        let width = 2.0 * self.scale;
        let beyond = !SIGMA_RANGE.contains(&sigma);
        let x = Self::x_of(rect, sigma).clamp(rect.left() + half, rect.right() - half);
        let stem = Rect::from_min_max(pos2(x - width / 2.0, rect.top() + 1.0), pos2(x + width / 2.0, rect.bottom()));
        ui.painter().rect_filled(stem, CornerRadius::ZERO, color);
        let top = rect.top();
        // It points to where the image lies: down, or out when it is beyond the axis.
        let head = if beyond {
            let out = if sigma > *SIGMA_RANGE.end() { half } else { -half };
            vec![pos2(x - out, top), pos2(x + out, top + half), pos2(x - out, top + 2.0 * half)]
        } else {
            vec![pos2(x - half, top), pos2(x + half, top), pos2(x, top + height)]
        };
        ui.painter().add(Shape::convex_polygon(head, color, Stroke::NONE));
    }
}

impl Widget for ScoreHistogram<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.name));
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect);
        }
        response
    }
}

/// Healthy scores in each bar; those beyond the axis are in the first and the last.
fn counts(calibration: &Calibration) -> [u32; BARS] {
    let mut counts = [0; BARS];
    let bar = (SIGMA_RANGE.end() - SIGMA_RANGE.start()) / BARS as f64;
    for &score in &calibration.healthy_scores {
        let position = (calibration.sigma(score) - SIGMA_RANGE.start()) / bar;
        // `as` saturates and sends NaN to 0.
        counts[(position.max(0.0) as usize).min(BARS - 1)] += 1;
    }
    counts
}

fn paint_bars(ui: &Ui, rect: Rect, counts: &[u32; BARS], color: Color32) {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f32;
    let pitch = rect.width() / BARS as f32;
    let gap = if pitch > 3.0 { 1.0 } else { 0.0 };
    let mut mesh = Mesh::default();
    for (index, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let left = rect.left() + index as f32 * pitch;
        let top = rect.bottom() - rect.height() * count as f32 / most;
        mesh.add_colored_rect(Rect::from_min_max(pos2(left, top), pos2(left + pitch - gap, rect.bottom())), color);
    }
    ui.painter().add(mesh);
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::domain::MapScale;

    fn calibration(healthy_scores: Vec<f64>) -> Calibration {
        Calibration { healthy_scores, mean: 0.0, sd: 1.0, map_scale: MapScale { typical: 0.0, p999: 1.0 } }
    }

    #[test]
    fn every_score_is_in_a_bar() {
        let counts = counts(&calibration(vec![f64::NAN, -9.0, -2.5, 0.0, 0.1, 6.99, 7.0, 40.0]));
        assert_eq!((counts[0], counts[10], counts[BARS - 1]), (3, 2, 3));
        assert_eq!(counts.iter().sum::<u32>(), 8);
    }

    #[test]
    fn marks_beyond_the_axis_stand_at_its_end() {
        let rect = Rect::from_min_size(pos2(10.0, 0.0), vec2(95.0, 70.0));
        assert_eq!(ScoreHistogram::x_of(rect, -2.5), 10.0);
        assert_eq!(ScoreHistogram::x_of(rect, 2.5), 60.0);
        assert_eq!(ScoreHistogram::x_of(rect, 99.0), 105.0);
        assert_eq!(ScoreHistogram::x_of(rect, f64::NAN), 10.0);
    }

    #[test]
    fn odd_calibrations_are_drawn_too() {
        let mut harness = crate::ui::widgets::harness(|ui| {
            for scores in [Vec::new(), vec![f64::INFINITY], vec![0.0; 3]] {
                let calibration = calibration(scores);
                let histogram = ScoreHistogram::new("Healthy scores", &calibration, vec2(180.0, 74.0));
                ui.add(histogram.mark(f64::INFINITY, Color32::WHITE).threshold(f64::NAN));
            }
        });
        harness.run();
        assert_eq!(harness.get_all_by_label("Healthy scores").count(), 3);
    }
}
