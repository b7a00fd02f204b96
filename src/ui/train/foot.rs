//! Below the settings: what will be trained on, and the buttons that begin, pause and end it.

use egui::{Align, Layout, Popup, PopupCloseBehavior, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use crate::domain::{Architecture, JobId, JobKind, RunInfo, RunStatus, SampleId, TrainingSettings};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::icons;
use crate::ui::state::{JobStage, JobView, State};
use crate::ui::theme::{self, font};
use crate::ui::train::drafts::Drafts;
use crate::ui::train::facts::Facts;
use crate::ui::train::runs::Run;
use crate::ui::widgets::{Button, IconButton, menu_item, menu_label, paint};

const WIDTH_PAUSE: f32 = 96.0;
const WIDTH_STOP: f32 = 84.0;
const GAP: f32 = 8.0;
const RESUME: f32 = 44.0;
/// With a second row of buttons.
const RESUME_OR_CALIBRATE: f32 = 82.0;

/// Everything the foot needs to know.
pub struct Foot<'a> {
    pub state: &'a State,
    /// Of the open data set.
    pub facts: Option<&'a Facts>,
    pub drafts: &'a Drafts,
    pub runs: &'a [Run<'a>],
    pub pins: &'a [SampleId],
}

fn notice_height(run: &Run<'_>) -> f32 {
    if run.info.usable || run.is_elsewhere() { RESUME } else { RESUME_OR_CALIBRATE }
}

/// Asks the engine to train with these settings.
pub fn train(settings: TrainingSettings, pins: &[SampleId], commands: &mut Commands) {
    let settings = Box::new(settings);
    commands.engine(EngineCommand::Train { job: Commands::new_job(), settings, pins: pins.to_vec(), out: None });
}

/// Pauses what runs, or goes on with what is paused.
pub fn toggle_pause(job: &JobView, commands: &mut Commands) {
    commands.engine(match job.stage {
        JobStage::Paused => EngineCommand::Continue { job: job.id },
        _ => EngineCommand::Pause { job: job.id },
    });
}

/// "1 min", "18 min", "2.5 h".
fn about_how_long(secs: f64) -> String {
    let minutes = (secs / 60.0).max(1.0);
    if minutes < 99.5 { format!("{minutes:.0} min") } else { format!("{:.1} h", minutes / 60.0) }
}

/// What goes on with a training that nothing more can be asked of; `None` while it learns.
fn ending(state: &State, job: &JobView) -> Option<String> {
    let stopping = "Stopping. What was learnt so far is calibrated, so that it can be used, and can be resumed.";
    match state.ending(job) {
        Some(stage) if job.stopping => Some(format!("{stopping} Now: {stage}…")),
        Some(stage) => Some(format!("The epochs are over. {stage}…")),
        None => job.stopping.then(|| stopping.to_owned()),
    }
}

impl Foot<'_> {
    /// The height it needs, so that what is above can take the rest.
    pub fn height(&self) -> f32 {
        119.0 + self.unfinished().map_or(0.0, |run| notice_height(run) + 10.0)
    }

    /// Draws the foot into `place`.
    pub fn ui(&self, ui: &mut Ui, place: Rect, commands: &mut Commands) {
        let builder = UiBuilder::new().max_rect(place).layout(Layout::bottom_up(Align::Min)).id_salt("foot");
        let mut ui = ui.new_child(builder);
        ui.spacing_mut().item_spacing = vec2(GAP, 10.0);
        let buttons = Rect::from_min_max(place.left_bottom() - vec2(0.0, 40.0), place.max);
        let mut row = ui.new_child(
            UiBuilder::new().max_rect(buttons).layout(Layout::left_to_right(Align::Center)).id_salt("buttons"),
        );
        row.spacing_mut().item_spacing.x = GAP;
        match (self.training(), self.facts) {
            (Some(job), _) => self.running_ui(&mut row, job, commands),
            (None, None) => self.open_ui(&mut row, commands),
            (None, Some(_)) => self.idle_ui(&mut row, commands),
        }
        let (sentence, caution) = self.sentence();
        let theme = theme::of(&ui);
        let ink = if caution { theme.text } else { theme.secondary };
        let plan = if self.can_train() { self.plan() } else { String::new() };
        let mut top = buttons.top() - 8.0;
        for (name, text, ink) in [("plan", &plan, theme.secondary), ("trained on", &sentence, ink)] {
            if text.is_empty() {
                continue;
            }
            let galley = paint::wrapped(&ui, text, font::caption(), ink, place.width());
            top -= galley.size().y + 2.0;
            let text_place = Rect::from_min_size(egui::pos2(place.left(), top), galley.size());
            let label = ui.interact(text_place, ui.scope_id().with(name), Sense::hover());
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
            ui.painter().galley(text_place.min, galley, ink);
        }
        if let Some(run) = self.unfinished() {
            let height = notice_height(run);
            let at = Rect::from_min_size(egui::pos2(place.left(), top - 10.0 - height), vec2(place.width(), height));
            if run.is_elsewhere() {
                elsewhere_ui(&ui, at, run);
            } else {
                self.resume_ui(&mut ui, at, run, commands);
            }
        }
    }

    /// The training that runs, is paused, or else waits first in line.
    fn training(&self) -> Option<&JobView> {
        self.state.training_job().or_else(|| self.queued().next())
    }

    fn queued(&self) -> impl Iterator<Item = &JobView> {
        self.state.queue().filter(|job| matches!(job.kind, JobKind::Train(_)))
    }

    /// What stands over the buttons, and whether it is in the way of training.
    fn sentence(&self) -> (String, bool) {
        let state = self.state;
        if let Some(opening) = state.opening() {
            let share = opening.progress.as_ref().filter(|progress| progress.total > 0);
            let share =
                share.map_or(String::new(), |progress| format!(" {}\u{2009}%", progress.done * 100 / progress.total));
            return (format!("Opening the data set…{share}"), true);
        }
        let Some(facts) = self.facts else {
            return ("Training needs healthy images. No data set is open.".to_owned(), true);
        };
        if facts.train == 0 {
            return (
                format!("{} has no healthy training images, so nothing can be learned from it.", facts.data.name),
                true,
            );
        }
        if let Some(job) = state.current_job().filter(|job| !matches!(job.kind, JobKind::Train(_))) {
            return (format!("{} A training starts after {}.", facts.sentence, job.what()), false);
        }
        if let Some(words) = state.training_job().and_then(|job| ending(state, job)) {
            return (words, false);
        }
        (facts.sentence.clone(), false)
    }

    /// "Train all: 4 of 10, about 18 min", as far as earlier runs tell.
    fn plan(&self) -> String {
        let ticked = self.drafts.ticked();
        let times: Vec<f64> = ticked.iter().filter_map(|settings| self.expected_secs(settings)).collect();
        let time = match (times.len(), times.iter().sum()) {
            (0, _) => String::new(),
            (known, secs) if known < ticked.len() => format!(", more than {}", about_how_long(secs)),
            (_, secs) => format!(", about {}", about_how_long(secs)),
        };
        format!("Train all: {} of {}{time}.", ticked.len(), Architecture::ALL.len())
    }

    /// How long a training will take, from the time that the newest run of its kind took for each image.
    fn expected_secs(&self, settings: &TrainingSettings) -> Option<f64> {
        let alike = |run: &&Run<'_>| {
            run.architecture() == settings.architecture
                && run.info.settings.preprocessing == settings.preprocessing
                && run.info.train_count > 0
        };
        let images = self.facts?.train as f64;
        // What was trained here tells more than what came with the program.
        let runs = || self.runs.iter().filter(alike);
        let run = runs().find(|run| !run.info.bundled).or_else(|| runs().next())?;
        let last = run.last_epoch()?;
        let secs_an_image = last.elapsed_secs / (f64::from(last.epoch) * f64::from(run.info.train_count));
        Some(secs_an_image * images * f64::from(settings.epochs))
    }

    fn can_train(&self) -> bool {
        self.facts.is_some_and(|facts| facts.train > 0)
    }

    fn open_ui(&self, ui: &mut Ui, commands: &mut Commands) {
        let button = Button::primary("Open a data set").large().icon(icons::FOLDER_OPEN).width(ui.available_width());
        if ui.add_enabled(self.state.opening().is_none(), button).clicked() {
            commands.push(UiCommand::Go(Screen::Data));
        }
    }

    fn idle_ui(&self, ui: &mut Ui, commands: &mut Commands) {
        let width = (ui.available_width() - GAP) / 2.0;
        let settings = self.drafts.current();
        let problems = settings.validate();
        let ready = self.can_train() && problems.is_empty();
        let start = ui.add_enabled(ready, Button::primary("Start").large().filled_icon(icons::PLAY).width(width));
        let why = problems.first().map_or("There are no healthy training images.", |problem| problem.message.as_str());
        if start.on_disabled_hover_text(why).clicked() {
            train(settings, self.pins, commands);
        }
        let all = self.drafts.ticked();
        let wrong = all.iter().find(|settings| !settings.validate().is_empty());
        let ready = self.can_train() && wrong.is_none() && !all.is_empty();
        let label = format!("Train all · {}", all.len());
        let button = ui.add_enabled(ready, Button::secondary(&label).large().width(width).name("Train all"));
        let why = match wrong {
            Some(settings) => format!("A setting of {} is out of range.", settings.architecture.name()),
            None if all.is_empty() => "No architecture is ticked.".to_owned(),
            None => "There are no healthy training images.".to_owned(),
        };
        let names: Vec<_> = all.iter().map(|settings| settings.architecture.name()).collect();
        let what = format!("Trains what is ticked, one after the other: {}.", names.join(", "));
        let button = button.on_disabled_hover_text(why).on_hover_text(what);
        if button.clicked() {
            for settings in all {
                train(settings, self.pins, commands);
            }
        }
    }

    fn running_ui(&self, ui: &mut Ui, job: &JobView, commands: &mut Commands) {
        let paused = job.stage == JobStage::Paused;
        let (label, icon) = if paused { ("Resume", icons::PLAY) } else { ("Pause", icons::PAUSE) };
        let pause = Button::primary(label).large().filled_icon(icon).width(WIDTH_PAUSE);
        let can_steer = self.state.can_steer(job);
        let pause = ui.add_enabled(job.is_started() && can_steer, pause).on_hover_text(format!("{label} (Space)"));
        if pause.clicked() {
            toggle_pause(job, commands);
        }
        let stop = Button::secondary("Stop").large().filled_icon(icons::STOP).width(WIDTH_STOP);
        if ui
            .add_enabled(can_steer, stop)
            .on_hover_text("Ends after this batch. Best and last checkpoint are kept.")
            .clicked()
        {
            commands.engine(EngineCommand::Stop { job: job.id });
        }
        let label = format!("Queue · {}", self.queued().filter(|queued| queued.id != job.id).count());
        let queue = ui.add(Button::secondary(&label).large().width(ui.available_width()).name("Queue"));
        let behavior = PopupCloseBehavior::CloseOnClickOutside;
        Popup::menu(&queue).close_behavior(behavior).gap(6.0).width(250.0).show(|ui| {
            ui.set_min_width(238.0);
            self.queue_ui(ui, job.id, commands);
        });
    }

    fn queue_ui(&self, ui: &mut Ui, running: JobId, commands: &mut Commands) {
        let theme = theme::of(ui);
        let settings = self.drafts.current();
        let name = format!("Add {}", settings.architecture.name());
        let caption = format!("{} epochs", settings.epochs);
        let ready = self.can_train() && settings.validate().is_empty();
        let add = ui.add_enabled_ui(ready, |ui| menu_item(ui, &name, &caption, None, false)).inner;
        if add.on_hover_text("Trains it with the settings as set, after what waits already.").clicked() {
            train(settings, self.pins, commands);
        }
        let all = self.drafts.ticked();
        let ready = self.can_train() && !all.is_empty() && all.iter().all(|settings| settings.validate().is_empty());
        let caption = format!("{} ticked", all.len());
        if ui.add_enabled_ui(ready, |ui| menu_item(ui, "Add all", &caption, None, false)).inner.clicked() {
            for settings in all {
                train(settings, self.pins, commands);
            }
        }
        menu_label(ui, "Waiting, next first");
        let mut any = false;
        for job in self.queued().filter(|job| job.id != running) {
            any = true;
            let JobKind::Train(architecture) = job.kind else { continue };
            ui.horizontal(|ui| {
                let color = theme.series(architecture.series());
                let (dot, _) = ui.allocate_exact_size(vec2(20.0, 28.0), Sense::hover());
                ui.painter().circle_filled(dot.center(), 4.0, color);
                ui.label(architecture.name());
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let name = format!("Remove {} from the queue", architecture.name());
                    if ui.add(IconButton::new(icons::X, &name).side(24.0)).clicked() {
                        commands.engine(EngineCommand::Stop { job: job.id });
                    }
                });
            });
        }
        if !any {
            let words = egui::RichText::new("Nothing waits.").font(font::caption()).color(theme.secondary);
            ui.horizontal(|ui| {
                ui.add_space(8.0);
                ui.label(words);
            });
        }
    }

    /// The newest run of the chosen architecture, when it can be gone on with, or another process does so.
    fn unfinished(&self) -> Option<&Run<'_>> {
        self.facts?;
        if self.training().is_some() {
            return None;
        }
        let newest =
            self.runs.iter().find(|run| run.architecture() == self.drafts.architecture && !run.info.bundled)?;
        let unfinished = matches!(newest.info.status, RunStatus::Interrupted | RunStatus::Running);
        (unfinished && newest.active.is_none()).then_some(newest)
    }

    fn resume_ui(&self, ui: &mut Ui, place: Rect, run: &Run<'_>, commands: &mut Commands) {
        let button = Button::secondary("Resume").icon(icons::ARROW_COUNTER_CLOCKWISE);
        let size = vec2(button.natural_width(ui), 28.0);
        let at = Rect::from_min_size(place.right_bottom() - vec2(size.x + 8.0, 36.0), size);
        let text_right = if run.info.usable { at.left() } else { place.right() };
        let words = format!("Stopped after epoch {} of {}", run.epoch_count(), run.info.settings.epochs);
        notice_ui(ui, place, text_right, run, &words);
        let clicked = ui.scope_builder(UiBuilder::new().max_rect(at), |ui| ui.add(button).clicked()).inner;
        if clicked {
            let (job, folder) = (Commands::new_job(), run.info.folder.clone());
            commands.engine(EngineCommand::Resume { job, folder, pins: self.pins.to_vec() });
        }
        if !run.info.usable {
            self.calibrate_ui(ui, at, run.info, commands);
        }
    }

    /// Left of the button to resume: what makes a run usable that was killed before it was calibrated.
    fn calibrate_ui(&self, ui: &mut Ui, resume: Rect, run: &RunInfo, commands: &mut Commands) {
        let job = JobKind::Calibrate(Some(run.architecture()));
        let waiting = self.state.jobs.iter().any(|other| other.is_active() && other.kind == job);
        let button = Button::secondary(if waiting { "Calibrating…" } else { "Use as it is" }).icon(icons::CHECK);
        let width = button.natural_width(ui);
        let at = Rect::from_min_size(resume.left_top() - vec2(width + GAP, 0.0), vec2(width, resume.height()));
        let builder = UiBuilder::new().max_rect(at);
        let response = ui.scope_builder(builder, |ui| ui.add_enabled(!waiting, button)).inner;
        let why = "It ended before it was calibrated. This calibrates its best epoch so far and loads it; it can still be resumed.";
        if response.on_hover_text(why).clicked() {
            commands.engine(EngineCommand::Calibrate { job: Commands::new_job(), folders: vec![run.folder.clone()] });
        }
    }
}

/// A frame with the run's name and how it stands, up to `right`.
fn notice_ui(ui: &Ui, place: Rect, right: f32, run: &Run<'_>, words: &str) {
    let theme = theme::of(ui);
    let corner = egui::CornerRadius::same(theme::radius::CONTROL);
    ui.painter().rect(place, corner, theme.raised, theme.border_stroke(), egui::StrokeKind::Inside);
    let line = Rect::from_min_max(place.min + vec2(12.0, 4.0), egui::pos2(right - 8.0, place.top() + 22.0));
    let title = format!("{} run", run.architecture().name());
    paint::line(ui, line, &title, font::body_strong(), theme.text);
    let line = line.translate(vec2(0.0, line.height()));
    paint::line(ui, line, words, font::caption(), theme.secondary);
}

/// A run that another process trains: how far it is, as last read.
fn elsewhere_ui(ui: &Ui, place: Rect, run: &Run<'_>) {
    let words = format!("Training elsewhere, epoch {} of {}", run.epoch_count(), run.info.settings.epochs);
    notice_ui(ui, place, place.right(), run, &words);
    let response = ui.interact(place, ui.scope_id().with("elsewhere"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    response.on_hover_text(
        "Another window or a command trains it right now. What it reaches shows here; if it stops, it can be resumed.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::train::{fixture, runs};

    #[test]
    fn times_are_rounded() {
        assert_eq!([0.0, 89.0, 1080.0, 9000.0].map(about_how_long), ["1 min", "1 min", "18 min", "2.5 h"]);
    }

    #[test]
    fn what_all_takes_is_told_from_earlier_runs() {
        let plan = |state: &State, tick: &[Architecture]| {
            let mut drafts = Drafts::default();
            for &architecture in tick {
                drafts.tick(architecture, true);
            }
            let (facts, runs) = (Facts::new(fixture::data()), runs::all(state));
            Foot { state, facts: Some(&facts), drafts: &drafts, runs: &runs, pins: &[] }.plan()
        };
        // 340 epochs of 5.35 seconds.
        assert_eq!(plan(&fixture::idle(), &[]), "Train all: 4 of 10, about 30 min.");
        assert_eq!(plan(&fixture::idle(), &[Architecture::AeU]), "Train all: 5 of 10, more than 30 min.");
        assert_eq!(plan(&fixture::opened(), &[]), "Train all: 4 of 10.");
    }
}
