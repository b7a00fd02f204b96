//! Putting trained runs together to an ensemble.

use std::path::PathBuf;
use std::sync::Arc;

use super::calibrating;
use super::detector::Detector;
use super::jobs::{Job, JobWatch};
use super::message::EngineEvent;
use super::shared::Shared;
use super::viewer::Caution;
use super::{librarian, viewer};
use crate::domain::{JobOutcome, MemberChoice, Watch};
use crate::error::{Error, Result};
use crate::store::EnsembleDraft;

/// What is to be put together.
pub(super) struct Request {
    pub members: Vec<MemberChoice>,
    pub name: Option<String>,
    pub out: Option<PathBuf>,
}

/// Runs on the trainer's thread; the viewer loads what it has made.
pub(super) fn run(shared: &Shared, job: &Job, request: &Request) -> Result<JobOutcome> {
    let Request { members, name, out } = request;
    let watch = JobWatch::new(job, &shared.outbox);
    watch.progress("Copying the members", 0, 0);
    let models_dir = &shared.config.models_dir;
    let draft = EnsembleDraft::create(models_dir, out.as_deref(), members, name.as_deref())?;
    let caution = match place_maps(shared, &draft, &watch) {
        Ok(()) => Caution::Tell,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        // It can be used all the same, and says so whenever it is loaded.
        Err(error) => {
            shared.notice(Some(job.id), &format!("The ensemble's maps are not placed among healthy ones: {error}"));
            Caution::WasTold
        }
    };
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    let ensemble = Arc::new(draft.finish()?);
    librarian::list_runs(shared);
    viewer::load_with(shared, ensemble.folder.clone(), caution);
    shared.outbox.send(EngineEvent::EnsembleMade { job: job.id, ensemble });
    Ok(JobOutcome::Done)
}

/// Where the open data set has the members' validation images.
fn place_maps(shared: &Shared, draft: &EnsembleDraft, watch: &JobWatch<'_>) -> Result<()> {
    let device = shared.compute_device(shared.config.device)?;
    let mut detector = Detector::load(shared, &draft.info().folder, device)?;
    let validation = match detector.runs().next() {
        Some(run) => calibrating::images_of(shared, run, shared.open_data().as_ref(), watch)?.validation,
        None => return Ok(()),
    };
    watch.progress("Placing the maps among healthy ones", 0, 0);
    detector.place_maps(&validation, watch)?
}
