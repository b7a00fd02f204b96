//! Losses as lines: kept from frame to frame, extended as batches arrive, thinned to what a screen can show.

use std::collections::HashMap;

use egui_plot::PlotPoint;

use crate::domain::{Component, EpochRecord, LossComponents, ModelId};
use crate::ui::state::LiveRun;
use crate::ui::train::runs::Run;

/// A point of a curve: epochs since the start, loss.
type Point = [f64; 2];

/// A running mean whose memory fades. In logarithms where losses are positive, so that a rare spike does not lift it.
#[derive(Clone, Debug)]
pub struct Smoother {
    keep: f64,
    weighted: f64,
    weight: f64,
}

impl Smoother {
    /// `memory` is how many values back the weight has fallen to 1/e.
    pub fn new(memory: f64) -> Self {
        Self { keep: (-1.0 / memory.max(1e-3)).exp(), weighted: 0.0, weight: 0.0 }
    }

    /// Takes in a value and gives the mean so far. Dividing by the weights seen makes the first values count fully.
    pub fn next(&mut self, value: f64) -> f64 {
        let value = value.max(f64::MIN_POSITIVE).ln();
        self.weighted = self.keep * self.weighted + (1.0 - self.keep) * value;
        self.weight = self.keep * self.weight + (1.0 - self.keep);
        (self.weighted / self.weight).exp()
    }
}

/// Memory of the smoothing, in epochs; at least so many batches.
const MEMORY_EPOCHS: f64 = 0.6;
const MEMORY_LEAST: f64 = 4.0;

/// One component's loss over one run.
#[derive(Debug, Default)]
pub struct Curve {
    /// One a batch; of runs read from folders there are none.
    pub batches: Line,
    /// Batches smoothed; means of epochs where there are no batches.
    pub training: Line,
    /// One an epoch, on held-out healthy images.
    pub validation: Line,
    smoother: Option<Smoother>,
    /// Batches taken in, and the last one's step.
    taken: usize,
    last_step: u64,
    /// Epochs taken in, and the last one's number.
    epochs: (usize, u32),
}

impl Curve {
    /// Takes in what is new of a run.
    fn update(&mut self, run: &Run<'_>, component: Component) {
        let epochs = (run.epoch_count(), run.last_epoch().map_or(0, |record| record.epoch));
        if epochs != self.epochs {
            self.epochs = epochs;
            self.validation.replace(run.epochs().filter_map(|record| at_end(record, &record.validation, component)));
            if run.live.is_none_or(|live| live.batches.is_empty()) {
                self.training.replace(run.epochs().filter_map(|record| in_middle(record, component)));
            }
        }
        if let Some(live) = run.live {
            self.update_batches(live, component);
        }
    }

    fn update_batches(&mut self, live: &LiveRun, component: Component) {
        let continues = self.taken > 0
            && live.batches.get(self.taken - 1).is_some_and(|(step, _)| *step == self.last_step)
            && self.smoother.is_some();
        if !continues {
            self.restart(live, component);
        }
        let Some(smoother) = &mut self.smoother else { return };
        let steps = f64::from(live.steps_per_epoch.max(1));
        for (step, loss) in &live.batches[self.taken..] {
            self.taken += 1;
            self.last_step = *step;
            let Some(value) = loss.get(component).filter(|value| value.is_finite()) else { continue };
            let x = *step as f64 / steps;
            self.batches.push([x, value]);
            self.training.push([x, smoother.next(value)]);
        }
    }

    /// Begins anew: batches were thinned, or taken back when a run was resumed. Epochs from before the first batch of
    /// this session are drawn by their means.
    fn restart(&mut self, live: &LiveRun, component: Component) {
        let steps = f64::from(live.steps_per_epoch.max(1));
        let Some((first, _)) = live.batches.first() else { return };
        let begins = *first as f64 / steps;
        let earlier = live.epochs.iter().filter_map(|record| in_middle(record, component));
        self.training.replace(earlier.filter(|point| point[0] + 0.5 <= begins));
        self.batches.replace(std::iter::empty());
        self.smoother = Some(Smoother::new((steps * MEMORY_EPOCHS).max(MEMORY_LEAST)));
        self.taken = 0;
    }
}

/// A value measured when an epoch ended.
fn at_end(record: &EpochRecord, losses: &LossComponents, component: Component) -> Option<Point> {
    losses.get(component).filter(|value| value.is_finite()).map(|value| [f64::from(record.epoch), value])
}

/// The mean over an epoch's batches lies in its middle.
fn in_middle(record: &EpochRecord, component: Component) -> Option<Point> {
    let [x, value] = at_end(record, &record.train, component)?;
    Some([x - 0.5, value])
}

/// The part of the plane that is drawn, and on how many pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub from: f64,
    pub to: f64,
    pub log: bool,
    pub columns: usize,
}

/// Points in order of x, and what was last drawn of them.
#[derive(Debug, Default)]
pub struct Line {
    points: Vec<Point>,
    drawn: Vec<PlotPoint>,
    /// What `drawn` was made for, and from how many points.
    made_for: Option<(Window, usize)>,
}

impl Line {
    fn push(&mut self, point: Point) {
        self.points.push(point);
    }

    fn replace(&mut self, points: impl Iterator<Item = Point>) {
        self.points.clear();
        self.points.extend(points);
        self.made_for = None;
    }

    pub fn last(&self) -> Option<Point> {
        self.points.last().copied()
    }

    /// Makes ready what is visible. Does nothing when nothing changed.
    pub fn prepare(&mut self, window: Window) {
        if self.made_for == Some((window, self.points.len())) {
            return;
        }
        self.made_for = Some((window, self.points.len()));
        self.drawn.clear();
        thin(&self.points, window, &mut self.drawn);
    }

    /// What [`Self::prepare`] made; values are logarithms to base ten where the window says so.
    pub fn drawn(&self) -> &[PlotPoint] {
        &self.drawn
    }

    /// Least and greatest value of what was prepared, one point outside on either side included.
    pub fn range(&self) -> Option<(f64, f64)> {
        let values = self.drawn.iter().map(|point| point.y);
        values.fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((low.min(value), high.max(value))),
        })
    }

    /// The point nearest to x.
    pub fn nearest(&self, x: f64) -> Option<Point> {
        let after = self.points.partition_point(|point| point[0] < x);
        let around = [after.checked_sub(1), Some(after)];
        let distance = |point: &Point| (point[0] - x).abs();
        around
            .into_iter()
            .flatten()
            .filter_map(|index| self.points.get(index).copied())
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

/// The visible points, at most the least and the greatest of each pixel column, so that no spike is lost.
fn thin(points: &[Point], window: Window, into: &mut Vec<PlotPoint>) {
    let first = points.partition_point(|point| point[0] < window.from).saturating_sub(1);
    let last = (points.partition_point(|point| point[0] <= window.to) + 1).min(points.len());
    let visible = points.get(first..last).unwrap_or_default();
    let place = |point: &Point| {
        let y = if window.log { point[1].log10() } else { point[1] };
        y.is_finite().then(|| PlotPoint::new(point[0], y))
    };
    if visible.len() <= 2 * window.columns {
        into.extend(visible.iter().filter_map(place));
        return;
    }
    let column_of = |x: f64| ((x - window.from) / (window.to - window.from) * window.columns as f64).floor();
    let mut rest = visible;
    while let Some(start) = rest.first() {
        let column = column_of(start[0]);
        let count = rest.iter().take_while(|point| column_of(point[0]) <= column).count().max(1);
        let (here, after) = rest.split_at(count);
        rest = after;
        let mut placed = here.iter().filter_map(place);
        let Some(any) = placed.next() else { continue };
        let (low, high) = placed.fold((any, any), |(low, high), point| {
            (if point.y < low.y { point } else { low }, if point.y > high.y { point } else { high })
        });
        let (one, other) = if low.x <= high.x { (low, high) } else { (high, low) };
        into.push(one);
        if one.x < other.x {
            into.push(other);
        }
    }
}

/// The curves of all runs that have been drawn.
#[derive(Debug, Default)]
pub struct Curves {
    curves: HashMap<(ModelId, Component), Curve>,
}

impl Curves {
    /// Brings one run's curve up to date and makes ready what is visible of it.
    pub fn prepare(&mut self, run: &Run<'_>, component: Component, window: Window) {
        let curve = self.curves.entry((run.info.id.clone(), component)).or_default();
        curve.update(run, component);
        curve.batches.prepare(window);
        curve.training.prepare(window);
        curve.validation.prepare(window);
    }

    pub fn get(&self, run: &Run<'_>, component: Component) -> Option<&Curve> {
        self.curves.get(&(run.info.id.clone(), component))
    }

    /// Forgets runs that no longer exist.
    pub fn keep(&mut self, runs: &[Run<'_>]) {
        if self.curves.len() > runs.len() * Component::ALL.len() {
            self.curves.retain(|(id, _), _| runs.iter().any(|run| &run.info.id == id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::train::{fixture, runs};

    fn window(from: f64, to: f64, columns: usize) -> Window {
        Window { from, to, log: false, columns }
    }

    fn thinned(points: &[Point], window: Window) -> Vec<Point> {
        let mut into = Vec::new();
        thin(points, window, &mut into);
        into.iter().map(|point| [point.x, point.y]).collect()
    }

    #[test]
    fn smoothing_begins_at_the_first_value_and_ignores_single_spikes() {
        let mut smoother = Smoother::new(6.0);
        assert!((smoother.next(0.1) - 0.1).abs() < 1e-12);
        for _ in 0..50 {
            smoother.next(0.1);
        }
        let after_spike = smoother.next(1.0);
        assert!(after_spike > 0.1 && after_spike < 0.16, "{after_spike}");
        assert!(smoother.next(0.0).is_finite(), "zero has no logarithm, and does not need one");
    }

    #[test]
    fn thinning_keeps_spikes_and_ends() {
        let points: Vec<Point> = (0..10_000)
            .map(|step| [f64::from(step) / 100.0, if step == 5_005 { 9.0 } else { f64::from(step % 7) / 7.0 }])
            .collect();
        let kept = thinned(&points, window(0.0, 100.0, 200));
        assert!(kept.len() <= 2 * 202, "{}", kept.len());
        assert!(kept.iter().any(|point| point[1] >= 9.0));
        assert!(kept.windows(2).all(|pair| pair[0][0] < pair[1][0]), "in order");
        assert!(kept[0][0] < 0.5 && kept[kept.len() - 1][0] > 99.4);
    }

    #[test]
    fn zoomed_in_every_batch_is_there_and_the_line_leaves_the_window() {
        let points: Vec<Point> = (0..1_000).map(|step| [f64::from(step) / 10.0, 1.0]).collect();
        let kept = thinned(&points, window(10.0, 12.0, 200));
        assert_eq!(kept.len(), 23);
        assert!(kept[0][0] < 10.0 && kept[22][0] > 12.0);
    }

    #[test]
    fn what_has_no_logarithm_is_left_out() {
        let points = [[0.0, 0.0], [1.0, -1.0], [2.0, 100.0]];
        let kept = thinned(&points, Window { log: true, ..window(0.0, 2.0, 100) });
        assert_eq!(kept, [[2.0, 2.0]]);
        assert!(thinned(&[], window(0.0, 1.0, 10)).is_empty());
    }

    #[test]
    fn batches_extend_a_curve_and_a_resumed_run_takes_some_back() {
        let mut state = fixture::running();
        let mut curves = Curves::default();
        let whole = window(0.0, 100.0, 600);
        let length = |curves: &mut Curves, state: &crate::ui::state::State| {
            let runs = runs::all(state);
            curves.prepare(&runs[0], Component::Recon, whole);
            let curve = curves.get(&runs[0], Component::Recon).unwrap();
            assert_eq!(curve.batches.points.len(), curve.training.points.len());
            curve.batches.points.len()
        };
        let before = length(&mut curves, &state);
        assert_eq!(before, state.live[0].batches.len());
        let (step, loss) = *state.live[0].batches.last().unwrap();
        state.live[0].batches.push((step + 1, loss));
        assert_eq!(length(&mut curves, &state), before + 1);
        state.live[0].batches.truncate(20);
        assert_eq!(length(&mut curves, &state), 20);
    }

    #[test]
    fn runs_from_folders_are_drawn_by_their_epochs() {
        let state = fixture::ended();
        let runs = runs::all(&state);
        let stored = runs.iter().find(|run| run.live.is_none()).unwrap();
        let mut curves = Curves::default();
        curves.prepare(stored, Component::Recon, window(0.0, 100.0, 600));
        let curve = curves.get(stored, Component::Recon).unwrap();
        assert!(curve.batches.drawn().is_empty());
        assert_eq!(curve.training.drawn().len(), stored.epoch_count());
        assert_eq!(curve.training.nearest(3.4).unwrap()[0], 3.5);
    }
}
