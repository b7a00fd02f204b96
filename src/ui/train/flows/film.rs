//! The strip on which one watches it learn.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::{World, open, press, when_of};
use crate::domain::{Architecture, CaseRef, JobId, JobKind, Label, Preview};
use crate::engine::message::{EngineCommand, EngineEvent};
use crate::ui::train::facts::Facts;
use crate::ui::train::{fixture, pins, runs};

#[test]
fn scrubbing_stays_at_an_epoch_until_the_newest_is_chosen() {
    let mut harness = open(fixture::running());
    harness.get_by_role_and_label(Role::Slider, "Epoch shown").focus();
    harness.run();
    for _ in 0..3 {
        harness.key_press(Key::ArrowLeft);
        harness.run();
    }
    let scrubbed = |harness: &Harness<'_, World>| {
        let world = harness.state();
        let runs = runs::all(&world.state);
        world.view.film.scrubbed(&runs[0])
    };
    assert_eq!(scrubbed(&harness), Some(9));
    press(&mut harness, Role::Button, "Epoch 0");
    assert_eq!(scrubbed(&harness), Some(0));
    press(&mut harness, Role::Button, "Epoch 12");
    assert_eq!(scrubbed(&harness), None);
}

/// The folders whose films were asked for.
fn films(harness: &Harness<'_, World>) -> Vec<PathBuf> {
    let folder = |command: &EngineCommand| match command {
        EngineCommand::LoadFilm { folder } => Some(folder.clone()),
        _ => None,
    };
    harness.state().engine().filter_map(folder).collect()
}

#[test]
fn an_earlier_run_shows_the_film_that_its_folder_keeps() {
    let mut harness = open(fixture::running());
    assert!(films(&harness).is_empty(), "what runs is seen from its beginning");
    press(&mut harness, Role::Button, &format!("Figures of Autoencoder {}", when_of(0)));
    harness.run_steps(5);
    let folder = harness.state().state.runs[0].folder.clone();
    assert_eq!(films(&harness), std::slice::from_ref(&folder), "once");
    harness.state_mut().state.apply(EngineEvent::FilmLoaded { folder, rows: fixture::film() });
    harness.run();
    let data = fixture::data();
    let name = data.sample(pins::balanced(&data)[0]).unwrap().stem().to_owned();
    harness.get_by_role_and_label(Role::Image, &name);
    press(&mut harness, Role::Button, "Epoch 0");
    harness.get_by_role_and_label(Role::Slider, "Epoch shown").focus();
    harness.run();
    for _ in 0..2 {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    let world = harness.state();
    let runs = runs::all(&world.state);
    let shown = runs.iter().find(|run| run.info.folder == world.state.runs[0].folder).unwrap();
    assert_eq!(world.view.film.scrubbed(shown), Some(2));
    press(&mut harness, Role::Button, "Watch Pinned case 2");
    harness.get_by_role_and_label(Role::Image, "Pinned case 2");
}

#[test]
fn a_resumed_run_goes_on_after_its_film() {
    let mut state = fixture::interrupted();
    let run = Arc::new(state.runs[0].clone());
    state.apply(EngineEvent::FilmLoaded { folder: run.folder.clone(), rows: fixture::film() });
    let job = JobId(7);
    state.apply(EngineEvent::JobStarted { job, kind: JobKind::Train(Architecture::Vae) });
    state.apply(EngineEvent::TrainingStarted { job, run: run.clone(), steps_per_epoch: 18 });
    let preview = (**fixture::film()[0].previews.iter().find(|preview| preview.epoch == 13).unwrap()).clone();
    let case = Some(CaseRef::Sample(pins::balanced(&fixture::data())[0]));
    let preview = Arc::new(Preview { case, ..preview });
    state.apply(EngineEvent::TrainingPreview { job, run: run.id.clone(), preview });
    let harness = open(state);
    for epoch in ["Epoch 0", "Epoch 13"] {
        harness.get_by_role_and_label(Role::Button, epoch);
    }
    assert!(harness.query_by_role_and_label(Role::Button, "Epoch 14").is_none(), "not made yet");
}

#[test]
fn the_case_on_the_strip_is_chosen_among_the_pinned() {
    let mut harness = open(fixture::running());
    let data = fixture::data();
    let name = data.sample(pins::balanced(&data)[2]).unwrap().stem().to_owned();
    press(&mut harness, Role::Button, &format!("Watch {name}"));
    harness.get_by_role_and_label(Role::Image, &name);
}

#[test]
fn cases_are_pinned_and_unpinned() {
    let mut harness = open(fixture::opened());
    press(&mut harness, Role::Button, "Choose the cases to watch");
    let data = fixture::data();
    let facts = Facts::new(data.clone());
    harness.get_by_label("4 of 4 watched");
    let first = pins::candidates(&data, Label::Diseased)[0];
    let name = data.sample(first).unwrap().stem().to_owned();
    press(&mut harness, Role::Button, &name);
    harness.get_by_label("4 of 4 watched");
    let let_go = data.sample(facts.balanced[0]).unwrap().stem().to_owned();
    press(&mut harness, Role::Button, &format!("Stop watching {let_go}"));
    harness.get_by_label("3 of 4 watched");
    press(&mut harness, Role::Button, &name);
    assert!(harness.state().view.film.pins.of(&facts).contains(&first));
}
