//! A run whose process was killed has no calibration, because only the end of a training fits one. This fits it to the
//! best checkpoint as it is, so that the model can be used without training on.

use std::path::{Path, PathBuf};

use super::jobs::{Job, JobWatch};
use super::message::EngineEvent;
use super::shared::Shared;
use super::trainer::{self, Work};
use super::{librarian, lungs, run_data, viewer};
use crate::dataset::OpenDataSet;
use crate::domain::{DevicePreference, JobId, JobKind, JobOutcome, RunStatus, Split, Watch};
use crate::error::{Error, Result};
use crate::models;
use crate::scoring::WithLungs;
use crate::store::{self, RunWriter, SplitEntry};
use crate::training;

/// Queues the calibration of an interrupted run; the model is loaded then.
pub(crate) fn start(shared: &Shared, id: JobId, folder: PathBuf) {
    match store::open(&folder, false) {
        Ok((run, _)) => {
            let open = shared.open_data();
            let work: Work = Box::new(move |shared, job| carry_out(shared, job, &folder, open.as_ref()));
            trainer::enqueue(shared, id, JobKind::Calibrate(run.architecture()), work);
        }
        Err(error) => shared.outbox.send(EngineEvent::JobFailed { job: id, error: error.into() }),
    }
}

fn carry_out(shared: &Shared, job: &Job, folder: &Path, open: Option<&OpenDataSet>) -> Result<JobOutcome> {
    let device = shared.compute_device(DevicePreference::Auto)?;
    calibrate(shared, folder, device, open, &JobWatch::new(job, &shared.outbox))?;
    viewer::load(shared, folder.to_path_buf());
    Ok(JobOutcome::Done)
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
pub(super) fn calibrate(
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
