//! Pictures of the screen in its states.

use egui::Role;
use egui_kittest::Harness;

use super::ensembles::{choose_score, choose_score_and_weight, choose_two, with_ensembles};
use super::{World, open, open_scaled, press, type_into, wheel};
use crate::domain::JobProgress;
use crate::engine::message::EngineEvent;
use crate::ui::state::State;
use crate::ui::train::{Measure, fixture};

type Make = fn() -> State;

/// The epochs are over.
fn calibrating() -> State {
    let mut state = fixture::running();
    let (job, stage) = (state.live[0].job, "Calibrating on healthy images".to_owned());
    let progress = JobProgress { stage, done: 0, total: 0, images_per_s: None, left_secs: None };
    state.apply(EngineEvent::JobProgress { job, progress });
    state
}

/// Asked to stop in the midst of an epoch.
fn stopping() -> State {
    let mut state = fixture::running();
    state.stop_asked(state.live[0].job);
    state
}

/// For the eye: `NEUROSCAN_PICTURES=<folder> cargo test --lib ui::train::flows::pictures -- --ignored`.
#[test]
#[ignore = "writes pictures for the eye"]
fn pictures() {
    let Some(folder) = std::env::var_os("NEUROSCAN_PICTURES").map(std::path::PathBuf::from) else { return };
    let states: [(&str, Make); 10] = [
        ("running", fixture::running),
        ("stopping", stopping),
        ("calibrating", calibrating),
        ("paused", fixture::paused),
        ("ended", fixture::ended),
        ("idle", fixture::idle),
        ("interrupted", fixture::interrupted),
        ("elsewhere", fixture::elsewhere),
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
    harness.state_mut().view.measure = Measure::Adversarial;
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
        finish(choose_score_and_weight(), "ensemble-weighted", dark);
        finish(choose_score(), "ensemble-scores", dark);
    }
}
