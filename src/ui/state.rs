//! What the engine has told: the one picture of the world that all panes share.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{
    Analysis, Benchmark, CaseRef, DataSetSummary, EpochRecord, Finding, GrayImage, JobId, JobKind, JobOutcome,
    JobProgress, LossComponents, ModelId, ModelInfo, Preview, RunInfo, SampleId,
};
use crate::engine::message::{CaseImage, Failure, MachineInfo, MemoryInfo};

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
}

/// A run trained in this session, as it grows.
#[derive(Clone, Debug)]
pub struct LiveRun {
    pub job: JobId,
    pub run: Arc<RunInfo>,
    pub steps_per_epoch: u32,
    pub epochs: Vec<Arc<EpochRecord>>,
    /// One a batch, `(step, loss)`; step counts from 1 over the whole run.
    pub batches: Vec<(u64, LossComponents)>,
    /// By pinned case, then by epoch in order of arrival.
    pub previews: Vec<Vec<Arc<Preview>>>,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Local clock, "13:05".
    pub time: String,
    pub warning: bool,
    pub text: String,
}

/// Everything the panes may show.
#[derive(Default)]
pub struct State {
    pub machine: Option<Arc<MachineInfo>>,
    pub memory: MemoryInfo,
    pub data: Option<Arc<DataSetSummary>>,
    /// The data-set check and the seconds it took; `None` while it runs.
    pub findings: Option<(Arc<Vec<Finding>>, f64)>,
    /// In order of arrival; ended ones stay for the session.
    pub jobs: Vec<JobView>,
    /// As last read from disk, newest first.
    pub runs: Arc<Vec<RunInfo>>,
    /// Runs of this session, newest last.
    pub live: Vec<LiveRun>,
    pub models: Vec<Arc<ModelInfo>>,
    pub analyses: HashMap<(CaseRef, ModelId), Result<Arc<Analysis>, Failure>>,
    pub cases: HashMap<CaseRef, Result<Arc<CaseImage>, Failure>>,
    pub thumbnails: HashMap<SampleId, Arc<GrayImage>>,
    pub benchmark: Option<Arc<Benchmark>>,
    pub log: Vec<LogLine>,
    /// Messages for toasts that no frame has shown yet.
    pub unseen: Vec<ToastMessage>,
}

/// Something to show at the bottom right.
#[derive(Clone, Debug, PartialEq)]
pub enum ToastMessage {
    Info(String),
    Warning(String),
    Error(Failure),
}
