//! Trainings through the engine, on the bundled sample, heard as the window hears them.

#![expect(clippy::unwrap_used, reason = "a test may end at what it does not expect")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use neuroscan::domain::{
    Architecture, DevicePreference, JobId, JobOutcome, Label, Preset, RunInfo, RunStatus, SampleId, Split,
    TrainingSettings,
};
use neuroscan::engine::message::{DataOptions, DataSource, EngineCommand, EngineEvent};
use neuroscan::engine::{self, Engine, EngineConfig, EngineHandle};

const PATIENCE: Duration = Duration::from_mins(4);

struct Bench {
    engine: EngineHandle,
    events: Receiver<EngineEvent>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::with_models_of(None)
    }

    /// With the models of another engine, as a second window has them.
    fn with_models_of(other: Option<&Self>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models_dir = other.map_or(folder.path(), |other| other.folder.path()).join("models");
        let config = EngineConfig {
            bundled_models_dir: models_dir.join("bundled"),
            models_dir,
            lungs_dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("models/lungs"),
            sample_dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample"),
            cache_dir: folder.path().join("cache"),
            threads: 2,
            device: DevicePreference::Cpu,
        };
        let (sender, events) = engine::channel();
        let engine = Engine::start(config, sender, Arc::new(|| {})).unwrap();
        Self { engine, events, folder }
    }

    /// With the sample open; two validation normals to watch.
    fn with_sample() -> (Self, Vec<SampleId>) {
        let bench = Self::new();
        bench.engine.send(EngineCommand::OpenData {
            job: JobId(1),
            source: DataSource::BundledSample,
            options: DataOptions::default(),
        });
        let heard = bench.until(|event| matches!(event, EngineEvent::JobEnded { job: JobId(1), .. }));
        let data = heard.iter().find_map(|event| match event {
            EngineEvent::DataOpened { data, .. } => Some(Arc::clone(data)),
            _ => None,
        });
        let pins = data.expect("the sample is open").ids(Split::Validation, Some(Label::Healthy)).take(2).collect();
        (bench, pins)
    }

    /// All events up to and with the one that is waited for.
    fn until(&self, mut done: impl FnMut(&EngineEvent) -> bool) -> Vec<EngineEvent> {
        let (deadline, mut heard) = (Instant::now() + PATIENCE, Vec::new());
        loop {
            let event = self.events.recv_deadline(deadline).unwrap_or_else(|_| panic!("waited too long: {heard:?}"));
            let last = done(&event);
            heard.push(event);
            if last {
                return heard;
            }
        }
    }

    fn until_ended(&self, id: JobId) -> Vec<EngineEvent> {
        self.until(|event| match event {
            EngineEvent::JobEnded { job, .. } => *job == id,
            EngineEvent::JobFailed { job, error } => *job == id && panic!("{error:?}"),
            _ => false,
        })
    }

    fn train(&self, job: JobId, settings: &TrainingSettings, pins: &[SampleId]) {
        let (settings, pins) = (Box::new(settings.clone()), pins.to_vec());
        self.engine.send(EngineCommand::Train { job, settings, pins, out: None });
    }
}

fn quick(architecture: Architecture, epochs: u32) -> TrainingSettings {
    let mut settings = TrainingSettings::preset(architecture, Preset::Custom);
    settings.preprocessing.image_size = 32;
    settings.channels = vec![8, 16, 16];
    settings.batch_size = 32;
    settings.epochs = epochs;
    settings.learning_rate = 5e-3;
    settings
}

fn ended_run(heard: &[EngineEvent]) -> Arc<RunInfo> {
    let run = heard.iter().find_map(|event| match event {
        EngineEvent::TrainingEnded { run, .. } => Some(Arc::clone(run)),
        _ => None,
    });
    run.expect("the training told how it ended")
}

fn outcome(heard: &[EngineEvent]) -> JobOutcome {
    match heard.last() {
        Some(EngineEvent::JobEnded { outcome, .. }) => *outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn training_on_the_sample_improves_and_the_model_is_loaded() {
    let (bench, pins) = Bench::with_sample();
    bench.train(JobId(2), &quick(Architecture::Autoencoder, 6), &pins);
    let mut heard = bench.until_ended(JobId(2));
    let run = ended_run(&heard);
    let errors: Vec<f64> = run.epochs.iter().map(|epoch| epoch.validation.recon).collect();
    assert!(errors[5] < 0.8 * errors[0], "{errors:?}");
    assert_eq!((run.status, run.usable, outcome(&heard)), (RunStatus::Complete, true, JobOutcome::Done));
    assert!(run.folder.starts_with(bench.folder.path().join("models")));
    assert!((run.train_count, run.validation_count) > (100, 10));
    let count = |wanted: fn(&EngineEvent) -> bool| heard.iter().filter(|event| wanted(event)).count();
    assert_eq!(count(|event| matches!(event, EngineEvent::TrainingStarted { .. })), 1);
    assert_eq!(count(|event| matches!(event, EngineEvent::TrainingEpoch { .. })), 6);
    assert_eq!(count(|event| matches!(event, EngineEvent::TrainingPreview { .. })), 7 * pins.len());
    assert!(count(|event| matches!(event, EngineEvent::TrainingBatch { .. })) > 6);
    assert!(count(|event| matches!(event, EngineEvent::JobProgress { .. })) > 0);
    if !heard.iter().any(|event| matches!(event, EngineEvent::ModelLoaded(_))) {
        heard = bench.until(|event| matches!(event, EngineEvent::ModelLoaded(_)));
    }
    let model = heard.iter().find_map(|event| match event {
        EngineEvent::ModelLoaded(model) => Some(Arc::clone(model)),
        _ => None,
    });
    assert_eq!(model.unwrap().folder, run.folder);
}

/// Opacities are painted before equalisation, at the base's size and above it, and are the same for the same seed.
#[test]
fn a_restorer_learns_from_painted_images() {
    let (bench, pins) = Bench::with_sample();
    let train = |job: u64, side: u32| {
        let mut settings = quick(Architecture::Restorer, 2);
        settings.preprocessing.image_size = side;
        settings.channels = vec![4, 8];
        bench.train(JobId(job), &settings, &pins);
        ended_run(&bench.until_ended(JobId(job)))
    };
    let (run, again, large) = (train(2, 32), train(3, 32), train(4, 160));
    let errors = |run: &RunInfo| -> Vec<f64> { run.epochs.iter().map(|epoch| epoch.validation.recon).collect() };
    assert_eq!(errors(&run), errors(&again));
    for run in [run, large] {
        assert_eq!((run.status, run.usable), (RunStatus::Complete, true));
        // It begins with changing nothing, so what is left is what was painted.
        assert!(errors(&run).iter().all(|error| (1e-5..0.05).contains(error)), "{:?}", errors(&run));
    }
}

#[test]
fn the_pictures_of_a_run_come_back_from_its_folder() {
    let (bench, pins) = Bench::with_sample();
    bench.train(JobId(2), &quick(Architecture::Autoencoder, 3), &pins);
    let heard = bench.until_ended(JobId(2));
    let folder = ended_run(&heard).folder.clone();
    let of_the_second = |event: &EngineEvent| match event {
        EngineEvent::TrainingPreview { preview, .. } if preview.pin == 1 => Some(Arc::clone(preview)),
        _ => None,
    };
    let live: Vec<_> = heard.iter().filter_map(of_the_second).collect();
    let film = |folder: &Path| {
        bench.engine.send(EngineCommand::LoadFilm { folder: folder.to_path_buf() });
        let heard = bench.until(|event| matches!(event, EngineEvent::FilmLoaded { .. }));
        let notices = heard.iter().filter(|event| matches!(event, EngineEvent::Notice(_))).count();
        let Some(EngineEvent::FilmLoaded { folder: of, rows }) = heard.last().cloned() else { panic!("{heard:?}") };
        assert_eq!(of, folder);
        (rows, notices)
    };
    let (rows, notices) = film(&folder);
    assert_eq!((rows.len(), notices), (pins.len(), 0));
    let saved = &rows[1];
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    assert!(sample.join(&saved.case.as_ref().unwrap().path).is_file());
    assert_eq!(saved.previews.len(), live.len());
    for (saved, live) in saved.previews.iter().zip(&live) {
        assert_eq!((saved.epoch, &saved.input), (live.epoch, &live.input));
        let near = |(a, b): (&f32, &f32)| (a - b.clamp(0.0, 1.0)).abs() <= 0.5 / 255.0 + 1e-6;
        assert!(saved.map.values.iter().zip(&live.map.values).all(near));
    }
    std::fs::write(folder.join("previews/epoch_0002.png"), b"no picture").unwrap();
    let (rows, notices) = film(&folder);
    assert_eq!((rows[0].previews.len(), notices), (3, 1));
    let (rows, notices) = film(Path::new("/nowhere/run"));
    assert_eq!((rows.len(), notices), (0, 1));
}

#[test]
fn jobs_queue_stop_resume_and_are_deleted() {
    let (bench, pins) = Bench::with_sample();
    let settings = quick(Architecture::Vae, 400);
    bench.train(JobId(2), &settings, &pins);
    bench.train(JobId(3), &quick(Architecture::Gan, 1), &[]);
    bench.train(JobId(4), &quick(Architecture::Gan, 1), &[]);
    bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { job: JobId(2), .. }));
    bench.engine.send(EngineCommand::Stop { job: JobId(4) });
    bench.engine.send(EngineCommand::Pause { job: JobId(2) });
    let heard = bench.until(|event| matches!(event, EngineEvent::JobPaused { job: JobId(2), paused: true }));
    let left_the_queue =
        |event: &EngineEvent| matches!(event, EngineEvent::JobEnded { job: JobId(4), outcome: JobOutcome::Cancelled });
    assert!(heard.iter().any(left_the_queue));
    std::thread::sleep(Duration::from_millis(500));
    while bench.events.try_recv().is_ok() {}
    std::thread::sleep(Duration::from_millis(500));
    let learning = |event: &EngineEvent| matches!(event, EngineEvent::TrainingBatch { .. });
    assert!(!bench.events.try_iter().any(|event| learning(&event)), "a paused training learns");
    bench.engine.send(EngineCommand::Continue { job: JobId(2) });
    bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { job: JobId(2), .. }));
    bench.engine.send(EngineCommand::Stop { job: JobId(2) });
    let heard = bench.until_ended(JobId(2));
    let stopped = ended_run(&heard);
    assert_eq!(outcome(&heard), JobOutcome::Stopped);
    assert_eq!((stopped.status, stopped.usable), (RunStatus::Interrupted, true));
    bench.until_ended(JobId(3));
    resume_and_delete(&bench, &stopped);
}

fn resume_and_delete(bench: &Bench, stopped: &RunInfo) {
    let folder = stopped.folder.clone();
    bench.engine.send(EngineCommand::Resume { job: JobId(5), folder: folder.clone(), pins: Vec::new() });
    let done = stopped.epochs.len() as u32;
    let heard = bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { job: JobId(5), .. }));
    assert!(matches!(heard.last(), Some(EngineEvent::TrainingEpoch { record, .. }) if record.epoch == done + 1));
    bench.engine.send(EngineCommand::DeleteRun { folder: folder.clone() });
    let heard = bench.until(|event| matches!(event, EngineEvent::Failed(_)));
    assert!(matches!(heard.last(), Some(EngineEvent::Failed(why)) if why.message.contains("being trained")));
    bench.engine.send(EngineCommand::Stop { job: JobId(5) });
    bench.until_ended(JobId(5));
    bench.engine.send(EngineCommand::DeleteRun { folder: folder.clone() });
    bench.until(|event| matches!(event, EngineEvent::Runs(runs) if runs.iter().all(|run| run.folder != folder)));
    assert!(!folder.exists());
}

/// It begins when the training ends, before the run's model is loaded again.
#[test]
fn a_benchmark_behind_a_resumed_training_tells_its_whole_time() {
    let (bench, _) = Bench::with_sample();
    bench.train(JobId(2), &quick(Architecture::Autoencoder, 400), &[]);
    bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { .. }));
    bench.engine.send(EngineCommand::Stop { job: JobId(2) });
    let folder = ended_run(&bench.until_ended(JobId(2))).folder.clone();
    let heard = bench.until(|event| matches!(event, EngineEvent::ModelLoaded(_)));
    let Some(EngineEvent::ModelLoaded(first)) = heard.last() else { panic!("{heard:?}") };
    bench.engine.send(EngineCommand::Resume { job: JobId(3), folder: folder.clone(), pins: Vec::new() });
    bench.engine.send(EngineCommand::Benchmark { job: JobId(4), models: vec![first.id.clone().into()] });
    bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { job: JobId(3), .. }));
    bench.engine.send(EngineCommand::Stop { job: JobId(3) });
    let heard = bench.until(|event| matches!(event, EngineEvent::Benchmarked { .. } | EngineEvent::JobFailed { .. }));
    let Some(EngineEvent::Benchmarked { benchmark, .. }) = heard.last() else { panic!("{heard:?}") };
    let (_, record) = neuroscan::store::open(&folder, false).unwrap();
    assert!(record.elapsed_secs > first.training_secs);
    assert_eq!(benchmark.entries[0].training_secs, Some(record.elapsed_secs));
}

/// After a reboot nothing is open: the run's own note of where its images are is enough.
#[test]
fn a_run_goes_on_without_an_open_data_set() {
    let (bench, pins) = Bench::with_sample();
    bench.train(JobId(2), &quick(Architecture::Autoencoder, 400), &pins);
    bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { .. }));
    // Closing the program stops the training as one would by hand.
    let Bench { engine, events, folder } = bench;
    drop(engine);
    drop(events);
    let run: PathBuf = std::fs::read_dir(folder.path().join("models")).unwrap().next().unwrap().unwrap().path();
    let again = Bench::new();
    again.engine.send(EngineCommand::Resume { job: JobId(1), folder: run, pins: Vec::new() });
    let heard = again.until(|event| matches!(event, EngineEvent::TrainingEpoch { .. }));
    assert!(matches!(heard.last(), Some(EngineEvent::TrainingEpoch { record, .. }) if record.epoch > 1));
}

/// A folder as `kill -9` leaves it after some epochs: no end is noted and nothing is calibrated.
fn killed(bench: &Bench, epochs: u32) -> RunInfo {
    bench.train(JobId(2), &quick(Architecture::Autoencoder, 400), &[]);
    bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { record, .. } if record.epoch == epochs));
    bench.engine.send(EngineCommand::Stop { job: JobId(2) });
    let run = ended_run(&bench.until_ended(JobId(2)));
    bench.until(|event| matches!(event, EngineEvent::ModelLoaded(_)));
    std::fs::remove_file(run.folder.join("calibration.json")).unwrap();
    let record = run.folder.join("run.json");
    let text = std::fs::read_to_string(&record).unwrap().replace("\"interrupted\"", "\"running\"");
    std::fs::write(record, text).unwrap();
    (*run).clone()
}

#[test]
fn a_killed_run_is_calibrated_when_it_is_loaded() {
    let (bench, _) = Bench::with_sample();
    let run = killed(&bench, 2);
    bench.engine.send(EngineCommand::LoadModel { path: run.folder.clone() });
    let heard = bench.until(|event| matches!(event, EngineEvent::ModelLoaded(_) | EngineEvent::Failed(_)));
    let Some(EngineEvent::ModelLoaded(model)) = heard.last() else { panic!("{heard:?}") };
    assert_eq!((&model.folder, model.calibration.healthy_scores.len()), (&run.folder, run.validation_count as usize));
    assert!(
        heard.iter().any(
            |event| matches!(event, EngineEvent::Notice(notice) if notice.message.contains("stopped after epoch"))
        )
    );
    let stored = neuroscan::store::open(&run.folder, false).unwrap();
    assert_eq!((stored.0.status, stored.0.usable), (RunStatus::Interrupted, true));
    assert!(stored.1.resumed.is_empty(), "it did not go on");
    bench.engine.send(EngineCommand::Resume { job: JobId(3), folder: run.folder.clone(), pins: Vec::new() });
    let heard = bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { job: JobId(3), .. }));
    let next = run.epochs.len() as u32 + 1;
    assert!(matches!(heard.last(), Some(EngineEvent::TrainingEpoch { record, .. }) if record.epoch == next));
}

#[test]
fn a_killed_run_whose_images_are_gone_says_what_to_do() {
    let (bench, _) = Bench::with_sample();
    let run = killed(&bench, 1);
    let record = run.folder.join("run.json");
    let text = std::fs::read_to_string(&record).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["data"]["root"] = "/nowhere/chest_xray".into();
    std::fs::write(&record, json.to_string()).unwrap();
    let again = Bench::new();
    again.engine.send(EngineCommand::Calibrate { job: JobId(1), folders: vec![run.folder.clone()] });
    let heard = again.until(|event| matches!(event, EngineEvent::JobFailed { .. }));
    let Some(EngineEvent::JobFailed { error, .. }) = heard.last() else { unreachable!() };
    assert!(error.message.contains("interrupted") && error.message.contains("healthy images"), "{error:?}");
    assert!(error.advice.contains("Resume it") && error.advice.contains("/nowhere/chest_xray"), "{error:?}");
    // The open data set will do.
    bench.engine.send(EngineCommand::Calibrate { job: JobId(4), folders: vec![run.folder] });
    bench.until_ended(JobId(4));
    bench.until(|event| matches!(event, EngineEvent::ModelLoaded(_)));
}

#[test]
fn what_cannot_be_trained_is_explained() {
    let bench = Bench::new();
    bench.train(JobId(1), &quick(Architecture::Autoencoder, 1), &[]);
    let failed = |event: &EngineEvent| matches!(event, EngineEvent::JobFailed { .. });
    let heard = bench.until(failed);
    assert!(
        matches!(heard.last(), Some(EngineEvent::JobFailed { error, .. }) if error.message.contains("No data set"))
    );
    let mut settings = quick(Architecture::Autoencoder, 1);
    settings.epochs = 0;
    bench.train(JobId(2), &settings, &[]);
    let heard = bench.until(failed);
    assert!(matches!(heard.last(), Some(EngineEvent::JobFailed { error, .. }) if error.message.contains("Epochs")));
    bench.engine.send(EngineCommand::Resume { job: JobId(3), folder: "/nowhere/run".into(), pins: Vec::new() });
    let heard = bench.until(failed);
    let named = |event: Option<&EngineEvent>| matches!(event, Some(EngineEvent::JobFailed { error, .. }) if error.message.contains("/nowhere/run"));
    assert!(named(heard.last()), "{:?}", heard.last());
}

/// A lock counts against whoever did not take it, so that a second engine stands for a second window.
#[test]
fn a_run_of_another_window_is_followed_until_it_ends_and_then_resumed() {
    let (bench, _) = Bench::with_sample();
    bench.train(JobId(2), &quick(Architecture::Autoencoder, 5_000), &[]);
    bench.until(|event| matches!(event, EngineEvent::TrainingEpoch { .. }));
    let other = Bench::with_models_of(Some(&bench));
    other.engine.send(EngineCommand::ListRuns);
    let heard = other.until(|event| matches!(event, EngineEvent::Runs(_)));
    let Some(EngineEvent::Runs(runs)) = heard.last() else { panic!("{heard:?}") };
    let listed = runs[0].clone();
    assert_eq!((runs.len(), listed.status), (1, RunStatus::Running));
    let grown = |event: &EngineEvent| {
        let EngineEvent::RunChanged(run) = event else { return false };
        run.status == RunStatus::Running && run.epochs.len() > listed.epochs.len()
    };
    other.until(grown);
    bench.engine.send(EngineCommand::Stop { job: JobId(2) });
    let own = bench.until_ended(JobId(2));
    assert!(!own.iter().any(|event| matches!(event, EngineEvent::RunChanged(_))), "it is its own");
    let ended =
        |event: &EngineEvent| matches!(event, EngineEvent::RunChanged(run) if run.status == RunStatus::Interrupted);
    let heard = other.until(ended);
    let Some(EngineEvent::RunChanged(run)) = heard.last() else { panic!("{heard:?}") };
    assert!(run.usable);
    other.engine.send(EngineCommand::Resume { job: JobId(7), folder: run.folder.clone(), pins: Vec::new() });
    other.until(|event| matches!(event, EngineEvent::TrainingEpoch { job: JobId(7), .. }));
    other.engine.send(EngineCommand::Stop { job: JobId(7) });
    other.until_ended(JobId(7));
}
