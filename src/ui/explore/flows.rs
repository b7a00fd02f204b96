//! The screen as it is used: found by role and name, clicked, dragged, typed at.

use std::sync::Arc;

use egui::{Key, Pos2, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::prepared::ColorBy;
use super::{ExploreView, fixture};
use crate::domain::{CaseRef, JobId, JobKind, JobProgress, ModelId, Plane};
use crate::engine::message::{EngineCommand, EngineEvent};
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::state::{JobStage, JobView, State, examples};
use crate::ui::theme;

struct World {
    view: ExploreView,
    state: State,
    sent: Vec<UiCommand>,
}

fn harness(state: State) -> Harness<'static, World> {
    let world = World { view: ExploreView::default(), state, sent: Vec::new() };
    // The harness leaves 8 around.
    let mut harness = Harness::builder()
        .with_size(vec2(1208.0 + 16.0, 732.0 + 16.0))
        .with_context_setup(theme::install)
        .with_max_steps(12)
        .build_ui_state(
            |ui, world: &mut World| {
                let mut commands = Commands::default();
                world.view.ui(ui, &world.state, &mut commands);
                world.sent.extend(commands.drain());
            },
            world,
        );
    harness.run();
    harness
}

/// Where a point of the plot lies.
fn place(harness: &Harness<'_, World>, point: usize) -> Pos2 {
    harness.state().view.plot.place_of(point).expect("the point is shown")
}

fn hover(harness: &mut Harness<'_, World>, at: Pos2) {
    harness.hover_at(at);
    harness.run();
}

fn click(harness: &mut Harness<'_, World>, at: Pos2) {
    hover(harness, at);
    harness.drag_at(at);
    harness.run();
    harness.drop_at(at);
    harness.run();
}

/// All codes asked to be decoded, one list a request.
fn decodes(harness: &Harness<'_, World>) -> Vec<(u64, Vec<Vec<f32>>)> {
    let decode = |command: &UiCommand| match command {
        UiCommand::Engine(EngineCommand::Decode { request, codes, .. }) => Some((*request, codes.clone())),
        _ => None,
    };
    harness.state().sent.iter().filter_map(decode).collect()
}

/// Answers the newest request.
fn answer(harness: &mut Harness<'_, World>) {
    let (request, codes) = decodes(harness).pop().expect("something was asked for");
    let image = |code: &Vec<f32>| Arc::new(Plane::new(2, 2, vec![code[0].abs().min(1.0); 4]));
    let images = Ok(codes.iter().map(image).collect());
    let model = ModelId("vae-1".to_owned());
    harness.state_mut().state.apply(EngineEvent::Decoded { model, request, images });
    harness.run();
}

#[test]
fn nothing_open_invites_to_open_something() {
    let mut harness = harness(State::default());
    harness.get_by_role_and_label(Role::Button, "Go to Data").click();
    harness.run();
    assert!(matches!(harness.state().sent.last(), Some(UiCommand::Go(Screen::Data))));
    harness.state_mut().state.data = Some(examples::data());
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Go to Train").click();
    harness.run();
    assert!(matches!(harness.state().sent.last(), Some(UiCommand::Go(Screen::Train))));
}

#[test]
fn one_click_maps_the_latent_space_and_it_can_be_cancelled() {
    let mut state = fixture::state();
    let latents = std::mem::take(&mut state.latents);
    let mut harness = harness(state);
    harness.get_by_role_and_label(Role::Button, "Map the latent space").click();
    harness.run();
    let asked = harness.state().sent.iter().find_map(|command| match command {
        UiCommand::Engine(EngineCommand::Explore { model, .. }) => Some(model.clone()),
        _ => None,
    });
    assert_eq!(asked, Some(ModelId("vae-1".to_owned())), "a VAE before the others");
    let stage = "Encoding by VAE".to_owned();
    let progress = Some(JobProgress { stage, done: 12, total: 50, images_per_s: None, left_secs: None });
    let job = JobView { id: JobId(7), kind: JobKind::Explore, stage: JobStage::Running, progress, stopping: false };
    harness.state_mut().state.jobs.push(job);
    harness.run();
    harness.get_by_label("Encoding by VAE · 12 of 50");
    harness.get_by_role_and_label(Role::Button, "Cancel").click();
    harness.run();
    let stop = |command: &UiCommand| matches!(command, UiCommand::Engine(EngineCommand::Stop { job: JobId(7) }));
    assert!(harness.state().sent.iter().any(stop));
    harness.state_mut().state.jobs.clear();
    harness.state_mut().state.latents = latents;
    harness.run();
    harness.get_by_label("Latent space of VAE, 50 images");
}

#[test]
fn a_model_without_a_code_says_so_and_another_can_be_chosen() {
    let mut state = fixture::state();
    let mut vit = (*state.models[3]).clone();
    vit.latent = None;
    state.models[3] = Arc::new(vit);
    let mut harness = harness(state);
    harness.get_by_role_and_label(Role::ComboBox, "Model").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "ViT").click();
    harness.run();
    harness.get_by(|node| {
        let text = node.label().or_else(|| node.value()).unwrap_or_default();
        text.starts_with("ViT has no single code")
    });
    harness.get_by_role_and_label(Role::ComboBox, "Model").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "VAE").click();
    harness.run();
    harness.get_by_label("Latent space of VAE, 50 images");
}

#[test]
fn a_point_shows_its_case_and_a_click_opens_it_in_compare() {
    let mut harness = harness(fixture::state());
    let at = place(&harness, 47);
    hover(&mut harness, at);
    let point = harness.state().view.plot.hovered().expect("a point is under the pointer");
    assert!((place(&harness, point) - at).length() < 9.0);
    harness.get_by(|node| node.label().is_some_and(|text| text.starts_with("Latent space of VAE, 50 images, ")));
    click(&mut harness, at);
    let sample = examples::data().sample(crate::domain::SampleId(point as u32)).is_some();
    let shown = harness.state().sent.iter().find_map(|command| match command {
        UiCommand::ShowCase(CaseRef::Sample(id)) => Some(id.0 as usize),
        _ => None,
    });
    assert!(sample);
    assert_eq!(shown, Some(point));
}

#[test]
fn the_legend_hides_groups_also_from_the_keyboard() {
    let mut harness = harness(fixture::state());
    assert_eq!(harness.state().view.plot.shown(), 50);
    harness.get_by_role_and_label(Role::CheckBox, "Healthy").click();
    harness.run();
    assert_eq!(harness.state().view.plot.shown(), 20);
    harness.get_by_role_and_label(Role::CheckBox, "Healthy").focus();
    harness.run();
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(harness.state().view.plot.shown(), 50);
    harness.get_by_role_and_label(Role::RadioButton, "Split").click();
    harness.run();
    assert_eq!(harness.state().view.color_by, ColorBy::Split);
    harness.get_by_role_and_label(Role::CheckBox, "Test").click();
    harness.run();
    assert_eq!(harness.state().view.plot.shown(), 30);
    harness.get_by_role_and_label(Role::RadioButton, "Finding").click();
    harness.run();
    assert_eq!(harness.state().view.plot.shown(), 50, "each way of colouring has groups of its own");
    harness.get_by_role_and_label(Role::CheckBox, "bacterial");
}

#[test]
fn keys_turn_magnify_colour_and_reset() {
    let mut harness = harness(fixture::state());
    let flat = place(&harness, 3);
    harness.key_press(Key::D);
    harness.run();
    assert!(harness.state().view.in_space);
    let turned = place(&harness, 3);
    assert_ne!(flat, turned);
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_ne!(place(&harness, 3), turned);
    harness.key_press(Key::R);
    harness.run();
    assert_eq!(place(&harness, 3), turned);
    harness.key_press(Key::Plus);
    harness.run();
    assert_ne!(place(&harness, 3), turned);
    harness.key_press(Key::C);
    harness.run();
    assert_eq!(harness.state().view.color_by, ColorBy::Split);
}

#[test]
fn dragging_moves_the_plane_and_clicks_nothing() {
    let mut harness = harness(fixture::state());
    let before = place(&harness, 3);
    let from = harness.get_by_label("Latent space of VAE, 50 images").rect().center();
    harness.drag_at(from);
    harness.run();
    harness.hover_at(from + vec2(40.0, 25.0));
    harness.run();
    harness.drop_at(from + vec2(40.0, 25.0));
    harness.run();
    let moved = place(&harness, 3) - before;
    assert!((moved - vec2(40.0, 25.0)).length() < 1.0, "{moved:?}");
    assert!(!harness.state().sent.iter().any(|command| matches!(command, UiCommand::ShowCase(_))));
}

#[test]
fn the_walk_decodes_where_it_stands() {
    let mut harness = harness(fixture::state());
    let first = decodes(&harness);
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].1, [vec![0.0; 4]], "it begins at the mean");
    answer(&mut harness);
    assert_eq!(decodes(&harness).len(), 1, "what is decoded is not asked for again");
    harness.get_by_role_and_label(Role::Slider, "PC 2").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    let (_, codes) = decodes(&harness).pop().expect("the walk went on");
    assert!((codes[0][1] - 0.1).abs() < 1e-6 && codes[0][0] == 0.0, "{codes:?}");
    answer(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Back to the mean").click();
    harness.run();
    assert_eq!(decodes(&harness).len(), 2, "the mean is known");
}

#[test]
fn samples_are_drawn_and_drawn_again() {
    let mut harness = harness(fixture::state());
    answer(&mut harness);
    harness.get_by_role_and_label(Role::RadioButton, "Sample").click();
    harness.run();
    let (_, first) = decodes(&harness).pop().expect("six draws");
    assert_eq!(first.len(), 6);
    answer(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Draw again").click();
    harness.run();
    let (_, second) = decodes(&harness).pop().expect("six others");
    assert_ne!(first, second);
    harness.get_by_label("Draw 2 of seed 7");
}

#[test]
fn two_patients_are_chosen_and_the_way_between_them_is_decoded() {
    let mut harness = harness(fixture::state());
    answer(&mut harness);
    harness.get_by_role_and_label(Role::RadioButton, "Interpolate").click();
    harness.run();
    let (_, codes) = decodes(&harness).pop().expect("the way was asked for");
    assert_eq!(codes.len(), 8, "the image at the slider and seven steps");
    answer(&mut harness);
    // A from the plot.
    harness.get_by_role_and_label(Role::Button, "Pick case A in the plot").click();
    harness.run();
    let at = place(&harness, 2);
    click(&mut harness, at);
    let [a, _] = harness.state().view.generator.pair.points();
    assert!((place(&harness, a) - at).length() < 9.0);
    assert!(!harness.state().sent.iter().any(|command| matches!(command, UiCommand::ShowCase(_))));
    let (_, codes) = decodes(&harness).pop().expect("another way");
    let map = harness.state().state.latents.values().next().cloned().expect("the map");
    assert!(codes.iter().any(|code| code == map.code(a)));
    answer(&mut harness);
    // B by search.
    harness.get_by_role_and_label(Role::ComboBox, "Case B").click();
    harness.run();
    harness.get_by_label("Search a case").focus();
    harness.run();
    harness.get_by_label("Search a case").type_text("viral-07");
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "viral-07").click();
    harness.run();
    assert_eq!(harness.state().view.generator.pair.points(), [a, 47]);
    answer(&mut harness);
    // Along the film strip.
    let before = decodes(&harness).len();
    harness.get_by_role_and_label(Role::Button, "Step 3 of 7").click();
    harness.run();
    assert_eq!(decodes(&harness).len(), before, "a step of the film strip is decoded already");
}

#[test]
fn a_decoder_that_fails_is_said_and_not_asked_again() {
    let mut harness = harness(fixture::state());
    let (request, _) = decodes(&harness).pop().expect("the mean was asked for");
    let failure = crate::engine::message::Failure { message: "No room.".to_owned(), advice: String::new() };
    let model = ModelId("vae-1".to_owned());
    harness.state_mut().state.apply(EngineEvent::Decoded { model, request, images: Err(failure) });
    harness.run_steps(5);
    assert_eq!(decodes(&harness).len(), 1);
}

#[test]
fn thousands_of_points_are_one_mesh_that_is_built_when_something_changes() {
    let mut state = fixture::state();
    let mut map = (**state.latents.values().next().expect("the map")).clone();
    (map.points, map.codes, map.projections) =
        (map.points.repeat(240), map.codes.repeat(240), map.projections.repeat(240));
    state.latents.insert(map.model.clone(), Arc::new(map));
    let mut harness = harness(state);
    assert_eq!(harness.state().view.plot.shown(), 12_000);
    let mesh = |harness: &Harness<'_, World>| harness.state().view.plot.mesh().expect("a mesh");
    let first = mesh(&harness);
    harness.run_steps(3);
    assert!(Arc::ptr_eq(&first, &mesh(&harness)), "nothing changed");
    harness.key_press(Key::D);
    harness.run();
    let in_space = mesh(&harness);
    assert!(!Arc::ptr_eq(&first, &in_space) && in_space.vertices.len() == 48_000);
}

#[test]
fn another_data_set_forgets_the_latent_space() {
    let mut harness = harness(fixture::state());
    harness.state_mut().state.apply(EngineEvent::DataOpened { job: JobId(9), data: examples::data() });
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Map the latent space");
}

#[test]
fn a_space_without_directions_is_drawn() {
    let mut state = fixture::state();
    let mut map = (**state.latents.values().next().expect("the map")).clone();
    map.pca = crate::domain::Pca { mean: vec![0.5; 4], fitted: 10, ..Default::default() };
    map.projections.clear();
    state.latents.insert(map.model.clone(), Arc::new(map));
    let mut harness = harness(state);
    harness.get_by_label("The training codes do not vary.");
    harness.key_press(Key::D);
    harness.run();
    for tab in ["Sample", "Interpolate"] {
        harness.get_by_role_and_label(Role::RadioButton, tab).click();
        harness.run();
    }
}
