//! Which models are measured, by what, and what comes of a run.

use super::*;

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
fn a_model_that_was_not_measured_is_named() {
    let mut state = fixture::state();
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    benchmark.entries.retain(|entry| entry.id != "vit-1");
    state.benchmark = Some(Arc::new(benchmark));
    let harness = harness(state);
    text_of(&harness, Role::Label, "ViT is not in these results.");
}

#[test]
fn a_row_from_before_the_models_last_training_is_marked_until_it_is_measured_again() {
    let mut harness = harness(fixture::state());
    let marked = |harness: &Harness<'_, World>| {
        let said = harness.get_all_by_role(Role::Row).map(|row| words(&row.accesskit_node()));
        said.filter(|row| row.ends_with("outdated") || row.ends_with("not loaded")).collect::<Vec<_>>()
    };
    assert!(marked(&harness).is_empty());
    let state = &mut harness.state_mut().state;
    let longer = ModelInfo { training_secs: 171.0, ..(*state.models[1]).clone() };
    state.apply(EngineEvent::ModelLoaded(Arc::new(longer)));
    harness.run();
    let [row] = &marked(&harness)[..] else { panic!("{:?}", marked(&harness)) };
    assert!(row.starts_with("VAE, AUROC") && row.ends_with("outdated"), "{row}");
    text_of(&harness, Role::Label, "VAE was trained further since. Run again.");
    harness.get_by_role_and_label(Role::Button, "Run benchmark").click();
    harness.run();
    assert_eq!(benchmarked(&harness.state().sent).len(), 1);
    let state = &mut harness.state_mut().state;
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    benchmark.entries[1].training_secs = Some(171.0);
    state.apply(EngineEvent::Benchmarked { job: JobId(1), benchmark: Arc::new(benchmark) });
    state.apply(EngineEvent::ModelUnloaded(ModelId("gan-1".to_owned())));
    harness.run();
    let [row] = &marked(&harness)[..] else { panic!("{:?}", marked(&harness)) };
    assert!(row.starts_with("GAN, AUROC") && row.ends_with("not loaded"), "{row}");
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
fn one_escape_closes_the_menu_of_scores() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Button, "VAE").click();
    harness.run();
    // It stays open for more than one choice.
    harness.get_by_role_and_label(Role::MenuItem, "Missing edges").click();
    harness.run_steps(60);
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    assert!(harness.query_by_role_and_label(Role::MenuItem, "Missing edges").is_none());
}
