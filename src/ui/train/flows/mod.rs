//! What one does on the Train screen, by role and name.

mod curves;
mod ensembles;
mod film;
mod pictures;
mod running;
mod settings;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use crate::domain::{SampleId, TrainingSettings};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, UiCommand};
use crate::ui::state::State;
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

fn when_of(run: usize) -> String {
    let state = fixture::running();
    let began = state.runs[run].started_unix_secs;
    let zoned = jiff::Timestamp::from_second(began).unwrap().to_zoned(jiff::tz::TimeZone::system());
    if zoned.date() == jiff::Zoned::now().date() { zoned.strftime("%H:%M").to_string() } else { "yesterday".to_owned() }
}
