//! The Benchmark screen: how well each chosen model tells diseased from healthy, beside the one-line scores it has to
//! beat, and what a threshold does.

mod boxes;
mod calibration;
mod chips;
mod columns;
mod curves;
mod empty;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod flows;
mod format;
mod gallery;
mod gauge;
mod groups;
mod heatmaps;
mod leaderboard;
mod look;
mod misses;
mod outcome;
mod paired;
mod percentiles;
pub(in crate::ui) mod plot;
mod prepared;
mod rules;
mod scores;
mod standing;

use std::collections::BTreeSet;

use egui::{Key, Modifiers, Rect, ScrollArea, Ui, UiBuilder, Vec2, pos2, vec2};
use serde::{Deserialize, Deserializer, Serialize};

use self::heatmaps::Against;
use self::look::Look;
use self::prepared::{Outcome, Prepared};
use self::standing::Standing;
use crate::domain::{Benchmark, BenchmarkEntry, JobKind, SampleId, ThresholdRule};
use crate::engine::message::EngineCommand;
use crate::evaluation::{Fit, Shift};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::state::{JobView, State, ThumbnailRequests};
use crate::ui::theme::{self, space};

/// Below this the results scroll instead of shrinking further.
const LEAST: Vec2 = vec2(1176.0, 640.0);

/// Heights at 1280 × 800.
const SCORES: f32 = 228.0;
const OUTCOME: f32 = 206.0;
const MISSES: f32 = 102.0;

/// View state of the Benchmark screen, kept across restarts.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BenchmarkView {
    /// Which loaded models are measured, and by what.
    chosen: chips::Chosen,
    /// A line dragged over one data set's images says nothing to the next, nor to another day.
    #[serde(deserialize_with = "without_hand")]
    rule: ThresholdRule,
    sort: columns::Sort,
    /// Id of the entry that scores, curves and misses show.
    selected: Option<String>,
    tab: curves::Tab,
    fit: Fit,
    /// Name of the grouping that the sub-groups tab shows.
    grouping: String,
    /// The share of diseased images that predictive values are for; the test set's own where none is set.
    #[serde(skip)]
    prevalence: Option<f64>,
    /// What maps are held against.
    against: Against,
    /// The scores are shown as a table of percentiles.
    as_table: bool,
    misses: misses::Kind,
    #[serde(skip)]
    prepared: Option<Prepared>,
    /// The rows' order while the line is dragged: rows do not change places under the hand.
    #[serde(skip)]
    order: Vec<usize>,
    #[serde(skip)]
    requests: ThumbnailRequests,
    #[serde(skip)]
    boxed: boxes::Boxed,
    /// Entries that were asked for last by other scores: what the engine cannot give is not asked for every frame.
    #[serde(skip)]
    rescored: Vec<String>,
}

fn without_hand<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ThresholdRule, D::Error> {
    ThresholdRule::deserialize(deserializer).map(ThresholdRule::without_hand)
}

/// What all cards of a frame draw.
struct Shown<'a> {
    prepared: &'a Prepared,
    selected: usize,
    /// What the threshold is drawn by.
    rule: ThresholdRule,
    looks: &'a [Look],
    standings: &'a [Standing],
    /// Test images with boxes that maps were held against; none while another data set is open.
    boxed: &'a [SampleId],
}

impl Shown<'_> {
    fn entry(&self) -> &BenchmarkEntry {
        &self.prepared.benchmark.entries[self.selected]
    }

    fn outcome(&self) -> &Outcome {
        &self.prepared.outcomes[self.selected]
    }

    fn shift(&self) -> Option<&Shift> {
        self.prepared.shifts[self.selected].as_ref()
    }

    fn look(&self) -> Look {
        self.looks[self.selected]
    }
}

impl BenchmarkView {
    /// What the threshold is drawn by, here and on the Compare screen.
    pub fn rule(&self) -> ThresholdRule {
        self.rule
    }

    /// Another data set was opened: what was set by hand over the images of the last goes.
    pub fn forget_images(&mut self) {
        self.rule = self.rule.without_hand();
        self.prevalence = None;
    }

    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        self.follow(state);
        let mut prepared = self.prepared.take();
        let export = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::E));
        if export && prepared.is_some() {
            commands.push(UiCommand::PickBenchmarkExportFolder);
        }
        let screen = ui.max_rect();
        let bar = Rect::from_min_size(screen.min, vec2(screen.width(), chips::HEIGHT));
        if let Some(entry) = chips::show(ui, bar, &mut self.chosen, prepared.as_ref(), state, commands) {
            self.selected = Some(entry);
        }
        if let Some(prepared) = &prepared {
            self.rescore(prepared, state, commands);
        }
        let rest = screen.with_min_y(bar.bottom());
        match &mut prepared {
            Some(prepared) => self.scrolled(ui, rest, prepared, state, commands),
            None => empty::show(ui, rest, state, &mut self.chosen, commands),
        }
        self.prepared = prepared;
    }

    /// Sorts a new benchmark once.
    fn follow(&mut self, state: &State) {
        match &state.benchmark {
            Some(benchmark) if benchmark.entries.is_empty() => self.prepared = None,
            Some(benchmark) => {
                let same = |prepared: &&mut Prepared| std::sync::Arc::ptr_eq(&prepared.benchmark, benchmark);
                if let Some(prepared) = self.prepared.as_mut().filter(same) {
                    prepared.sort_by(state.groups.as_ref());
                } else {
                    let mut prepared = Prepared::new(benchmark.clone(), state.groups.clone(), self.rule);
                    if let Some(home) = &state.benchmark_before {
                        prepared.hold_against(home);
                    }
                    self.prepared = Some(prepared);
                    self.order.clear();
                }
            }
            None => self.prepared = None,
        }
    }

    /// Asks for the same results by other scores, once, when nothing but the scores has changed: the engine has measured
    /// them already.
    fn rescore(&mut self, prepared: &Prepared, state: &State, commands: &mut Commands) {
        if job(state).is_some() || !same_data(state, &prepared.benchmark) {
            return;
        }
        let rows = self.chosen.rows(state);
        let wanted: Vec<String> = rows.iter().map(chips::Row::id).collect();
        let shown = prepared.benchmark.entries.iter().filter(|entry| prepared::is_model(entry));
        let (ids, models): (Vec<&str>, BTreeSet<&str>) = shown.map(|entry| (entry.id.as_str(), entry.model())).unzip();
        let chosen: BTreeSet<&str> = rows.iter().map(|row| row.model.id.0.as_str()).collect();
        let differs = ids != wanted && !chosen.is_empty() && chosen.is_subset(&models);
        // A model taken out or put in is no change of scores.
        let scores_differ = wanted.iter().any(|id| !ids.contains(&id.as_str()));
        if differs && scores_differ && self.rescored != wanted {
            self.rescored = wanted;
            let benchmark = prepared.benchmark.clone();
            commands.engine(EngineCommand::Rescore { benchmark, models: chips::contenders(&rows) });
        }
    }

    /// The results, in a scroll area where the window is too small for them.
    fn scrolled(&mut self, ui: &mut Ui, rest: Rect, prepared: &mut Prepared, state: &State, commands: &mut Commands) {
        let size = rest.size().max(LEAST);
        if size == rest.size() {
            self.results(ui, rest, prepared, state, commands);
            return;
        }
        ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| {
            ScrollArea::both().id_salt("benchmark").auto_shrink([false, false]).show(ui, |ui| {
                let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                self.results(ui, rect, prepared, state, commands);
            });
        });
    }

    fn results(&mut self, ui: &mut Ui, rest: Rect, prepared: &mut Prepared, state: &State, commands: &mut Commands) {
        let standings = standing::of(&prepared.benchmark.entries, &state.models);
        let looks = look::looks(&prepared.benchmark.entries, theme::of(ui));
        let selected = prepared.index_of(self.selected.as_deref());
        let cautioned = !prepared.cautions().is_empty();
        let areas = Areas::new(rest, leaderboard::wanted_height(looks.len(), cautioned));
        prepared.apply(self.rule);
        let (sorted, outcome) = (&prepared.sorted[selected], &prepared.outcomes[selected]);
        let (line, moved) = scores::drag(ui, areas.scores, sorted, outcome, !self.as_table);
        if let Some(rule) = moved {
            self.rule = rule;
            prepared.apply(rule);
        }
        if !line.dragged() || self.order.len() != looks.len() {
            self.order = self.sort.order(prepared);
        }
        let same_data = same_data(state, &prepared.benchmark);
        self.boxed.follow(&prepared.benchmark, state.data.as_ref().filter(|_| same_data));
        let shown = Shown {
            prepared,
            selected,
            rule: self.rule,
            looks: &looks,
            standings: &standings,
            boxed: self.boxed.samples(),
        };
        let table = leaderboard::show(ui, areas.leaderboard, &shown, &self.order, self.sort, self.rule);
        let ruled = scores::show(ui, areas.scores, &shown, self.rule, &mut self.as_table, &line);
        let choices = curves::Choices {
            tab: &mut self.tab,
            fit: &mut self.fit,
            grouping: &mut self.grouping,
            against: &mut self.against,
        };
        let mut visible = curves::show(ui, areas.curves, &shown, choices, state, commands);
        outcome::show(ui, areas.outcome, &shown, &mut self.prevalence);
        visible.extend(misses::show(ui, areas.misses, &shown, &mut self.misses, (state, same_data), commands));
        self.requests.ask(ui, state, visible, commands);
        self.take(ui, prepared, &table, ruled);
    }

    /// What was clicked shows in the next frame, which is asked for.
    fn take(&mut self, ui: &Ui, prepared: &Prepared, table: &leaderboard::Done, ruled: Option<ThresholdRule>) {
        if let Some(index) = table.chosen {
            self.selected = Some(prepared.benchmark.entries[index].id.clone());
        }
        if let Some(column) = table.sorted_by {
            self.sort.click(column);
        }
        if let Some(rule) = ruled {
            self.rule = rule;
        }
        if table.chosen.is_some() || table.sorted_by.is_some() || ruled.is_some() {
            ui.ctx().request_repaint();
        }
    }
}

/// The benchmark that is queued or runs.
fn job(state: &State) -> Option<&JobView> {
    state.jobs.iter().rev().find(|job| job.is_active() && job.kind == JobKind::Benchmark)
}

/// The benchmark's images are those of the open data set, under the same numbers.
fn same_data(state: &State, benchmark: &Benchmark) -> bool {
    let Some(data) = &state.data else { return false };
    let known =
        |case: &crate::domain::BenchmarkCase| data.sample(case.sample).is_some_and(|sample| sample.path == case.path);
    benchmark.cases.first().is_some_and(known) && benchmark.cases.last().is_some_and(known)
}

/// Where the cards stand.
#[derive(Clone, Copy, Debug)]
struct Areas {
    leaderboard: Rect,
    scores: Rect,
    curves: Rect,
    outcome: Rect,
    misses: Rect,
}

impl Areas {
    /// At 1280 × 800 as drawn; more height goes to the leaderboard until all its rows show, then to the scores; more
    /// width to both sides.
    fn new(rest: Rect, leaderboard: f32) -> Self {
        let gap = space::CARD_GAP;
        let inner = Rect::from_min_max(rest.min + vec2(space::SCREEN, gap), rest.max - vec2(space::SCREEN, gap));
        let misses = inner.with_min_y(inner.bottom() - MISSES);
        let above = inner.with_max_y(misses.top() - gap);
        let right = (0.4286 * above.width()).clamp(480.0, 860.0).round();
        let left = above.with_max_x(above.right() - right - gap);
        let right = above.with_min_x(left.right() + gap);
        let outcome = right.with_min_y(right.bottom() - OUTCOME);
        let table = leaderboard
            .min(above.height() - gap - SCORES)
            .max(0.56 * (above.height() - gap))
            .min(leaderboard.max(306.0));
        let split = pos2(left.left(), (left.top() + table).round());
        Self {
            leaderboard: left.with_max_y(split.y),
            scores: left.with_min_y(split.y + gap),
            curves: right.with_max_y(outcome.top() - gap),
            outcome,
            misses,
        }
    }
}
