//! Healthy scores as bars, this image as a mark, the threshold as a dashed line.

use egui::epaint::PathStroke;
use egui::{Align2, Color32, CornerRadius, Pos2, Rangef, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::domain::{Analysis, ModelInfo};
use crate::evaluation;
use crate::ui::compare::figures::{sigma, sigma_of};
use crate::ui::compare::threshold::Threshold;
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

const THIS_IMAGE: &str = "this image";

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
    threshold: &Threshold,
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
    let how = evaluation::set_how(threshold.rule);
    let name = format!("threshold{how}");
    let fonts = [font::sized(16.0 * scale, false), font::sized(20.0 * scale, true)];
    let line = Label { x: x(threshold.sigma), width: paint::width(ui, &name, fonts[0].clone()), beside: 8.0 * scale };
    let mark = analysis.map(|analysis| Label {
        x: x(analysis.sigma),
        width: paint::width(ui, THIS_IMAGE, fonts[1].clone()),
        beside: 16.0 * scale,
    });
    let names = apart(plot.x_range(), 6.0 * scale, line, mark);
    let [font, strong] = fonts;
    // What is beyond both lines begins at the farther one.
    let beyond = |label: Label, other: f32, side: Side| {
        if names.lower { Label { x: side.farther(label.x, other), ..label } } else { label }
    };
    let name_of_line = beyond(line, mark.map_or(line.x, |mark| mark.x), names.threshold);
    let y = if names.lower { 32.0 } else { 8.0 };
    threshold_ui(ui, plot, scale, line.x);
    let (at, anchor) = name_of_line.anchor(names.threshold, plot.top() + y * scale);
    paint::text(ui.painter(), at, anchor, name, font, theme.secondary);
    if let (Some(analysis), Some(mark)) = (analysis, mark) {
        let series = theme.series(model.kind.series());
        this_image(ui, plot, scale, mark.x, series);
        let (at, anchor) = beyond(mark, line.x, names.image).anchor(names.image, plot.top() + 6.0 * scale);
        paint::text(ui.painter(), at, anchor, THIS_IMAGE, strong, theme.text);
        let response = ui.interact(plot, ui.scope_id().with("histogram"), Sense::hover());
        let (own, line) = (sigma_of(analysis), sigma(threshold.sigma));
        let spoken = format!("Healthy scores, this image at {own}, threshold {line}{how}");
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

/// A name beside an upright line.
#[derive(Clone, Copy, Debug)]
struct Label {
    x: f32,
    width: f32,
    /// From the line to the name.
    beside: f32,
}

/// On which side of its line a name stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Right,
    Left,
}

impl Side {
    /// Of two places the one that is farther on this side.
    fn farther(self, a: f32, b: f32) -> f32 {
        match self {
            Self::Right => a.max(b),
            Self::Left => a.min(b),
        }
    }
}

impl Label {
    /// What line and name cover.
    fn span(self, side: Side) -> Rangef {
        let reach = self.beside + self.width;
        match side {
            Side::Right => Rangef::new(self.x, self.x + reach),
            Side::Left => Rangef::new(self.x - reach, self.x),
        }
    }

    fn anchor(self, side: Side, y: f32) -> (Pos2, Align2) {
        match side {
            Side::Right => (pos2(self.x + self.beside, y), Align2::LEFT_CENTER),
            Side::Left => (pos2(self.x - self.beside, y), Align2::RIGHT_CENTER),
        }
    }
}

/// Where the names of threshold and image stand.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Names {
    threshold: Side,
    /// The threshold's name stands below the image's, because both are on one side.
    lower: bool,
    image: Side,
}

/// Sides on which the names of threshold and image cover neither each other nor the other's line: both at the right where
/// there is room. At the ends of the plot both stand on the same side of both lines, one below the other.
fn apart(plot: Rangef, gap: f32, line: Label, mark: Option<Label>) -> Names {
    let within = |span: Rangef| span.min >= plot.min && span.max <= plot.max;
    let Some(mark) = mark else {
        let threshold = if within(line.span(Side::Right)) { Side::Right } else { Side::Left };
        return Names { threshold, lower: false, image: Side::Right };
    };
    for image in [Side::Right, Side::Left] {
        for threshold in [Side::Right, Side::Left] {
            let (of_image, of_line) = (mark.span(image), line.span(threshold));
            let clear = of_image.max + gap <= of_line.min || of_line.max + gap <= of_image.min;
            // Lines that nearly meet keep their names on either side.
            let back_to_back = image != threshold && (of_image.min >= of_line.max || of_line.min >= of_image.max);
            if within(of_image) && within(of_line) && (clear || back_to_back) {
                return Names { threshold, lower: false, image };
            }
        }
    }
    let side = if line.x.max(mark.x) < plot.center() { Side::Right } else { Side::Left };
    Names { threshold: side, lower: true, image: side }
}

/// The dashed line.
fn threshold_ui(ui: &Ui, plot: Rect, scale: f32, x: f32) {
    let points = [pos2(x, plot.top()), pos2(x, plot.bottom())];
    let stroke = Stroke::new(1.5 * scale, theme::of(ui).text);
    ui.painter().extend(Shape::dashed_line(&points, stroke, 5.0 * scale, 4.0 * scale));
}

/// Its line, and an arrow that points down.
fn this_image(ui: &Ui, plot: Rect, scale: f32, x: f32, color: Color32) {
    let line = Rect::from_min_max(pos2(x - 1.75 * scale, plot.top()), pos2(x + 1.75 * scale, plot.bottom()));
    ui.painter().rect_filled(line, CornerRadius::ZERO, color);
    let tip = pos2(x, plot.top() + 10.0 * scale);
    let half = 10.0 * scale;
    let triangle = vec![pos2(x - half, tip.y - 12.0 * scale), pos2(x + half, tip.y - 12.0 * scale), tip];
    ui.painter().add(Shape::convex_polygon(triangle, color, PathStroke::NONE));
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

    #[test]
    fn names_cover_neither_each_other_nor_the_others_line() {
        let plot = Rangef::new(0.0, 800.0);
        let label = |x, width, beside| Label { x, width, beside };
        for threshold in 0..=80 {
            for image in 0..=80 {
                let (line, mark) = (label(threshold as f32 * 10.0, 150.0, 8.0), label(image as f32 * 10.0, 95.0, 16.0));
                let Names { threshold, lower, image } = apart(plot, 6.0, line, Some(mark));
                let (of_line, of_image) = if lower {
                    let begins = image.farther(line.x, mark.x);
                    (Label { x: begins, ..line }.span(threshold), Label { x: begins, ..mark }.span(image))
                } else {
                    (line.span(threshold), mark.span(image))
                };
                assert!(of_image.min >= 0.0 && of_image.max <= 800.0, "{of_image:?}");
                assert!(of_line.min >= 0.0 && of_line.max <= 800.0, "{of_line:?}");
                assert!(
                    lower || of_image.max <= of_line.min || of_line.max <= of_image.min,
                    "{of_line:?} {of_image:?}"
                );
            }
        }
        assert_eq!(apart(plot, 6.0, label(790.0, 150.0, 8.0), None).threshold, Side::Left);
        let far = apart(plot, 6.0, label(100.0, 90.0, 8.0), Some(label(600.0, 95.0, 16.0)));
        assert_eq!(far, Names { threshold: Side::Right, lower: false, image: Side::Right });
    }
}
