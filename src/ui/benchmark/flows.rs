//! The screen as it is used: found by role and name, clicked, dragged, typed at.

use std::sync::Arc;

use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};

use super::{BenchmarkView, Prepared, fixture, misses};
use crate::domain::{
    Benchmark, CaseRef, GroupRow, GroupTable, JobId, JobKind, JobProgress, Label, ModelId, SampleId, ThresholdRule,
};
use crate::engine::message::EngineCommand;
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
    JobView { id: JobId(77), kind: JobKind::Benchmark, stage: JobStage::Running, progress: Some(progress) }
}

fn open_heatmaps(harness: &mut Harness<'_, World>) {
    harness.get_by_role_and_label(Role::Tab, "Heatmaps").click();
    harness.run_steps(3);
}

#[test]
fn heatmaps_are_measured_on_request_and_the_measuring_can_be_cancelled() {
    let mut harness = harness(fixture::state());
    open_heatmaps(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Measure heatmaps").click();
    harness.run_steps(3);
    let asked = harness.state().sent.iter().find_map(|command| match command {
        UiCommand::Engine(EngineCommand::MeasureHeatmaps { models, .. }) => Some(models.len()),
        _ => None,
    });
    assert_eq!(asked, Some(4));
    let job = JobView { kind: JobKind::Heatmaps, ..running(600) };
    harness.state_mut().state.jobs.push(job);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Cancel measuring").click();
    harness.run_steps(3);
    let stopped = |command: &UiCommand| matches!(command, UiCommand::Engine(EngineCommand::Stop { job: JobId(77) }));
    assert!(harness.state().sent.iter().any(stopped));
    harness.state_mut().state.jobs.clear();
    harness.state_mut().state.models.clear();
    harness.run_steps(3);
    harness.get_by_label("None of the models in these results is loaded.");
}

fn with_heatmaps() -> State {
    let mut state = fixture::state();
    let benchmark = (**state.benchmark.as_ref().unwrap()).clone();
    let heatmaps = Some(Arc::new(crate::evaluation::fixtures::heatmaps()));
    state.benchmark = Some(Arc::new(Benchmark { heatmaps, ..benchmark }));
    state
}

#[test]
fn measured_heatmaps_show_figures_by_lesion_and_an_example() {
    let mut harness = harness(with_heatmaps());
    open_heatmaps(&mut harness);
    harness.get_by_label("VAE, pixel AUROC 0.850, AP 0.300, AUPRO 0.700, like untrained 0.21");
    harness.get_by_label_contains("Image brightness, pixel AUROC 0.600");
    harness.get_by_role_and_label(Role::RadioButton, "Nodule").click();
    harness.run_steps(3);
    harness.get_by_label("VAE, pixel AUROC 0.810, AP 0.260, AUPRO 0.660, like untrained 0.21");
    harness.get_by_role_and_label(Role::Image, "Nodule, synthetic, outlined");
    harness.get_by_role_and_label(Role::Image, "Map of Autoencoder");
}

#[test]
fn the_scores_are_a_table_on_request() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Button, "Percentiles of the scores").click();
    harness.run_steps(3);
    harness.get_by_label_contains("held-out healthy · 201: 5");
    harness.get_by_label_contains("test pneumonia · 390: 5");
    assert!(harness.query_by_role_and_label(Role::Slider, "Threshold").is_none());
    harness.get_by_role_and_label(Role::Button, "Percentiles of the scores").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Slider, "Threshold");
}

#[test]
#[ignore = "writes pictures for looking at"]
fn picture_of_percentiles_for_looking_at() {
    let mut harness = harness_of(world(fixture::state()), vec2(1208.0, 732.0), 1.5, egui::Theme::Dark);
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Percentiles of the scores").click();
    harness.run_steps(3);
    harness.render().unwrap().save(std::env::temp_dir().join("neuroscan-percentiles.png")).unwrap();
}

#[test]
fn maps_are_held_against_boxes_where_there_are_some() {
    let mut harness = harness(fixture::with_boxes(fixture::state(), 0));
    open_heatmaps(&mut harness);
    harness.get_by_label_contains("VAE, highest pixel in a box 31.0\u{2009}%, by chance 14.2\u{2009}%");
    harness.get_by_role_and_label(Role::RadioButton, "Painted lesions").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Measure heatmaps");
    let mut without = self::harness(with_heatmaps());
    open_heatmaps(&mut without);
    assert!(without.query_by_role_and_label(Role::RadioButton, "Boxes").is_none());
    without.get_by_label_contains("no real finding has a box");
}

#[test]
fn a_click_on_an_image_with_boxes_compares_it() {
    let mut harness = harness(fixture::with_boxes(fixture::state(), 12));
    open_heatmaps(&mut harness);
    let ends = |end: &'static str| move |node: &AccessKitNode<'_>| words(node).ends_with(end);
    let boxed: Vec<SampleId> = harness.state().view.boxed.samples().to_vec();
    assert_eq!(boxed.len(), 12);
    let thumbnails = |sent: &[UiCommand]| match sent.iter().rfind(|sent| !matches!(sent, UiCommand::ShowCase(_))) {
        Some(UiCommand::Engine(EngineCommand::Thumbnails { samples, .. })) => samples.clone(),
        other => panic!("{other:?}"),
    };
    let asked = thumbnails(&harness.state().sent);
    let missed = asked.iter().any(|sample| !boxed.contains(sample));
    assert!(missed && asked.contains(&boxed[0]), "both galleries ask together: {asked:?}");
    let first = harness.get_all_by_role(Role::Button).find(|node| ends(", 2 boxes")(&node.accesskit_node())).unwrap();
    first.click();
    harness.run_steps(3);
    let shown = harness.state().sent.iter().find_map(|command| match command {
        UiCommand::ShowCase(case) => Some(case.clone()),
        _ => None,
    });
    assert_eq!(shown, Some(CaseRef::Sample(boxed[1])));
    harness.state_mut().state.data = None;
    harness.run_steps(3);
    assert!(harness.state().view.boxed.samples().is_empty());
    let buttons = harness.get_all_by_role(Role::Button).filter(|node| ends(", 1 box")(&node.accesskit_node()));
    assert_eq!(buttons.count(), 0, "of a data set that is not open nothing is shown");
}

#[test]
#[ignore = "writes pictures for looking at"]
fn pictures_of_heatmaps_for_looking_at() {
    for (mode, name) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        for (state, what) in [
            (with_heatmaps(), "heatmaps"),
            (fixture::state(), "heatmaps-before"),
            (fixture::with_boxes(with_heatmaps(), 12), "boxes"),
        ] {
            let mut state = state;
            fixture::add_thumbnails(&mut state);
            let mut harness = harness_of(world(state), vec2(1208.0, 732.0), 1.5, mode);
            harness.run();
            open_heatmaps(&mut harness);
            let path = std::env::temp_dir().join(format!("neuroscan-{what}-{name}.png"));
            harness.render().unwrap().save(path).unwrap();
        }
    }
}

#[test]
fn run_measures_the_models_whose_chips_are_left() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Button, "Remove GAN").click();
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Run benchmark").click();
    harness.run();
    let ids = |names: &[&str]| names.iter().map(|name| ModelId((*name).to_owned())).collect::<Vec<_>>();
    assert_eq!(benchmarked(&harness.state().sent), [ids(&["ae-1", "vae-1", "vit-1"])]);
    harness.get_by_role_and_label(Role::Button, "Choose models").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "GAN").click();
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Run benchmark").click();
    harness.run();
    assert_eq!(benchmarked(&harness.state().sent)[1], ids(&["ae-1", "vae-1", "gan-1", "vit-1"]));
}

#[test]
fn a_score_chosen_on_a_chip_is_asked_for_once_and_shown_by_its_name() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Button, "VAE").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Missing edges").click();
    harness.run();
    let asked: Vec<Vec<String>> = harness
        .state()
        .sent
        .iter()
        .filter_map(|command| match command {
            UiCommand::Engine(EngineCommand::Rescore { models, .. }) => {
                Some(models.iter().filter_map(|contender| contender.score.as_ref()).map(ToString::to_string).collect())
            }
            _ => None,
        })
        .collect();
    let own = "blurred-central-jitter";
    assert_eq!(asked, [[own, "gradient-central-jitter", own, own].map(str::to_owned).to_vec()]);
    harness.get_by_role_and_label(Role::Button, "VAE · Missing edges, central, shifts");
    harness.get_by_role_and_label(Role::MenuItem, "Also by another score").click();
    harness.run();
    assert_eq!(harness.state().view.chosen.rows(&harness.state().state).len(), 5);
}

#[test]
fn a_running_benchmark_shows_its_progress_and_can_be_cancelled() {
    let mut state = fixture::state();
    state.jobs.push(running(885));
    let mut harness = harness(state);
    text_of(&harness, Role::Label, "Scoring by VAE · 312 of 885 · 0:12 left");
    assert!(harness.query_by_role_and_label(Role::Button, "Run benchmark").is_none());
    assert!(!rows(&harness).is_empty(), "earlier results stay");
    harness.get_by_role_and_label(Role::Button, "Cancel benchmark").click();
    harness.run();
    let stops = |command: &UiCommand| matches!(command, UiCommand::Engine(EngineCommand::Stop { job: JobId(77) }));
    assert!(harness.state().sent.iter().any(stops));
}

#[test]
fn keys_move_the_threshold_and_everything_follows() {
    let mut harness = harness(fixture::state());
    let before = counts(&harness);
    let sensitivity = text_of(&harness, Role::Label, "Sensitivity");
    harness.get_by_role_and_label(Role::Slider, "Threshold").focus();
    harness.run();
    for _ in 0..10 {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    let ThresholdRule::Manual { sigma } = harness.state().view.rule else { panic!("the rule is by hand now") };
    let after = counts(&harness);
    assert!(before.iter().zip(&after).any(|(before, after)| before != after), "{before:?} {after:?}");
    assert_ne!(text_of(&harness, Role::Label, "Sensitivity"), sensitivity);
    let prepared =
        Prepared::new(harness.state().state.benchmark.clone().unwrap(), None, ThresholdRule::Manual { sigma });
    let expected = prepared.outcomes[0].confusion;
    assert_eq!(
        after,
        [
            format!("{} found", expected.tp),
            format!("{} missed", expected.fn_),
            format!("{} false alarms", expected.fp),
            format!("{} cleared", expected.tn),
        ]
    );
    assert_eq!(text_of(&harness, Role::Cell, "pneumonia missed"), format!("pneumonia missed: {}", expected.fn_));
    harness.get_by_role_and_label(Role::RadioButton, &format!("Missed {}", expected.fn_));
    harness.get_by_role_and_label(Role::Slider, "Threshold").set_value_accesskit(0.5);
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::Manual { sigma: 0.5 });
}

#[test]
fn a_dragged_threshold_changes_every_figure_in_the_same_frame() {
    let mut harness = harness(fixture::state());
    let place = harness.get_by_role_and_label(Role::Slider, "Threshold").rect();
    harness.drag_at(place.left_center() + vec2(place.width() * 0.3, 0.0));
    harness.run();
    let before = (counts(&harness), text_of(&harness, Role::Label, "NPV"));
    // One frame, not more.
    harness.hover_at(place.left_center() + vec2(place.width() * 0.6, 0.0));
    harness.step();
    let ThresholdRule::Manual { sigma } = harness.state().view.rule else { panic!("the rule is by hand now") };
    let after = (counts(&harness), text_of(&harness, Role::Label, "NPV"));
    assert_ne!(before.0, after.0);
    assert_ne!(before.1, after.1);
    let prepared =
        Prepared::new(harness.state().state.benchmark.clone().unwrap(), None, ThresholdRule::Manual { sigma });
    assert_eq!(after.0[0], format!("{} found", prepared.outcomes[0].confusion.tp));
    harness.drop_at(place.left_center() + vec2(place.width() * 0.6, 0.0));
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::Manual { sigma });
}

#[test]
fn a_click_on_the_line_leaves_the_rule_and_one_elsewhere_moves_it() {
    let mut harness = harness(fixture::state());
    let place = harness.get_by_role_and_label(Role::Slider, "Threshold").rect();
    let rule = harness.state().view.rule;
    // At 1.84 σ the line stands about a third from the left.
    for (share, stays) in [(0.33, true), (0.7, false)] {
        let at = place.left_center() + vec2(place.width() * share, 0.0);
        harness.drag_at(at);
        harness.step();
        harness.drop_at(at);
        harness.run();
        assert_eq!(harness.state().view.rule == rule, stays, "at {share}");
    }
}

#[test]
fn rules_are_chosen_from_the_list_and_optimistic_ones_say_so() {
    let mut harness = harness(fixture::state());
    assert!(harness.query_by_role_and_label(Role::Label, super::rules::OPTIMISTIC).is_none());
    harness.get_by_role_and_label(Role::ComboBox, "Threshold rule").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Youden, on test labels").click();
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::Youden);
    harness.get_by_role_and_label(Role::Label, super::rules::OPTIMISTIC);
    assert!(harness.query_by_role_and_label(Role::MenuItem, "Youden, on test labels").is_none(), "the list is closed");
    harness.get_by_role_and_label(Role::ComboBox, "Threshold rule").click();
    harness.run();
    let field = harness.get_by_role_and_label(Role::TextInput, "Target specificity in per cent");
    field.focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_label("Target specificity in per cent").type_text("80");
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::ValidationPercentile { percentile: 80.0 });
}

#[test]
fn heads_sort_and_arrows_walk_the_rows() {
    let mut harness = harness(fixture::state());
    assert_eq!(rows(&harness)[0], "Autoencoder");
    assert_eq!(rows(&harness).len(), 7, "all rows show at the smallest window");
    harness.get_by_role_and_label(Role::ColumnHeader, "Milliseconds per image").click();
    harness.run();
    assert_eq!(rows(&harness)[0], "Blur of the image");
    harness.get_by_role_and_label(Role::ColumnHeader, "AUROC").click();
    harness.run();
    let order = rows(&harness);
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().view.selected.as_deref(), Some("vae-1"), "{order:?}");
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().view.selected.as_deref(), Some("gan-1"));
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(harness.state().view.selected.as_deref(), Some("vae-1"));
    begins(&harness, Role::Row, "GAN, ").click();
    harness.run();
    assert_eq!(harness.state().view.selected.as_deref(), Some("gan-1"));
    harness.get_by_role_and_label(Role::Button, "ViT").click();
    harness.run();
    assert_eq!(harness.state().view.selected.as_deref(), Some("vit-1"));
}

#[test]
fn a_miss_opens_on_the_compare_screen() {
    let mut harness = harness(fixture::state());
    let state = &harness.state().state;
    let prepared = Prepared::new(state.benchmark.clone().unwrap(), None, harness.state().view.rule);
    let worst = prepared.sorted[0].missed(prepared.outcomes[0].sigma)[0];
    let case = prepared.benchmark.cases[worst.case].clone();
    let name = case.path.rsplit('/').next().unwrap().to_owned();
    let asked = |sent: &[UiCommand]| {
        sent.iter().any(|sent| match sent {
            UiCommand::Engine(EngineCommand::Thumbnails { samples, .. }) => samples.contains(&case.sample),
            _ => false,
        })
    };
    assert!(asked(&harness.state().sent), "thumbnails in view are asked for");
    begins(&harness, Role::Button, &name).click();
    harness.run();
    let shows = |command: &UiCommand| matches!(command, UiCommand::ShowCase(CaseRef::Sample(id)) if *id == case.sample);
    assert!(harness.state().sent.iter().any(shows));
    begins(&harness, Role::RadioButton, "False ").click();
    harness.run();
    assert_eq!(harness.state().view.misses, misses::Kind::FalseAlarms);
}

#[test]
fn thumbnails_in_view_are_asked_for_once() {
    let mut harness = harness(fixture::state());
    for _ in 0..5 {
        harness.step();
    }
    let asked = |command: &&UiCommand| matches!(command, UiCommand::Engine(EngineCommand::Thumbnails { .. }));
    assert_eq!(harness.state().sent.iter().filter(asked).count(), 1);
}

#[test]
fn tabs_show_curves_groups_and_paired_tests() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Figure, "Receiver operating characteristic");
    harness.get_by_role_and_label(Role::Tab, "PR").click();
    harness.run();
    harness.get_by_role_and_label(Role::Figure, "Precision and recall");
    harness.get_by_role_and_label(Role::Tab, "Sub-groups").click();
    harness.run();
    text_of(&harness, Role::Label, "bacterial, 0 healthy and 234 diseased images, AUROC 0.9");
    harness.get_by_role_and_label(Role::Tab, "Paired tests").click();
    harness.run();
    text_of(&harness, Role::Label, "Autoencoder and PCA, 16 components differ");
}

#[test]
fn what_is_missing_is_said_with_a_way_to_get_it() {
    let mut state = fixture::state();
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    benchmark.paired.clear();
    for case in &mut benchmark.cases {
        case.finding = None;
    }
    benchmark.held_out.truncate(201);
    for entry in &mut benchmark.entries {
        entry.held_out_scores.truncate(201);
        entry.calibration.healthy_scores.clear();
    }
    state.benchmark = Some(Arc::new(benchmark));
    let mut harness = harness(state);
    assert_eq!(harness.get_all_by_role(Role::Tab).count(), 5, "paired tests of nothing are not offered");
    harness.get_by_role_and_label(Role::Tab, "Calibration").click();
    harness.run();
    text_of(&harness, Role::Label, "Probabilities need diseased images that are not test images");
    text_of(&harness, Role::Label, "No held-out healthy scores to compare with.");
    harness.get_by_role_and_label(Role::Tab, "Sub-groups").click();
    harness.run();
    text_of(&harness, Role::Label, "File names tell no groups apart here.");
    harness.get_by_role_and_label(Role::Button, "Groups from CSV…").click();
    harness.run();
    assert!(harness.state().sent.iter().any(|command| matches!(command, UiCommand::PickGroups)));
}

#[test]
fn calibration_shows_probabilities_of_either_fit() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Tab, "Calibration").click();
    harness.run();
    harness.get_by_role_and_label(Role::Figure, "Reliability diagram");
    let note = text_of(&harness, Role::Label, "Fitted on 201 held-out healthy and 60 development images");
    assert!(note.contains("23.0\u{2009}%") && note.contains("62.5\u{2009}%"), "{note}");
    let before = text_of(&harness, Role::Label, "Brier 0.");
    harness.get_by_role_and_label(Role::RadioButton, "Isotonic").click();
    harness.run();
    assert_ne!(text_of(&harness, Role::Label, "Brier 0."), before);
}

#[test]
fn prevalence_changes_predictive_values_and_nothing_else_and_can_be_put_back() {
    let mut harness = harness(fixture::state());
    let figures = |harness: &Harness<'_, World>| {
        ["PPV ", "NPV ", "Sensitivity ", "Accuracy ", "F1 "].map(|term| text_of(harness, Role::Label, term))
    };
    let counted = figures(&harness);
    text_of(&harness, Role::Label, "as in the test set");
    harness.get_by_role_and_label(Role::Slider, "Prevalence in per cent").focus();
    harness.run();
    for _ in 0..20 {
        harness.key_press(Key::ArrowLeft);
        harness.run();
    }
    let set = harness.state().view.prevalence.unwrap();
    assert!((0.02..0.2).contains(&set), "{set}");
    let rarer = figures(&harness);
    assert!(counted[0] != rarer[0] && counted[1] != rarer[1] && counted[2..] == rarer[2..], "{counted:?} {rarer:?}");
    let prepared = Prepared::new(harness.state().state.benchmark.clone().unwrap(), None, harness.state().view.rule);
    let expected = crate::evaluation::predictive_values(&prepared.outcomes[0].confusion, set).ppv.unwrap();
    assert!(rarer[0].starts_with(&format!("PPV {:.1}", expected.value * 100.0)), "{rarer:?}");
    text_of(&harness, Role::Label, "PPV, NPV if ");
    harness.get_by_role_and_label(Role::Button, "Prevalence of the test set").click();
    harness.run();
    assert_eq!((harness.state().view.prevalence, figures(&harness)), (None, counted));
}

#[test]
fn the_shift_gauge_says_what_follows_for_the_threshold() {
    let harness = harness(fixture::state());
    let said = text_of(&harness, Role::Label, "Shift of healthy images: AUROC 0.");
    assert!(said.contains("expect more false alarms than promised"), "{said}");
}

#[test]
fn groups_of_a_table_can_be_chosen_and_small_ones_are_marked() {
    let mut state = fixture::state();
    let benchmark = state.benchmark.clone().unwrap();
    let row = |(index, case): (usize, &crate::domain::BenchmarkCase)| GroupRow {
        image: case.path.clone(),
        values: vec![if index % 25 == 0 { "F" } else { "M" }.to_owned(), (20 + index % 70).to_string()],
    };
    let rows = benchmark.cases.iter().skip(1).enumerate().map(row).collect();
    let columns = vec!["Sex".to_owned(), "Age".to_owned()];
    state.groups = Some(Arc::new(GroupTable { source: "patients.csv".to_owned(), columns, rows }));
    let mut harness = harness(state);
    harness.get_by_role_and_label(Role::Tab, "Sub-groups").click();
    harness.run();
    text_of(&harness, Role::Label, "viral, ");
    text_of(&harness, Role::Label, "1 of 624 test images are not in patients.csv");
    for (name, group) in [("Age", "≤ "), ("Sex", "F, ")] {
        harness.get_by_role_and_label(Role::ComboBox, "Grouping").click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, name).click();
        harness.run();
        text_of(&harness, Role::Label, group);
    }
    assert_eq!(harness.state().view.grouping, "Sex");
    harness.state_mut().state.groups = None;
    harness.run();
    text_of(&harness, Role::Label, "viral, ");
}

#[test]
fn call_tests_follow_the_threshold() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Tab, "Paired tests").click();
    harness.run();
    let before = text_of(&harness, Role::Label, "Autoencoder and ViT ");
    harness.get_by_role_and_label(Role::Slider, "Threshold").set_value_accesskit(-0.5);
    harness.run();
    let after = text_of(&harness, Role::Label, "Autoencoder and ViT ");
    let split =
        |text: &str| text.split_once("; McNemar").map(|(area, calls)| (area.to_owned(), calls.to_owned())).unwrap();
    assert_eq!(split(&before).0, split(&after).0, "the AUROC stays");
    assert_ne!(split(&before).1, split(&after).1);
}

#[test]
fn export_by_button_and_by_key_needs_results() {
    let exports = |sent: &[UiCommand]| {
        sent.iter().filter(|command| matches!(command, UiCommand::PickBenchmarkExportFolder)).count()
    };
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Button, "Export").click();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run();
    assert_eq!(exports(&harness.state().sent), 2);
    harness.state_mut().state.benchmark = None;
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run();
    assert_eq!(exports(&harness.state().sent), 2);
}

#[test]
fn empty_states_lead_on() {
    let mut bare = harness(State::default());
    bare.get_by_role_and_label(Role::Button, "Go to Data").click();
    bare.run();
    assert!(matches!(bare.state().sent[..], [UiCommand::Go(Screen::Data)]));
    let mut state = fixture::state();
    state.benchmark = None;
    let models = std::mem::take(&mut state.models);
    let mut without_models = harness(state);
    without_models.get_by_role_and_label(Role::Button, "Go to Train").click();
    without_models.run();
    assert!(matches!(without_models.state().sent[..], [UiCommand::Go(Screen::Train)]));
    without_models.state_mut().state.models = models;
    without_models.run();
    without_models.get_by_role_and_label(Role::Button, "Run it now").click();
    without_models.run();
    assert_eq!(benchmarked(&without_models.state().sent)[0].len(), 4);
}

#[test]
fn results_of_another_data_set_are_marked_and_show_no_images() {
    let mut state = fixture::state();
    let mut data = (*state.data.clone().unwrap()).clone();
    data.samples.retain(|sample| sample.label == Some(Label::Diseased));
    state.data = Some(Arc::new(data));
    let harness = harness(state);
    text_of(&harness, Role::Label, "Of chest_xray, which is not open");
    assert!(harness.state().sent.is_empty(), "no thumbnail under a number that means another image");
}

#[test]
fn a_model_that_was_not_measured_is_named() {
    let mut state = fixture::state();
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    benchmark.entries.retain(|entry| entry.id != "vit-1");
    state.benchmark = Some(Arc::new(benchmark));
    let harness = harness(state);
    text_of(&harness, Role::Label, "ViT is not in these results.");
}

#[test]
fn the_view_survives_a_restart() {
    let mut view = BenchmarkView::default();
    view.chosen.left_out.insert(ModelId("gan-1".to_owned()));
    for rule in [ThresholdRule::Manual { sigma: 1.5 }, ThresholdRule::Youden] {
        view.rule = rule;
        let text = ron::to_string(&view).unwrap();
        let back: BenchmarkView = ron::from_str(&text).unwrap();
        assert_eq!((back.rule, back.chosen.left_out.len(), back.sort), (rule, 1, view.sort), "{text}");
    }
}

#[test]
fn small_windows_scroll_and_odd_benchmarks_are_drawn() {
    let mut state = fixture::state();
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    for entry in &mut benchmark.entries {
        entry.calibration.healthy_scores.clear();
        entry.calibration.sd = 0.0;
        entry.test_scores.fill(1.0);
        entry.roc = vec![[0.0, 0.0], [1.0, 1.0]];
        entry.roc_band.clear();
        entry.pr.clear();
        entry.name = "A model with a name much longer than any column is wide".to_owned();
    }
    benchmark.cautions = vec!["Few test images.".to_owned(), "Another caution.".to_owned()];
    state.benchmark = Some(Arc::new(benchmark));
    let mut harness = harness_of(world(state), vec2(700.0, 420.0), 1.0, egui::Theme::Dark);
    harness.run();
    for tab in ["PR", "Calibration", "Sub-groups", "Paired tests"] {
        harness.get_by_role_and_label(Role::Tab, tab).click_accesskit();
        harness.run();
    }
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

#[test]
fn a_benchmark_elsewhere_is_held_against_the_one_before() {
    let mut harness = harness(moved_elsewhere(fixture::state()));
    harness.run();
    let beside = harness.state().view.prepared.as_ref().unwrap().beside.as_ref().unwrap();
    assert_eq!(beside.compared.entries.len(), 4);
    let verdict = beside.compared.verdict.clone();
    assert!(verdict.contains("not the disease"), "{verdict}");
    harness.get_by_label_contains(&verdict);
}

/// How long a frame takes while the line is dragged: `cargo test --release drag_speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn drag_speed() {
    let mut state = fixture::state();
    fixture::add_thumbnails(&mut state);
    let mut harness = harness(state);
    let place = harness.get_by_role_and_label(Role::Slider, "Threshold").rect();
    harness.drag_at(place.left_center());
    harness.run();
    for tab in [
        super::curves::Tab::Roc,
        super::curves::Tab::Calibration,
        super::curves::Tab::Groups,
        super::curves::Tab::Paired,
    ] {
        harness.state_mut().view.tab = tab;
        harness.step();
        let mut millis: Vec<f64> = (0..300)
            .map(|frame| {
                harness.hover_at(place.left_center() + vec2(place.width() * (frame as f32 / 300.0), 0.0));
                let start = std::time::Instant::now();
                harness.step();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        millis.sort_by(f64::total_cmp);
        let (median, high) = (millis[150], millis[297]);
        println!("layout of a dragged frame, {tab:?}: median {median:.2} ms, 99th percentile {high:.2} ms");
    }
}

/// Draws the screen into the folder for temporary files, to be looked at: `cargo test pictures -- --ignored`.
#[test]
#[ignore = "for the eye"]
fn pictures() {
    let folder = std::env::temp_dir().join("neuroscan-benchmark");
    std::fs::create_dir_all(&folder).unwrap();
    let full = || {
        let mut state = fixture::state();
        fixture::add_thumbnails(&mut state);
        state
    };
    let save = |name: &str, world: World, size: egui::Vec2, scale: f32, mode: egui::Theme| {
        let mut harness = harness_of(world, size, scale, mode);
        harness.run_steps(4);
        harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
    };
    let (size, dark, light) = (vec2(1208.0, 732.0), egui::Theme::Dark, egui::Theme::Light);
    save("dark", world(full()), size, 2.0, dark);
    save("dark-1x", world(full()), size, 1.0, dark);
    save("light", world(full()), size, 2.0, light);
    save("large", world(full()), vec2(1848.0, 1012.0), 1.0, dark);
    for (name, tab) in [
        ("pr", super::curves::Tab::PrecisionRecall),
        ("calibration", super::curves::Tab::Calibration),
        ("groups", super::curves::Tab::Groups),
        ("paired", super::curves::Tab::Paired),
    ] {
        let mut world = world(full());
        world.view.tab = tab;
        world.view.selected = Some("vae-1".to_owned());
        world.view.rule = ThresholdRule::Youden;
        world.view.misses = misses::Kind::FalseAlarms;
        save(name, world, size, 1.0, dark);
    }
    save("elsewhere", world(moved_elsewhere(full())), size, 1.0, dark);
    save("empty", world(State::default()), size, 1.0, dark);
    let mut ready = full();
    ready.benchmark = None;
    save("ready", world(ready), size, 1.0, light);
    let mut state = full();
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    benchmark.cautions.push("Few validation images: thresholds rest on 30 held-out healthy images.".to_owned());
    state.benchmark = Some(Arc::new(benchmark));
    state.jobs.push(running(885));
    let mut busy = world(state);
    busy.view.selected = Some("pca".to_owned());
    busy.view.rule = ThresholdRule::Manual { sigma: 2.4 };
    save("running", busy, size, 1.0, dark);
}
