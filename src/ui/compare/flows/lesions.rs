//! Lesions painted onto a case.

use super::*;

/// What was asked for about a painted case.
fn painted_requests(harness: &mut Harness<'_, World>) -> Vec<CaseRef> {
    let asked = harness.state_mut().commands.drain().into_iter();
    asked
        .filter_map(|command| match command {
            UiCommand::Engine(EngineCommand::Analyse { case, models }) if models.len() == 2 => Some(case),
            _ => None,
        })
        .filter(|case| !case.lesions().is_empty())
        .collect()
}

#[test]
fn a_lesion_is_painted_changed_and_taken_away() {
    let mut harness = screen(2);
    let case = fixture::first_case(&harness.state().state);
    harness.get_by_role_and_label(Role::Image, "Original").click();
    harness.run_steps(2);
    assert!(painted_requests(&mut harness).is_empty(), "not while the tool is off");
    press(&mut harness, Key::P);
    click(&mut harness, Role::RadioButton, "Nodule");
    harness.get_by_role_and_label(Role::Image, "Original").click();
    harness.run_steps(3);
    let painted = painted_requests(&mut harness).pop().expect("every model is asked");
    assert_eq!((painted.original(), painted.lesions().len()), (&case, 1));
    let lesion = painted.lesions()[0];
    assert_eq!(lesion.kind, LesionKind::Nodule);
    assert!((lesion.x.share() - 0.5).abs() < 0.02 && (lesion.y.share() - 0.5).abs() < 0.02, "{lesion:?}");
    // A change waits for the answers, of which there are none yet; the newest is asked for then.
    for _ in 0..2 {
        harness.get_by_label("Contrast of the lesion").focus();
        harness.run_steps(1);
        harness.key_press(Key::ArrowRight);
        harness.run_steps(2);
    }
    assert!(painted_requests(&mut harness).is_empty());
    answer(&mut harness, &painted);
    let changed = painted_requests(&mut harness).pop().expect("the newest change is asked for");
    assert!(changed.lesions()[0].contrast > lesion.contrast);
    let shown = &harness.state().view.live.shown;
    assert!(shown.values().all(|analysis| analysis.case == painted), "older answers show meanwhile");
    answer(&mut harness, &changed);
    harness.get_by_label("VAE: 99.5\u{2009}% of healthy are lower, with synthetic lesion");
    harness.get_by_label("Labelled: pneumonia, bacterial, with synthetic lesion");
    let name = navigation::case_name(&harness.state().view.case().unwrap(), None);
    assert!(name.ends_with("-synthetic-lesion"), "{name}");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run_steps(3);
    assert_eq!(harness.state().view.case(), Some(case));
    harness.get_by_label("VAE: 99.5\u{2009}% of healthy are lower");
}

#[test]
fn lesions_are_hidden_by_the_tool_and_left_behind_with_their_case() {
    let mut harness = screen(2);
    click(&mut harness, Role::Button, "Paint a synthetic lesion");
    harness.get_by_role_and_label(Role::Image, "As the models see it").click();
    harness.run_steps(3);
    let painted = harness.state().view.case().unwrap();
    assert_eq!(painted.lesions().len(), 1);
    answer(&mut harness, &painted);
    press(&mut harness, Key::P);
    assert!(harness.state().view.case().unwrap().lesions().is_empty());
    press(&mut harness, Key::P);
    assert_eq!(harness.state().view.case(), Some(painted));
    harness.get_by_role_and_label(Role::Button, "Next case").click();
    harness.run_steps(3);
    assert!(harness.state().view.case().unwrap().lesions().is_empty());
}
