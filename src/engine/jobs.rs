//! Jobs by their id, so that pause and stop reach them wherever they are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::message::EngineEvent;
use super::meter::Meter;
use super::outbox::Outbox;
use crate::domain::{JobId, JobKind, JobOutcome, JobProgress, Watch};
use crate::error::{Error, Result};

/// Progress is told at most this often.
const BETWEEN_REPORTS: Duration = Duration::from_millis(100);

/// What is asked of a job while it runs.
#[derive(Debug, Default)]
pub(crate) struct Control {
    stop: AtomicBool,
    pause: AtomicBool,
}

impl Control {
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub fn pause(&self, paused: bool) {
        self.pause.store(paused, Ordering::Relaxed);
    }

    pub fn pause_requested(&self) -> bool {
        self.pause.load(Ordering::Relaxed)
    }

    pub fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// One command's work.
pub(crate) struct Job {
    pub id: JobId,
    pub kind: JobKind,
    pub control: Control,
}

/// All that are queued or run.
#[derive(Default)]
pub(crate) struct Jobs {
    active: Mutex<HashMap<JobId, Arc<Job>>>,
}

impl Jobs {
    pub fn add(&self, id: JobId, kind: JobKind) -> Arc<Job> {
        let job = Arc::new(Job { id, kind, control: Control::default() });
        self.lock().insert(id, Arc::clone(&job));
        job
    }

    pub fn get(&self, id: JobId) -> Option<Arc<Job>> {
        self.lock().get(&id).cloned()
    }

    /// Tells how a job ended and forgets it.
    pub fn end(&self, job: &Job, result: Result<JobOutcome>, outbox: &Outbox) {
        self.lock().remove(&job.id);
        outbox.send(match result {
            Ok(outcome) => EngineEvent::JobEnded { job: job.id, outcome },
            Err(Error::Cancelled) => EngineEvent::JobEnded { job: job.id, outcome: JobOutcome::Cancelled },
            Err(error) => EngineEvent::JobFailed { job: job.id, error: (&error).into() },
        });
    }

    /// Nothing is queued and nothing runs.
    pub fn are_idle(&self) -> bool {
        self.lock().is_empty()
    }

    /// Asks every job to stop.
    pub fn stop_all(&self) {
        for job in self.lock().values() {
            job.control.stop();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Arc<Job>>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Turns the calls of long work into progress events, a few a second.
pub(crate) struct JobWatch<'a> {
    job: &'a Job,
    outbox: &'a Outbox,
    state: Mutex<WatchState>,
}

#[derive(Default)]
struct WatchState {
    stage: String,
    told: Option<Instant>,
    meter: Meter,
}

impl<'a> JobWatch<'a> {
    pub fn new(job: &'a Job, outbox: &'a Outbox) -> Self {
        Self { job, outbox, state: Mutex::default() }
    }
}

impl Watch for JobWatch<'_> {
    fn progress(&self, stage: &str, done: u64, total: u64) {
        // Called from many threads: those that find it busy have nothing newer to tell.
        let Ok(mut state) = self.state.try_lock() else { return };
        let now = Instant::now();
        if state.stage != stage {
            *state = WatchState { stage: stage.to_owned(), ..WatchState::default() };
        } else if done < total && state.told.is_some_and(|told| now.duration_since(told) < BETWEEN_REPORTS) {
            return;
        }
        state.told = Some(now);
        state.meter.note(now, done);
        let progress = JobProgress {
            stage: stage.to_owned(),
            done,
            total,
            images_per_s: state.meter.rate(),
            left_secs: if total > 0 { state.meter.left_secs(total) } else { None },
        };
        self.outbox.offer(EngineEvent::JobProgress { job: self.job.id, progress });
    }

    fn cancelled(&self) -> bool {
        self.job.control.stop_requested()
    }
}
