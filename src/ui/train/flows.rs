//! What one does on the Train screen, by role and name.

use std::sync::Arc;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use crate::domain::{Architecture, CaseRef, JobId, JobKind, JobOutcome, Preset, Preview, SampleId, TrainingSettings};
use crate::engine::message::{EngineCommand, EngineEvent};
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::state::{State, examples};
use crate::ui::theme;
use crate::ui::train::{TrainView, fixture};

struct World {
    view: TrainView,
    state: State,
    asked: Vec<UiCommand>,
}

impl World {
    fn engine(&self) -> impl Iterator<Item = &EngineCommand> {
        self.asked.iter().filter_map(|command| match command {
            UiCommand::Engine(EngineCommand::Thumbnails { .. }) => None,
            UiCommand::Engine(command) => Some(command),
            _ => None,
        })
    }

    fn trainings(&self) -> Vec<(&TrainingSettings, &[SampleId])> {
        let settings = self.engine().filter_map(|command| match command {
            EngineCommand::Train { settings, pins, .. } => Some((&**settings, pins.as_slice())),
            _ => None,
        });
        settings.collect()
    }
}

fn open(state: State) -> Harness<'static, World> {
    open_scaled(state, 1208.0, 732.0, 1.0)
}

fn open_scaled(state: State, width: f32, height: f32, scale: f32) -> Harness<'static, World> {
    let world = World { view: TrainView::default(), state, asked: Vec::new() };
    let builder = Harness::builder().with_size(egui::vec2(width, height)).with_pixels_per_point(scale);
    let mut harness = builder.with_context_setup(theme::install).build_ui_state(
        |ui, world: &mut World| {
            let mut commands = Commands::default();
            // The frame gives a screen the whole of a place; the harness keeps a margin.
            let place = ui.ctx().content_rect();
            let mut whole = ui.new_child(egui::UiBuilder::new().max_rect(place));
            whole.set_clip_rect(place);
            world.view.ui(&mut whole, &world.state, &mut commands);
            world.asked.extend(commands.drain());
        },
        world,
    );
    harness.run();
    harness
}

/// A turn of the wheel, towards what is looked at.
fn wheel(points: f32) -> egui::Event {
    egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, points),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    }
}

fn press(harness: &mut Harness<'_, World>, role: Role, name: &str) {
    harness.get_by_role_and_label(role, name).click();
    harness.run();
}

fn type_into(harness: &mut Harness<'_, World>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

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
fn what_runs_cannot_be_changed_but_the_next_can() {
    let mut harness = open(fixture::running());
    type_into(&mut harness, "Epochs", "5");
    assert_eq!(harness.state().view.drafts.of(Architecture::Vae).epochs, 100, "locked");
    press(&mut harness, Role::Button, "Locked while training");
    type_into(&mut harness, "Epochs", "5");
    assert_eq!(harness.state().view.drafts.of(Architecture::Vae).epochs, 5);
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

fn when_of(run: usize) -> String {
    let state = fixture::running();
    let began = state.runs[run].started_unix_secs;
    let zoned = jiff::Timestamp::from_second(began).unwrap().to_zoned(jiff::tz::TimeZone::system());
    if zoned.date() == jiff::Zoned::now().date() { zoned.strftime("%H:%M").to_string() } else { "yesterday".to_owned() }
}

#[test]
fn the_memory_of_a_gpu_is_told_where_it_computes() {
    let mut harness = open(fixture::running());
    harness.get_by_label("Memory 1.9 / 7.7 GB");
    assert!(harness.query_by_label_contains("GPU memory").is_none());
    harness.state_mut().state.memory.gpu_bytes = Some((3 << 30, 80 << 30));
    harness.run();
    harness.get_by_label("Memory 1.9 / 7.7 GB");
    harness.get_by_label("GPU memory 3.0 / 80.0 GB");
}

#[test]
fn losses_and_scales_are_switched() {
    let mut harness = open(fixture::running());
    harness.get_by_role_and_label(Role::Heading, "Reconstruction error");
    for measure in super::Measure::ALL {
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
        let runs = super::runs::all(&world.state);
        world.view.film.scrubbed(&runs[0])
    };
    assert_eq!(scrubbed(&harness), Some(9));
    press(&mut harness, Role::Button, "Epoch 0");
    assert_eq!(scrubbed(&harness), Some(0));
    press(&mut harness, Role::Button, "Epoch 12");
    assert_eq!(scrubbed(&harness), None);
}

/// The folders whose films were asked for.
fn films(harness: &Harness<'_, World>) -> Vec<std::path::PathBuf> {
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
    let name = data.sample(super::pins::balanced(&data)[0]).unwrap().stem().to_owned();
    harness.get_by_role_and_label(Role::Image, &name);
    press(&mut harness, Role::Button, "Epoch 0");
    harness.get_by_role_and_label(Role::Slider, "Epoch shown").focus();
    harness.run();
    for _ in 0..2 {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    let world = harness.state();
    let runs = super::runs::all(&world.state);
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
    let case = Some(CaseRef::Sample(super::pins::balanced(&fixture::data())[0]));
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
    let name = data.sample(super::pins::balanced(&data)[2]).unwrap().stem().to_owned();
    press(&mut harness, Role::Button, &format!("Watch {name}"));
    harness.get_by_role_and_label(Role::Image, &name);
}

#[test]
fn cases_are_pinned_and_unpinned() {
    let mut harness = open(fixture::opened());
    press(&mut harness, Role::Button, "Choose the cases to watch");
    let data = fixture::data();
    let facts = super::facts::Facts::new(data.clone());
    harness.get_by_label("4 of 4 watched");
    let first = super::pins::candidates(&data, crate::domain::Label::Diseased)[0];
    let name = data.sample(first).unwrap().stem().to_owned();
    press(&mut harness, Role::Button, &name);
    harness.get_by_label("4 of 4 watched");
    let let_go = data.sample(facts.balanced[0]).unwrap().stem().to_owned();
    press(&mut harness, Role::Button, &format!("Stop watching {let_go}"));
    harness.get_by_label("3 of 4 watched");
    press(&mut harness, Role::Button, &name);
    assert!(harness.state().view.film.pins.of(&facts).contains(&first));
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

/// For the eye: `NEUROSCAN_PICTURES=<folder> cargo test --lib ui::train::flows::pictures -- --ignored`.
type Make = fn() -> State;

#[test]
#[ignore = "writes pictures for the eye"]
fn pictures() {
    let Some(folder) = std::env::var_os("NEUROSCAN_PICTURES").map(std::path::PathBuf::from) else { return };
    let states: [(&str, Make); 7] = [
        ("running", fixture::running),
        ("paused", fixture::paused),
        ("ended", fixture::ended),
        ("idle", fixture::idle),
        ("interrupted", fixture::interrupted),
        ("opened", fixture::opened),
        ("empty", fixture::empty),
    ];
    let finish = |mut harness: Harness<'_, World>, name: &str, dark: bool| {
        harness.ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
        harness.run_steps(8);
        let mode = if dark { "dark" } else { "light" };
        harness.render().unwrap().save(folder.join(format!("train-{name}-{mode}.png"))).unwrap();
    };
    for (name, make) in states {
        for dark in [true, false] {
            finish(open(make()), name, dark);
        }
    }
    finish(open_scaled(fixture::running(), 1208.0, 732.0, 2.0), "running-2x", true);
    finish(open_scaled(fixture::running(), 1208.0, 732.0, 2.0), "running-2x", false);
    finish(open_scaled(fixture::idle(), 1848.0, 1012.0, 2.0), "idle-large-2x", true);
    finish(open_scaled(fixture::running(), 1528.0, 932.0, 1.0), "running-1600", true);
    finish(open_scaled(fixture::running(), 1528.0, 932.0, 1.0), "running-1600", false);
    let hover = |at: egui::Vec2, zoom: bool| {
        let mut harness = open(fixture::running());
        harness.hover_at(at.to_pos2());
        harness.run();
        if zoom {
            harness.event(wheel(420.0));
            harness.run_steps(30);
        }
        harness
    };
    finish(hover(egui::vec2(560.0, 250.0), false), "hover", true);
    finish(hover(egui::vec2(450.0, 250.0), true), "zoomed", true);
    let mut harness = open(fixture::opened());
    harness.state_mut().view.more = true;
    finish(harness, "more", true);
    let mut harness = open(fixture::opened());
    harness.state_mut().view.explained = true;
    finish(harness, "explained", false);
    for (button, name) in [("Queue", "queue"), ("Choose the cases to watch", "picker")] {
        let mut harness = open(fixture::running());
        press(&mut harness, Role::Button, button);
        finish(harness, name, true);
    }
    let mut harness = open(fixture::ended());
    harness.state_mut().view.measure = super::Measure::Adversarial;
    harness.state_mut().view.linear = true;
    finish(harness, "adversarial", true);
    let mut harness = open(fixture::idle());
    type_into(&mut harness, "Epochs", "0");
    finish(harness, "invalid", true);
    for dark in [true, false] {
        let mut harness = open_scaled(with_ensembles(), 1208.0, 732.0, 1.5);
        press(&mut harness, Role::ComboBox, "Ensembles");
        finish(harness, "ensembles", dark);
        let mut harness = choose_two();
        type_into(&mut harness, "Name of the ensemble", "Two of May");
        finish(harness, "ensemble-named", dark);
    }
}

/// The menu, in which a VAE and a GAN are chosen.
fn choose_two() -> Harness<'static, World> {
    let mut harness = open(fixture::idle());
    press(&mut harness, Role::ComboBox, "Ensembles");
    harness.get_by_label("Choose at least two");
    for architecture in [Architecture::Vae, Architecture::Gan] {
        press(&mut harness, Role::MenuItem, architecture.name());
    }
    harness
}

/// The ensembles asked for: run folders and name.
fn made(harness: &Harness<'_, World>) -> Vec<(Vec<std::path::PathBuf>, Option<String>)> {
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
fn with_ensembles() -> State {
    let mut state = fixture::idle();
    let (vae, gan) = (Architecture::Vae, Architecture::Gan);
    let bundled = crate::domain::EnsembleInfo { bundled: true, ..examples::ensemble("Bundled", &[vae, vae]) };
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
