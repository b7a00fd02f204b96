//! What runs, waits, was stopped or killed.

use std::sync::Arc;

use egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;

use super::{open, press};
use crate::domain::{Architecture, JobId, JobKind, JobOutcome, RunInfo, RunStatus};
use crate::engine::message::{EngineCommand, EngineEvent};
use crate::ui::train::fixture;

#[test]
fn pausing_going_on_and_stopping() {
    let job = JobId(1_000);
    let mut harness = open(fixture::running());
    press(&mut harness, Role::Button, "Pause");
    assert!(matches!(harness.state().engine().last(), Some(EngineCommand::Pause { job: asked }) if *asked == job));
    press(&mut harness, Role::Button, "Stop");
    assert!(matches!(harness.state().engine().last(), Some(EngineCommand::Stop { job: asked }) if *asked == job));
    let mut harness = open(fixture::paused());
    press(&mut harness, Role::Button, "Resume");
    assert!(matches!(harness.state().engine().last(), Some(EngineCommand::Continue { job: asked }) if *asked == job));
}

#[test]
fn space_pauses_but_not_while_typing() {
    let mut harness = open(fixture::running());
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(harness.state().engine().count(), 1);
    let mut harness = open(fixture::running());
    press(&mut harness, Role::RadioButton, "GAN");
    harness.get_by_role_and_label(Role::TextInput, "Epochs").focus();
    harness.run();
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(harness.state().engine().count(), 0);
}

#[test]
fn starting_another_while_one_runs_queues_it_and_it_can_be_removed() {
    let mut harness = open(fixture::running());
    press(&mut harness, Role::RadioButton, "Autoencoder");
    press(&mut harness, Role::Button, "Queue");
    press(&mut harness, Role::MenuItem, "Add Autoencoder");
    let [(settings, _)] = harness.state().trainings()[..] else { panic!("one training") };
    assert_eq!(settings.architecture, Architecture::Autoencoder);
    press(&mut harness, Role::Button, "Remove ViT from the queue");
    assert!(matches!(harness.state().engine().last(), Some(EngineCommand::Stop { job: JobId(1_002) })));
}

#[test]
fn an_interrupted_run_can_be_resumed() {
    let mut harness = open(fixture::interrupted());
    press(&mut harness, Role::Button, "Resume");
    let world = harness.state();
    let Some(EngineCommand::Resume { folder, .. }) = world.engine().last() else { panic!("{:?}", world.asked) };
    assert_eq!(*folder, world.state.runs[0].folder);
}

#[test]
fn a_run_that_was_killed_can_be_used_as_it_is() {
    let mut harness = open(fixture::interrupted());
    press(&mut harness, Role::Button, "Use as it is");
    let world = harness.state_mut();
    let Some(EngineCommand::Calibrate { job, folders }) = world.engine().last().cloned() else {
        panic!("{:?}", world.asked)
    };
    assert_eq!(folders, [world.state.runs[0].folder.clone()]);
    let kind = JobKind::Calibrate(Some(Architecture::Vae));
    world.state.apply(EngineEvent::JobStarted { job, kind });
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Calibrating…");
    let state = &mut harness.state_mut().state;
    state.apply(EngineEvent::JobEnded { job, outcome: JobOutcome::Done });
    let mut runs = (*state.runs).clone();
    runs[0].usable = true;
    state.runs = Arc::new(runs);
    harness.run();
    assert!(harness.query_by_label("Use as it is").is_none());
    harness.get_by_role_and_label(Role::Button, "Resume");
}

#[test]
fn a_run_that_another_window_trains_is_followed_and_not_resumed() {
    let mut harness = open(fixture::elsewhere());
    harness.get_by_label("Training elsewhere, epoch 12 of 50");
    for button in ["Resume", "Use as it is"] {
        assert!(harness.query_by_role_and_label(Role::Button, button).is_none(), "{button}");
    }
    let run = harness.state().state.runs[0].clone();
    let stopped = RunInfo { status: RunStatus::Interrupted, ..run };
    harness.state_mut().state.apply(EngineEvent::RunChanged(Arc::new(stopped)));
    harness.run();
    press(&mut harness, Role::Button, "Resume");
    assert!(matches!(harness.state().engine().last(), Some(EngineCommand::Resume { .. })));
}

#[test]
fn a_log_line_that_is_cut_is_whole_on_hover() {
    let mut state = fixture::running();
    let text = "chest_xray opened: 5840 images in 12.3 s, and more than fits into the column";
    state.log(false, text.to_owned());
    let mut harness = open(state);
    harness.run_steps(3);
    assert_eq!(harness.get_all_by_label(text).count(), 1);
    harness.get_by_label(text).hover();
    harness.run_steps(60);
    assert_eq!(harness.get_all_by_label(text).count(), 2, "the line and its tooltip");
}
