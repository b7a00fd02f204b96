//! Trainings as jobs: gathers the images, makes or takes up the run folder, passes on what the loop reports.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::jobs::{Job, JobWatch};
use super::librarian;
use super::lungs;
use super::message::EngineEvent;
use super::meter::Meter;
use super::opacities::Opacities;
use super::run_data::{self, Entries};
use super::shared::Shared;
use super::trainer::{self, Work};
use super::viewer;
use crate::dataset::OpenDataSet;
use crate::domain::{
    CaseRef, EpochRecord, JobId, JobKind, JobOutcome, JobProgress, ModelId, PinnedCase, Preview, Region, RunInfo,
    RunStatus, SampleId, Split, TrainingSettings, Watch, evenly,
};
use crate::error::{Error, Result};
use crate::models::{self, lungs::LungNet};
use crate::store::{self, DataRecord, NewRun, RunWriter, SplitEntry, Versions};
use crate::training::{self, BatchReport, Images, MOST_DEVELOPMENT, Observer, Painter, Pin, Wish};

/// Progress is told at most this often.
const BETWEEN_REPORTS: Duration = Duration::from_millis(100);

/// What a training job needs beside its run.
struct Request {
    /// Open when the training was asked for, whatever is opened before its turn.
    data: Option<OpenDataSet>,
    pins: Vec<SampleId>,
}

/// Queues a training from scratch on the data set that is open now.
pub(crate) fn start(shared: &Shared, id: JobId, settings: TrainingSettings, pins: Vec<SampleId>, out: Option<PathBuf>) {
    let kind = JobKind::Train(settings.architecture);
    let request = Request { data: shared.open_data(), pins };
    let work: Work = Box::new(move |shared, job| train_anew(shared, job, &settings, &request, out.as_deref()));
    trainer::enqueue(shared, id, kind, work);
}

/// Queues an interrupted run to go on.
pub(crate) fn resume(shared: &Shared, id: JobId, folder: PathBuf, pins: Vec<SampleId>) {
    match store::open(&folder, false) {
        Ok((run, _)) => {
            let request = Request { data: shared.open_data(), pins };
            let work: Work = Box::new(move |shared, job| go_on(shared, job, &folder, &request));
            trainer::enqueue(shared, id, JobKind::Train(run.architecture()), work);
        }
        Err(error) => shared.outbox.send(EngineEvent::JobFailed { job: id, error: error.into() }),
    }
}

fn train_anew(
    shared: &Shared,
    job: &Job,
    settings: &TrainingSettings,
    request: &Request,
    out: Option<&Path>,
) -> Result<JobOutcome> {
    let problems = settings.validate();
    if !problems.is_empty() {
        return Err(Error::Settings { problems });
    }
    let data = request.data.as_ref().ok_or_else(|| Error::Other("No data set is open.".to_owned()))?;
    let device = shared.compute_device(settings.device)?;
    let split = split_of(data)?;
    let images = gather(shared, job, data, settings, &split, request)?;
    let network = models::build(settings, device)?;
    let new = NewRun {
        settings: settings.clone(),
        data: record_of(data, &split),
        parameters: network.weights().parameter_count(),
        versions: versions(shared, device),
        split: split.into_iter().map(|(entry, _)| entry).collect(),
    };
    let run = RunWriter::create(&shared.config.models_dir, out, new)?;
    train(shared, job, network, run, &images)
}

fn go_on(shared: &Shared, job: &Job, folder: &Path, request: &Request) -> Result<JobOutcome> {
    let (_, record) = store::open(folder, shared.is_bundled(folder))?;
    let device = shared.compute_device(record.settings.device)?;
    let versions = versions(shared, device);
    if record.versions != versions {
        shared.notice(
            Some(job.id),
            &format!(
                "This run was begun with {} and goes on with {versions}: its result can differ in the last digits.",
                record.versions
            ),
        );
    }
    // Another process may have taken it up since the runs were listed.
    let run = RunWriter::resume(folder, versions).inspect_err(|_| librarian::list_runs(shared))?;
    let watch = JobWatch::new(job, &shared.outbox);
    let (data, split) = run_data::find(shared, &watch, &run.record().data, run.split(), request.data.as_ref())?;
    let images = gather(shared, job, &data, &record.settings, &split, request)?;
    let network = models::build(&record.settings, device)?;
    train(shared, job, network, run, &images)
}

/// Trains, and tells how it ended in the order that the contract promises.
fn train(
    shared: &Shared,
    job: &Job,
    network: Box<dyn models::Network>,
    mut run: RunWriter,
    images: &Images,
) -> Result<JobOutcome> {
    let reporter = Reporter { shared, job, run: run.info().id, pace: Mutex::default() };
    shared.set_writing(Some(reporter.run.clone()));
    let outcome = find_lungs(shared, &run, network.weights().device())
        .and_then(|lungs| training::train(network, lungs.as_ref(), &mut run, images, &reporter));
    let info = run.info();
    // Whoever hears of the end may want to take up the run at once.
    drop(run);
    shared.set_writing(None);
    shared.outbox.send(EngineEvent::TrainingEnded { job: job.id, run: Arc::new(info.clone()) });
    librarian::list_runs(shared);
    if info.usable {
        viewer::load(shared, info.folder);
    }
    let outcome = outcome.map_err(|error| match error {
        Error::Io { .. } => Error::BrokenOff(Box::new(error)),
        error => error,
    });
    outcome.map(|status| if status == RunStatus::Interrupted { JobOutcome::Stopped } else { JobOutcome::Done })
}

/// The lung mask, where there is one.
///
/// # Errors
/// When there is none and the run's own score is of the lungs.
fn find_lungs(shared: &Shared, run: &RunWriter, device: tch::Device) -> Result<Option<LungNet>> {
    match lungs::network(&shared.config.lungs_dir, device) {
        Ok(lungs) => Ok(Some(lungs)),
        Err(error) if run.settings().score.region == Region::Lungs => Err(error),
        // The run then has no scores of the lungs.
        Err(_) => Ok(None),
    }
}

/// The images a new run sees: all that are fitted and calibrated on, and an even choice of the development images.
fn split_of(data: &OpenDataSet) -> Result<Entries> {
    let summary = data.summary();
    let ids = |split: Split| summary.ids(split, None).collect::<Vec<SampleId>>();
    let (train, validation, development) = (ids(Split::Train), ids(Split::Validation), ids(Split::Development));
    if train.is_empty() || validation.is_empty() {
        let lacking = if train.is_empty() { "to fit a network to" } else { "of another patient to calibrate with" };
        return Err(Error::DataSet {
            message: format!("there are no healthy images {lacking}"),
            advice: "Open a folder with train/NORMAL in it that has images of at least two patients.".to_owned(),
            path: summary.root.clone(),
        });
    }
    let development = evenly(development.len(), MOST_DEVELOPMENT).map(|index| development[index]);
    let entry = |id: SampleId| {
        let sample = summary.sample(id)?;
        Some((SplitEntry { path: sample.path.clone(), hash: sample.hash.clone(), split: sample.split }, id))
    };
    Ok(train.iter().chain(&validation).copied().chain(development).filter_map(entry).collect())
}

/// The pixels, as the network sees them.
fn gather(
    shared: &Shared,
    job: &Job,
    data: &OpenDataSet,
    settings: &TrainingSettings,
    entries: &Entries,
    request: &Request,
) -> Result<Images> {
    let how = settings.preprocessing;
    let watch = JobWatch::new(job, &shared.outbox);
    let pixels = shared.pool.install(|| data.pixels(how, &watch))?;
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    let ids = |split| entries.iter().filter(move |(entry, _)| entry.split == split).map(|(_, id)| *id);
    let of = |split| pixels.gather(ids(split));
    // Cases to watch are numbered in the data set that was open, which a resumed run need not be of.
    let pin = |&id: &SampleId| -> Option<Result<Pin>> {
        let data = request.data.as_ref()?;
        let sample = data.summary().sample(id)?;
        let named = PinnedCase { path: sample.path.clone(), hash: sample.hash.clone() };
        Some(data.prepare(id, how).map(|image| Pin { case: CaseRef::Sample(id), named, pixels: image.pixels }))
    };
    Ok(Images {
        train: of(Split::Train),
        validation: of(Split::Validation),
        development: of(Split::Development),
        pins: request.pins.iter().filter_map(pin).collect::<Result<_>>()?,
        painter: settings.architecture.learns_from_painted().then(|| -> Arc<dyn Painter> {
            Arc::new(Opacities {
                data: data.clone(),
                how,
                train: ids(Split::Train).collect(),
                validation: ids(Split::Validation).collect(),
                pool: Arc::clone(&shared.pool),
            })
        }),
    })
}

fn record_of(data: &OpenDataSet, entries: &Entries) -> DataRecord {
    let summary = data.summary();
    let count = |split| entries.iter().filter(|(entry, _)| entry.split == split).count() as u32;
    DataRecord {
        name: summary.name.clone(),
        fingerprint: summary.fingerprint.clone(),
        root: Some(std::path::absolute(&summary.root).unwrap_or_else(|_| summary.root.clone())),
        split_seed: summary.split_seed,
        without_copies: summary.without_copies,
        train_count: count(Split::Train),
        validation_count: count(Split::Validation),
        development_count: count(Split::Development),
    }
}

fn versions(shared: &Shared, device: tch::Device) -> Versions {
    let machine = shared.machine();
    let cores = if machine.cores == 1 { "core" } else { "cores" };
    Versions {
        neuroscan: env!("CARGO_PKG_VERSION").to_owned(),
        libtorch: machine.libtorch.clone(),
        device: if device.is_cuda() {
            machine.device_name.clone()
        } else {
            format!("CPU · {} {cores}", machine.cores)
        },
        threads: shared.config.threads,
    }
}

/// Turns what the loop reports into events.
struct Reporter<'a> {
    shared: &'a Shared,
    job: &'a Job,
    run: ModelId,
    pace: Mutex<Pace>,
}

#[derive(Default)]
struct Pace {
    meter: Meter,
    told: Option<Instant>,
    was_paused: bool,
}

impl Reporter<'_> {
    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self, progress: JobProgress) {
        self.shared.outbox.offer(EngineEvent::JobProgress { job: self.job.id, progress });
    }
}

impl Observer for Reporter<'_> {
    fn started(&self, run: &RunInfo, steps_per_epoch: u32) {
        let run = Arc::new(run.clone());
        self.shared.outbox.send(EngineEvent::TrainingStarted { job: self.job.id, run, steps_per_epoch });
        librarian::list_runs(self.shared);
    }

    fn batch(&self, report: &BatchReport) {
        self.shared.outbox.offer(EngineEvent::TrainingBatch {
            job: self.job.id,
            run: self.run.clone(),
            epoch: report.epoch,
            step: report.step,
            loss: report.loss,
        });
        let (now, mut pace) = (Instant::now(), self.pace());
        if std::mem::take(&mut pace.was_paused) {
            pace.meter.restart();
        }
        pace.meter.note(now, report.images);
        let all_done = report.images == report.images_total;
        if !all_done && pace.told.is_some_and(|told| now.duration_since(told) < BETWEEN_REPORTS) {
            return;
        }
        pace.told = Some(now);
        self.progress(JobProgress {
            stage: format!("Epoch {} of {}", report.epoch, report.epochs),
            done: report.images,
            total: report.images_total,
            images_per_s: Some(report.images_per_s),
            left_secs: pace.meter.left_secs(report.images_total),
        });
    }

    fn epoch(&self, record: &EpochRecord) {
        let record = Arc::new(record.clone());
        self.shared.outbox.send(EngineEvent::TrainingEpoch { job: self.job.id, run: self.run.clone(), record });
    }

    fn preview(&self, preview: Preview) {
        let preview = Arc::new(preview);
        self.shared.outbox.send(EngineEvent::TrainingPreview { job: self.job.id, run: self.run.clone(), preview });
    }

    fn notice(&self, message: &str) {
        self.shared.notice(Some(self.job.id), message);
    }

    fn stage(&self, what: &str) {
        let progress = JobProgress { stage: what.to_owned(), done: 0, total: 0, images_per_s: None, left_secs: None };
        // Nothing newer follows for a while, so that this must not be dropped.
        self.shared.outbox.send(EngineEvent::JobProgress { job: self.job.id, progress });
    }

    fn wish(&self) -> Wish {
        if self.job.control.stop_requested() {
            return Wish::Stop;
        }
        if self.job.control.pause_requested() {
            self.pace().was_paused = true;
            return Wish::Pause;
        }
        Wish::GoOn
    }
}
