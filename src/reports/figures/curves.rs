//! ROC and precision-recall curves of all entries, with a legend beside them.

use plotters::prelude::*;

use super::canvas::{Align, Canvas, Drawn, Figure, Type};
use super::{GRID, INK, Look, MUTED, footer, looks, shortened};
use crate::domain::{Benchmark, BenchmarkEntry, EntryKind, Interval};
use crate::reports::rows::{column_names, test_counts};

const WIDTH: f64 = 540.0;
const LEFT: f64 = 42.0;
const TOP: f64 = 26.0;
/// Of the square that curves are drawn in.
const SIDE: f64 = 256.0;
const LEGEND: f64 = LEFT + SIDE + 16.0;
const LINE: f64 = 15.0;
const BODY: Type = Type { points: 8.0, bold: false, colour: INK };
const SMALL: Type = Type { points: 7.0, bold: false, colour: MUTED };

/// One of the two figures.
pub(super) struct Curves<'a> {
    benchmark: &'a Benchmark,
    title: &'static str,
    axes: [&'static str; 2],
    /// What guessing gives.
    chance: [[f64; 2]; 2],
    lines: Vec<Line<'a>>,
    notes: [String; 2],
}

struct Line<'a> {
    name: &'a str,
    figure: String,
    points: &'a [[f64; 2]],
    band: &'a [[f64; 3]],
    look: Look,
}

impl<'a> Curves<'a> {
    pub fn roc(benchmark: &'a Benchmark) -> Self {
        let with_interval = |auroc: Interval| format!("{:.3} ({:.3}–{:.3})", auroc.value, auroc.low, auroc.high);
        Self {
            benchmark,
            title: "AUROC (95 % CI)",
            axes: ["1 − specificity", "Sensitivity"],
            chance: [[0.0, 0.0], [1.0, 1.0]],
            lines: lines(benchmark, |entry| (with_interval(entry.auroc), &entry.roc, &entry.roc_band)),
            notes: ["Intervals: DeLong.".to_owned(), "Band: 95 % bootstrap of the best model.".to_owned()],
        }
    }

    pub fn precision_recall(benchmark: &'a Benchmark) -> Self {
        let (healthy, diseased) = test_counts(benchmark);
        let prevalence = diseased as f64 / (healthy + diseased).max(1) as f64;
        Self {
            benchmark,
            title: "Average precision",
            axes: ["Recall (sensitivity)", "Precision"],
            chance: [[0.0, prevalence], [1.0, prevalence]],
            lines: lines(benchmark, |entry| (format!("{:.3}", entry.auprc), &entry.pr, &[])),
            notes: [format!("Dashed line: prevalence, {prevalence:.3}."), String::new()],
        }
    }

    /// The height that plot and legend need.
    fn plot_and_legend(&self) -> f64 {
        SIDE.max(LINE * (self.lines.len() + 4) as f64)
    }
}

fn lines<'a>(
    benchmark: &'a Benchmark,
    of: impl Fn(&'a BenchmarkEntry) -> (String, &'a [[f64; 2]], &'a [[f64; 3]]),
) -> Vec<Line<'a>> {
    let best = benchmark
        .entries
        .iter()
        .filter(|entry| entry.kind != EntryKind::Baseline)
        .max_by(|a, b| a.auroc.value.total_cmp(&b.auroc.value))
        .map(|entry| entry.id.as_str());
    let named = column_names(benchmark).into_iter().zip(looks(&benchmark.entries));
    benchmark
        .entries
        .iter()
        .zip(named)
        .map(|(entry, (name, look))| {
            let (figure, points, band) = of(entry);
            let band = if best == Some(entry.id.as_str()) { band } else { &[] };
            Line { name, figure, points, band, look }
        })
        .collect()
}

/// Unit square to points on the canvas.
fn place(x: f64, y: f64) -> (f64, f64) {
    (LEFT + x * SIDE, TOP + (1.0 - y) * SIDE)
}

impl Figure for Curves<'_> {
    fn size(&self) -> (f64, f64) {
        (WIDTH, TOP + self.plot_and_legend() + 52.0)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        self.grid(canvas)?;
        for line in &self.lines {
            band(canvas, line)?;
        }
        // The first entry is drawn last, so that it lies on top.
        for line in self.lines.iter().rev() {
            curve(canvas, line)?;
        }
        self.legend(canvas)?;
        let (_, height) = self.size();
        canvas.text(&footer(self.benchmark), (LEFT, height - 9.0), Align::Left, SMALL)
    }
}

impl Curves<'_> {
    fn grid<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        for fifth in 0..=5 {
            let at = f64::from(fifth) / 5.0;
            canvas.line(&[place(at, 0.0), place(at, 1.0)], 0.5, GRID.into())?;
            canvas.line(&[place(0.0, at), place(1.0, at)], 0.5, GRID.into())?;
            let (x, bottom) = place(at, 0.0);
            canvas.text(&format!("{at:.1}"), (x, bottom + 9.0), Align::Centre, SMALL)?;
            let (left, y) = place(0.0, at);
            canvas.text(&format!("{at:.1}"), (left - 5.0, y), Align::Right, SMALL)?;
        }
        canvas.line(&[place(0.0, 1.0), place(0.0, 0.0), place(1.0, 0.0)], 0.75, MUTED.into())?;
        let [from, to] = self.chance.map(|[x, y]| place(x, y));
        canvas.dashed(&[from, to], 0.5, MUTED.mix(0.7))?;
        let (middle, bottom) = place(0.5, 0.0);
        canvas.text(self.axes[0], (middle, bottom + 23.0), Align::Centre, BODY)?;
        let (left, centre) = place(0.0, 0.5);
        canvas.upright_text(self.axes[1], (left - 29.0, centre), BODY)
    }

    fn legend<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        let mut y = TOP + LINE / 2.0;
        canvas.text(self.title, (WIDTH - 8.0, y), Align::Right, SMALL)?;
        for line in &self.lines {
            y += LINE;
            let key = [(LEGEND, y), (LEGEND + 16.0, y)];
            if line.look.dashed {
                canvas.dashed(&key, 1.25, line.look.colour.mix(line.look.strength))?;
            } else {
                canvas.line(&key, 1.75, line.look.colour.mix(line.look.strength))?;
            }
            let name = if line.look.dashed { Type { colour: MUTED, ..BODY } } else { BODY };
            canvas.text(&shortened(line.name), (LEGEND + 21.0, y), Align::Left, name)?;
            canvas.text(&line.figure, (WIDTH - 8.0, y), Align::Right, BODY)?;
        }
        y += LINE / 2.0;
        for note in self.notes.iter().filter(|note| !note.is_empty()) {
            y += LINE * 0.8;
            canvas.text(note, (LEGEND, y), Align::Left, SMALL)?;
        }
        Ok(())
    }
}

fn band<B: DrawingBackend>(canvas: &Canvas<B>, line: &Line) -> Drawn<B> {
    if line.band.is_empty() {
        return Ok(());
    }
    let lower = line.band.iter().map(|&[x, low, _]| place(x, low));
    let upper = line.band.iter().rev().map(|&[x, _, high]| place(x, high));
    canvas.area(&lower.chain(upper).collect::<Vec<_>>(), line.look.colour.mix(0.14))
}

fn curve<B: DrawingBackend>(canvas: &Canvas<B>, line: &Line) -> Drawn<B> {
    let points: Vec<(f64, f64)> = line.points.iter().map(|&[x, y]| place(x, y)).collect();
    if line.look.dashed {
        canvas.dashed(&points, 1.0, line.look.colour.mix(line.look.strength))
    } else {
        canvas.line(&points, 1.5, line.look.colour.mix(line.look.strength))
    }
}
