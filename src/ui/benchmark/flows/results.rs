//! The leaderboard, the misses and the tabs beside them.

use super::*;

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
fn long_names_take_two_lines_or_are_whole_on_hover() {
    let mut harness = harness(with_long_names(fixture::state()));
    assert!(harness.query_by_role_and_label(Role::Label, LONG_NAME).is_some(), "cut in the legend, whole on hover");
    harness.get_by_role_and_label(Role::Tab, "Sub-groups").click();
    harness.run();
    let row = |start: &str| begins(&harness, Role::Label, start).rect().height();
    assert!(row(LONG_GROUP) > row("bacterial, 0 healthy"));
}
