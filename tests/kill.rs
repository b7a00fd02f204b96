//! `kill -9` at random moments of training and saving: nothing that was announced is lost, and in the end every bit is
//! as if nothing had happened.

#![expect(clippy::unwrap_used, reason = "a test may end at what it does not expect")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use neuroscan::domain::RunStatus;
use neuroscan::store;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// How often the training is killed; more with `NEUROSCAN_KILLS`.
const KILLS: u32 = 30;
const EPOCHS: &str = "60";
const PATIENCE: Duration = Duration::from_mins(2);

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!("(cache_dir: \"{}/cache\", threads: 1)", folder.path().display());
        std::fs::write(folder.path().join("config.ron"), config).unwrap();
        Self { folder }
    }

    fn run_folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command that begins the run, or goes on with it.
    fn train(&self, run: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neuroscan"));
        command.env("NEUROSCAN_CONFIG", self.folder.path().join("config.ron")).args(["train", "--json"]);
        if run.join("run.json").is_file() {
            command.arg("--resume").arg(run);
        } else {
            let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
            command.args(["--arch", "ae", "--epochs", EPOCHS, "--size", "32", "--batch", "32", "--seed", "1"]);
            command.args(["--device", "cpu", "--data"]).arg(sample).arg("--out").arg(run);
        }
        command
    }
}

/// A training process and what it says.
struct Victim {
    process: Child,
    lines: Receiver<Value>,
    begun: Instant,
    /// The last epoch that it announced.
    epoch: u32,
}

impl Victim {
    fn spawn(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = crossbeam_channel::unbounded();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = serde_json::from_str(&line).map(|event| sender.send(event));
            }
        });
        Self { process, lines, begun: Instant::now(), epoch: 0 }
    }

    /// Hears one event; false at the end.
    fn hear(&mut self) -> bool {
        let Ok(event) = self.lines.recv_timeout(PATIENCE) else { return false };
        if event["event"] == "epoch" {
            self.epoch = event["epoch"].as_u64().unwrap() as u32;
        }
        true
    }

    /// Kills it and hears what it had said by then. True when it had not ended by itself.
    fn kill(&mut self) -> bool {
        let ended = self.process.try_wait().unwrap().is_some();
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        while self.hear() {}
        !ended
    }
}

/// Tensors of a checkpoint, whatever the order of the words before them.
fn tensors(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> = file.tensors().iter().map(|(name, view)| (name.clone(), view.data().to_vec())).collect();
    tensors.sort();
    tensors
}

#[test]
fn a_training_survives_being_killed_again_and_again() {
    let place = Place::new();
    let run = place.run_folder("killed");
    let kills = std::env::var("NEUROSCAN_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let (mut known, mut struck, mut pace) = (0, 0, Pace::default());
    for _ in 0..kills {
        let mut victim = Victim::spawn(place.train(&run));
        pace.wait_for_a_moment(&mut victim, &mut random);
        let killed = victim.kill();
        struck += u32::from(killed);
        known = victim.epoch.max(known);
        if !killed {
            break;
        }
        if run.join("run.json").is_file() {
            let (info, _) = store::open(&run, false).expect("the folder is whole at every moment");
            assert!(info.epochs.len() as u32 >= known, "epoch {known} was announced, {} are there", info.epochs.len());
            assert_eq!(info.status, RunStatus::Interrupted);
        }
    }
    eprintln!("killed {struck} times, {known} epochs were announced by then");
    assert!(struck > 0 && known > 0, "the moments were badly chosen: {struck} kills, {known} epochs");
    finish(&place, &run);
    let calm = place.run_folder("calm");
    finish(&place, &calm);
    assert_same(&run, &calm);
}

/// Nobody may want to wait for the rest: what was reached is calibrated and used, and can still be gone on with.
#[test]
fn a_killed_training_can_be_used_as_it_is() {
    let place = Place::new();
    let run = place.run_folder("killed");
    let mut victim = Victim::spawn(place.train(&run));
    while victim.epoch < 2 {
        assert!(victim.hear(), "it ended early");
    }
    assert!(victim.kill(), "it ended by itself");
    assert!(!store::open(&run, false).unwrap().0.usable);
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample/test/NORMAL");
    let score = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neuroscan"));
        command.env("NEUROSCAN_CONFIG", place.folder.path().join("config.ron")).args(["score", "--json", "--model"]);
        command.arg(&run).arg("--input").arg(&image).output().unwrap()
    };
    let output = score();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (info, record) = store::open(&run, false).unwrap();
    assert_eq!((info.status, info.usable), (RunStatus::Interrupted, true));
    assert!(record.resumed.is_empty());
    let told = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).contains("stopped after epoch");
    let again = score();
    assert!(again.status.success() && told(&output) && !told(&again), "the second time it is only loaded");
    finish(&place, &run);
    assert_eq!(store::open(&run, false).unwrap().0.status, RunStatus::Complete);
}

/// How fast this machine is, so that the moments are anywhere in what happens.
#[derive(Default)]
struct Pace {
    start: Duration,
    epoch: Duration,
}

impl Pace {
    /// Mostly within the first epochs after it has begun or gone on, now and then while it starts.
    fn wait_for_a_moment(&mut self, victim: &mut Victim, random: &mut ChaCha8Rng) {
        if !self.start.is_zero() && random.random_bool(0.2) {
            return std::thread::sleep(self.start.mul_f64(random.random()));
        }
        assert!(victim.hear(), "it did not start");
        self.start = victim.begun.elapsed();
        if self.epoch.is_zero() || random.random_bool(0.5) {
            let started = Instant::now();
            if victim.hear() {
                self.epoch = started.elapsed();
            }
        }
        std::thread::sleep(self.epoch.mul_f64(random.random_range(0.0..1.5)));
    }
}

/// Lets the run go on to its end.
fn finish(place: &Place, run: &Path) {
    if run.join("run.json").is_file() && store::open(run, false).unwrap().0.status == RunStatus::Complete {
        return;
    }
    let mut process = place.train(run).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(process.wait().unwrap().success(), "{said}");
}

fn assert_same(killed: &Path, calm: &Path) {
    for name in ["last.safetensors", "best.safetensors"] {
        assert!(tensors(&killed.join(name)) == tensors(&calm.join(name)), "{name} differs");
    }
    let (killed_run, calm_run) = (store::open(killed, false).unwrap().0, store::open(calm, false).unwrap().0);
    assert_eq!(killed_run.epochs.len(), calm_run.epochs.len());
    for (a, b) in killed_run.epochs.iter().zip(calm_run.epochs.iter()) {
        assert_eq!((a.train, a.validation, a.development_auroc), (b.train, b.validation, b.development_auroc));
    }
    let model = |folder| store::open_model(folder, false).unwrap();
    assert_eq!(model(killed).calibration, model(calm).calibration);
    let left = std::fs::read_dir(killed).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    let mut left: Vec<String> = left.collect();
    left.sort();
    let wanted = [
        "best.safetensors",
        "calibration.json",
        "calibrations",
        "epochs.csv",
        "last.safetensors",
        "metrics.json",
        "run.json",
        "split.csv",
    ];
    assert_eq!(left.iter().filter(|name| *name != "previews").collect::<Vec<_>>(), wanted);
}
