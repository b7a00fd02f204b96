//! The thread of long jobs: one at a time, the others wait visibly.

use std::collections::VecDeque;
use std::sync::Arc;

use super::failure::guarded;
use super::heap;
use super::jobs::Job;
use super::machine::Niceness;
use super::message::EngineEvent;
use super::shared::Shared;
use crate::domain::{JobId, JobKind, JobOutcome};
use crate::error::{Error, Result};

/// What a job does, on the trainer's thread.
pub(crate) type Work = Box<dyn FnOnce(&Shared, &Job) -> Result<JobOutcome> + Send>;

/// Jobs that wait, first come first served.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<(Arc<Job>, Work)>,
}

/// Puts a job behind those that wait or run, and says so.
pub(crate) fn enqueue(shared: &Shared, id: JobId, kind: JobKind, work: Work) {
    let job = shared.jobs.add(id, kind.clone());
    shared.outbox.send(EngineEvent::JobQueued { job: id, kind });
    shared.trainer.change(|queue| queue.waiting.push_back((job, work)));
}

/// Takes a job out of the queue; true when it was still waiting.
pub(crate) fn withdraw(shared: &Shared, id: JobId) -> bool {
    let withdrawn = shared.trainer.change(|queue| {
        let at = queue.waiting.iter().position(|(job, _)| job.id == id)?;
        queue.waiting.remove(at)
    });
    if let Some((job, _)) = &withdrawn {
        shared.jobs.end(job, Err(Error::Cancelled), &shared.outbox);
    }
    withdrawn.is_some()
}

/// The thread: until the engine closes.
pub(crate) fn run(shared: &Shared) {
    shared.enter_tensor_thread(Niceness::Background, shared.config.threads);
    while let Some((job, work)) = shared.trainer.take(|queue| queue.waiting.pop_front()) {
        shared.outbox.send(EngineEvent::JobStarted { job: job.id, kind: job.kind.clone() });
        let result = guarded(|| work(shared, &job));
        shared.jobs.end(&job, result, &shared.outbox);
        heap::give_back();
    }
}
