//! The thread that opens folders: scan, replace the open data set, check it. Apart from the trainer, so that a data set
//! opens while a network learns.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::failure::guarded;
use super::jobs::{Job, JobWatch};
use super::machine::{self, Niceness};
use super::message::{DataOptions, DataSource, EngineEvent, Failure};
use super::pictures::Pictures;
use super::shared::Shared;
use crate::dataset::{self, CacheDir, OpenDataSet, OpenOptions};
use crate::domain::{Finding, JobId, JobKind, JobOutcome, Severity, Watch as _};
use crate::error::{Error, Result};

/// One folder is opened, at most one waits: nobody wants the one before the last.
#[derive(Default)]
pub(crate) struct Folders {
    waiting: Option<Opening>,
    running: Option<Arc<Job>>,
}

struct Opening {
    job: Arc<Job>,
    root: PathBuf,
    options: OpenOptions,
}

/// Opens a folder next; one that waits or is being opened is given up.
pub(crate) fn open(shared: &Shared, id: JobId, source: DataSource, options: DataOptions) {
    let (root, bundled) = match source {
        DataSource::BundledSample => (shared.config.sample_dir.clone(), true),
        DataSource::Folder(folder) => (folder, false),
    };
    let DataOptions { split_seed, without_copies } = options;
    let kind = JobKind::OpenData(root.clone());
    let job = shared.jobs.add(id, kind.clone());
    shared.outbox.send(EngineEvent::JobQueued { job: id, kind });
    let opening = Opening { job, root, options: OpenOptions { split_seed, without_copies, bundled } };
    let replaced = shared.opener.change(|folders| {
        if let Some(running) = &folders.running {
            running.control.stop();
        }
        folders.waiting.replace(opening)
    });
    if let Some(replaced) = replaced {
        shared.jobs.end(&replaced.job, Err(Error::Cancelled), &shared.outbox);
    }
}

/// Takes back a folder that waits; true when it did.
pub(crate) fn withdraw(shared: &Shared, id: JobId) -> bool {
    let withdrawn = shared.opener.change(|folders| folders.waiting.take_if(|opening| opening.job.id == id));
    if let Some(opening) = &withdrawn {
        shared.jobs.end(&opening.job, Err(Error::Cancelled), &shared.outbox);
    }
    withdrawn.is_some()
}

/// The thread: until the engine closes.
pub(crate) fn run(shared: &Shared) {
    machine::yield_to_window(Niceness::Background);
    let next = |folders: &mut Folders| {
        let opening = folders.waiting.take()?;
        folders.running = Some(Arc::clone(&opening.job));
        Some(opening)
    };
    while let Some(opening) = shared.opener.take(next) {
        let job = &opening.job;
        shared.outbox.send(EngineEvent::JobStarted { job: job.id, kind: job.kind.clone() });
        let result = guarded(|| carry_out(shared, &opening));
        shared.opener.change(|folders| folders.running = None);
        shared.jobs.end(job, result, &shared.outbox);
    }
}

fn carry_out(shared: &Shared, opening: &Opening) -> Result<JobOutcome> {
    let id = opening.job.id;
    let watch = JobWatch::new(&opening.job, &shared.outbox);
    let cache = CacheDir::at(&shared.config.cache_dir);
    let data = shared.pool.install(|| dataset::open(&opening.root, &opening.options, &cache, &watch))?;
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    shared.replace_data(data.clone());
    shared.pictures.change(Pictures::forget_samples);
    shared.outbox.send(EngineEvent::DataOpened { job: id, data: Arc::clone(data.summary()) });
    tell_notices(shared, id, &data);
    Ok(check(shared, id, &data, &watch))
}

/// Looks for traps. The data set is open whatever comes of it, so that a check that fails or is stopped says so among
/// its findings.
fn check(shared: &Shared, job: JobId, data: &OpenDataSet, watch: &JobWatch<'_>) -> JobOutcome {
    let started = Instant::now();
    let checked = guarded(|| shared.pool.install(|| dataset::check(data, watch)));
    let stopped = matches!(checked, Err(Error::Cancelled));
    let findings = checked.unwrap_or_else(|error| vec![unfinished(&error)]);
    let took_secs = started.elapsed().as_secs_f64();
    shared.outbox.send(EngineEvent::DataChecked { job, findings: Arc::new(findings), took_secs });
    if stopped { JobOutcome::Stopped } else { JobOutcome::Done }
}

fn unfinished(error: &Error) -> Finding {
    let stopped = matches!(error, Error::Cancelled);
    Finding {
        severity: if stopped { Severity::Note } else { Severity::Problem },
        title: if stopped { "The check was stopped" } else { "The check could not be finished" }.to_owned(),
        figure: String::new(),
        explanation: if stopped {
            "Open the folder again to check it.".to_owned()
        } else {
            format!("{}.", Failure::from(error).message)
        },
        samples: Vec::new(),
        details: Vec::new(),
        action: None,
    }
}

/// Passes on what the data set has to say, such as a cache that cannot be written.
pub(crate) fn tell_notices(shared: &Shared, job: JobId, data: &OpenDataSet) {
    for notice in data.take_notices() {
        shared.notice(Some(job), &notice);
    }
}
