//! Jobs and how they stand.

use super::{State, limit};
use crate::domain::{JobId, JobKind, JobOutcome, JobProgress};
use crate::engine::message::Failure;

/// A job that is queued, runs or has ended in this session.
#[derive(Clone, Debug)]
pub struct JobView {
    pub id: JobId,
    pub kind: JobKind,
    pub stage: JobStage,
    pub progress: Option<JobProgress>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum JobStage {
    Queued,
    Running,
    Paused,
    Ended(JobOutcome),
    Failed(Failure),
}

impl JobView {
    pub fn is_active(&self) -> bool {
        matches!(self.stage, JobStage::Queued | JobStage::Running | JobStage::Paused)
    }

    /// Started, not ended: it runs or is paused.
    pub fn is_started(&self) -> bool {
        matches!(self.stage, JobStage::Running | JobStage::Paused)
    }
}

impl State {
    /// The job that runs or is paused; the newest where there are several.
    pub fn current_job(&self) -> Option<&JobView> {
        self.jobs.iter().rev().find(|job| job.is_started())
    }

    /// The training that runs or is paused.
    pub fn training_job(&self) -> Option<&JobView> {
        self.jobs.iter().rev().find(|job| job.is_started() && matches!(job.kind, JobKind::Train(_)))
    }

    /// What the status bar shows: training before anything else.
    pub fn foremost_job(&self) -> Option<&JobView> {
        self.training_job().or_else(|| self.current_job())
    }

    /// Jobs that wait, first in line first.
    pub fn queue(&self) -> impl Iterator<Item = &JobView> {
        self.jobs.iter().filter(|job| job.stage == JobStage::Queued)
    }

    pub fn job(&self, id: JobId) -> Option<&JobView> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The opening of a data set that is queued or runs.
    pub fn opening(&self) -> Option<&JobView> {
        self.jobs.iter().rev().find(|job| job.is_active() && matches!(job.kind, JobKind::OpenData(_)))
    }

    pub(super) fn job_seen(&mut self, id: JobId, kind: JobKind, stage: JobStage) {
        if matches!(kind, JobKind::OpenData(_)) {
            self.data_failure = None;
        }
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) {
            job.stage = stage;
            return;
        }
        if self.jobs.len() >= limit::JOBS {
            let mut spare = self.jobs.len() - limit::JOBS + 1;
            self.jobs.retain(|job| {
                let keep = job.is_active() || spare == 0;
                spare -= usize::from(!keep);
                keep
            });
        }
        self.jobs.push(JobView { id, kind, stage, progress: None });
    }

    pub(super) fn job_progress(&mut self, id: JobId, progress: JobProgress) {
        // Late progress of an ended job is stale.
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id && job.is_active()) {
            job.progress = Some(progress);
        }
    }

    pub(super) fn job_stage(&mut self, id: JobId, stage: JobStage) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id && job.is_active()) {
            job.stage = stage;
        }
    }

    pub(super) fn job_failed(&mut self, id: JobId, error: Failure) {
        if self.job(id).is_some_and(|job| matches!(job.kind, JobKind::OpenData(_))) {
            self.data_failure = Some(error.clone());
        }
        self.job_stage(id, JobStage::Failed(error.clone()));
        self.failure(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, LossComponents, ModelId};
    use crate::engine::message::EngineEvent;
    use crate::ui::state::examples::start;
    use std::path::PathBuf;

    #[test]
    fn events_of_unknown_or_ended_jobs_change_nothing() {
        let mut state = State::default();
        let progress = JobProgress { stage: "late".to_owned(), done: 1, total: 2, images_per_s: None, left_secs: None };
        state.apply(EngineEvent::JobProgress { job: JobId(9), progress: progress.clone() });
        state.apply(EngineEvent::JobEnded { job: JobId(9), outcome: JobOutcome::Done });
        assert!(state.jobs.is_empty());
        start(&mut state, 1, JobKind::Benchmark);
        state.apply(EngineEvent::JobEnded { job: JobId(1), outcome: JobOutcome::Cancelled });
        state.apply(EngineEvent::JobProgress { job: JobId(1), progress });
        state.apply(EngineEvent::JobPaused { job: JobId(1), paused: true });
        assert_eq!(state.jobs[0].stage, JobStage::Ended(JobOutcome::Cancelled));
        assert!(state.jobs[0].progress.is_none());
        let loss = LossComponents::default();
        let run = ModelId("gone".to_owned());
        state.apply(EngineEvent::TrainingBatch { job: JobId(9), run, epoch: 1, step: 1, loss });
        assert!(state.live.is_empty());
    }

    #[test]
    fn training_stands_before_other_jobs_in_the_status_bar() {
        let mut state = State::default();
        start(&mut state, 1, JobKind::Train(Architecture::Vae));
        start(&mut state, 2, JobKind::OpenData(PathBuf::from("/data")));
        state.apply(EngineEvent::JobQueued { job: JobId(3), kind: JobKind::Train(Architecture::Gan) });
        assert_eq!(state.current_job().map(|job| job.id), Some(JobId(2)));
        assert_eq!(state.foremost_job().map(|job| job.id), Some(JobId(1)));
        assert_eq!(state.queue().map(|job| job.id).collect::<Vec<_>>(), [JobId(3)]);
        state.apply(EngineEvent::JobPaused { job: JobId(1), paused: true });
        assert_eq!(state.training_job().map(|job| job.stage.clone()), Some(JobStage::Paused));
    }
}
