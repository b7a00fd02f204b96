//! The screen as its users go through it: by role and name, then by what it asks for and remembers.

mod cases;
mod images;
mod lesions;
mod panes;
mod pictures;

use egui::{Key, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::domain::{LesionKind, NoLungs};
use crate::engine::message::{EngineCommand, EngineEvent, Failure};
use crate::ui::compare::fixture;
use crate::ui::theme;

struct World {
    view: CompareView,
    state: State,
    commands: Commands,
}

fn harness(state: State, size: egui::Vec2, dark: bool, scale: f32) -> Harness<'static, World> {
    let world = World { view: CompareView::default(), state, commands: Commands::default() };
    let mut harness = Harness::builder()
        // The harness leaves a margin of 8 around.
        .with_size(size + egui::Vec2::splat(16.0))
        .with_step_dt(1.0 / 60.0)
        .with_pixels_per_point(scale)
        .with_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light })
        .with_context_setup(theme::install)
        .with_max_steps(60)
        .build_ui_state(
            |ui, world: &mut World| {
                ui.painter().rect_filled(ui.max_rect(), 0.0, theme::of(ui).window);
                world.view.ui(ui, &world.state, &mut world.commands);
            },
            world,
        );
    harness.run();
    harness
}

/// The case is of one grey all over.
fn flat_world(models: usize) -> State {
    let mut state = fixture::state(models);
    for analysis in state.analyses.values_mut() {
        let flat = Analysis { lungs: Err(NoLungs::Flat), ..(**analysis.as_ref().unwrap()).clone() };
        *analysis = Ok(Arc::new(flat));
    }
    state
}

fn screen(models: usize) -> Harness<'static, World> {
    harness(fixture::state(models), vec2(1208.0, 732.0), true, 1.0)
}

fn press(harness: &mut Harness<'_, World>, key: Key) {
    harness.key_press(key);
    harness.run();
}

fn click(harness: &mut Harness<'_, World>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run();
}

/// As the engine would.
fn answer(harness: &mut Harness<'_, World>, case: &CaseRef) {
    let mut state = std::mem::take(&mut harness.state_mut().state);
    fixture::add_case(&mut state, case);
    harness.state_mut().state = state;
    harness.run_steps(3);
}
