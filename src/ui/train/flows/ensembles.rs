//! Putting trained networks together.

use std::sync::Arc;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

use super::{World, open, press, type_into};
use crate::domain::{Architecture, EnsembleInfo, MemberChoice, Scoring};
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

/// The ensembles asked for: members and name.
fn made(harness: &Harness<'_, World>) -> Vec<(Vec<MemberChoice>, Option<String>)> {
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
        .map(|run| MemberChoice::from(run.folder.clone()))
        .collect();
    assert_eq!(made(&harness), [(wanted, None)], "in the order chosen, as trained, called by how many they are");
}

/// The name of a field of a member.
fn field(harness: &Harness<'_, World>, what: &str, architecture: Architecture) -> String {
    let start = format!("{what} of {}", architecture.name());
    let nodes = harness.query_all(By::new().label_contains(&start));
    let names: Vec<String> = nodes.filter_map(|node| node.accesskit_node().label()).collect();
    names.into_iter().next().unwrap()
}

/// The same menu with the VAE's scores to choose from.
pub(super) fn choose_score() -> Harness<'static, World> {
    let mut harness = choose_two();
    let score = field(&harness, "Score", Architecture::Vae);
    press(&mut harness, Role::ComboBox, &score);
    harness
}

/// Then the VAE is to be scored by haze and the GAN counts half.
pub(super) fn choose_score_and_weight() -> Harness<'static, World> {
    let mut harness = choose_score();
    press(&mut harness, Role::MenuItem, "Haze in the lungs");
    let weight = field(&harness, "Weight", Architecture::Gan);
    type_into(&mut harness, &weight, "0.5");
    harness
}

#[test]
fn a_member_is_given_a_score_and_a_weight() {
    let mut harness = choose_score_and_weight();
    assert!(harness.query_by_role_and_label(Role::MenuItem, "Haze in the lungs").is_none(), "the list is gone");
    press(&mut harness, Role::Button, "Make an ensemble of 2");
    let [(members, None)] = &made(&harness)[..] else { panic!("one ensemble") };
    let asked: Vec<_> = members.iter().map(|member| (member.score.clone(), member.weight)).collect();
    assert_eq!(asked, [(Some(Scoring::haze()), 1.0), (None, 0.5)]);
    let folders: Vec<_> = members.iter().map(|member| &member.run).collect();
    assert!(folders[0].to_string_lossy().contains("vae") && folders[1].to_string_lossy().contains("gan"));
}

#[test]
fn a_weight_that_is_none_is_said_and_nothing_is_made() {
    let mut harness = choose_two();
    let weight = field(&harness, "Weight", Architecture::Vae);
    type_into(&mut harness, &weight, "0");
    press(&mut harness, Role::Button, "Weights: above 0, at most 1000");
    assert!(made(&harness).is_empty());
    type_into(&mut harness, &weight, "2");
    // Its own score is the first of the list, and chosen again it is no choice.
    let score = field(&harness, "Score", Architecture::Vae);
    press(&mut harness, Role::ComboBox, &score);
    let own = Scoring::from(
        harness.state().state.runs.iter().find(|run| run.architecture() == Architecture::Vae).unwrap().settings.score,
    );
    press(&mut harness, Role::MenuItem, &own.name());
    press(&mut harness, Role::Button, "Make an ensemble of 2");
    let asked: Vec<_> = made(&harness)[0].0.iter().map(|member| (member.score.clone(), member.weight)).collect();
    assert_eq!(asked, [(None, 2.0), (None, 1.0)]);
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

#[test]
fn an_ensemble_tells_the_scores_and_weights_of_its_members() {
    let mut state = fixture::idle();
    let mut weighted = examples::ensemble("Weighted", &[Architecture::Autoencoder, Architecture::Restorer]);
    weighted.members[0].score = Scoring::haze();
    weighted.members[1].weight = 0.5;
    state.ensembles = Arc::new(vec![weighted]);
    let mut harness = open(state);
    press(&mut harness, Role::ComboBox, "Ensembles");
    harness.get_by_role_and_label(Role::MenuItem, "Weighted").hover();
    harness.run_steps(60);
    harness.get(By::new().label_contains("Weighted\nAutoencoder, seed 1, by Haze in the lungs, weight 1\n"));
    harness.get(By::new().label_contains("Restorer, seed 2, by "));
    harness.get(By::new().label_contains(", weight 0.5"));
}
