//! Jobs and how they stand.

use super::{State, limit};
use crate::domain::{JobId, JobKind, JobOutcome, JobProgress, clock, thousands};
use crate::engine::message::Failure;

/// A job that is queued, runs or has ended in this session.
#[derive(Clone, Debug)]
pub struct JobView {
    pub id: JobId,
    pub kind: JobKind,
    pub stage: JobStage,
    pub progress: Option<JobProgress>,
    /// It was asked to stop and has not ended yet.
    pub stopping: bool,
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

    /// The share that is done, none while it waits; `None` while unknown.
    pub fn share(&self) -> Option<f32> {
        if self.stage == JobStage::Queued {
            return Some(0.0);
        }
        let progress = self.progress.as_ref().filter(|progress| progress.total > 0)?;
        Some(progress.done as f32 / progress.total as f32)
    }

    /// What it is, behind "after" or "for": "the training of VAE".
    pub fn what(&self) -> String {
        match &self.kind {
            JobKind::Train(architecture) => format!("the training of {}", architecture.name()),
            JobKind::OpenData(_) => "the opening of a data set".to_owned(),
            JobKind::Calibrate(_) => "the calibration".to_owned(),
            JobKind::Benchmark => "the benchmark".to_owned(),
            JobKind::Heatmaps => "the measuring of heatmaps".to_owned(),
            JobKind::Ensemble => "the making of an ensemble".to_owned(),
            JobKind::Score => "the scoring".to_owned(),
            JobKind::ReadGroups => "the reading of groups".to_owned(),
            JobKind::Explore => "the latent space".to_owned(),
            JobKind::Export => "the export".to_owned(),
        }
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

    /// What a training does once its epochs are over, "Calibrating on healthy images"; `None` while it prepares or learns.
    pub fn ending<'a>(&self, job: &'a JobView) -> Option<&'a str> {
        let progress = job.progress.as_ref().filter(|progress| progress.total == 0 && job.is_started())?;
        let learned = self.live_of_job(job.id).is_some_and(|live| !live.batches.is_empty());
        learned.then_some(progress.stage.as_str())
    }

    /// Whether a job can still be paused or stopped: it was not asked to stop, and its epochs are not over.
    pub fn can_steer(&self, job: &JobView) -> bool {
        !job.stopping && self.ending(job).is_none()
    }

    /// What a queued job waits for, in a sentence without its stop.
    pub fn waits_for(&self, job: &JobView) -> String {
        let Some(running) = self.jobs.iter().find(|other| other.is_started() && one_at_a_time(&other.kind)) else {
            return "Waits for its turn".to_owned();
        };
        let what = running.what();
        let stage = self.ending(running).map_or(String::new(), |stage| format!(" ({})", lower_first(stage)));
        match self.queue().take_while(|other| other.id != job.id).count() {
            0 => format!("Waits for {what}{stage}"),
            more => format!("Waits for {what}{stage} and {more} more"),
        }
    }

    /// How far a job is, in words: "Scoring by VAE · 312 of 885 · 0:12 left".
    pub fn progress_of(&self, job: &JobView) -> String {
        if job.stopping {
            return "Stopping…".to_owned();
        }
        let progress = match (&job.stage, &job.progress) {
            (JobStage::Queued, _) => return self.waits_for(job),
            (_, None) => return "Starting".to_owned(),
            (_, Some(progress)) => progress,
        };
        let mut parts = vec![progress.stage.clone()];
        if progress.total > 0 {
            let [done, total] =
                [progress.done.min(progress.total), progress.total].map(|count| thousands(count as usize));
            parts.push(format!("{done} of {total}"));
        }
        parts.extend(progress.left_secs.map(|secs| format!("{} left", clock(secs))));
        parts.join(" · ")
    }

    /// A job was asked to stop: said at once, whenever it ends.
    pub fn stop_asked(&mut self, id: JobId) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id && job.is_started()) {
            job.stopping = true;
        }
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
        self.jobs.push(JobView { id, kind, stage, progress: None, stopping: false });
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

/// Jobs of the engine's one thread for long work.
fn one_at_a_time(kind: &JobKind) -> bool {
    !matches!(kind, JobKind::OpenData(_) | JobKind::ReadGroups | JobKind::Export)
}

fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
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
    fn progress_is_said_in_images_and_time() {
        let state = State::default();
        let (kind, stage) = (JobKind::Explore, JobStage::Running);
        let mut job = JobView { id: JobId(1), kind, stage, progress: None, stopping: false };
        assert_eq!((state.progress_of(&job).as_str(), job.share()), ("Starting", None));
        let mut progress = JobProgress {
            stage: "Encoding by VAE".to_owned(),
            done: 471,
            total: 1884,
            images_per_s: None,
            left_secs: None,
        };
        job.progress = Some(progress.clone());
        assert_eq!((state.progress_of(&job).as_str(), job.share()), ("Encoding by VAE · 471 of 1,884", Some(0.25)));
        progress.left_secs = Some(12.0);
        job.progress = Some(progress.clone());
        assert_eq!(state.progress_of(&job), "Encoding by VAE · 471 of 1,884 · 0:12 left");
        job.progress = Some(JobProgress { total: 0, left_secs: None, ..progress });
        assert_eq!((state.progress_of(&job).as_str(), job.share()), ("Encoding by VAE", None));
        job.stage = JobStage::Queued;
        assert_eq!((state.progress_of(&job).as_str(), job.share()), ("Waits for its turn", Some(0.0)));
        job.stopping = true;
        assert_eq!(state.progress_of(&job), "Stopping…");
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

    #[test]
    fn a_training_that_stops_or_calibrates_says_so_and_what_waits_says_for_what() {
        let mut state = State::default();
        start(&mut state, 1, JobKind::Train(Architecture::Vae));
        state.apply(EngineEvent::JobQueued { job: JobId(2), kind: JobKind::Benchmark });
        let run = std::sync::Arc::new(crate::ui::state::examples::run("vae", Architecture::Vae));
        state.apply(EngineEvent::TrainingStarted { job: JobId(1), run: run.clone(), steps_per_epoch: 9 });
        let loss = LossComponents::default();
        state.apply(EngineEvent::TrainingBatch { job: JobId(1), run: run.id.clone(), epoch: 1, step: 1, loss });
        assert!(state.can_steer(&state.jobs[0]));
        assert_eq!(state.waits_for(&state.jobs[1]), "Waits for the training of VAE");
        state.stop_asked(JobId(1));
        assert!(state.jobs[0].stopping && !state.can_steer(&state.jobs[0]) && state.ending(&state.jobs[0]).is_none());
        let stage = "Calibrating on healthy images".to_owned();
        let progress = JobProgress { stage, done: 0, total: 0, images_per_s: None, left_secs: None };
        state.apply(EngineEvent::JobProgress { job: JobId(1), progress });
        assert_eq!(state.ending(&state.jobs[0]), Some("Calibrating on healthy images"));
        let waits = state.waits_for(&state.jobs[1]);
        assert_eq!(waits, "Waits for the training of VAE (calibrating on healthy images)");
        state.apply(EngineEvent::JobQueued { job: JobId(3), kind: JobKind::Explore });
        assert!(state.waits_for(&state.jobs[2]).ends_with(" and 1 more"));
        state.apply(EngineEvent::JobEnded { job: JobId(1), outcome: JobOutcome::Stopped });
        assert_eq!(state.waits_for(&state.jobs[1]), "Waits for its turn");
    }
}
