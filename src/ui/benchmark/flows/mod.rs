//! The screen as it is used: found by role and name, clicked, dragged, typed at.

mod maps;
mod models;
mod pictures;
mod rare;
mod results;
mod threshold;

use std::sync::Arc;

use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};

use super::{BenchmarkView, Prepared, curves, fixture, misses, rules};
use crate::domain::{
    Benchmark, CaseRef, GroupRow, GroupTable, Heatmaps, JobId, JobKind, JobProgress, Label, ModelId, ModelInfo,
    SampleId, ThresholdRule,
};
use crate::engine::message::{EngineCommand, EngineEvent};
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::state::{JobStage, JobView, State};
use crate::ui::theme;

struct World {
    view: BenchmarkView,
    state: State,
    sent: Vec<UiCommand>,
}

fn world(state: State) -> World {
    World { view: BenchmarkView::default(), state, sent: Vec::new() }
}

fn harness_of(world: World, size: egui::Vec2, scale: f32, mode: egui::Theme) -> Harness<'static, World> {
    // The harness leaves 8 around.
    Harness::builder()
        .with_size(size + vec2(16.0, 16.0))
        .with_pixels_per_point(scale)
        .with_context_setup(theme::install)
        .with_theme(mode)
        .with_max_steps(12)
        .build_ui_state(
            |ui, world: &mut World| {
                ui.painter().rect_filled(ui.max_rect().expand(8.0), 0.0, theme::of(ui).window);
                let mut commands = Commands::default();
                world.view.ui(ui, &world.state, &mut commands);
                world.sent.extend(commands.drain());
            },
            world,
        )
}

fn harness(state: State) -> Harness<'static, World> {
    let mut harness = harness_of(world(state), vec2(1208.0, 732.0), 1.0, egui::Theme::Dark);
    harness.run();
    harness
}

/// What a screen reader says of a node.
fn words(node: &AccessKitNode<'_>) -> String {
    node.label().or_else(|| node.value()).unwrap_or_default()
}

/// The node of this role whose words begin so.
fn begins<'h>(harness: &'h Harness<'_, World>, role: Role, start: &'h str) -> Node<'h> {
    harness.get_by(move |node| node.role() == role && words(node).starts_with(start))
}

fn text_of(harness: &Harness<'_, World>, role: Role, start: &str) -> String {
    words(&begins(harness, role, start).accesskit_node())
}

/// The names of the rows from top to bottom.
fn rows(harness: &Harness<'_, World>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = harness
        .get_all_by_role(Role::Row)
        .map(|node| {
            (node.rect().top(), words(&node.accesskit_node()).split(", AUROC").next().unwrap_or_default().to_owned())
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

fn counts(harness: &Harness<'_, World>) -> Vec<String> {
    ["found", "missed", "false alarms", "cleared"]
        .iter()
        .map(|word| {
            let node = harness.get_by(|node| node.role() == Role::Label && words(node).ends_with(&format!(" {word}")));
            words(&node.accesskit_node())
        })
        .collect()
}

fn benchmarked(sent: &[UiCommand]) -> Vec<Vec<ModelId>> {
    sent.iter()
        .filter_map(|command| match command {
            UiCommand::Engine(EngineCommand::Benchmark { models, .. }) => {
                Some(models.iter().map(|contender| contender.model.clone()).collect())
            }
            _ => None,
        })
        .collect()
}

fn running(total: u64) -> JobView {
    let progress =
        JobProgress { stage: "Scoring by VAE".to_owned(), done: 312, total, images_per_s: None, left_secs: Some(12.0) };
    JobView {
        id: JobId(77),
        kind: JobKind::Benchmark,
        stage: JobStage::Running,
        progress: Some(progress),
        stopping: false,
    }
}

fn open_heatmaps(harness: &mut Harness<'_, World>) {
    harness.get_by_role_and_label(Role::Tab, "Heatmaps").click();
    harness.run_steps(3);
}

fn with_heatmaps() -> State {
    let mut state = fixture::state();
    let benchmark = (**state.benchmark.as_ref().unwrap()).clone();
    let heatmaps = Some(Arc::new(crate::evaluation::fixtures::heatmaps()));
    state.benchmark = Some(Arc::new(Benchmark { heatmaps, ..benchmark }));
    state
}

/// The images with lesions do not look like chest X-rays.
fn without_chests(mut state: State) -> State {
    let mut benchmark = (**state.benchmark.as_ref().unwrap()).clone();
    let heatmaps = Heatmaps { chest: Some(false), ..(**benchmark.heatmaps.as_ref().unwrap()).clone() };
    benchmark.heatmaps = Some(Arc::new(heatmaps));
    state.benchmark = Some(Arc::new(benchmark));
    state
}

const LONG_NAME: &str = "VAE · Missing edges, in the lungs, shifts";
const LONG_GROUP: &str = "consolidation of the right middle lobe with effusion";

/// One entry, and one of two groups, by a name that is longer than its place.
fn with_long_names(mut state: State) -> State {
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    benchmark.entries[1].name = LONG_NAME.to_owned();
    for case in benchmark.cases.iter_mut().filter(|case| case.finding.as_deref() == Some("viral")) {
        case.finding = Some(LONG_GROUP.to_owned());
    }
    state.benchmark = Some(Arc::new(benchmark));
    state
}

/// The benchmark shown is of another data set than the one before, on which every score was lower.
fn moved_elsewhere(mut state: State) -> State {
    let home = state.benchmark.clone().unwrap();
    let mut there = Benchmark { data_name: "nih_adult".to_owned(), ..(*home).clone() };
    for entry in &mut there.entries {
        let by = 2.0 * entry.calibration.sd;
        entry.test_scores.iter_mut().for_each(|score| *score += by);
        entry.auroc = crate::domain::Interval { value: 0.56, low: 0.47, high: 0.64 };
    }
    state.benchmark_before = Some(home);
    state.benchmark = Some(Arc::new(there));
    state
}
