//! Choosing what to train and how.

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::{World, open, press, type_into};
use crate::domain::{Architecture, Preset, TrainingSettings};
use crate::ui::train::fixture;

#[test]
fn choosing_changing_and_starting_trains_with_those_settings() {
    let mut harness = open(fixture::idle());
    press(&mut harness, Role::RadioButton, "Autoencoder");
    press(&mut harness, Role::RadioButton, "VAE");
    type_into(&mut harness, "Epochs", "30");
    press(&mut harness, Role::Button, "Start");
    let world = harness.state();
    let [(settings, pins)] = world.trainings()[..] else { panic!("one training: {:?}", world.asked) };
    let expected = TrainingSettings {
        preset: Preset::Custom,
        epochs: 30,
        ..TrainingSettings::preset(Architecture::Vae, Preset::Recommended)
    };
    assert_eq!(*settings, expected);
    assert_eq!(pins.len(), 4, "a balanced choice is watched");
}

#[test]
fn a_value_out_of_range_is_explained_and_cannot_be_started() {
    let mut harness = open(fixture::idle());
    type_into(&mut harness, "Epochs", "0");
    harness.get_by_label("Epochs must be 1 to 5,000.");
    press(&mut harness, Role::Button, "Start");
    press(&mut harness, Role::Button, "Train all");
    assert!(harness.state().trainings().is_empty());
    press(&mut harness, Role::RadioButton, "Recommended");
    assert!(harness.query_by_label("Epochs must be 1 to 5,000.").is_none());
    press(&mut harness, Role::RadioButton, "Custom");
    harness.get_by_label("Epochs must be 1 to 5,000.");
}

#[test]
fn train_all_queues_what_is_ticked() {
    let order = |harness: &Harness<'_, World>| -> Vec<Architecture> {
        harness.state().trainings().iter().map(|(settings, _)| settings.architecture).collect()
    };
    let mut harness = open(fixture::opened());
    press(&mut harness, Role::Button, "Train all");
    assert_eq!(order(&harness), Architecture::MAIN);
    let mut harness = open(fixture::idle());
    harness.get_by_label("Train all: 4 of 10, about 30 min.");
    press(&mut harness, Role::CheckBox, "GAN in Train all");
    harness.get_by_role_and_label(Role::CheckBox, "AE-U in Train all").focus();
    harness.run();
    harness.key_press(Key::Space);
    harness.run();
    harness.get_by_label("Train all: 4 of 10, more than 25 min.");
    assert_eq!(harness.state().view.drafts.architecture, Architecture::Vae, "a tick chooses nothing");
    press(&mut harness, Role::Button, "Train all");
    let wanted = [Architecture::Autoencoder, Architecture::Vae, Architecture::Vit, Architecture::AeU];
    assert_eq!(order(&harness), wanted);
    let mut harness = open(fixture::idle());
    for architecture in Architecture::MAIN {
        press(&mut harness, Role::CheckBox, &format!("{} in Train all", architecture.name()));
    }
    press(&mut harness, Role::Button, "Train all");
    assert!(harness.state().trainings().is_empty());
}

/// At 1280×800 nothing one needs to begin lies below the fold, also while a stopped run offers to go on.
#[test]
fn cards_settings_and_buttons_fit_without_scrolling() {
    for state in [fixture::idle(), fixture::interrupted()] {
        let harness = open(state);
        let foot = harness.get_by_label_contains("Trains on").rect().top();
        let resume = harness.query_by_role_and_label(Role::Button, "Resume").map(|button| button.rect().top() - 36.0);
        for (role, name) in [
            (Role::RadioButton, "In-painting"),
            (Role::CheckBox, "In-painting in Train all"),
            (Role::RadioButton, "Recommended"),
            (Role::TextInput, "Image size"),
            (Role::Button, "More settings"),
        ] {
            let bottom = harness.get_by_role_and_label(role, name).rect().bottom();
            assert!(bottom <= resume.unwrap_or(foot), "{name}: {bottom}");
        }
    }
}

#[test]
fn what_runs_cannot_be_changed_but_the_next_can() {
    let mut harness = open(fixture::running());
    type_into(&mut harness, "Epochs", "5");
    assert_eq!(harness.state().view.drafts.of(Architecture::Vae).epochs, 100, "locked");
    press(&mut harness, Role::Button, "Locked while training");
    type_into(&mut harness, "Epochs", "5");
    assert_eq!(harness.state().view.drafts.of(Architecture::Vae).epochs, 5);
}

#[test]
fn all_settings_of_an_architecture_are_there() {
    let mut harness = open(fixture::opened());
    for (architecture, own) in [
        (Architecture::Autoencoder, &["Latent size", "Channels"][..]),
        (Architecture::Vae, &["KL weight"]),
        (Architecture::Gan, &["Error weight", "Critic weight", "Critic's rate"]),
        (Architecture::Vit, &["Patch", "Token width", "Encoder", "Decoder", "Heads", "Hidden patches"]),
        (Architecture::BetaVae, &["KL weight"]),
        (Architecture::VqVae, &["Tokens", "Codebook", "Commitment"]),
        (Architecture::AeU, &["Latent size", "Channels"]),
        (Architecture::Denoiser, &["Noise"]),
        (Architecture::Inpainter, &["Channels", "Patch", "Hidden patches"]),
        (Architecture::Restorer, &["Channels"]),
    ] {
        harness.state_mut().view.drafts.architecture = architecture;
        harness.state_mut().view.more = true;
        harness.run();
        for name in own.iter().chain(&["Patience", "Seed", "Shift", "Size", "Rotation", "Blur", "Shifts"]) {
            harness.get_by_role_and_label(Role::TextInput, name);
        }
        for name in ["Schedule", "Device", "Difference", "Region"] {
            harness.get_by_role_and_label(Role::ComboBox, name);
        }
        let loss = harness.query_by_role_and_label(Role::ComboBox, "Loss");
        assert_eq!(loss.is_some(), architecture != Architecture::AeU, "AE-U has one of its own");
    }
}
