//! Reliability diagrams, one panel an entry: observed against predicted with Wilson bars, and how many images each bin has.

use plotters::prelude::*;

use super::canvas::{Align, Canvas, Drawn, Figure, Type};
use super::{GRID, HEALTHY, INK, Look, MUTED, footer, looks, shortened};
use crate::domain::Benchmark;
use crate::evaluation::{Bin, Fit, Reliability};
use crate::reports::calibration;
use crate::reports::rows::column_names;

const WIDTH: f64 = 540.0;
const COLUMNS: usize = 3;
const MARGIN: f64 = 14.0;
const GAP: f64 = 16.0;
/// Left of a panel's square, for the ticks.
const TICKS: f64 = 22.0;
const PANEL: f64 = (WIDTH - 2.0 * MARGIN - 2.0 * GAP) / COLUMNS as f64;
const SIDE: f64 = PANEL - TICKS;
const TITLE: f64 = 28.0;
/// Bars of the counts, under the square.
const COUNTS: f64 = 26.0;
const AXIS: f64 = 18.0;
const ROW: f64 = TITLE + SIDE + 4.0 + COUNTS + AXIS + 14.0;
const HEAD: f64 = 26.0;
const STRONG: Type = Type { points: 8.5, bold: true, colour: INK };
const SMALL: Type = Type { points: 7.0, bold: false, colour: MUTED };

pub(super) struct ReliabilityDiagrams<'a> {
    benchmark: &'a Benchmark,
    panels: Vec<Panel<'a>>,
    /// On what the curves were fitted, or why there are none.
    note: String,
}

struct Panel<'a> {
    name: &'a str,
    look: Look,
    reliability: Reliability,
}

impl<'a> ReliabilityDiagrams<'a> {
    pub fn new(benchmark: &'a Benchmark) -> Self {
        let mut note = "There is no entry.".to_owned();
        let mut panels = Vec::new();
        let named = column_names(benchmark).into_iter().zip(looks(&benchmark.entries));
        for (entry, (name, look)) in benchmark.entries.iter().zip(named) {
            match calibration::of(benchmark, entry, Fit::Platt) {
                Ok(found) => {
                    note = format!(
                        "Platt's sigmoid fitted on {} held-out healthy and {} development images, moved to the test set's prevalence of {:.1} %.",
                        found.healthy,
                        found.diseased,
                        found.test_prevalence * 100.0
                    );
                    panels.push(Panel { name, look, reliability: found.reliability });
                }
                Err(why) if panels.is_empty() => note = why,
                Err(_) => {}
            }
        }
        Self { benchmark, panels, note }
    }
}

impl Figure for ReliabilityDiagrams<'_> {
    fn size(&self) -> (f64, f64) {
        let panel_rows = self.panels.len().div_ceil(COLUMNS);
        (WIDTH, MARGIN + HEAD + panel_rows as f64 * ROW + 22.0)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        canvas.text(&self.note, (MARGIN, MARGIN), Align::Left, SMALL)?;
        if !self.panels.is_empty() {
            let legend = "Across: predicted probability of disease. Up: share of the images that is diseased, with 95 % Wilson intervals. Below: images in each bin.";
            canvas.text(legend, (MARGIN, MARGIN + 11.0), Align::Left, SMALL)?;
        }
        for (index, panel) in self.panels.iter().enumerate() {
            let left = MARGIN + (index % COLUMNS) as f64 * (PANEL + GAP) + TICKS;
            let top = MARGIN + HEAD + (index / COLUMNS) as f64 * ROW;
            draw(canvas, panel, (left, top))?;
        }
        let (_, height) = self.size();
        canvas.text(&footer(self.benchmark), (MARGIN, height - 9.0), Align::Left, SMALL)
    }
}

fn draw<B: DrawingBackend>(canvas: &Canvas<B>, panel: &Panel, (left, top): (f64, f64)) -> Drawn<B> {
    let reliability = &panel.reliability;
    canvas.text(&shortened(panel.name), (left, top + 6.0), Align::Left, STRONG)?;
    let figures = format!("ECE {:.3} · MCE {:.3} · Brier {:.3}", reliability.ece, reliability.mce, reliability.brier);
    canvas.text(&figures, (left, top + 18.0), Align::Left, SMALL)?;
    let square = (left, top + TITLE);
    let place = |x: f64, y: f64| (square.0 + x * SIDE, square.1 + (1.0 - y) * SIDE);
    for tick in 0..=4 {
        let at = f64::from(tick) / 4.0;
        canvas.line(&[place(at, 0.0), place(at, 1.0)], 0.5, GRID.into())?;
        canvas.line(&[place(0.0, at), place(1.0, at)], 0.5, GRID.into())?;
        let (x, y) = place(0.0, at);
        canvas.text(&format!("{at:.2}"), (x - 4.0, y), Align::Right, SMALL)?;
        let (x, bottom) = place(at, 0.0);
        canvas.text(&format!("{at:.2}"), (x, bottom + 4.0 + COUNTS + 8.0), Align::Centre, SMALL)?;
    }
    canvas.dashed(&[place(0.0, 0.0), place(1.0, 1.0)], 0.5, MUTED.mix(0.7))?;
    let colour = panel.look.colour.mix(panel.look.strength);
    for bin in &reliability.bins {
        let (x, y) = place(bin.predicted, bin.observed.value);
        canvas.line(&[place(bin.predicted, bin.observed.low), place(bin.predicted, bin.observed.high)], 1.0, colour)?;
        canvas.bar((x - 2.2, y - 2.2), (x + 2.2, y + 2.2), colour)?;
    }
    counts(canvas, &reliability.bins, (left, square.1 + SIDE + 4.0))
}

fn counts<B: DrawingBackend>(canvas: &Canvas<B>, bins: &[Bin], (left, top): (f64, f64)) -> Drawn<B> {
    let most = f64::from(bins.iter().map(|bin| bin.count).max().unwrap_or(1));
    let bottom = top + COUNTS;
    for bin in bins {
        let height = (COUNTS - 1.0) * f64::from(bin.count) / most;
        let (from, to) = (left + bin.low * SIDE + 0.4, left + bin.high * SIDE - 0.4);
        canvas.bar((from, bottom - height), (to, bottom), HEALTHY.into())?;
    }
    canvas.line(&[(left, bottom), (left + SIDE, bottom)], 0.5, MUTED.into())
}
