//! A forest plot of the best model on every group of images.

use plotters::prelude::*;

use super::canvas::{Align, Canvas, Drawn, Figure, Type};
use super::{GRID, INK, Look, MUTED, footer, looks, shortened};
use crate::domain::{Benchmark, Interval, ThresholdRule};
use crate::evaluation::{FEW_IN_GROUP, Grouping, SubGroup, rule_in_words};
use crate::reports::groups;
use crate::reports::rows::{best_model, column_names, rows};

const WIDTH: f64 = 540.0;
const MARGIN: f64 = 14.0;
const HEAD: f64 = 46.0;
const LINE: f64 = 15.0;
const COUNTS: f64 = 196.0;
const PLOT: f64 = 92.0;
const PLOT_GAP: f64 = 22.0;
const STRONG: Type = Type { points: 8.5, bold: true, colour: INK };
const BODY: Type = Type { points: 8.0, bold: false, colour: INK };
const SMALL: Type = Type { points: 7.0, bold: false, colour: MUTED };

pub(super) struct Forest<'a> {
    benchmark: &'a Benchmark,
    /// What thresholds are drawn by.
    rule: ThresholdRule,
    title: String,
    look: Option<Look>,
    lines: Vec<Line<'a>>,
    /// Left end of each of the three axes; the right end is 1.
    lows: [f64; 3],
}

enum Line<'a> {
    Heading(&'a Grouping),
    Group(SubGroup),
}

fn shares(group: &SubGroup) -> [Option<Interval>; 3] {
    [group.auroc, group.sensitivity, group.specificity]
}

impl<'a> Forest<'a> {
    pub fn new(benchmark: &'a Benchmark, groupings: &'a [Grouping], rule: ThresholdRule) -> Self {
        let rows = rows(benchmark, rule);
        let best = best_model(&rows).and_then(|best| rows.iter().position(|row| row.entry.id == best.entry.id));
        let mut lines = Vec::new();
        if let Some(best) = best {
            for grouping in groupings {
                lines.push(Line::Heading(grouping));
                lines.extend(groups::of(benchmark, &rows[best], grouping).into_iter().map(Line::Group));
            }
        }
        let name = best.map_or("no entry", |best| column_names(benchmark)[best]);
        let look = best.map(|best| looks(&benchmark.entries)[best]);
        Self { benchmark, rule, title: format!("{} by group", shortened(name)), look, lows: lows(&lines), lines }
    }
}

/// A tenth that leaves all intervals in sight.
fn lows(lines: &[Line]) -> [f64; 3] {
    let mut lows = [0.8_f64; 3];
    for line in lines {
        let Line::Group(group) = line else { continue };
        for (low, interval) in lows.iter_mut().zip(shares(group)) {
            *low = interval.map_or(*low, |interval| low.min((interval.low * 10.0).floor() / 10.0));
        }
    }
    lows
}

impl Figure for Forest<'_> {
    fn size(&self) -> (f64, f64) {
        (WIDTH, MARGIN + HEAD + self.lines.len() as f64 * LINE + 56.0)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        canvas.text(&self.title, (MARGIN, MARGIN), Align::Left, STRONG)?;
        self.heads(canvas)?;
        for (index, line) in self.lines.iter().enumerate() {
            let y = MARGIN + HEAD + (index as f64 + 0.5) * LINE;
            match line {
                Line::Heading(grouping) => {
                    let text = format!("{} ({})", grouping.name, grouping.source);
                    canvas.text(&text, (MARGIN, y), Align::Left, Type { bold: true, ..BODY })?;
                }
                Line::Group(group) => self.group(canvas, group, y)?,
            }
        }
        let (_, height) = self.size();
        let shares = format!("95 % intervals: DeLong, Wilson. Shares at {}.", rule_in_words(self.rule));
        canvas.text(&shares, (MARGIN, height - 34.0), Align::Left, SMALL)?;
        let marks = format!("† against all healthy test images. * fewer than {FEW_IN_GROUP} images of a class.");
        canvas.text(&marks, (MARGIN, height - 22.0), Align::Left, SMALL)?;
        canvas.text(&footer(self.benchmark), (MARGIN, height - 9.0), Align::Left, SMALL)
    }
}

/// Left end of one of the three plots.
fn plot_left(axis: usize) -> f64 {
    COUNTS + 10.0 + axis as f64 * (PLOT + PLOT_GAP)
}

impl Forest<'_> {
    fn heads<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        let y = MARGIN + HEAD - 22.0;
        canvas.text("Healthy / diseased", (COUNTS, y), Align::Right, SMALL)?;
        let bottom = MARGIN + HEAD + self.lines.len() as f64 * LINE;
        for (axis, name) in ["AUROC", "Sensitivity", "Specificity"].into_iter().enumerate() {
            canvas.text(name, (plot_left(axis) + PLOT / 2.0, y), Align::Centre, SMALL)?;
            for share in [0.0, 0.5, 1.0] {
                let value = self.lows[axis] + share * (1.0 - self.lows[axis]);
                let x = plot_left(axis) + share * PLOT;
                canvas.line(&[(x, MARGIN + HEAD), (x, bottom)], 0.5, GRID.into())?;
                canvas.text(&format!("{value:.2}"), (x, MARGIN + HEAD - 8.0), Align::Centre, SMALL)?;
            }
        }
        Ok(())
    }

    fn group<B: DrawingBackend>(&self, canvas: &Canvas<B>, group: &SubGroup, y: f64) -> Drawn<B> {
        let dagger = if group.against_all_healthy { "†" } else { "" };
        let star = if group.is_small() { "*" } else { "" };
        canvas.text(&format!("{}{dagger}{star}", shortened(&group.name)), (MARGIN + 8.0, y), Align::Left, BODY)?;
        canvas.text(&format!("{} / {}", group.healthy, group.diseased), (COUNTS, y), Align::Right, BODY)?;
        let colour: RGBAColor = self.look.map_or(INK.into(), |look| look.colour.mix(look.strength));
        for (axis, interval) in shares(group).into_iter().enumerate() {
            let Some(interval) = interval else {
                canvas.text("–", (plot_left(axis) + PLOT / 2.0, y), Align::Centre, SMALL)?;
                continue;
            };
            let low = self.lows[axis];
            let x = |value: f64| plot_left(axis) + ((value - low) / (1.0 - low)).clamp(0.0, 1.0) * PLOT;
            canvas.line(&[(x(interval.low), y), (x(interval.high), y)], 1.25, colour)?;
            let middle = x(interval.value);
            canvas.bar((middle - 2.5, y - 2.5), (middle + 2.5, y + 2.5), colour)?;
        }
        Ok(())
    }
}
