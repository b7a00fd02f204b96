//! The main job from end to end, as a person does it: the real window's contents, the real engine, real images. A
//! folder is chosen, a network trained, a case compared, a benchmark run; controls are found by role and name.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::dialogs::{Ask, Reply};
use super::link;
use super::window::SharedReport;
use super::workbench::{Setup, Workbench};
use crate::config::Config;
use crate::domain::RunStatus;
use crate::engine::EngineConfig;
use crate::ui::command::Screen;
use crate::ui::state::JobView;

const PATIENCE: Duration = Duration::from_mins(4);

struct Desk {
    harness: Harness<'static, Workbench>,
    chosen: PathBuf,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chosen = folder.path().join("hospital");
        copy_some(&chosen);
        let config = Config {
            file: None,
            models_dir: folder.path().join("models"),
            bundled_models_dir: folder.path().join("none"),
            lungs_dir: folder.path().join("none"),
            sample_dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample"),
            cache_dir: folder.path().join("cache"),
            threads: 2,
        };
        let answer = chosen.clone();
        let setup = Setup {
            starter: link::engine(EngineConfig::from(&config)),
            config,
            asker: Box::new(move |ask, _, replies| {
                if matches!(ask, Ask::DataFolder) {
                    replies.send(Reply::Open(answer.clone()));
                }
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
        Self { harness, chosen, _folder: folder }
    }

    /// Draws frames until it holds.
    fn until(&mut self, what: &str, holds: impl Fn(&Workbench) -> bool) {
        let started = Instant::now();
        while !holds(self.harness.state()) {
            assert!(started.elapsed() < PATIENCE, "still no {what}: {:?}", self.harness.state().state.log);
            self.harness.step();
            std::thread::sleep(Duration::from_millis(10));
        }
        self.harness.run_steps(3);
    }

    fn go(&mut self, screen: Screen) {
        self.press(Role::Tab, screen.name());
        assert_eq!(self.harness.state().screen, screen);
    }

    fn press(&mut self, role: Role, name: &str) {
        self.harness.get_by_role_and_label(role, name).click();
        self.harness.run_steps(3);
    }

    fn type_into(&mut self, field: &str, text: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, field).focus();
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
        self.harness.run_steps(2);
        self.harness.key_press(Key::Enter);
        self.harness.run_steps(3);
    }
}

/// A few images of the bundled sample in a folder of their own.
fn copy_some(target: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    for (class, count) in [("train/NORMAL", 40), ("train/PNEUMONIA", 8), ("test/NORMAL", 12), ("test/PNEUMONIA", 12)] {
        std::fs::create_dir_all(target.join(class)).unwrap();
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(source.join(class)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().take(count) {
            std::fs::copy(file, target.join(class).join(file.file_name().unwrap())).unwrap();
        }
    }
}

fn idle(workbench: &Workbench) -> bool {
    !workbench.state.jobs.iter().any(JobView::is_active)
}

#[test]
fn open_a_folder_train_compare_benchmark() {
    let mut desk = Desk::new();
    desk.until("sample", |workbench| workbench.state.data.is_some() && idle(workbench));

    desk.go(Screen::Data);
    desk.press(Role::Button, "Choose folder…");
    let chosen = desk.chosen.clone();
    desk.until("chosen folder", |workbench| workbench.state.data.as_ref().is_some_and(|data| data.root == chosen));
    desk.until("check", |workbench| workbench.state.findings.is_some() && idle(workbench));

    desk.go(Screen::Train);
    desk.press(Role::RadioButton, "Autoencoder");
    desk.type_into("Epochs", "2");
    desk.type_into("Batch", "16");
    desk.press(Role::Button, "Start");
    desk.until("trained model", |workbench| !workbench.state.models.is_empty() && idle(workbench));
    let live = &desk.harness.state().state.live[0];
    assert_eq!((live.epochs.len(), live.run.status), (2, RunStatus::Complete));
    assert!(live.previews.iter().all(|row| row.len() == 3), "each pinned case before and after each of two epochs");

    desk.go(Screen::Compare);
    desk.until("analysis", |workbench| workbench.state.analyses.values().any(Result::is_ok));
    let analysis = desk.harness.state().state.analyses.values().find_map(|found| found.as_ref().ok()).cloned().unwrap();
    assert!(analysis.score.is_finite() && !analysis.seen_in_training);

    desk.go(Screen::Benchmark);
    desk.press(Role::Button, "Run benchmark");
    desk.until("benchmark", |workbench| workbench.state.benchmark.is_some());
    let benchmark = desk.harness.state().state.benchmark.clone().unwrap();
    assert_eq!(benchmark.cases.len(), 24);
    assert_eq!(benchmark.entries.len(), 5, "the model and four one-line scores");
    assert!(benchmark.entries.iter().all(|entry| (0.0..=1.0).contains(&entry.auroc.value)));
}
