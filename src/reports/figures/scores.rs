//! Histograms of the test scores, one panel an entry: diseased upwards, healthy downwards, the threshold between.

use plotters::prelude::*;

use super::canvas::{Align, Canvas, Drawn, Figure, Type};
use super::{GRID, HEALTHY, INK, Look, MUTED, footer, looks, shortened};
use crate::domain::{Benchmark, Label, ThresholdRule};
use crate::evaluation::rule_in_words;
use crate::reports::rows::{Row, column_names, rows};

const WIDTH: f64 = 510.0;
const COLUMNS: usize = 2;
const MARGIN: f64 = 14.0;
const GAP: f64 = 22.0;
const PANEL: f64 = (WIDTH - 2.0 * MARGIN - GAP) / COLUMNS as f64;
/// Title, bars upwards and downwards, axis.
const TITLE: f64 = 16.0;
const HALF: f64 = 46.0;
const AXIS: f64 = 18.0;
const ROW: f64 = TITLE + 2.0 * HALF + AXIS + 16.0;
const BINS: usize = 44;
/// The axis ends here at the latest; what lies beyond is counted in the last bar.
const MOST_SIGMA: f64 = 12.0;
/// σ left free for "199 cleared" beside the lowest scores.
const ROOM_FOR_COUNTS: f64 = 2.0;
const STRONG: Type = Type { points: 8.5, bold: true, colour: INK };
const BODY: Type = Type { points: 7.5, bold: false, colour: INK };
const SMALL: Type = Type { points: 7.0, bold: false, colour: MUTED };

pub(super) struct Scores<'a> {
    benchmark: &'a Benchmark,
    /// What thresholds are drawn by.
    rule: ThresholdRule,
    panels: Vec<Panel<'a>>,
    /// Both ends of the axis, in σ; the same for all panels.
    range: (f64, f64),
}

struct Panel<'a> {
    name: &'a str,
    row: Row<'a>,
    look: Look,
    healthy: Vec<f64>,
    diseased: Vec<f64>,
}

impl<'a> Scores<'a> {
    pub fn new(benchmark: &'a Benchmark, rule: ThresholdRule) -> Self {
        let named = column_names(benchmark).into_iter().zip(looks(&benchmark.entries));
        let panels: Vec<Panel> = rows(benchmark, rule)
            .into_iter()
            .zip(named)
            .map(|(row, (name, look))| {
                let of = |label: Label| -> Vec<f64> {
                    let scored = row.entry.test_scores.iter().zip(&benchmark.cases);
                    scored
                        .filter(|(_, case)| case.label == label)
                        .map(|(&score, _)| row.entry.calibration.sigma(score))
                        .collect()
                };
                Panel { name, healthy: of(Label::Healthy), diseased: of(Label::Diseased), row, look }
            })
            .collect();
        Self { benchmark, rule, range: range(&panels), panels }
    }
}

/// Whole σ that hold all but the farthest scores.
fn range(panels: &[Panel]) -> (f64, f64) {
    let all = || panels.iter().flat_map(|panel| panel.healthy.iter().chain(&panel.diseased)).copied();
    let low = (all().fold(-2.0, f64::min).floor() - ROOM_FOR_COUNTS).max(-MOST_SIGMA);
    let high = all().fold(4.0, f64::max).min(MOST_SIGMA).ceil();
    (low, high)
}

/// How many values fall into each of the bars; those beyond the ends into the outermost.
fn counts(values: &[f64], (low, high): (f64, f64)) -> [usize; BINS] {
    let mut counts = [0; BINS];
    for &value in values {
        let bin = ((value - low) / (high - low) * BINS as f64).floor();
        counts[bin.clamp(0.0, (BINS - 1) as f64) as usize] += 1;
    }
    counts
}

impl Figure for Scores<'_> {
    fn size(&self) -> (f64, f64) {
        let panel_rows = self.panels.len().div_ceil(COLUMNS).max(1);
        (WIDTH, MARGIN + 14.0 + panel_rows as f64 * ROW + 22.0)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        let beyond = if self.is_cut() { format!(" Last bar: {MOST_SIGMA} σ and more.") } else { String::new() };
        let legend =
            format!("Above the axis: diseased. Below: healthy. Upright: {}.{beyond}", rule_in_words(self.rule));
        canvas.text(&legend, (MARGIN, MARGIN), Align::Left, SMALL)?;
        for (index, panel) in self.panels.iter().enumerate() {
            let left = MARGIN + (index % COLUMNS) as f64 * (PANEL + GAP);
            let top = MARGIN + 14.0 + (index / COLUMNS) as f64 * ROW;
            self.panel(canvas, panel, (left, top))?;
        }
        let (_, height) = self.size();
        canvas.text(&footer(self.benchmark), (MARGIN, height - 9.0), Align::Left, SMALL)
    }
}

impl Scores<'_> {
    fn panel<B: DrawingBackend>(&self, canvas: &Canvas<B>, panel: &Panel, (left, top): (f64, f64)) -> Drawn<B> {
        let base = top + TITLE + HALF;
        canvas.text(&shortened(panel.name), (left, top + 6.0), Align::Left, STRONG)?;
        let auroc = format!("AUROC {:.3}", panel.row.entry.auroc.value);
        canvas.text(&auroc, (left + PANEL, top + 6.0), Align::Right, BODY)?;
        self.axis(canvas, (left, base + HALF))?;
        let (up, down) = (counts(&panel.diseased, self.range), counts(&panel.healthy, self.range));
        let most = up.iter().chain(&down).copied().max().unwrap_or(0).max(1) as f64;
        let width = PANEL / BINS as f64;
        for (bin, (&up, &down)) in up.iter().zip(&down).enumerate() {
            let (from, to) = (left + bin as f64 * width, left + (bin + 1) as f64 * width - 0.4);
            for (count, towards, colour) in [(up, -1.0, panel.look.colour), (down, 1.0, HEALTHY)] {
                if count > 0 {
                    let end = base + towards * HALF * 0.96 * count as f64 / most;
                    canvas.bar((from, base.min(end)), (to, base.max(end)), colour.mix(0.9))?;
                }
            }
        }
        canvas.line(&[(left, base), (left + PANEL, base)], 0.5, MUTED.into())?;
        self.threshold(canvas, panel, (left, base))
    }

    fn axis<B: DrawingBackend>(&self, canvas: &Canvas<B>, (left, bottom): (f64, f64)) -> Drawn<B> {
        canvas.line(&[(left, bottom), (left + PANEL, bottom)], 0.5, GRID.into())?;
        let (low, high) = self.range;
        let step = if high - low > 12.0 { 4 } else { 2 };
        for sigma in (low as i32..=high as i32).filter(|sigma| sigma % step == 0) {
            let x = self.x(f64::from(sigma), left);
            canvas.line(&[(x, bottom), (x, bottom + 2.5)], 0.5, MUTED.into())?;
            let minus = if sigma < 0 { "−" } else { "" };
            canvas.text(&format!("{minus}{} σ", sigma.abs()), (x, bottom + 9.0), Align::Centre, SMALL)?;
        }
        Ok(())
    }

    fn threshold<B: DrawingBackend>(&self, canvas: &Canvas<B>, panel: &Panel, (left, base): (f64, f64)) -> Drawn<B> {
        let x = self.x(panel.row.threshold_sigma, left);
        canvas.line(&[(x, base - HALF), (x, base + HALF)], 0.9, INK.into())?;
        let counts = panel.row.confusion;
        let corners = [
            (format!("{} missed", counts.fn_), left, base - HALF + 4.0, Align::Left),
            (format!("{} found", counts.tp), left + PANEL, base - HALF + 4.0, Align::Right),
            (format!("{} cleared", counts.tn), left, base + HALF - 6.0, Align::Left),
            (format!("{} false alarms", counts.fp), left + PANEL, base + HALF - 6.0, Align::Right),
        ];
        for (text, x, y, align) in corners {
            canvas.text(&text, (x, y), align, SMALL)?;
        }
        Ok(())
    }

    fn is_cut(&self) -> bool {
        let all = self.panels.iter().flat_map(|panel| panel.healthy.iter().chain(&panel.diseased));
        all.into_iter().any(|&sigma| sigma > self.range.1)
    }

    fn x(&self, sigma: f64, left: f64) -> f64 {
        let (low, high) = self.range;
        left + ((sigma - low) / (high - low)).clamp(0.0, 1.0) * PANEL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bar() {
        let counts = counts(&[-50.0, -2.0, 0.0, 3.999, 4.0, 50.0], (-2.0, 4.0));
        assert_eq!(counts.iter().sum::<usize>(), 6);
        assert_eq!((counts[0], counts[BINS - 1]), (2, 3));
    }
}
