//! Calibrating models that are trained already. A run that ended well gets every score it can be given; one whose process was
//! killed has no calibration at all, because only the end of a training fits one, and its best checkpoint gets one as it is.
//! Both on the images of the run, found by their content in the open data set or in the folder that the run was begun with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::detector::{Detector, RunImages, agreed};
use super::jobs::{Job, JobWatch};
use super::message::{EngineEvent, ScoreWorth};
use super::shared::Shared;
use super::trainer::{self, Work};
use super::{librarian, lungs, run_data, viewer};
use crate::dataset::OpenDataSet;
use crate::domain::{JobId, JobKind, JobOutcome, Part, RunStatus, SampleId, Scoring, Split, Watch};
use crate::error::{Error, Result};
use crate::evaluation::DeLong;
use crate::models;
use crate::scoring::WithLungs;
use crate::store::{self, RunWriter, SplitEntry, StoredModel};
use crate::training;

/// Queues the calibration of runs; the viewer takes up what is written.
pub(crate) fn start(shared: &Shared, id: JobId, folders: Vec<PathBuf>) {
    let architecture_of = |folder: &PathBuf| {
        if store::is_ensemble(folder) {
            return Ok(None);
        }
        store::open(folder, shared.is_bundled(folder)).map(|(run, _)| Some(run.architecture()))
    };
    let opened: Result<Vec<_>> = folders.iter().map(architecture_of).collect();
    match opened {
        Ok(architectures) => {
            let architecture = if let [only] = architectures[..] { only } else { None };
            let open = shared.open_data();
            let work: Work = Box::new(move |shared, job| carry_out(shared, job, &folders, open.as_ref()));
            trainer::enqueue(shared, id, JobKind::Calibrate(architecture), work);
        }
        Err(error) => shared.outbox.send(EngineEvent::JobFailed { job: id, error: error.into() }),
    }
}

fn carry_out(shared: &Shared, job: &Job, folders: &[PathBuf], open: Option<&OpenDataSet>) -> Result<JobOutcome> {
    let watch = JobWatch::new(job, &shared.outbox);
    let device = shared.compute_device(shared.config.device)?;
    for folder in folders {
        let bundled = shared.is_bundled(folder);
        if let Some(folder) = unfinished(folder).filter(|_| !bundled) {
            finish(shared, &folder, device, open, &watch)?;
        } else {
            let mut detector = Detector::load(shared, folder, device)?;
            detector.calibrate(&|run| images_of(shared, run, open, &watch), None, &watch)?;
            let worth = Arc::new(worth(shared, &detector, open, &watch)?);
            shared.outbox.send(EngineEvent::ScoresCalibrated { job: job.id, folder: folder.clone(), worth });
        }
        viewer::load(shared, folder.clone());
    }
    Ok(JobOutcome::Done)
}

/// How well each measure alone, and haze, tells the run's development images from its validation normals: what a score may
/// be chosen by, since neither are test images. Nothing where the open data set has none of them, and of an ensemble, whose members
/// have each their own.
fn worth(
    shared: &Shared,
    detector: &Detector,
    open: Option<&OpenDataSet>,
    watch: &dyn Watch,
) -> Result<Vec<ScoreWorth>> {
    let Some(stored) = detector.single() else { return Ok(Vec::new()) };
    let Some(data) = open else { return Ok(Vec::new()) };
    let by_hash = run_data::by_content(data);
    let wanted = stored.split.iter().filter(|entry| entry.split == Split::Development);
    let diseased: Vec<SampleId> = wanted.filter_map(|entry| by_hash.get(entry.hash.as_str())).copied().collect();
    if diseased.is_empty() {
        return Ok(Vec::new());
    }
    let pixels = shared.pool.install(|| data.pixels(stored.run.settings.preprocessing, watch))?;
    let measures = detector.measures();
    let tables = detector.table(&measures, &pixels.gather(diseased), watch)?;
    let known = &stored.calibrations;
    let one = |scoring: Scoring| {
        let place = |part: &Part| measures.iter().position(|measure| *measure == part.measure);
        let columns: Vec<usize> = scoring.parts().iter().map(place).collect::<Option<_>>()?;
        let (healthy, spreads) = (known.healthy(&scoring).ok()?.scores, known.spreads(&scoring).ok()?);
        let diseased = agreed(&scoring, &spreads, detector.weights(), &tables, &columns);
        let diseased: Vec<f64> = diseased.iter().map(|agreed| agreed.score).collect();
        let positive: Vec<bool> = healthy.iter().map(|_| false).chain(diseased.iter().map(|_| true)).collect();
        let ranked = DeLong::new(&[&healthy[..], &diseased].concat(), &positive)?;
        let (healthy, diseased) = (healthy.len() as u32, diseased.len() as u32);
        Some(ScoreWorth { scoring, auroc: ranked.interval(), healthy, diseased })
    };
    let single = measures.iter().map(|measure| Scoring::from(*measure));
    Ok(single.chain([Scoring::haze()]).filter_map(one).collect())
}

/// Finds a run's images.
///
/// # Errors
/// When they are neither in the open data set nor where they were: names the data set to open; `Cancelled`.
pub(super) fn images_of(
    shared: &Shared,
    stored: &StoredModel,
    open: Option<&OpenDataSet>,
    watch: &dyn Watch,
) -> Result<RunImages> {
    let (_, record) = store::open(&stored.run.folder, stored.run.bundled)?;
    let learnt = |entry: &&SplitEntry| matches!(entry.split, Split::Train | Split::Validation);
    let wanted: Vec<SplitEntry> = stored.split.iter().filter(learnt).cloned().collect();
    let (data, entries) = run_data::find(shared, watch, &record.data, &wanted, open)?;
    let pixels = shared.pool.install(|| data.pixels(stored.run.settings.preprocessing, watch))?;
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    let of = |split| pixels.gather(entries.iter().filter(|(entry, _)| entry.split == split).map(|(_, id)| *id));
    Ok(RunImages { train: of(Split::Train), validation: of(Split::Validation) })
}

/// The folder of a model that has a whole epoch and no calibration, because its training was interrupted; `None` for any
/// other path.
pub(super) fn unfinished(path: &Path) -> Option<PathBuf> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    let (run, _) = store::open(folder, false).ok()?;
    let is_unfinished = run.status == RunStatus::Interrupted && !run.usable && !run.epochs.is_empty();
    is_unfinished.then_some(run.folder)
}

/// Calibrates the best checkpoint of an interrupted run on its held-out healthy images.
///
/// # Errors
/// When its images are neither in the open data set nor where they were: what to do. When another process trains it.
pub(super) fn finish(
    shared: &Shared,
    folder: &Path,
    device: tch::Device,
    open: Option<&OpenDataSet>,
    watch: &dyn Watch,
) -> Result<()> {
    let mut run = RunWriter::reopen(folder)?;
    let healthy: Vec<SplitEntry> =
        run.split().iter().filter(|entry| entry.split == Split::Validation).cloned().collect();
    let (data, entries) = run_data::find(shared, watch, &run.record().data, &healthy, open)
        .map_err(|error| missing(error, &run, healthy.len()))?;
    let how = run.settings().preprocessing;
    let pixels = shared.pool.install(|| data.pixels(how, watch))?;
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    watch.progress("Calibrating on healthy images", 0, 0);
    let healthy = pixels.gather(entries.iter().map(|(_, id)| *id));
    let network = models::build(run.settings(), device)?;
    let lungs = lungs::network(&shared.config.lungs_dir, device).ok();
    let learnt = WithLungs { network: network.as_ref(), lungs: lungs.as_ref() };
    training::calibrate_interrupted(learnt, &mut run, &healthy)?;
    let (epochs, planned) = (run.epochs().len(), run.settings().epochs);
    let name = run.info().id.0;
    shared.notice(
        None,
        &format!(
            "{name} stopped after epoch {epochs} of {planned}. It was calibrated as it is, and can still be resumed."
        ),
    );
    drop(run);
    librarian::list_runs(shared);
    Ok(())
}

/// What stands in the way of calibrating, and both ways on.
fn missing(error: Error, run: &RunWriter, healthy: usize) -> Error {
    if matches!(error, Error::Cancelled) {
        return error;
    }
    let place = run.record().data.root.as_ref().map_or_else(String::new, |root| format!(" ({})", root.display()));
    Error::DataSet {
        message: format!(
            "this run was interrupted before its end, and not all of the {healthy} healthy images that it is calibrated \
             on are in the open data set"
        ),
        advice: format!("Resume it, or open the folder it was begun with{place} and load it again."),
        path: run.folder().to_path_buf(),
    }
}
