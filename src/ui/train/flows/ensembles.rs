//! Putting trained networks together.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::{World, open, press, type_into};
use crate::domain::{Architecture, EnsembleInfo};
use crate::engine::message::EngineCommand;
use crate::ui::state::{State, examples};
use crate::ui::train::fixture;

/// The menu, in which a VAE and a GAN are chosen.
pub(super) fn choose_two() -> Harness<'static, World> {
    let mut harness = open(fixture::idle());
    press(&mut harness, Role::ComboBox, "Ensembles");
    harness.get_by_label("Choose at least two");
    for architecture in [Architecture::Vae, Architecture::Gan] {
        press(&mut harness, Role::MenuItem, architecture.name());
    }
    harness
}

/// The ensembles asked for: run folders and name.
fn made(harness: &Harness<'_, World>) -> Vec<(Vec<PathBuf>, Option<String>)> {
    let made = harness.state().engine().filter_map(|command| match command {
        EngineCommand::MakeEnsemble { members, name, .. } => Some((members.clone(), name.clone())),
        _ => None,
    });
    made.collect()
}

#[test]
fn two_trained_networks_are_chosen_and_put_together() {
    let mut harness = choose_two();
    press(&mut harness, Role::Button, "Make an ensemble of 2");
    let wanted: Vec<_> = [Architecture::Vae, Architecture::Gan]
        .iter()
        .filter_map(|architecture| harness.state().state.runs.iter().find(|run| run.architecture() == *architecture))
        .map(|run| run.folder.clone())
        .collect();
    assert_eq!(made(&harness), [(wanted, None)], "in the order chosen, called by how many they are");
}

#[test]
fn an_ensemble_is_called_as_one_likes_within_limits() {
    const FIELD: &str = "Name of the ensemble";
    let mut harness = choose_two();
    type_into(&mut harness, FIELD, &"x".repeat(61));
    press(&mut harness, Role::Button, "Name: up to 60 characters");
    assert!(made(&harness).is_empty());
    type_into(&mut harness, FIELD, "  Two of May ");
    press(&mut harness, Role::Button, "Make an ensemble of 2");
    let names = |harness: &Harness<'_, World>| made(harness).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(names(&harness), [Some("Two of May".to_owned())]);
    for architecture in [Architecture::Vae, Architecture::Gan] {
        press(&mut harness, Role::MenuItem, architecture.name());
    }
    type_into(&mut harness, FIELD, "   ");
    press(&mut harness, Role::Button, "Make an ensemble of 2");
    assert_eq!(names(&harness).last(), Some(&None), "the name before is not kept");
}

/// Two of the user's and a bundled one.
pub(super) fn with_ensembles() -> State {
    let mut state = fixture::idle();
    let (vae, gan) = (Architecture::Vae, Architecture::Gan);
    let bundled = EnsembleInfo { bundled: true, ..examples::ensemble("Bundled", &[vae, vae]) };
    let long = "The three that see most on the development images of May";
    state.ensembles = Arc::new(vec![
        examples::ensemble("Two of May", &[vae, gan]),
        examples::ensemble(long, &[vae, gan, Architecture::Autoencoder]),
        bundled,
    ]);
    state
}

#[test]
fn an_ensemble_of_the_users_is_deleted_and_a_bundled_one_is_not() {
    let mut harness = open(with_ensembles());
    press(&mut harness, Role::ComboBox, "Ensembles");
    harness.get_by_role_and_label(Role::MenuItem, "Bundled");
    assert!(harness.query_by_role_and_label(Role::Button, "Delete Bundled").is_none());
    press(&mut harness, Role::Button, "Delete Two of May");
    let folder = &harness.state().state.ensembles[0].folder;
    let asked = harness.state().engine().last();
    assert!(matches!(asked, Some(EngineCommand::DeleteRun { folder: asked }) if asked == folder), "{asked:?}");
    assert!(harness.query_by_role(Role::MenuItem).is_none(), "the question follows");
    press(&mut harness, Role::ComboBox, "Ensembles");
    press(&mut harness, Role::MenuItem, "Two of May");
    assert!(matches!(harness.state().engine().last(), Some(EngineCommand::LoadModel { .. })));
}
