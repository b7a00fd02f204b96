//! What one does in presenter mode, by role and name.

use std::sync::Arc;

use egui::{Key, Role, UiBuilder, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::PresenterView;
use super::place::DESIGN;
use super::tour::Tour;
use crate::domain::{Analysis, ModelId, ModelInfo, Scoring, ThresholdRule};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::compare::fixture;
use crate::ui::state::State;
use crate::ui::theme;

type World = (PresenterView, State, Vec<UiCommand>);

fn harness(state: State) -> Harness<'static, World> {
    Harness::builder().with_size(DESIGN).with_context_setup(theme::install).build_ui_state(
        |ui, (view, state, asked): &mut World| {
            let mut commands = Commands::default();
            let mut root = ui.new_child(UiBuilder::new().max_rect(ui.ctx().content_rect()));
            view.ui(&mut root, state, &mut commands);
            asked.extend(commands.drain());
        },
        (PresenterView::default(), state, Vec::new()),
    )
}

/// A world in which every case of the tour is analysed.
fn analysed() -> State {
    analysed_by(fixture::state(4))
}

fn analysed_by(mut state: State) -> State {
    let mut tour = Tour::default();
    tour.follow(state.data.as_ref());
    let first = fixture::first_case(&state);
    let image = state.cases[&first].clone();
    let shown: Vec<Analysis> = fixture::shown(&state).map(|(_, analysis)| analysis.clone()).collect();
    for case in tour.cases() {
        state.cases.insert(case.clone(), image.clone());
        for analysis in &shown {
            let analysis = Analysis { case: case.clone(), ..analysis.clone() };
            state.analyses.insert((case.clone(), analysis.model.clone()), Ok(analysis.into()));
        }
    }
    state
}

#[test]
fn arrows_walk_the_cases_and_r_goes_back_to_the_first() {
    let mut harness = harness(analysed());
    harness.run();
    harness.get_by_label("Case 1 of 12");
    for _ in 0..2 {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    harness.get_by_label("Case 3 of 12");
    harness.get_by_role_and_label(Role::Button, "Previous case").click();
    harness.run();
    harness.get_by_label("Case 2 of 12");
    harness.key_press(Key::R);
    harness.run();
    harness.get_by_label("Case 1 of 12");
}

#[test]
fn models_are_chosen_by_chip_and_digit() {
    let mut harness = harness(analysed());
    harness.run();
    assert_eq!(harness.state().0.model, Some(harness.state().1.models[0].id.clone()));
    harness.get_by_role_and_label(Role::RadioButton, "GAN").click();
    harness.run();
    assert_eq!(harness.state().0.model, Some(harness.state().1.models[2].id.clone()));
    harness.key_press(Key::Num2);
    harness.run();
    assert_eq!(harness.state().0.model, Some(harness.state().1.models[1].id.clone()));
    harness.get_by_label("99.5 % of healthy images are less unusual");
}

#[test]
fn the_score_of_an_ensemble_stands_with_its_spread() {
    let mut harness = harness(analysed_by(fixture::with_ensemble(fixture::state(2))));
    harness.run();
    harness.get_by_label("Score 4.30 ± 0.40 σ between 2 networks");
    harness.get_by_label_contains("this image at 4.30 ± 0.40 σ, threshold");
    harness.key_press(Key::Num2);
    harness.run();
    assert!(harness.query_by_label_contains("networks").is_none(), "of one network there is none");
    harness.get_by_label_contains("this image at 3.50 σ, threshold");
}

#[test]
fn the_threshold_is_drawn_as_on_the_benchmark_screen() {
    let mut harness = harness(analysed());
    harness.state_mut().0.rule = ThresholdRule::Manual { sigma: 2.4 };
    harness.run();
    harness.get_by_label_contains(", threshold 2.40 σ, by hand");
}

#[test]
fn what_models_are_scored_by_stands_there_for_each_where_they_differ() {
    let mut state = fixture::state(4);
    let own = state.models[0].score.name();
    let mut vae = (*state.models[1]).clone();
    vae.score = Scoring::haze();
    state.models[1] = vae.into();
    let mut harness = harness(analysed_by(state));
    harness.run();
    harness.get_by_label(&format!("Score: {own}"));
    harness.key_press(Key::Num2);
    harness.run();
    harness.get_by_label("Score: Haze in the lungs");
}

#[test]
fn every_model_has_a_chip_beside_the_question() {
    let mut state = fixture::state(4);
    let models = state.models.clone();
    for round in 0..2 {
        state.models.extend(models.iter().map(|model| {
            let id = ModelId(format!("{}-{round}", model.id.0));
            let name = format!("{} with a name that is rather long {round}", model.name);
            Arc::new(ModelInfo { id, name, ..(**model).clone() })
        }));
    }
    let mut harness = harness(state);
    harness.run_steps(3);
    let question = harness.get_by_role_and_label(Role::Heading, "How unusual is this image?").rect();
    let chips: Vec<_> = harness.get_all_by_role(Role::RadioButton).map(|chip| chip.rect()).collect();
    assert_eq!(chips.len(), 9, "as many as there are digits");
    assert!(chips.iter().all(|chip| chip.left() > question.right() && chip.right() <= DESIGN.x), "{chips:?}");
}

/// A second model of every architecture, told from the first by when it was begun.
fn with_namesakes(mut state: State) -> State {
    for model in state.models.clone() {
        let id = ModelId(format!("{}-second", model.id.0));
        let name = format!("{} · 2026-11-28 17:11", model.name);
        state.models.insert(1, Arc::new(ModelInfo { id, name, ..(*model).clone() }));
    }
    state
}

/// For the eye: `NEUROSCAN_PICTURES=<folder> cargo test --lib ui::presenter::flows::pictures -- --ignored`.
#[test]
#[ignore = "writes pictures for the eye"]
fn pictures() {
    let Some(folder) = std::env::var_os("NEUROSCAN_PICTURES").map(std::path::PathBuf::from) else { return };
    for (mode, name) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        for (size, width) in [(DESIGN, 1280), (vec2(1920.0, 1080.0), 1920)] {
            for (kind, state) in [
                ("ensemble", fixture::with_ensemble(fixture::state(4))),
                ("four", fixture::state(4)),
                ("namesakes", with_namesakes(fixture::state(4))),
            ] {
                let mut harness = harness(analysed_by(state));
                harness.set_size(size);
                if kind == "namesakes" {
                    harness.state_mut().0.rule = ThresholdRule::Manual { sigma: 4.2 };
                }
                harness.ctx.set_theme(mode);
                harness.run_steps(4);
                harness.render().unwrap().save(folder.join(format!("presenter-{kind}-{width}-{name}.png"))).unwrap();
            }
        }
    }
}

#[test]
fn nothing_destructive_is_ever_asked_for() {
    let mut harness = harness(fixture::state(2));
    for key in [Key::ArrowRight, Key::Delete, Key::Space, Key::Enter, Key::R, Key::ArrowLeft] {
        harness.key_press(key);
        harness.run_steps(2);
    }
    let harmless = |command: &UiCommand| {
        matches!(
            command,
            UiCommand::Engine(
                EngineCommand::Analyse { .. } | EngineCommand::LoadCase { .. } | EngineCommand::Thumbnails { .. }
            )
        )
    };
    assert!(harness.state().2.iter().all(harmless), "{:?}", harness.state().2);
    assert!(!harness.state().2.is_empty());
}

#[test]
fn without_data_it_says_what_to_do() {
    let mut harness = harness(State::default());
    harness.run();
    harness.get_by_label("Go to Data").click();
    harness.run();
    let asked = &harness.state().2;
    assert!(matches!(asked.as_slice(), [UiCommand::SetPresenter(false), UiCommand::Go(Screen::Data)]));
}

#[test]
fn everything_fits_into_odd_windows() {
    for size in [vec2(1024.0, 700.0), vec2(1920.0, 1080.0), vec2(700.0, 900.0)] {
        let mut harness = harness(analysed());
        harness.set_size(size);
        harness.run_steps(3);
        for label in ["What we see", "What healthy would look like", "Where they differ"] {
            let rect = harness.get_by_role_and_label(Role::Image, label).rect();
            assert!(rect.left() >= 0.0 && rect.right() <= size.x && rect.bottom() <= size.y, "{size:?}: {rect:?}");
            assert!((rect.width() - rect.height()).abs() < 0.5);
        }
    }
}
