//! Curves, legend, live figures and log.

use egui::Role;
use egui_kittest::kittest::Queryable as _;

use super::{open, press, wheel, when_of};
use crate::ui::command::{Screen, UiCommand};
use crate::ui::train::{Measure, fixture};

#[test]
fn runs_are_hidden_and_shown_and_stay_so() {
    let mut harness = open(fixture::running());
    press(&mut harness, Role::Button, "Hide GAN yesterday");
    harness.get_by_role_and_label(Role::Button, "Show GAN yesterday");
    let saved = ron::to_string(&harness.state().view).unwrap();
    let mut again = open(fixture::running());
    again.state_mut().view = ron::from_str(&saved).unwrap();
    again.run();
    press(&mut again, Role::Button, "Show GAN yesterday");
    again.get_by_role_and_label(Role::Button, "Hide GAN yesterday");
}

#[test]
fn a_name_in_the_legend_shows_that_runs_figures() {
    let mut harness = open(fixture::running());
    harness.get_by_label("Epoch 12 / 50");
    press(&mut harness, Role::Button, &format!("Figures of Autoencoder {}", when_of(0)));
    harness.get_by_label("Epoch 50 / 50");
}

#[test]
fn the_memory_of_a_gpu_is_told_where_it_computes() {
    let mut harness = open(fixture::running());
    harness.get_by_label("Memory 2.0 / 8.3 GB");
    assert!(harness.query_by_label_contains("GPU memory").is_none());
    harness.state_mut().state.memory.gpu_bytes = Some((3_000_000_000, 80_000_000_000));
    harness.run();
    harness.get_by_label("Memory 2.0 / 8.3 GB");
    harness.get_by_label("GPU memory 3.0 / 80.0 GB");
}

#[test]
fn losses_and_scales_are_switched() {
    let mut harness = open(fixture::running());
    harness.get_by_role_and_label(Role::Heading, "Reconstruction error");
    for measure in Measure::ALL {
        press(&mut harness, Role::RadioButton, measure.label());
        harness.get_by_role_and_label(Role::Heading, measure.title().0);
    }
    press(&mut harness, Role::RadioButton, "Linear");
    assert!(harness.state().view.linear);
}

#[test]
fn the_wheel_looks_closer_and_the_view_is_reset() {
    let mut harness = open(fixture::running());
    harness.hover_at(egui::pos2(450.0, 250.0));
    harness.run();
    harness.event(wheel(420.0));
    harness.run_steps(20);
    press(&mut harness, Role::Button, "Reset view");
    assert!(harness.query_by_label("Reset view").is_none());
}

#[test]
fn a_loss_that_no_run_has_is_explained() {
    let mut harness = open(fixture::idle());
    press(&mut harness, Role::Button, "Hide GAN yesterday");
    press(&mut harness, Role::RadioButton, "G / D");
    harness.get_by_label("None of the runs shown has two networks. A GAN has.");
}

#[test]
fn empty_states_tell_what_to_do() {
    let mut harness = open(fixture::empty());
    harness.get_by_label("Training needs healthy images. No data set is open.");
    harness.get_by_label("Curves appear here, batch by batch, as soon as a training starts.");
    press(&mut harness, Role::Button, "Open a data set");
    assert!(matches!(harness.state().asked.last(), Some(UiCommand::Go(Screen::Data))));
}

#[test]
fn the_log_is_exported() {
    let mut harness = open(fixture::running());
    press(&mut harness, Role::Button, "Save the log");
    let Some(UiCommand::SaveText { text, .. }) = harness.state().asked.last() else { panic!("nothing to save") };
    assert!(text.contains("VAE started, seed 7") && text.contains("epoch 12"));
}
