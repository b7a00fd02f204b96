//! The bar at the top: which models are measured, when the results are from, export and run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use egui::{Align, Align2, Layout, Popup, PopupCloseBehavior, Rect, Role, ScrollArea, Ui, UiBuilder, pos2, vec2};
use serde::{Deserialize, Serialize};

use super::look::speak;
use super::prepared::{Prepared, is_model};
use super::standing::{self, Standing};
use super::{format, job};
use crate::domain::{BenchmarkEntry, Contender, Measure, ModelId, ModelInfo, Scoring, listed, thousands};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, UiCommand};
use crate::ui::icons;
use crate::ui::state::{JobView, State};
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Button, Chip, IconButton, ProgressBar, menu_item, menu_label, paint, score_menu};

/// Height of the bar.
pub const HEIGHT: f32 = 48.0;

/// Which loaded models take part, and by what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// Models that do not take part; whatever else is loaded does.
    pub left_out: BTreeSet<ModelId>,
    /// Scores that were chosen here; of other models what they score by on the Compare screen.
    pub scores: BTreeMap<ModelId, Vec<Scoring>>,
}

/// A model by a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub model: Arc<ModelInfo>,
    pub scoring: Scoring,
    /// Among those of its model.
    position: usize,
}

impl Row {
    /// Of its entry in a benchmark.
    pub fn id(&self) -> String {
        BenchmarkEntry::id_of(&self.model, &self.scoring)
    }

    /// "VAE", with the score where it is not the model's own.
    fn label(&self) -> String {
        let own = self.scoring == self.model.own_score();
        if own { self.model.name.clone() } else { format!("{} · {}", self.model.name, self.scoring.name()) }
    }
}

impl Chosen {
    /// Loaded models that take part, in the order they were loaded.
    pub fn models<'a>(&'a self, state: &'a State) -> impl Iterator<Item = &'a Arc<ModelInfo>> {
        state.models.iter().filter(|model| !self.left_out.contains(&model.id))
    }

    /// What stands on the leaderboard: a model once for each of its scores.
    pub fn rows(&self, state: &State) -> Vec<Row> {
        let of = |model: &Arc<ModelInfo>| -> Vec<Row> {
            let row = |(position, scoring)| Row { model: Arc::clone(model), scoring, position };
            self.scores_of(model).into_iter().enumerate().map(row).collect()
        };
        self.models(state).flat_map(of).collect()
    }

    fn scores_of(&self, model: &ModelInfo) -> Vec<Scoring> {
        let chosen = self.scores.get(&model.id).filter(|scores| !scores.is_empty());
        chosen.cloned().unwrap_or_else(|| vec![model.score.clone()])
    }

    /// Puts a score in the place of another of the same model, or behind the others; none twice.
    fn put(&mut self, model: &ModelInfo, position: usize, scoring: Scoring) {
        let mut scores = self.scores_of(model);
        match scores.get_mut(position) {
            Some(place) => *place = scoring,
            None => scores.push(scoring),
        }
        let mut distinct: Vec<Scoring> = Vec::with_capacity(scores.len());
        for scoring in scores {
            if !distinct.contains(&scoring) {
                distinct.push(scoring);
            }
        }
        self.scores.insert(model.id.clone(), distinct);
    }

    /// Takes one row away: the model itself when it was its last.
    fn remove(&mut self, row: &Row) {
        let mut scores = self.scores_of(&row.model);
        if scores.len() < 2 {
            self.left_out.insert(row.model.id.clone());
            return;
        }
        scores.remove(row.position);
        self.scores.insert(row.model.id.clone(), scores);
    }
}

/// For the engine.
pub fn contenders(rows: &[Row]) -> Vec<Contender> {
    rows.iter().map(|row| Contender { model: row.model.id.clone(), score: Some(row.scoring.clone()) }).collect()
}

/// Starts a benchmark of these.
pub fn run(rows: &[Row], commands: &mut Commands) {
    commands.engine(EngineCommand::Benchmark { job: Commands::new_job(), models: contenders(rows) });
}

/// Draws the bar; gives the entry whose chip was clicked.
pub fn show(
    ui: &mut Ui,
    bar: Rect,
    chosen: &mut Chosen,
    prepared: Option<&Prepared>,
    state: &State,
    commands: &mut Commands,
) -> Option<String> {
    let theme = theme::of(ui);
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, theme.hairline_stroke());
    let inner = bar.shrink2(vec2(space::SCREEN, 0.0));
    let running = job(state);
    let buttons = UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center));
    let right = ui.scope_builder(buttons, |ui| {
        match running {
            Some(job) => cancel(ui, job, commands),
            None => run_button(ui, state, chosen, commands),
        }
        export(ui, prepared.is_some(), commands);
        ui.min_rect().left()
    });
    let rest = inner.with_max_x(right.inner - space::L);
    let (ended, clicked) = chips(ui, rest, chosen, state);
    let words = Rect::from_min_max(pos2(ended + space::L, rest.top()), rest.max);
    match (running, prepared) {
        (Some(job), _) => progress(ui, words, state, job),
        (None, Some(prepared)) => summary(ui, words, prepared, chosen, state),
        (None, None) => {}
    }
    clicked
}

fn run_button(ui: &mut Ui, state: &State, chosen: &Chosen, commands: &mut Commands) {
    let rows = chosen.rows(state);
    let ready = state.data.is_some() && !rows.is_empty();
    let button = Button::primary("Run benchmark").filled_icon(icons::PLAY);
    let response = ui.add_enabled(ready, button);
    if response.clicked() {
        run(&rows, commands);
    }
    response
        .on_hover_text("Score validation and test images by the chosen models and the baselines.")
        .on_disabled_hover_text(if state.data.is_none() {
            "Open a data set first."
        } else {
            "Choose at least one loaded model."
        });
}

fn cancel(ui: &mut Ui, job: &JobView, commands: &mut Commands) {
    let button = Button::secondary("Cancel").filled_icon(icons::STOP).name("Cancel benchmark").width(142.0);
    if ui.add_enabled(!job.stopping, button).on_hover_text("Earlier results stay.").clicked() {
        commands.engine(EngineCommand::Stop { job: job.id });
    }
}

fn export(ui: &mut Ui, ready: bool, commands: &mut Commands) {
    let response = ui.add_enabled(ready, Button::secondary("Export").icon(icons::EXPORT));
    if response.clicked() {
        commands.push(UiCommand::PickBenchmarkExportFolder);
    }
    response
        .on_hover_text("Tables and figures into a folder: CSV, JSON, SVG and PNG (Ctrl+E).")
        .on_disabled_hover_text("Run a benchmark first.");
}

/// A chip a row and the menu of models; gives where they end, and the entry whose chip was clicked. A click opens the menu
/// of scores, too.
fn chips(ui: &mut Ui, room: Rect, chosen: &mut Chosen, state: &State) -> (f32, Option<String>) {
    let theme = theme::of(ui);
    let most = room.with_max_x(room.left() + (room.width() - 36.0).max(120.0));
    let mut end = room.left();
    let mut clicked = None;
    ui.scope_builder(UiBuilder::new().max_rect(most).layout(Layout::left_to_right(Align::Center)), |ui| {
        ui.style_mut().always_scroll_the_only_direction = true;
        let area = ScrollArea::horizontal().id_salt("chips").auto_shrink([true, false]);
        area.show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.add_space(1.0);
            for row in chosen.rows(state) {
                let dot = theme.series(row.model.kind.series());
                let chip = Chip::new(&row.label()).dot(dot).removable().show(ui);
                if chip.response.clicked() {
                    clicked = Some(row.id());
                }
                let menu = Popup::menu(&chip.response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
                menu.show(|ui| scores_menu(ui, chosen, &row));
                chip.response.on_hover_text(about(&row));
                if chip.remove {
                    chosen.remove(&row);
                }
            }
            ui.add_space(1.0);
        });
        end = ui.min_rect().right();
    });
    let plus = Rect::from_min_size(pos2(end + 4.0, room.center().y - 14.0), vec2(28.0, 28.0));
    ui.scope_builder(UiBuilder::new().max_rect(plus), |ui| {
        let response = ui.add(IconButton::new(icons::PLUS, "Choose models"));
        let menu = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        menu.show(|ui| models_menu(ui, chosen, state));
    });
    (plus.right(), clicked)
}

fn about(row: &Row) -> String {
    let Row { model, scoring, .. } = row;
    let time = format::training_times(Some(model.training_secs), model.training_cpu_secs);
    let numbers = format::parameters(Some(model.parameters));
    format!("{numbers} numbers, trained {time}. {}: {}", scoring.name(), scoring.meaning())
}

/// What the row is scored by, and a row more for the same model.
fn scores_menu(ui: &mut Ui, chosen: &mut Chosen, row: &Row) {
    if let Some(scoring) = score_menu(ui, &row.model, &row.scoring, 400.0) {
        chosen.put(&row.model, row.position, scoring);
    }
    let unused = Measure::catalogue().into_iter().map(Scoring::from).find(|scoring| {
        scoring.lacking(row.model.abilities).is_none() && !chosen.scores_of(&row.model).contains(scoring)
    });
    if let Some(scoring) = unused
        && menu_item(ui, "Also by another score", "", None, false).clicked()
    {
        chosen.put(&row.model, usize::MAX, scoring);
    }
}

fn models_menu(ui: &mut Ui, chosen: &mut Chosen, state: &State) {
    let theme = theme::of(ui);
    ui.set_min_width(220.0);
    if state.models.is_empty() {
        menu_label(ui, "No model is loaded. Train or load one on the Train screen.");
        return;
    }
    menu_label(ui, "Loaded models");
    for model in &state.models {
        let inside = !chosen.left_out.contains(&model.id);
        let dot = Some(theme.series(model.kind.series()));
        let caption = format::parameters(Some(model.parameters));
        if menu_item(ui, &model.name, &caption, dot, inside).clicked() {
            if inside {
                chosen.left_out.insert(model.id.clone());
            } else {
                chosen.left_out.remove(&model.id);
            }
        }
    }
}

fn divider(ui: &Ui, words: Rect) -> Rect {
    let theme = theme::of(ui);
    ui.painter().vline(words.left(), words.center().y - 9.0..=words.center().y + 9.0, theme.border_stroke());
    words.with_min_x(words.left() + 14.0)
}

/// What the results are of and from when; what they lack, with a caution.
fn summary(ui: &Ui, words: Rect, prepared: &Prepared, chosen: &Chosen, state: &State) {
    if words.width() < 80.0 {
        return;
    }
    let theme = theme::of(ui);
    let mut room = divider(ui, words);
    let benchmark = &prepared.benchmark;
    let warning = if super::same_data(state, benchmark) {
        missing(prepared, chosen, state).or_else(|| outdated(prepared, state))
    } else {
        Some(format!("Of {}, which is not open. Run again.", benchmark.data_name))
    };
    if let Some(warning) = warning {
        paint::filled_icon(ui.painter(), room.left_center() + vec2(7.0, 0.0), icons::WARNING, 14.0, theme.caution);
        room.min.x += 20.0;
        let placed = paint::line(ui, room, &warning, font::body(), theme.text);
        speak(ui, placed, "stale", Role::Label, &warning);
        room.min.x = placed.right() + 12.0;
    }
    let text = format!(
        "{} healthy, {} {} · {}",
        thousands(prepared.healthy),
        thousands(prepared.diseased),
        prepared.disease,
        format::finished(benchmark.finished_unix_secs, benchmark.took_secs)
    );
    if room.width() > 60.0 {
        let placed = paint::line(ui, room, &text, font::body(), theme.secondary);
        speak(ui, placed, "summary", Role::Label, &text).on_hover_text(&text);
    }
}

/// Chosen models that the results do not have, by the scores chosen.
fn missing(prepared: &Prepared, chosen: &Chosen, state: &State) -> Option<String> {
    let measured = |id: &str| prepared.benchmark.entries.iter().any(|entry| is_model(entry) && entry.id == id);
    let names: Vec<String> = chosen.rows(state).iter().filter(|row| !measured(&row.id())).map(Row::label).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is not in these results.")),
        several => Some(format!("{} chosen models are not in these results.", several.len())),
    }
}

/// Models that were trained further after they were measured.
fn outdated(prepared: &Prepared, state: &State) -> Option<String> {
    let entries = &prepared.benchmark.entries;
    let standings = standing::of(entries, &state.models);
    let old = entries.iter().zip(standings).filter(|(_, standing)| *standing == Standing::Outdated);
    let names: Vec<String> = old.map(|(entry, _)| entry.name.clone()).collect();
    let was = if names.len() == 1 { "was" } else { "were" };
    (!names.is_empty()).then(|| format!("{} {was} trained further since. Run again.", listed(&names)))
}

fn progress(ui: &mut Ui, words: Rect, state: &State, job: &JobView) {
    let theme = theme::of(ui);
    let room = divider(ui, words);
    if room.width() < 80.0 {
        return;
    }
    let width = 140.0_f32.min(room.width() / 3.0);
    let bar = Rect::from_center_size(pos2(room.left() + width / 2.0, room.center().y), vec2(width, 12.0));
    ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
        ui.add(ProgressBar::new("Benchmark", job.share()).width(width));
    });
    let text = state.progress_of(job);
    let place = room.with_min_x(bar.right() + 12.0);
    let placed = paint::line(ui, place, &text, font::body(), theme.secondary);
    let placed = Align2::LEFT_CENTER.align_size_within_rect(placed.size(), place);
    speak(ui, placed, "progress", Role::Label, &text);
}
