//! Which case is shown, how one comes to the next, and what is known of it.

use super::*;

#[test]
fn the_next_case_is_asked_for_and_the_old_picture_stays_until_it_comes() {
    let mut harness = screen(2);
    let before = harness.state().view.navigator.current().cloned();
    harness.get_by_role_and_label(Role::Button, "Next case").click();
    harness.run_steps(3);
    let case = harness.state().view.navigator.current().cloned().unwrap();
    assert_ne!(Some(&case), before.as_ref());
    // Perhaps already as the neighbour of the case before.
    let asked = harness.state_mut().commands.drain();
    let analyse = asked.iter().any(|command| {
        matches!(command, UiCommand::Engine(EngineCommand::Analyse { case: asked, models }) if *asked == case && models.len() == 2)
    });
    assert!(analyse, "{asked:?}");
    harness.get_by_role_and_label(Role::Image, "Map, VAE");
    let mut state = std::mem::take(&mut harness.state_mut().state);
    fixture::add_case(&mut state, &case);
    harness.state_mut().state = state;
    harness.run_steps(3);
    let shown = &harness.state().view.live.shown;
    assert!(shown.len() == 2 && shown.values().all(|analysis| analysis.case == case));
    assert!(harness.state().view.live.waiting.is_none());
}

#[test]
fn keys_do_what_the_buttons_do() {
    let mut harness = screen(2);
    for key in [Key::W, Key::I, Key::H, Key::L, Key::B] {
        press(&mut harness, key);
    }
    let display = &harness.state().view.display;
    assert!(display.adjust_window && display.invert && !display.crosshair && !display.linked && display.blink);
    assert!(harness.state().view.readout().is_none(), "no read-out without crosshair");
    press(&mut harness, Key::B);
    press(&mut harness, Key::G);
    assert_eq!(harness.state().view.display.show, Show::Overlay);
    press(&mut harness, Key::G);
    assert_eq!(harness.state().view.display.show, Show::Both);
    let position = harness.state().view.navigator.position();
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    assert_eq!(harness.state().view.navigator.position(), position.map(|position| position - 1));
}

#[test]
fn worst_misses_need_a_benchmark() {
    let mut harness = screen(1);
    assert!(harness.get_by_label("Worst misses").accesskit_node().is_disabled());
    let benchmark = fixture::benchmark(&harness.state().state);
    harness.state_mut().state.benchmark = Some(Arc::new(benchmark));
    harness.run();
    harness.get_by_label("Worst misses").click();
    harness.run_steps(3);
    assert!(harness.state().view.navigator.worst_first());
    assert_eq!(harness.state().view.navigator.list().len(), 6);
}

#[test]
fn misses_and_every_pane_go_by_the_threshold_of_the_benchmark_screen() {
    let mut harness = screen(1);
    let benchmark = fixture::benchmark(&harness.state().state);
    harness.state_mut().state.benchmark = Some(Arc::new(benchmark));
    harness.run();
    click(&mut harness, Role::Button, "Worst misses");
    let misses = |harness: &Harness<'_, World>| harness.state().view.navigator.list().to_vec();
    let usual = misses(&harness);
    harness.state_mut().view.set_rule(ThresholdRule::Manual { sigma: 3.5 });
    harness.run_steps(3);
    assert_ne!(misses(&harness), usual);
    assert_eq!(misses(&harness).len(), 6, "two healthy above, four diseased not");
    let case = harness.state().view.navigator.current().cloned().unwrap();
    assert!(misses(&harness).contains(&case), "a miss by both thresholds stays in sight");
    answer(&mut harness, &case);
    harness.get_by_label_contains("threshold at 3.50 σ, by hand");
    harness.get_by_label_contains("· threshold 3.50, by hand");
}

#[test]
fn nothing_to_show_leads_on() {
    let mut harness = harness(State::default(), vec2(1208.0, 732.0), true, 1.0);
    click(&mut harness, Role::Button, "Open a data set");
    assert!(matches!(harness.state_mut().commands.drain()[..], [UiCommand::Go(Screen::Data)]));
    let mut harness = screen(0);
    harness.get_by_role_and_label(Role::Image, "Original");
    harness.state_mut().commands.drain();
    click(&mut harness, Role::Button, "Train a model");
    let asked = harness.state_mut().commands.drain();
    assert!(asked.iter().any(|command| matches!(command, UiCommand::Go(Screen::Train))));
}

#[test]
fn own_images_are_shown_without_a_label_and_a_picture_is_saved() {
    let mut harness = screen(2);
    harness.state_mut().commands.drain();
    click(&mut harness, Role::Button, "Open…");
    click(&mut harness, Role::Button, "Export");
    let asked = harness.state_mut().commands.drain();
    assert!(asked.iter().any(|command| matches!(command, UiCommand::PickImages)));
    assert!(asked.iter().any(|command| {
        matches!(command, UiCommand::SavePicture { rect, suggested_name } if rect[2] > rect[0] && suggested_name.contains("compare"))
    }));
    let case = CaseRef::File("/images/mine.png".into());
    let mut state = std::mem::take(&mut harness.state_mut().state);
    fixture::add_case(&mut state, &case);
    harness.state_mut().state = state;
    harness.state_mut().view.show_case(case);
    harness.run();
    harness.get_by_label("Labelled: unknown");
    harness.get_by_label("Split: own image, not seen in training");
}

#[test]
fn what_was_set_survives_a_restart() {
    let mut harness = screen(3);
    click(&mut harness, Role::RadioButton, "Overlay");
    click(&mut harness, Role::ComboBox, "Model of pane 1");
    click(&mut harness, Role::MenuItem, "Close pane");
    let text = serde_json::to_string(&harness.state().view).unwrap();
    harness.state_mut().view = serde_json::from_str(&text).unwrap();
    harness.run();
    let view = &harness.state().view;
    assert_eq!((view.display.show, view.panes.list.len()), (Show::Overlay, 2));
    assert!(harness.query_by_label("Overlay, Autoencoder").is_none());
}
