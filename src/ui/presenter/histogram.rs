//! Healthy scores as bars, this image as a mark, the threshold as a dashed line.

use egui::epaint::PathStroke;
use egui::{Align2, CornerRadius, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::domain::{Analysis, ModelInfo};
use crate::ui::compare::figures::{sigma, sigma_of};
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

/// Bars over the whole width.
const BARS: usize = 52;

/// Counts of healthy images over σ.
struct Bars {
    low: f64,
    high: f64,
    counts: Vec<usize>,
}

impl Bars {
    /// `reach` is the greatest σ that has to fit.
    fn of(model: &ModelInfo, reach: f64) -> Self {
        let calibration = &model.calibration;
        let sigmas: Vec<f64> = calibration.healthy_scores.iter().map(|&score| calibration.sigma(score)).collect();
        let least = sigmas.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = sigmas.iter().copied().fold(reach, f64::max);
        let (low, high) = if least.is_finite() && greatest > least {
            let margin = (greatest - least) * 0.06;
            (least - margin, greatest + 2.0 * margin)
        } else {
            (-3.0, 5.0)
        };
        let mut counts = vec![0; BARS];
        for sigma in sigmas {
            let bar = ((sigma - low) / (high - low) * BARS as f64) as usize;
            counts[bar.min(BARS - 1)] += 1;
        }
        Self { low, high, counts }
    }

    fn share(&self, sigma: f64) -> f32 {
        ((sigma - self.low) / (self.high - self.low)).clamp(0.0, 1.0) as f32
    }
}

/// Draws it into `rect`, whose lowest 28 points (scaled) hold the words.
pub(super) fn ui(
    ui: &mut Ui,
    rect: Rect,
    scale: f32,
    model: &ModelInfo,
    analysis: Option<&Analysis>,
    reach: f64,
    threshold: f64,
) {
    let theme = theme::of(ui);
    let bars = Bars::of(model, analysis.map_or(reach, |analysis| reach.max(analysis.sigma)));
    let plot = Rect::from_min_max(rect.min + vec2(0.0, 14.0 * scale), pos2(rect.right(), rect.bottom() - 37.0 * scale));
    let x = |sigma: f64| plot.left() + bars.share(sigma) * plot.width();
    let most = bars.counts.iter().copied().max().unwrap_or(0).max(1);
    let width = plot.width() / BARS as f32;
    for (index, &count) in bars.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = count as f32 / most as f32 * plot.height();
        let left = plot.left() + index as f32 * width;
        let bar = Rect::from_min_max(pos2(left, plot.bottom() - height), pos2(left + width - scale, plot.bottom()));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, theme.healthy);
    }
    ui.painter().hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, theme.border));
    words(ui, plot, scale, model, &bars);
    let mark = analysis.map(|analysis| x(analysis.sigma));
    threshold_ui(ui, plot, scale, x(threshold), mark);
    if let (Some(analysis), Some(mark)) = (analysis, mark) {
        let series = theme.series(model.kind.series());
        this_image(ui, plot, scale, mark, series);
        let response = ui.interact(plot, ui.scope_id().with("histogram"), Sense::hover());
        let spoken = format!("Healthy scores, this image at {}, threshold {}", sigma_of(analysis), sigma(threshold));
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
        response.on_hover_text(spoken);
    }
}

fn words(ui: &Ui, plot: Rect, scale: f32, model: &ModelInfo, bars: &Bars) {
    let theme = theme::of(ui);
    let font = font::sized(16.0 * scale, false);
    let y = plot.bottom() + 18.0 * scale;
    let count = model.calibration.healthy_scores.len();
    let middle = plot.left() + bars.share(0.0) * plot.width();
    let text = format!("{count} healthy images");
    paint::text(ui.painter(), pos2(middle, y), Align2::CENTER_CENTER, text, font.clone(), theme.secondary);
    let text = "more unusual →";
    paint::text(ui.painter(), pos2(plot.right(), y), Align2::RIGHT_CENTER, text, font, theme.secondary);
}

/// The dashed line, with its name on the side that is free.
fn threshold_ui(ui: &Ui, plot: Rect, scale: f32, x: f32, mark: Option<f32>) {
    let theme = theme::of(ui);
    let points = [pos2(x, plot.top()), pos2(x, plot.bottom())];
    let stroke = Stroke::new(1.5 * scale, theme.text);
    ui.painter().extend(Shape::dashed_line(&points, stroke, 5.0 * scale, 4.0 * scale));
    let name_fits = mark.is_none_or(|mark| mark < x || mark > x + 100.0 * scale);
    if name_fits {
        let at = pos2(x + 8.0 * scale, plot.top() + 8.0 * scale);
        let font = font::sized(16.0 * scale, false);
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, "threshold", font, theme.secondary);
    }
}

fn this_image(ui: &Ui, plot: Rect, scale: f32, x: f32, color: egui::Color32) {
    let theme = theme::of(ui);
    let line = Rect::from_min_max(pos2(x - 1.75 * scale, plot.top()), pos2(x + 1.75 * scale, plot.bottom()));
    ui.painter().rect_filled(line, CornerRadius::ZERO, color);
    let tip = pos2(x, plot.top() + 10.0 * scale);
    let half = 10.0 * scale;
    let triangle = vec![pos2(x - half, tip.y - 12.0 * scale), pos2(x + half, tip.y - 12.0 * scale), tip];
    ui.painter().add(Shape::convex_polygon(triangle, color, PathStroke::NONE));
    let font = font::sized(20.0 * scale, true);
    let width = paint::width(ui, "this image", font.clone());
    let beside = 16.0 * scale;
    // At the right edge the name stands at the left of its mark.
    let (at, anchor) = if x + beside + width <= plot.right() {
        (pos2(x + beside, tip.y - 4.0 * scale), Align2::LEFT_CENTER)
    } else {
        (pos2(x - beside, tip.y - 4.0 * scale), Align2::RIGHT_CENTER)
    };
    paint::text(ui.painter(), at, anchor, "this image", font, theme.text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Architecture;
    use crate::ui::state::examples;

    #[test]
    fn every_healthy_image_is_in_a_bar_and_the_reach_fits() {
        let model = examples::model("vae-1", Architecture::Vae);
        let bars = Bars::of(&model, 9.0);
        assert_eq!(bars.counts.iter().sum::<usize>(), 194);
        assert!(bars.share(9.0) < 1.0 && bars.share(-2.0) > 0.0);
        let mut alike = (*model).clone();
        let mut calibration = (*alike.calibration).clone();
        calibration.healthy_scores = vec![0.5; 3];
        alike.calibration = calibration.into();
        assert_eq!(Bars::of(&alike, 0.0).counts.iter().sum::<usize>(), 3);
        let mut none = (*model).clone();
        none.calibration =
            crate::domain::Calibration { healthy_scores: Vec::new(), ..(*model.calibration).clone() }.into();
        assert_eq!(Bars::of(&none, 4.0).counts.iter().sum::<usize>(), 0);
    }
}
