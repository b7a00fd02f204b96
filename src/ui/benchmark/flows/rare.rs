//! What is missing, of another data set, too small or from another session.

use super::*;

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
fn a_benchmark_elsewhere_is_held_against_the_one_before() {
    let mut harness = harness(moved_elsewhere(fixture::state()));
    harness.run();
    let beside = harness.state().view.prepared.as_ref().unwrap().beside.as_ref().unwrap();
    assert_eq!(beside.compared.entries.len(), 4);
    let verdict = beside.compared.verdict.clone();
    assert!(verdict.contains("not the disease"), "{verdict}");
    harness.get_by_label_contains(&verdict);
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

#[test]
fn the_view_survives_a_restart() {
    let mut view = BenchmarkView::default();
    view.chosen.left_out.insert(ModelId("gan-1".to_owned()));
    view.prevalence = Some(0.01);
    let by_hand = ThresholdRule::Manual { sigma: 1.5 };
    // What was set by hand over the images of one day does not.
    for (rule, kept) in [(by_hand, ThresholdRule::default()), (ThresholdRule::Youden, ThresholdRule::Youden)] {
        view.rule = rule;
        let text = ron::to_string(&view).unwrap();
        let back: BenchmarkView = ron::from_str(&text).unwrap();
        assert_eq!((back.rule, back.chosen.left_out.len(), back.sort), (kept, 1, view.sort), "{text}");
        assert_eq!(back.prevalence, None);
    }
}

#[test]
fn another_data_set_takes_what_was_set_by_hand_and_leaves_a_rule() {
    let percentile = ThresholdRule::ValidationPercentile { percentile: 99.0 };
    for (rule, kept) in [(ThresholdRule::Manual { sigma: 4.35 }, ThresholdRule::default()), (percentile, percentile)] {
        let mut view = BenchmarkView { rule, prevalence: Some(0.01), ..BenchmarkView::default() };
        view.forget_images();
        assert_eq!((view.rule, view.prevalence), (kept, None));
    }
}
