//! The whole application with a made-up engine: what is asked in which order, and what is shown of what is told.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::dialogs::{Ask, Reply};
use super::link::{Link, Wake};
use super::window::SharedReport;
use super::workbench::{Setup, Workbench};
use crate::config::Config;
use crate::domain::{
    Architecture, Benchmark, CaseRef, JobId, JobKind, JobOutcome, LossComponents, RunInfo, RunStatus, SampleId,
    SplitCounts,
};
use crate::engine::message::{DataSource, EngineCommand, EngineEvent, Failure, MachineInfo, MemoryInfo};
use crate::ui::command::{Screen, UiCommand};
use crate::ui::state::examples;

/// An engine that only writes down what it is asked.
struct World {
    harness: Harness<'static, Workbench>,
    events: Sender<EngineEvent>,
    asked: Arc<Mutex<Vec<EngineCommand>>>,
    dialogs: Arc<Mutex<Vec<String>>>,
    /// Called after each event by a real engine.
    wake: Arc<Mutex<Option<Wake>>>,
}

fn config() -> Config {
    let path = PathBuf::from;
    Config {
        file: None,
        models_dir: path("/models"),
        bundled_models_dir: path("/models/bundled"),
        lungs_dir: path("/models/lungs"),
        sample_dir: path("/sample"),
        cache_dir: path("/cache"),
        threads: 2,
    }
}

impl World {
    fn new() -> Self {
        let (events, receiver) = crossbeam_channel::unbounded();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let dialogs = Arc::new(Mutex::new(Vec::new()));
        let wake = Arc::new(Mutex::new(None));
        let (listener, shown, kept) = (asked.clone(), dialogs.clone(), wake.clone());
        let setup = Setup {
            config: config(),
            starter: Box::new(move |wake| {
                *kept.lock().unwrap() = Some(wake);
                Ok(Link { events: receiver, send: Box::new(move |command| listener.lock().unwrap().push(command)) })
            }),
            // Every dialog is answered at once with the same place.
            asker: Box::new(move |ask, _, replies| {
                let (name, reply) = match ask {
                    Ask::DataFolder => ("data folder", Reply::Open("/chosen".into())),
                    Ask::Images => ("images", Reply::Images(vec!["/a.png".into(), "/b.png".into()])),
                    Ask::SaveText { text, .. } => {
                        let path = "/log.txt".into();
                        ("text", Reply::Engine(Box::new(EngineCommand::ExportText { job: JobId(90), text, path })))
                    }
                    Ask::BenchmarkFolder(_, _, rule) => {
                        return shown.lock().unwrap().push(format!("export by {rule:?}"));
                    }
                    Ask::Groups | Ask::SavePicture { .. } => return,
                };
                shown.lock().unwrap().push(name.to_owned());
                replies.send(reply);
            }),
            data: None,
            notice: None,
            rehearsal: None,
            report: SharedReport::default(),
        };
        let harness = Harness::builder()
            .with_size(vec2(1280.0, 800.0))
            .with_accessibility_check(false)
            .build_eframe(|creation| Workbench::new(creation, setup));
        let mut world = Self { harness, events, asked, dialogs, wake };
        world.frames(3);
        world
    }

    fn frames(&mut self, count: usize) {
        self.harness.run_steps(count);
    }

    fn tell(&mut self, events: impl IntoIterator<Item = EngineEvent>) {
        for event in events {
            self.events.send(event).unwrap();
        }
        self.frames(3);
    }

    fn run_command(&mut self, command: UiCommand) {
        let frame = eframe::Frame::_new_kittest();
        let context = self.harness.ctx.clone();
        self.harness.state_mut().execute(command, &context, &frame);
        self.frames(3);
    }

    fn asked(&self) -> Vec<EngineCommand> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn screen(&self) -> Screen {
        self.harness.state().screen
    }
}

fn bundled(architecture: Architecture) -> RunInfo {
    RunInfo {
        bundled: true,
        usable: true,
        status: RunStatus::Complete,
        ..examples::run(architecture.slug(), architecture)
    }
}

fn ready() -> EngineEvent {
    let machine = MachineInfo { device_name: "CPU · 2 cores".to_owned(), ..MachineInfo::default() };
    EngineEvent::Ready(Arc::new(machine))
}

#[test]
fn news_bring_one_frame_soon_and_without_news_there_is_none() {
    let mut world = World::new();
    world.tell([ready()]);
    world.frames(40);
    let asked: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let delays = asked.clone();
    world.harness.ctx.set_request_repaint_callback(move |info| delays.lock().unwrap().push(info.delay));
    let taken = || std::mem::take(&mut *asked.lock().unwrap());
    let wake = world.wake.lock().unwrap().clone().unwrap();
    for _ in 0..3 {
        world.frames(5);
        let idle = taken();
        assert!(idle.iter().all(|delay| *delay > Duration::from_millis(200)), "nothing is new: {idle:?}");
        for _ in 0..9 {
            world.events.send(EngineEvent::Memory(MemoryInfo::default())).unwrap();
            wake();
        }
        let delays = taken();
        assert!(delays.len() == 1 && delays[0] <= Duration::from_millis(33), "{delays:?}");
        world.frames(1);
        assert!(world.harness.state().link.as_ref().unwrap().events.is_empty());
    }
}

#[test]
fn the_first_frame_comes_before_the_engine_and_then_everything_is_asked_for_in_order() {
    let mut world = World::new();
    let asked = world.asked();
    assert!(matches!(asked[0], EngineCommand::ListRuns), "{asked:?}");
    assert!(matches!(&asked[1], EngineCommand::OpenData { source: DataSource::BundledSample, .. }));
    world.tell([ready(), EngineEvent::Runs(Arc::new(vec![bundled(Architecture::Vit), bundled(Architecture::Vae)]))]);
    let loaded: Vec<PathBuf> = world
        .asked()
        .into_iter()
        .filter_map(|command| match command {
            EngineCommand::LoadModel { path } => Some(path),
            _ => None,
        })
        .collect();
    assert_eq!(loaded, [PathBuf::from("/models/vae"), PathBuf::from("/models/vit")]);
    assert_eq!(world.screen(), Screen::Compare, "with bundled models a new user sees them at work");
    // Later lists load nothing more: trained models come by themselves.
    world.tell([EngineEvent::Runs(Arc::new(vec![bundled(Architecture::Gan)]))]);
    assert!(!world.asked().iter().any(|command| matches!(command, EngineCommand::LoadModel { .. })));
}

#[test]
fn without_bundled_models_a_new_user_begins_with_the_data() {
    let mut world = World::new();
    world.tell([EngineEvent::Runs(Arc::new(vec![examples::run("vae", Architecture::Vae)]))]);
    assert_eq!(world.screen(), Screen::Data);
}

#[test]
fn commands_are_carried_out_in_the_order_they_were_asked_for() {
    let mut world = World::new();
    world.asked();
    let frame = eframe::Frame::_new_kittest();
    let context = world.harness.ctx.clone();
    for command in [
        UiCommand::Engine(EngineCommand::Pause { job: JobId(1) }),
        UiCommand::Go(Screen::Benchmark),
        UiCommand::Engine(EngineCommand::Stop { job: JobId(1) }),
        UiCommand::Go(Screen::Train),
        UiCommand::Engine(EngineCommand::ListRuns),
    ] {
        world.harness.state_mut().execute(command, &context, &frame);
    }
    let asked = world.asked();
    assert!(
        matches!(asked.as_slice(), [EngineCommand::Pause { .. }, EngineCommand::Stop { .. }, EngineCommand::ListRuns]),
        "{asked:?}"
    );
    assert_eq!(world.screen(), Screen::Train);
}

#[test]
fn the_rail_and_the_digits_switch_screens() {
    let mut world = World::new();
    for (key, screen) in [(Key::Num2, Screen::Train), (Key::Num4, Screen::Benchmark), (Key::Num1, Screen::Data)] {
        world.harness.key_press(key);
        world.frames(2);
        assert_eq!(world.screen(), screen);
    }
    world.harness.get_by_role_and_label(Role::Tab, "Compare").click();
    world.frames(2);
    assert_eq!(world.screen(), Screen::Compare);
}

#[test]
fn a_training_is_seen_from_start_to_end_on_every_screen() {
    let mut world = World::new();
    let kind = JobKind::Train(Architecture::Vae);
    let run = Arc::new(examples::run("vae-9", Architecture::Vae));
    world.tell([
        ready(),
        EngineEvent::DataOpened { job: JobId(1), data: examples::data() },
        EngineEvent::JobQueued { job: JobId(2), kind: kind.clone() },
        EngineEvent::JobStarted { job: JobId(2), kind },
        EngineEvent::TrainingStarted { job: JobId(2), run: run.clone(), steps_per_epoch: 2 },
    ]);
    world.harness.get_by_label("CPU · 2 cores");
    world.harness.get_by_label("chest_xray · 20 healthy train · 20 test");
    world.asked();
    world.harness.key_press(Key::Space);
    world.frames(2);
    assert!(matches!(world.asked().as_slice(), [.., EngineCommand::Pause { job: JobId(2) }]));
    let batches = (1..=5_000u64).map(|step| EngineEvent::TrainingBatch {
        job: JobId(2),
        run: run.id.clone(),
        epoch: 1,
        step,
        loss: LossComponents::default(),
    });
    world.tell(batches);
    // However many events come, a frame takes its share of them and the next goes on.
    let started = Instant::now();
    while world.harness.state().state.live[0].batches.len() < 5_000 && started.elapsed() < Duration::from_secs(20) {
        world.frames(1);
    }
    assert_eq!(world.harness.state().state.live[0].batches.len(), 5_000);
    let ended = RunInfo { status: RunStatus::Complete, best_epoch: Some(47), usable: true, ..(*run).clone() };
    world.tell([
        EngineEvent::TrainingEnded { job: JobId(2), run: Arc::new(ended) },
        EngineEvent::JobEnded { job: JobId(2), outcome: JobOutcome::Done },
        EngineEvent::ModelLoaded(examples::model("vae-9", Architecture::Vae)),
    ]);
    world.harness.get_by_label("VAE is trained; best epoch 47.");
    assert_eq!(world.harness.state().state.models.len(), 1);
}

#[test]
fn failures_become_toasts_that_stay() {
    let mut world = World::new();
    let error = Failure { message: "The disk is full: /models".to_owned(), advice: "Free some space.".to_owned() };
    world.tell([EngineEvent::Failed(error)]);
    world.frames(80);
    world.harness.get_by_role_and_label(Role::Alert, "The disk is full: /models");
    world.harness.get_by_role_and_label(Role::Button, "Dismiss").click();
    world.frames(3);
    assert!(world.harness.query_by_role(Role::Alert).is_none());
}

#[test]
fn a_last_folder_that_is_gone_gives_way_to_the_sample() {
    let mut world = World::new();
    let first = match &world.asked()[1] {
        EngineCommand::OpenData { job, .. } => *job,
        other => panic!("{other:?}"),
    };
    world.harness.state_mut().opening.data =
        super::saved::LastData::Folder { path: "/gone".into(), split_seed: 7, without_copies: false };
    let error = Failure { message: "Not there: /gone".to_owned(), advice: String::new() };
    world.tell([EngineEvent::JobFailed { job: first, error }]);
    let asked = world.asked();
    assert!(matches!(&asked[0], EngineCommand::OpenData { source: DataSource::BundledSample, .. }), "{asked:?}");
}

#[test]
fn deleting_a_run_waits_for_yes() {
    let mut world = World::new();
    world.tell([EngineEvent::Runs(Arc::new(vec![examples::run("vae-1", Architecture::Vae)]))]);
    world.asked();
    let delete = || UiCommand::Engine(EngineCommand::DeleteRun { folder: PathBuf::from("/models/vae-1") });
    world.run_command(delete());
    world.harness.get_by_role_and_label(Role::Heading, "Delete vae-1?");
    world.harness.get_by_role_and_label(Role::Button, "Cancel").click();
    world.frames(3);
    assert!(!world.asked().iter().any(|command| matches!(command, EngineCommand::DeleteRun { .. })));
    world.run_command(delete());
    world.harness.get_by_role_and_label(Role::Button, "Delete").click();
    world.frames(3);
    assert!(world.asked().iter().any(|command| matches!(command, EngineCommand::DeleteRun { .. })));
}

#[test]
fn dialogs_answer_later_and_what_they_answer_is_done() {
    let mut world = World::new();
    world.asked();
    world.harness.key_press(Key::Num1);
    world.frames(1);
    world.harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    world.frames(3);
    let asked = world.asked();
    let opened = |command: &EngineCommand| matches!(command, EngineCommand::OpenData { source: DataSource::Folder(path), .. } if path == "/chosen");
    assert!(asked.iter().any(opened), "{asked:?}");
    assert_eq!(world.screen(), Screen::Data);
    world.run_command(UiCommand::PickImages);
    assert_eq!(world.screen(), Screen::Compare);
    world.run_command(UiCommand::SaveText { suggested_name: "log.txt".to_owned(), text: "lines".to_owned() });
    let wrote = |command: &EngineCommand| matches!(command, EngineCommand::ExportText { text, .. } if text == "lines");
    assert!(world.asked().iter().any(wrote));
    assert_eq!(*world.dialogs.lock().unwrap(), ["data folder", "images", "text"]);
}

#[test]
fn keys_settings_and_presenter_open_and_close() {
    let mut world = World::new();
    world.harness.event(egui::Event::Text("?".to_owned()));
    world.frames(3);
    world.harness.get_by_role_and_label(Role::Heading, "Keys");
    world.harness.key_press(Key::Escape);
    world.frames(3);
    assert!(world.harness.query_by_role_and_label(Role::Heading, "Keys").is_none());
    world.harness.get_by_role_and_label(Role::Button, "Settings").click();
    world.frames(3);
    world.harness.get_by_role_and_label(Role::RadioButton, "Light").click();
    world.frames(3);
    assert!(!world.harness.ctx.global_style().visuals.dark_mode);
    world.harness.key_press(Key::F11);
    world.frames(3);
    world.harness.get_by_role_and_label(Role::Heading, "How unusual is this image?");
    assert!(world.harness.query_by_role(Role::Tab).is_none(), "no rail");
    world.harness.key_press(Key::Escape);
    world.frames(3);
    assert_eq!(world.harness.get_all_by_role(Role::Tab).count(), Screen::ALL.len());
}

#[test]
fn the_text_grows_and_shrinks_and_leaves_the_screens_their_room() {
    let mut world = World::new();
    world.harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    world.frames(3);
    assert!((world.harness.ctx.zoom_factor() - 1.0).abs() < 1e-5, "1280 × 800 has no room to give");
    world.harness.get_by_label_contains("too small for text larger than 100 %");
    world.harness.set_size(vec2(1920.0, 1200.0));
    world.frames(2);
    for _ in 0..3 {
        world.harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
        world.frames(2);
    }
    assert!((world.harness.ctx.zoom_factor() - 1.3).abs() < 1e-5);
    // The window, whose size this harness tells in points at the present scale, is made smaller and larger again.
    world.harness.set_size(vec2(800.0, 500.0));
    world.frames(3);
    assert!((world.harness.ctx.zoom_factor() - 1.0).abs() < 1e-5);
    world.harness.set_size(vec2(1920.0, 1200.0));
    world.frames(3);
    assert!((world.harness.ctx.zoom_factor() - 1.3).abs() < 1e-5);
    world.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    world.frames(2);
    assert!((world.harness.ctx.zoom_factor() - 1.0).abs() < 1e-5);
}

#[test]
fn a_benchmark_is_exported_by_the_rule_on_screen() {
    let mut world = World::new();
    let benchmark = Benchmark {
        data_name: "chest_xray".to_owned(),
        split: SplitCounts::default(),
        cases: Vec::new(),
        held_out: Vec::new(),
        entries: Vec::new(),
        paired: Vec::new(),
        verdict: String::new(),
        finished_unix_secs: 0,
        took_secs: 0.0,
        cautions: Vec::new(),
        heatmaps: None,
        elsewhere: Vec::new(),
    };
    world.tell([EngineEvent::Benchmarked { job: JobId(1), benchmark: Arc::new(benchmark) }]);
    world.run_command(UiCommand::PickBenchmarkExportFolder);
    let rule = world.harness.state().views.benchmark.rule();
    assert_eq!(*world.dialogs.lock().unwrap(), [format!("export by {rule:?}")]);
}

#[test]
fn a_training_is_said_to_stop_at_once() {
    let mut world = World::new();
    let kind = JobKind::Train(Architecture::Vae);
    world.tell([EngineEvent::JobStarted { job: JobId(5), kind }]);
    world.run_command(UiCommand::Engine(EngineCommand::Stop { job: JobId(5) }));
    world.harness.get_by_role_and_label(Role::Button, "Stopping VAE…");
}

#[test]
fn a_case_from_elsewhere_is_shown_on_compare() {
    let mut world = World::new();
    world.tell([EngineEvent::DataOpened { job: JobId(1), data: examples::data() }]);
    world.run_command(UiCommand::Go(Screen::Benchmark));
    world.run_command(UiCommand::ShowCase(CaseRef::Sample(SampleId(3))));
    assert_eq!(world.screen(), Screen::Compare);
}
