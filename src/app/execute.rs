//! The one place that carries out what the screens ask for.

use egui::Context;

use super::dialogs::{self, Ask, Picture, Reply};
use super::workbench::Workbench;
use crate::domain::CaseRef;
use crate::engine::message::{DataOptions, DataSource, EngineCommand};
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::question::Question;
use crate::ui::settings;
use crate::ui::state::ToastMessage;

impl Workbench {
    /// Carries out one command. Quick: what takes time goes to the engine or to a thread.
    pub(super) fn execute(&mut self, command: UiCommand, context: &Context, frame: &eframe::Frame) {
        match command {
            UiCommand::Engine(command) => self.request(command),
            UiCommand::Go(screen) => self.go(screen),
            UiCommand::ShowCase(case) => self.show_case(case),
            UiCommand::PickDataFolder => self.ask(Ask::DataFolder, frame),
            UiCommand::PickImages => self.ask(Ask::Images, frame),
            UiCommand::SaveText { suggested_name, text } => self.ask(Ask::SaveText { suggested_name, text }, frame),
            UiCommand::PickGroups => self.ask(Ask::Groups, frame),
            UiCommand::PickBenchmarkExportFolder => match self.state.benchmark.clone() {
                Some(benchmark) => {
                    // What is written is what is on screen.
                    let (groups, rule) = (self.state.groups.clone(), self.views.benchmark.rule());
                    self.ask(Ask::BenchmarkFolder(benchmark, groups, rule), frame);
                }
                None => self.say("There is no benchmark to export yet."),
            },
            UiCommand::SavePicture { suggested_name, rect } => self.take_picture(suggested_name, rect, context),
            UiCommand::OpenFolderInFileManager(folder) => dialogs::open_folder(folder, &self.replies),
            UiCommand::SetDarkMode(dark) => {
                self.settings.dark = dark;
                self.apply_settings(context);
            }
            UiCommand::SetTextScale(scale) => self.set_text_scale(scale, context),
            UiCommand::SetPresenter(on) => self.set_presenter(on, context),
            UiCommand::ShowKeys(open) => self.overlays.keys = open,
            UiCommand::ShowSettings(open) => self.overlays.settings = open,
            UiCommand::Toast(text) => self.say(&text),
        }
        context.request_repaint();
    }

    /// Takes in what a dialog or another thread answers.
    pub(super) fn take_reply(&mut self, reply: Reply, context: &Context, frame: &eframe::Frame) {
        match reply {
            Reply::Open(folder) => {
                let (job, options) = (Commands::new_job(), DataOptions::default());
                self.request(EngineCommand::OpenData { job, source: DataSource::Folder(folder), options });
                self.go(Screen::Data);
            }
            Reply::Images(paths) => {
                let first = paths.first().cloned();
                // The first is shown, the others stand behind it.
                for path in paths.into_iter().chain(first) {
                    self.show_case(CaseRef::File(path));
                }
            }
            Reply::Engine(command) => self.request(*command),
            Reply::Toast(message) => self.state.toast(message),
            Reply::Log(text) => self.state.log(false, text),
            Reply::Picture { suggested_name, picture } => self.ask(Ask::SavePicture { suggested_name, picture }, frame),
        }
        context.request_repaint();
    }

    fn request(&mut self, command: EngineCommand) {
        if let Some(question) = Question::before(&command, &self.state) {
            self.overlays.question = Some(question);
            return;
        }
        self.send(command);
    }

    fn go(&mut self, screen: Screen) {
        self.screen = screen;
        self.opening.undecided = false;
    }

    fn show_case(&mut self, case: CaseRef) {
        self.views.compare.show_case(case);
        self.overlays.presenter = false;
        self.go(Screen::Compare);
    }

    /// Takes a scale that leaves the screens room; says so where more was wanted.
    fn set_text_scale(&mut self, scale: f32, context: &Context) {
        let largest = settings::largest_text_scale(settings::window_at_full_scale(context));
        if scale > largest + 0.01 {
            let percent = largest * 100.0;
            self.say(&format!("The window is too small for text larger than {percent:.0} %. Make it larger first."));
        }
        self.settings.set_text_scale(scale.min(largest));
        self.apply_settings(context);
    }

    fn ask(&mut self, ask: Ask, frame: &eframe::Frame) {
        (self.asker)(ask, frame, &self.replies);
    }

    fn say(&mut self, text: &str) {
        self.state.toast(ToastMessage::Info(text.to_owned()));
    }

    /// Presenter mode takes the whole display; leaving it gives back what was.
    fn set_presenter(&mut self, on: bool, context: &Context) {
        if on == self.overlays.presenter {
            return;
        }
        self.overlays.presenter = on;
        self.overlays.settings = false;
        self.overlays.keys = false;
        context.send_viewport_cmd(egui::ViewportCommand::Fullscreen(on));
    }

    /// Keeps the next frame and asks where to save a part of it.
    fn take_picture(&self, suggested_name: String, rect: [f32; 4], context: &Context) {
        let (replies, pixels_per_point) = (self.replies.clone(), context.pixels_per_point());
        context.request_screenshot(move |window| {
            let picture = Picture { window, rect, pixels_per_point };
            replies.send(Reply::Picture { suggested_name, picture });
        });
    }
}
