//! Long-running work and how it reports.

use std::path::PathBuf;

use super::Architecture;

/// Names one command's work; events of older jobs are told apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// What a job does, for the queue and the status bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobKind {
    OpenData(PathBuf),
    Train(Architecture),
    /// Calibrate runs that are trained already: one of this architecture, or several.
    Calibrate(Option<Architecture>),
    Benchmark,
    /// Measuring maps on painted lesions.
    Heatmaps,
    /// Put trained runs together.
    Ensemble,
    Score,
    ReadGroups,
    /// Encode the open data set by one model.
    Explore,
    Export,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq)]
pub struct JobProgress {
    /// What is being done now: "Reading files", "Epoch 3 of 50".
    pub stage: String,
    pub done: u64,
    /// 0 while unknown.
    pub total: u64,
    /// Images a second over the last seconds; `None` until known.
    pub images_per_s: Option<f64>,
    /// Seconds left; `None` until known.
    pub left_secs: Option<f64>,
}

/// How a job ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    Done,
    /// Stopped on request; what was reached is kept.
    Stopped,
    Cancelled,
}
