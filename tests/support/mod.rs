//! What tests of the engine share: an engine that is listened to, and run folders made in a moment.

#![allow(dead_code, reason = "each test binary uses a part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot begin has failed")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use neuroscan::dataset::{self, CacheDir, OpenDataSet, OpenOptions};
use neuroscan::domain::{
    Architecture, DataSetSummary, DevicePreference, EpochRecord, JobId, JobOutcome, LossComponents, Measure, ModelId,
    ModelInfo, Preprocessing, Preset, RunStatus, Scoring, Split, TrainingSettings, Unwatched,
};
use neuroscan::engine::message::{DataOptions, DataSource, EngineCommand, EngineEvent, Failure};
use neuroscan::engine::{self, Engine, EngineConfig, EngineHandle};
use neuroscan::models::{self, checkpoint};
use neuroscan::scoring::{MemoryBank, Subject, calibrator};
use neuroscan::store::{DataRecord, NewRun, RunWriter, SplitEntry, Versions};
use tch::{Device, Tensor};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

pub fn sample_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample")
}

/// Kept between tests and between runs of them: named by content.
pub fn cache_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("image-cache")
}

/// The bundled sample as the engine opens it.
pub fn open_sample() -> OpenDataSet {
    let options = OpenOptions { bundled: true, ..OpenOptions::default() };
    dataset::open(&sample_dir(), &options, &CacheDir::at(cache_dir()), &Unwatched).unwrap()
}

/// An engine with folders of its own, and its events.
pub struct TestEngine {
    pub handle: Option<EngineHandle>,
    pub events: Receiver<EngineEvent>,
    pub folder: tempfile::TempDir,
    next_job: u64,
}

impl TestEngine {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = EngineConfig {
            models_dir: folder.path().join("models"),
            bundled_models_dir: folder.path().join("models/bundled"),
            lungs_dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("models/lungs"),
            sample_dir: sample_dir(),
            cache_dir: cache_dir(),
            threads: 2,
            device: DevicePreference::Cpu,
        };
        let (sender, events) = engine::channel();
        let handle = Engine::start(config, sender, Arc::new(|| {})).unwrap();
        Self { handle: Some(handle), events, folder, next_job: 1 }
    }

    pub fn models_dir(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    pub fn send(&self, command: EngineCommand) {
        self.handle.as_ref().unwrap().send(command);
    }

    pub fn new_job(&mut self) -> JobId {
        self.next_job += 1;
        JobId(self.next_job)
    }

    /// The next event that `pick` takes; others are dropped.
    pub fn wait<T>(&self, what: &str, mut pick: impl FnMut(&EngineEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            match self.events.recv_deadline(deadline) {
                Ok(event) => match pick(&event) {
                    Some(picked) => return picked,
                    None => seen.push(brief(&event)),
                },
                Err(RecvTimeoutError::Timeout) => panic!("{what} did not come, but {seen:#?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("the engine ended before {what}, after {seen:#?}"),
            }
        }
    }

    /// All events until the job ends, and how it did.
    pub fn until_end(&self, job: JobId) -> (Vec<EngineEvent>, Result<JobOutcome, Failure>) {
        let mut events = Vec::new();
        let end = self.wait("the job's end", |event| {
            events.push(event.clone());
            match event {
                EngineEvent::JobEnded { job: ended, outcome } if *ended == job => Some(Ok(*outcome)),
                EngineEvent::JobFailed { job: failed, error } if *failed == job => Some(Err(error.clone())),
                _ => None,
            }
        });
        (events, end)
    }

    pub fn open(&mut self, source: DataSource) -> Arc<DataSetSummary> {
        let job = self.new_job();
        self.send(EngineCommand::OpenData { job, source, options: DataOptions::default() });
        let (events, end) = self.until_end(job);
        assert_eq!(end, Ok(JobOutcome::Done));
        let opened = events.iter().find_map(|event| match event {
            EngineEvent::DataOpened { data, .. } => Some(Arc::clone(data)),
            _ => None,
        });
        opened.expect("DataOpened")
    }

    pub fn load(&self, path: &Path) -> Arc<ModelInfo> {
        self.send(EngineCommand::LoadModel { path: path.to_path_buf() });
        self.wait("ModelLoaded", |event| match event {
            EngineEvent::ModelLoaded(model) => Some(Arc::clone(model)),
            EngineEvent::Failed(failure) => panic!("{failure:?}"),
            _ => None,
        })
    }

    pub fn failure(&self) -> Failure {
        self.wait("Failed", |event| match event {
            EngineEvent::Failed(failure) => Some(failure.clone()),
            _ => None,
        })
    }

    /// Ends the engine as the window does; says how long that took.
    pub fn close(&mut self) -> Duration {
        let started = Instant::now();
        drop(self.handle.take());
        started.elapsed()
    }

    /// Asks for another score, by slug.
    pub fn set_score(&self, model: &ModelId, score: &str) -> Result<Arc<ModelInfo>, Failure> {
        self.send(EngineCommand::SetScore { model: model.clone(), score: score.parse().unwrap() });
        self.wait("the score", |event| match event {
            EngineEvent::ScoreChanged(model) => Some(Ok(Arc::clone(model))),
            EngineEvent::Failed(failure) => Some(Err(failure.clone())),
            _ => None,
        })
    }
}

fn brief(event: &EngineEvent) -> String {
    format!("{event:?}").chars().take(160).collect()
}

/// Settings of a network so small that nothing takes time.
pub fn tiny(architecture: Architecture, seed: u64) -> TrainingSettings {
    TrainingSettings {
        epochs: 1,
        preprocessing: Preprocessing { image_size: 32, clahe: true },
        channels: vec![4, 8],
        latent: 4,
        token_width: 16,
        encoder_layers: 1,
        decoder_layers: 1,
        heads: 2,
        seed,
        device: DevicePreference::Cpu,
        ..TrainingSettings::preset(architecture, Preset::Recommended)
    }
}

/// A whole run folder with an untrained network, calibrated on the data set's validation images.
pub fn make_run(models_dir: &Path, settings: &TrainingSettings, data: &OpenDataSet) -> PathBuf {
    let summary = data.summary();
    let network = models::build(settings, Device::Cpu).unwrap();
    let pixels = data.pixels(settings.preprocessing, &Unwatched).unwrap();
    let validation = pixels.gather(summary.ids(Split::Validation, None));
    let reconstruct = |images: &Tensor| network.reconstruct(images);
    let side = settings.preprocessing.image_size;
    let bank = MemoryBank::default();
    let (subject, own) = (Subject { learnt: &reconstruct, bank: &bank }, [Measure::Map(settings.score)]);
    let known = calibrator::calibrate_all(subject, &own, &validation, (side, Device::Cpu), &Unwatched).unwrap();
    let calibration = known.of(&Scoring::from(settings.score)).unwrap();
    let new = new_run(settings, summary, network.weights().parameter_count());
    let mut run = RunWriter::create(models_dir, None, new).unwrap();
    let bytes = checkpoint::encode(network.weights(), &[], &checkpoint::Metadata::new()).unwrap();
    run.save_epoch(epoch(), &bytes, Some(&bytes)).unwrap();
    run.save_calibration(&calibration).unwrap();
    run.finish(RunStatus::Complete, "done").unwrap().folder
}

fn new_run(settings: &TrainingSettings, summary: &DataSetSummary, parameters: u64) -> NewRun {
    let used = |split| matches!(split, Split::Train | Split::Validation);
    let entries = summary.samples.iter().filter(|sample| used(sample.split));
    let count = |split| summary.ids(split, None).count() as u32;
    NewRun {
        settings: settings.clone(),
        data: DataRecord {
            name: summary.name.clone(),
            fingerprint: summary.fingerprint.clone(),
            root: Some(summary.root.clone()),
            split_seed: summary.split_seed,
            without_copies: summary.without_copies,
            train_count: count(Split::Train),
            validation_count: count(Split::Validation),
            development_count: count(Split::Development),
        },
        split: entries
            .map(|sample| SplitEntry { path: sample.path.clone(), hash: sample.hash.clone(), split: sample.split })
            .collect(),
        versions: Versions::default(),
        parameters,
    }
}

fn epoch() -> EpochRecord {
    let loss = LossComponents { total: 0.1, recon: 0.1, ..LossComponents::default() };
    EpochRecord {
        epoch: 1,
        train: loss,
        validation: loss,
        development_auroc: None,
        learning_rate: 1e-3,
        images_per_s: 100.0,
        elapsed_secs: 1.0,
        cpu_secs: None,
        best: true,
    }
}
