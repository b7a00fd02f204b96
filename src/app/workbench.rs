//! The application: state, screens, and what a frame does in which order.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError};
use egui::{Context, Ui};

use super::dialogs::{self, Ask, Replies, Reply};
use super::frames::{FrameMeter, since_process_start};
use super::link::{Bell, Link, Starter, Wake};
use super::outstanding::Outstanding;
use super::rehearsal::Rehearsal;
use super::saved::{self, LastData, Saved, Views};
use super::window::SharedReport;
use crate::config::Config;
use crate::domain::{JobId, ModelKind, RunInfo, RunStatus};
use crate::engine::message::{EngineCommand, EngineEvent};
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::frame::{self, Frame, STATUS};
use crate::ui::keys;
use crate::ui::presenter::PresenterView;
use crate::ui::question::{Answer, Question, drop_hint};
use crate::ui::settings::{self, About, Settings};
use crate::ui::state::{State, ToastMessage};
use crate::ui::theme;
use crate::ui::toasts::Toasts;

/// Events are read for so long in a frame; the rest waits for the next.
const DRAIN_MOST: Duration = Duration::from_millis(4);
/// Between frames while events come in.
const FRAME: Duration = Duration::from_millis(16);

/// Opens a dialog and returns at once; tests answer instead.
pub(crate) type Asker = Box<dyn FnMut(Ask, &eframe::Frame, &Replies)>;

/// What the application needs from outside.
pub(crate) struct Setup {
    pub config: Config,
    pub starter: Starter,
    pub asker: Asker,
    /// Opened instead of the last folder.
    pub data: Option<PathBuf>,
    /// Said at the start, such as what is wrong with the configuration.
    pub notice: Option<String>,
    pub rehearsal: Option<Rehearsal>,
    pub report: SharedReport,
}

/// What lies over the screen.
#[derive(Default)]
pub(crate) struct Overlays {
    pub keys: bool,
    pub settings: bool,
    pub presenter: bool,
    pub question: Option<Question>,
}

/// What is done once at the start.
pub(crate) struct Opening {
    /// Opened first.
    pub data: LastData,
    /// Its job, while it runs.
    pub job: Option<JobId>,
    /// Run folders of the models that were loaded last.
    pub models: Vec<PathBuf>,
    /// All run folders asked to be loaded; `None` until the runs are known.
    pub asked: Option<Vec<PathBuf>>,
    /// The user has chosen no screen yet.
    pub undecided: bool,
}

/// The application.
pub struct Workbench {
    pub(crate) state: State,
    pub(crate) screen: Screen,
    pub(crate) settings: Settings,
    pub(crate) overlays: Overlays,
    pub(crate) views: Views,
    pub(crate) presenter: PresenterView,
    pub(crate) toasts: Toasts,
    pub(crate) opening: Opening,
    pub(crate) about: About,
    pub(crate) frames: FrameMeter,
    pub(crate) asker: Asker,
    pub(crate) replies: Replies,
    /// Sent once the engine has started.
    pub(crate) early: Vec<EngineCommand>,
    pub(crate) link: Option<Link>,
    pub(crate) outstanding: Outstanding,
    bell: Bell,
    answers: Receiver<Reply>,
    commands: Commands,
    starter: Option<Starter>,
    rehearsal: Option<Rehearsal>,
    report: SharedReport,
    painted: u64,
}

impl Workbench {
    pub(crate) fn new(creation: &eframe::CreationContext<'_>, setup: Setup) -> Self {
        let context = &creation.egui_ctx;
        theme::install(context);
        context.options_mut(|options| options.zoom_with_keyboard = false);
        let (saved, views) = saved::load(creation.storage);
        let (sender, answers) = crossbeam_channel::unbounded();
        let mut state = State::default();
        state.recent_folders = saved.recent_folders;
        if let Some(notice) = setup.notice {
            state.log(true, notice.clone());
            state.toast(ToastMessage::Warning(notice));
        }
        let chosen = setup.data.map(|path| LastData::Folder { path, split_seed: 7, without_copies: false });
        let workbench = Self {
            state,
            screen: saved.screen.unwrap_or(Screen::Compare),
            settings: saved.settings,
            overlays: Overlays::default(),
            views,
            presenter: PresenterView::default(),
            toasts: Toasts::default(),
            opening: Opening {
                data: chosen.unwrap_or(saved.last_data),
                job: None,
                models: saved.models,
                asked: None,
                undecided: saved.screen.is_none(),
            },
            about: about(creation, &setup.config),
            frames: FrameMeter::default(),
            asker: setup.asker,
            replies: Replies { sender, context: context.clone() },
            early: Vec::new(),
            link: None,
            outstanding: Outstanding::default(),
            bell: Bell::default(),
            answers,
            commands: Commands::default(),
            starter: Some(setup.starter),
            rehearsal: setup.rehearsal,
            report: setup.report,
            painted: 0,
        };
        workbench.apply_settings(context);
        workbench
    }

    /// Makes theme and scale of the window those of the settings.
    pub(crate) fn apply_settings(&self, context: &Context) {
        context.set_theme(if self.settings.dark { egui::Theme::Dark } else { egui::Theme::Light });
        context.set_zoom_factor(self.settings.text_scale);
    }

    /// A window that was made smaller shows smaller text, so that the screens keep their room; a larger one what was set.
    fn fit_text(&self, context: &Context) {
        let largest = settings::largest_text_scale(settings::window_at_full_scale(context));
        context.set_zoom_factor(self.settings.text_scale.min(largest));
    }

    /// Hands a command to the engine, or keeps it until there is one.
    pub(crate) fn send(&mut self, command: EngineCommand) {
        self.outstanding.note(&command);
        if let EngineCommand::Stop { job } = &command {
            self.state.stop_asked(*job);
        }
        match &self.link {
            Some(link) => (link.send)(command),
            None => self.early.push(command),
        }
    }

    /// After the first frame: the engine starts and is asked for what the first screen shows.
    fn start_engine(&mut self, context: &Context) {
        let Some(starter) = self.starter.take() else { return };
        if let Some(taken) = since_process_start() {
            let first_frame_ms = taken.as_secs_f64() * 1000.0;
            tracing::info!(first_frame_ms, "first frame");
            self.report.change(|report| report.first_frame_ms = Some(first_frame_ms));
        }
        let (woken, bell) = (context.clone(), self.bell.clone());
        let wake: Wake = std::sync::Arc::new(move || {
            if bell.ring() {
                woken.request_repaint_after(FRAME);
            }
        });
        match starter(wake) {
            Ok(link) => self.link = Some(link),
            Err(error) => return self.state.failure((&error).into()),
        }
        self.send(EngineCommand::ListRuns);
        self.open_first();
        for command in std::mem::take(&mut self.early) {
            self.send(command);
        }
    }

    fn open_first(&mut self) {
        let job = Commands::new_job();
        let (source, options) = self.opening.data.request();
        self.opening.job = Some(job);
        self.send(EngineCommand::OpenData { job, source, options });
    }

    fn drain_events(&mut self, context: &Context) {
        self.bell.hear();
        let started = Instant::now();
        while started.elapsed() < DRAIN_MOST {
            let Some(link) = &self.link else { return };
            match link.events.try_recv() {
                Ok(event) => self.take_in(event),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.link = None;
                    return;
                }
            }
        }
        context.request_repaint();
    }

    /// Applies an event, and does what follows from it.
    fn take_in(&mut self, event: EngineEvent) {
        match &event {
            EngineEvent::Runs(runs) => self.load_models(runs),
            EngineEvent::DataOpened { data, .. } => {
                if self.state.data.as_ref().is_some_and(|open| open.fingerprint != data.fingerprint) {
                    self.views.benchmark.forget_images();
                }
                self.opening.data = LastData::of(data);
                if !data.bundled {
                    saved::remember(&mut self.state.recent_folders, &data.root);
                }
            }
            EngineEvent::TrainingEnded { run, .. } if self.screen != Screen::Train => {
                self.state.toast(ToastMessage::Info(ended(run)));
            }
            _ => {}
        }
        let failed = match &event {
            EngineEvent::JobFailed { job, .. } => self.opening.job == Some(*job),
            _ => false,
        };
        self.state.apply(event);
        if failed && self.opening.data != LastData::Sample {
            // The last folder is gone; there is always the sample.
            self.opening.data = LastData::Sample;
            self.open_first();
        }
    }

    /// The first list of runs: loads the bundled models and those that were loaded last.
    fn load_models(&mut self, runs: &[RunInfo]) {
        if self.opening.asked.is_some() {
            return;
        }
        let wanted = |run: &&RunInfo| run.usable && (run.bundled || self.opening.models.contains(&run.folder));
        // The bundled model of an architecture comes first, so that the plain name is its own at every start.
        let place = |run: &RunInfo| (run.architecture().series(), !run.bundled, run.folder.clone());
        let mut folders: Vec<(usize, bool, PathBuf)> = runs.iter().filter(wanted).map(place).collect();
        let ensembles = self.state.ensembles.iter().filter(|ensemble| self.opening.models.contains(&ensemble.folder));
        folders.extend(
            ensembles.map(|ensemble| (ModelKind::Ensemble.series(), !ensemble.bundled, ensemble.folder.clone())),
        );
        folders.sort();
        for (_, _, path) in &folders {
            self.send(EngineCommand::LoadModel { path: path.clone() });
        }
        if self.opening.undecided && folders.is_empty() {
            self.screen = Screen::Data;
        }
        self.opening.asked = Some(folders.into_iter().map(|(_, _, folder)| folder).collect());
    }

    fn take_replies(&mut self, context: &Context, frame: &eframe::Frame) {
        while let Ok(reply) = self.answers.try_recv() {
            self.take_reply(reply, context, frame);
        }
    }

    fn window_ui(&mut self, ui: &mut Ui, commands: &mut Commands) {
        if self.overlays.presenter {
            self.presenter.smooth = self.settings.smooth_images;
            self.presenter.rule = self.views.benchmark.rule();
            self.presenter.ui(ui, &self.state, commands);
            return;
        }
        let (state, screen) = (&self.state, self.screen);
        let covered = self.overlays.keys || self.overlays.question.is_some();
        let shown = Frame { screen, state, keys_open: self.overlays.keys, settings_open: self.overlays.settings };
        let Views { data, train, compare, benchmark, explore } = &mut self.views;
        compare.set_smooth(self.settings.smooth_images);
        compare.set_rule(benchmark.rule());
        if covered {
            // Keys, focus and tooltips belong to what lies above, which darkens this enough.
            ui.visuals_mut().disabled_alpha = 1.0;
            ui.disable();
        }
        frame::show(ui, &shown, commands, |ui, commands| {
            match screen {
                Screen::Data => data.ui(ui, state, commands),
                Screen::Train => train.ui(ui, state, commands),
                Screen::Benchmark => benchmark.ui(ui, state, commands),
                Screen::Explore => explore.ui(ui, state, commands),
                Screen::Compare => {
                    compare.ui(ui, state, commands);
                    return compare.readout().cloned();
                }
            }
            None
        });
        self.settings.smooth_images = self.views.compare.smooth();
    }

    fn overlays_ui(&mut self, context: &Context, commands: &mut Commands) {
        if self.overlays.settings && !self.overlays.presenter {
            settings::popover(context, &mut self.settings, &self.about, &self.state, commands);
        }
        if self.overlays.keys {
            keys::overlay(context, commands);
        }
        if let Some(question) = &self.overlays.question
            && let Some(answer) = question.ui(context)
        {
            self.overlays.question = None;
            if let Answer::Yes(command) = answer {
                self.send(*command);
            }
        }
        let below = if self.overlays.presenter { 64.0 } else { STATUS + 12.0 };
        let corner = context.content_rect().right_bottom() - egui::vec2(16.0, below);
        self.toasts.take(&mut self.state.unseen);
        self.toasts.ui(context, corner, commands);
    }

    fn drops(&mut self, context: &Context) {
        let (hovering, dropped) = context.input(|input| {
            let paths: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect();
            (!input.raw.hovered_files.is_empty(), paths)
        });
        if hovering {
            drop_hint(context);
        }
        if !dropped.is_empty() {
            dialogs::dropped(dropped, &self.replies);
        }
    }

    fn open(&self) -> keys::Open {
        keys::Open {
            presenter: self.overlays.presenter,
            keys: self.overlays.keys,
            settings: self.overlays.settings,
            question: self.overlays.question.is_some(),
        }
    }

    pub(crate) fn is_rehearsing(&self) -> bool {
        self.rehearsal.is_some()
    }

    fn rehearse(&mut self, context: &Context) {
        let Some(mut rehearsal) = self.rehearsal.take() else { return };
        let mut commands = Commands::default();
        if rehearsal.step(&self.state, &mut self.frames, &mut commands) {
            let (times, pace) = (self.frames.times(), self.frames.pace());
            self.report.change(|report| (report.frames, report.pace) = (times, pace));
            context.send_viewport_cmd(egui::ViewportCommand::Close);
        } else {
            context.request_repaint_after(FRAME);
            self.rehearsal = Some(rehearsal);
        }
        for command in commands.drain() {
            match command {
                UiCommand::Engine(command) => self.send(command),
                UiCommand::Go(screen) => self.screen = screen,
                _ => {}
            }
        }
    }
}

/// "VAE is trained; best epoch 47."
fn ended(run: &RunInfo) -> String {
    let name = run.architecture().name();
    let best = run.best_epoch.map_or(String::new(), |epoch| format!("; best epoch {epoch}"));
    match run.status {
        RunStatus::Complete | RunStatus::StoppedEarly => format!("{name} is trained{best}."),
        RunStatus::Diverged => format!("{name} diverged{best}; the last good checkpoint is kept."),
        RunStatus::Interrupted | RunStatus::Running => format!("{name} was stopped{best}; it can be resumed."),
    }
}

fn about(creation: &eframe::CreationContext<'_>, config: &Config) -> About {
    let renderer = match (&creation.wgpu_render_state, &creation.gl) {
        (Some(wgpu), _) => {
            let adapter = wgpu.adapter.get_info();
            format!("wgpu, {} ({})", adapter.name, adapter.backend)
        }
        (None, Some(_)) => "glow (OpenGL)".to_owned(),
        (None, None) => "off-screen".to_owned(),
    };
    About {
        renderer,
        models_dir: config.models_dir.clone(),
        cache_dir: config.cache_dir.clone(),
        config_file: config.file.clone(),
    }
}

impl eframe::App for Workbench {
    fn logic(&mut self, context: &Context, frame: &mut eframe::Frame) {
        self.frames.begin(Instant::now());
        if let Some(secs) = frame.info().cpu_usage {
            self.frames.note(f64::from(secs));
        }
        if self.painted > 0 {
            self.start_engine(context);
        }
        self.take_replies(context, frame);
        self.drain_events(context);
        self.rehearse(context);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let mut commands = std::mem::take(&mut self.commands);
        let context = ui.ctx().clone();
        self.fit_text(&context);
        self.window_ui(ui, &mut commands);
        self.overlays_ui(&context, &mut commands);
        self.drops(&context);
        keys::global(&context, self.screen, self.open(), &self.state, &mut commands);
        for command in commands.drain() {
            self.execute(command, &context, frame);
        }
        self.commands = commands;
        self.painted += 1;
        if self.painted == 1 {
            context.request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if self.rehearsal.is_some() {
            return;
        }
        let saved = Saved {
            screen: (!self.opening.undecided).then_some(self.screen),
            settings: self.settings.clone(),
            recent_folders: self.state.recent_folders.clone(),
            last_data: self.opening.data.clone(),
            models: self.state.models.iter().map(|model| model.folder.clone()).collect(),
        };
        saved::store(storage, &saved, &self.views);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
