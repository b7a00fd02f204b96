//! The panes: whose they are, by what a model scores, and what happens where one fails.

use super::*;

#[test]
fn a_pane_is_set_to_none_and_back() {
    let mut harness = screen(4);
    harness.get_by_label("VAE: 99.5\u{2009}% of healthy are lower");
    click(&mut harness, Role::ComboBox, "Model of pane 2");
    click(&mut harness, Role::MenuItem, "None");
    assert_eq!(harness.state().view.panes.list[1], None);
    harness.get_by_label("Choose a model above.");
    assert!(harness.query_by_label("Map, VAE").is_none());
    click(&mut harness, Role::ComboBox, "Model of pane 2");
    click(&mut harness, Role::MenuItem, "VAE");
    harness.get_by_role_and_label(Role::Image, "Map, VAE");
}

#[test]
fn another_score_is_chosen_in_the_header_and_the_case_is_asked_for_again() {
    let mut harness = screen(2);
    click(&mut harness, Role::Button, "Score of VAE");
    click(&mut harness, Role::MenuItem, "Code: KL divergence");
    let asked = harness.state_mut().commands.drain();
    let set = asked.iter().find_map(|command| match command {
        UiCommand::Engine(EngineCommand::SetScore { model, score }) => Some((model.clone(), score.clone())),
        _ => None,
    });
    let (model, score) = set.expect("SetScore");
    assert_eq!((model.0.as_str(), score.slug().as_str()), ("vae-1", "kl"));
    let mut changed = ModelInfo::clone(harness.state().state.model(&model).unwrap());
    changed.score = score;
    harness.state_mut().state.apply(EngineEvent::ScoreChanged(Arc::new(changed)));
    harness.run_steps(3);
    let case = harness.state().view.navigator.current().cloned().unwrap();
    let asked = harness.state_mut().commands.drain();
    let again = asked.iter().any(|command| {
        matches!(command, UiCommand::Engine(EngineCommand::Analyse { case: asked, models }) if *asked == case && *models == [model.clone()])
    });
    assert!(again, "{asked:?}");
}

#[test]
fn a_failure_is_told_in_its_pane_and_can_be_tried_again() {
    let mut state = fixture::state(2);
    let case = fixture::first_case(&state);
    let failure = Failure { message: "VAE ran out of memory.".to_owned(), advice: "Close other models.".to_owned() };
    state.analyses.insert((case, state.models[1].id.clone()), Err(failure));
    let mut harness = harness(state, vec2(1208.0, 732.0), true, 1.0);
    harness.get_by_label("VAE ran out of memory.");
    harness.get_by_role_and_label(Role::Image, "Map, Autoencoder");
    harness.state_mut().commands.drain();
    click(&mut harness, Role::Button, "Try again");
    let asked = harness.state_mut().commands.drain();
    assert!(asked.iter().any(|command| matches!(command, UiCommand::Engine(EngineCommand::Analyse { .. }))));
}

#[test]
fn double_click_maximises_and_escape_goes_back() {
    let mut harness = screen(2);
    let place = harness.get_by_role_and_label(Role::Image, "Map, VAE").rect();
    for _ in 0..2 {
        harness.get_by_role_and_label(Role::Image, "Map, VAE").click();
    }
    harness.run();
    assert_eq!(harness.state().view.live.maximised, Some(2));
    assert!(harness.get_by_role_and_label(Role::Image, "Map, VAE").rect().width() > place.width());
    assert!(harness.query_by_label("Map, Autoencoder").is_none());
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().view.live.maximised, None);
}

#[test]
fn many_panes_scroll_and_keep_the_input_in_place() {
    let harness = harness(fixture::state(9), vec2(1208.0, 732.0), true, 1.0);
    let input = harness.get_by_role_and_label(Role::Image, "Original").rect();
    assert!(input.left() < 40.0 && input.width() > 160.0);
    let first = harness.get_by_role_and_label(Role::Image, "Map, Autoencoder").rect();
    assert!(first.left() > input.right() && first.width() > 160.0);
}

#[test]
fn an_ensemble_shows_its_spread_and_where_its_members_differ() {
    let mut harness = harness(fixture::with_ensemble(fixture::state(2)), vec2(1208.0, 732.0), true, 1.0);
    harness.get_by_label("Map, Ensemble of 2");
    harness.get_by_label_contains(" ± 0.40 σ");
    click(&mut harness, Role::Button, "Where the members of Ensemble of 2 differ");
    assert!(harness.state().view.display.spread);
    harness.get_by_label("Members differ, Ensemble of 2");
    harness.get_by_label("Map, VAE");
    click(&mut harness, Role::Button, "Where the members of Ensemble of 2 differ");
    harness.get_by_label("Map, Ensemble of 2");
}

#[test]
fn one_escape_closes_the_menu_of_scores() {
    let mut harness = screen(2);
    click(&mut harness, Role::Button, "Score of VAE");
    harness.get_by_role_and_label(Role::MenuItem, "Missing edges").hover();
    harness.run_steps(60);
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_role_and_label(Role::MenuItem, "Missing edges").is_none());
}

#[test]
fn a_map_that_shows_a_part_of_a_fusion_says_so() {
    let mut harness = screen(1);
    let model = harness.state().state.models[0].clone();
    let score = "mse+0.5*knn".parse().unwrap();
    let fused = ModelInfo { score, ..ModelInfo::clone(&model) };
    harness.state_mut().state.models[0] = Arc::new(fused);
    harness.get_by_label_contains("· threshold").hover();
    harness.run_steps(60);
    harness.get_by_label_contains("The map shows 1 of the 2 measures (Squared error (MSE))");
}
