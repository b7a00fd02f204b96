//! Trained runs put together: a menu in which to choose them, and the ensembles there are.

use egui::{Align2, Rect, Ui, UiBuilder, vec2};
use jiff::civil::Date;

use crate::domain::{EnsembleInfo, EnsembleMember, JobKind, ModelId, ModelKind};
use crate::engine::message::EngineCommand;
use crate::ui::command::Commands;
use crate::ui::state::State;
use crate::ui::theme;
use crate::ui::train::runs::Run;
use crate::ui::widgets::{Button, Dropdown, menu_item, menu_label};

/// Room for the menu's button.
const WIDTH: f32 = 112.0;

/// Which runs are chosen, in the order in which they were.
#[derive(Debug, Default)]
pub struct EnsembleMenu {
    chosen: Vec<ModelId>,
}

impl EnsembleMenu {
    /// Draws the button of the menu at the right of a row, once there are networks to put together.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        row: Rect,
        runs: &[Run<'_>],
        state: &State,
        today: Date,
        commands: &mut Commands,
    ) {
        let usable: Vec<&Run<'_>> = runs.iter().filter(|run| run.active.is_none() && run.info.usable).collect();
        self.chosen.retain(|id| usable.iter().any(|run| run.info.id == *id));
        if usable.len() < 2 && state.ensembles.is_empty() {
            return;
        }
        let place = Align2::RIGHT_CENTER.align_size_within_rect(vec2(WIDTH, 28.0), row);
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
            let menu = Dropdown::new("Ensembles", "Ensemble").frameless().stays_open().width(WIDTH);
            let response = menu.show(ui, |ui| {
                // Wide enough for a run's name, its caption and the button under them.
                ui.set_min_width(300.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                self.members(ui, &usable, today);
                self.make(ui, &usable, state, commands);
                made(ui, state, commands);
            });
            response.on_hover_text("Several trained networks as one model: their mean, and how far they disagree");
        });
    }

    fn members(&mut self, ui: &mut Ui, usable: &[&Run<'_>], today: Date) {
        menu_label(ui, "Trained networks to put together");
        for run in usable {
            let id = &run.info.id;
            let chosen = self.chosen.contains(id);
            let color = theme::of(ui).series(run.architecture().series());
            let caption = format!("{}, seed {}", run.when(today), run.info.settings.seed);
            if menu_item(ui, run.architecture().name(), &caption, Some(color), chosen).clicked() {
                if chosen {
                    self.chosen.retain(|other| other != id);
                } else {
                    self.chosen.push(id.clone());
                }
            }
        }
    }

    fn make(&mut self, ui: &mut Ui, usable: &[&Run<'_>], state: &State, commands: &mut Commands) {
        let making = state.jobs.iter().any(|job| job.is_active() && job.kind == JobKind::Ensemble);
        let label = match self.chosen.len() {
            _ if making => "Being made…".to_owned(),
            0 | 1 => "Choose at least two".to_owned(),
            count => format!("Make an ensemble of {count}"),
        };
        ui.add_space(6.0);
        let button = Button::primary(&label).width(ui.available_width());
        let clicked = ui.add_enabled_ui(self.chosen.len() > 1 && !making, |ui| ui.add(button).clicked()).inner;
        ui.add_space(4.0);
        if clicked {
            let folder = |id: &ModelId| usable.iter().find(|run| run.info.id == *id).map(|run| run.info.folder.clone());
            let members = self.chosen.drain(..).filter_map(|id| folder(&id)).collect();
            let job = Commands::new_job();
            commands.engine(EngineCommand::MakeEnsemble { job, members, name: None, out: None });
        }
    }
}

/// The ensembles there are: a click loads one, or lets it go.
fn made(ui: &mut Ui, state: &State, commands: &mut Commands) {
    if state.ensembles.is_empty() {
        return;
    }
    menu_label(ui, "Ensembles; a tick: loaded");
    for ensemble in state.ensembles.iter() {
        let color = theme::of(ui).series(ModelKind::Ensemble.series());
        let loaded = state.models.iter().find(|model| model.folder == ensemble.folder);
        let line = menu_item(ui, &ensemble.name, &caption(ensemble), Some(color), loaded.is_some());
        if line.on_hover_text(titles(ensemble)).clicked() {
            commands.engine(match loaded {
                Some(model) => EngineCommand::UnloadModel { model: model.id.clone() },
                None => EngineCommand::LoadModel { path: ensemble.folder.clone() },
            });
        }
    }
}

/// "VAE, GAN", each architecture once.
fn caption(ensemble: &EnsembleInfo) -> String {
    let mut names: Vec<&str> = Vec::new();
    for member in &ensemble.members {
        if !names.contains(&member.architecture.name()) {
            names.push(member.architecture.name());
        }
    }
    names.join(", ")
}

fn titles(ensemble: &EnsembleInfo) -> String {
    ensemble.members.iter().map(EnsembleMember::title).collect::<Vec<_>>().join("\n")
}
