//! Trained runs put together: a menu in which to choose them, and the ensembles there are.

use egui::{Align2, Rect, Response, Ui, UiBuilder, vec2};
use jiff::civil::Date;

use crate::domain::{EnsembleInfo, EnsembleMember, JobKind, Measure, ModelKind};
use crate::engine::message::EngineCommand;
use crate::ui::command::Commands;
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, height};
use crate::ui::train::members::{self, Chosen};
use crate::ui::train::runs::Run;
use crate::ui::widgets::{Button, Dropdown, IconButton, TextField, menu_item, menu_label};

/// Room for the menu's button.
const WIDTH: f32 = 112.0;

/// Which runs are chosen, in the order in which they were, and what is to be made of them.
#[derive(Debug, Default)]
pub struct EnsembleMenu {
    chosen: Vec<Chosen>,
    /// As typed; without one the ensemble is called by how many networks it has.
    name: String,
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
        let usable: Vec<&Run<'_>> = runs.iter().filter(|run| !run.is_growing() && run.info.usable).collect();
        self.chosen.retain(|chosen| usable.iter().any(|run| run.info.id == chosen.run));
        if usable.len() < 2 && state.ensembles.is_empty() {
            return;
        }
        let place = Align2::RIGHT_CENTER.align_size_within_rect(vec2(WIDTH, 28.0), row);
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
            let menu = Dropdown::new("Ensembles", "Ensemble").frameless().stays_open().opens_up().width(WIDTH);
            let response = menu.show(ui, |ui| {
                // Wide enough for the name of a score and a weight beside it.
                ui.set_min_width(360.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                self.members(ui, &usable, today);
                self.make(ui, &usable, state, commands);
                made(ui, state, commands);
            });
            response
                .on_hover_text("Several trained networks as one model: their weighted mean, and how far they disagree");
        });
    }

    fn members(&mut self, ui: &mut Ui, usable: &[&Run<'_>], today: Date) {
        let weights = if self.chosen.is_empty() { "" } else { "Weight" };
        members::header(ui, "Trained networks to put together", weights);
        for run in usable {
            let id = &run.info.id;
            let chosen = self.chosen.iter().position(|chosen| chosen.run == *id);
            let color = theme::of(ui).series(run.architecture().series());
            let caption = format!("{}, seed {}", run.when(today), run.info.settings.seed);
            let clicked = menu_item(ui, run.architecture().name(), &caption, Some(color), chosen.is_some()).clicked();
            match (chosen, clicked) {
                (Some(index), true) => drop(self.chosen.remove(index)),
                (Some(index), false) => {
                    let title = format!("{}, {caption}", run.architecture().name());
                    self.chosen[index].ui(ui, run.info, &title);
                }
                (None, true) => self.chosen.push(Chosen::new(id.clone())),
                (None, false) => {}
            }
        }
    }

    fn make(&mut self, ui: &mut Ui, usable: &[&Run<'_>], state: &State, commands: &mut Commands) {
        let making = state.jobs.iter().any(|job| job.is_active() && job.kind == JobKind::Ensemble);
        let width = ui.available_width();
        let problem = checked(&self.name).err();
        ui.add_space(6.0);
        let field = TextField::new("Name of the ensemble", &mut self.name).hint("Name (optional)").width(width);
        ui.add(field.problem(problem.as_deref()));
        let name = checked(&self.name);
        let weighted = self.chosen.iter().all(|chosen| chosen.check().is_ok());
        let label = match (self.chosen.len(), &name) {
            _ if making => "Being made…".to_owned(),
            (0 | 1, _) => "Choose at least two".to_owned(),
            (_, Err(_)) => format!("Name: up to {} characters", EnsembleInfo::LONGEST_NAME),
            _ if !weighted => "Weights: above 0, at most 1000".to_owned(),
            (count, Ok(_)) => format!("Make an ensemble of {count}"),
        };
        ui.add_space(6.0);
        let ready = self.chosen.len() > 1 && !making && name.is_ok() && weighted;
        let button = Button::primary(&label).width(width);
        let clicked = ui.add_enabled_ui(ready, |ui| ui.add(button).clicked()).inner;
        ui.add_space(4.0);
        if clicked && let Ok(name) = name {
            self.name.clear();
            let choice = |chosen: Chosen| {
                let run = usable.iter().find(|run| run.info.id == chosen.run)?;
                Some(chosen.choice(run.info))
            };
            let members = self.chosen.drain(..).filter_map(choice).collect();
            let job = Commands::new_job();
            commands.engine(EngineCommand::MakeEnsemble { job, members, name, out: None });
        }
    }
}

/// A name as it was typed; `None` where none was.
///
/// # Errors
/// What is wrong with it, in words.
fn checked(typed: &str) -> Result<Option<String>, String> {
    let name = typed.trim();
    if name.is_empty() { Ok(None) } else { EnsembleInfo::check_name(name).map(|()| Some(name.to_owned())) }
}

/// The ensembles there are: a click loads one, or lets it go. Those of the user's can be deleted.
fn made(ui: &mut Ui, state: &State, commands: &mut Commands) {
    if state.ensembles.is_empty() {
        return;
    }
    menu_label(ui, "Ensembles; a tick: loaded");
    for ensemble in state.ensembles.iter() {
        let loaded = state.models.iter().find(|model| model.folder == ensemble.folder);
        let line = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let line = line(ui, ensemble, loaded.is_some());
            if !ensemble.bundled && delete(ui, ensemble).clicked() {
                // The question that follows must not lie under the menu.
                ui.close();
                commands.engine(EngineCommand::DeleteRun { folder: ensemble.folder.clone() });
            }
            line
        });
        if line.inner.on_hover_text(about(ensemble)).clicked() {
            commands.engine(match loaded {
                Some(model) => EngineCommand::UnloadModel { model: model.id.clone() },
                None => EngineCommand::LoadModel { path: ensemble.folder.clone() },
            });
        }
    }
}

/// An ensemble's line of the menu, with room for a button beside it.
fn line(ui: &mut Ui, ensemble: &EnsembleInfo, loaded: bool) -> Response {
    let color = theme::of(ui).series(ModelKind::Ensemble.series());
    let room = ui.available_width() - height::CONTROL;
    let place = ui.scope(|ui| {
        ui.set_max_width(room);
        menu_item(ui, &ensemble.name, &caption(ensemble), Some(color), loaded)
    });
    place.inner
}

fn delete(ui: &mut Ui, ensemble: &EnsembleInfo) -> Response {
    ui.add(IconButton::new(icons::TRASH, &format!("Delete {}", ensemble.name)))
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

/// Its name, which may not fit into the menu, and its members with their scores and weights, one a line.
fn about(ensemble: &EnsembleInfo) -> String {
    let members = EnsembleMember::describe_all(&ensemble.members, &Measure::Own.into());
    std::iter::once(ensemble.name.clone()).chain(members).collect::<Vec<_>>().join("\n")
}
