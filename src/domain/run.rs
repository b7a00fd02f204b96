//! Trained models and the folders they come from.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Architecture, Calibration, EpochRecord, Score, TrainingSettings};

/// Names a loaded model for as long as the program runs: its run folder's name, unique among those loaded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModelId(pub String);

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    Running,
    /// Stopped by the user or by a crash: can be resumed.
    Interrupted,
    /// Ended early because the validation error stopped falling.
    StoppedEarly,
    /// Ended by NaN or explosion; the last good checkpoint is kept.
    Diverged,
    Complete,
}

/// A run folder, read from disk: what the run legend, the dropdowns and "Resume" need.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInfo {
    pub id: ModelId,
    pub folder: PathBuf,
    /// Shipped with the program.
    pub bundled: bool,
    pub settings: TrainingSettings,
    pub status: RunStatus,
    /// Seconds since 1970 when it began.
    pub started_unix_secs: i64,
    pub data_name: String,
    pub train_count: u32,
    pub validation_count: u32,
    pub epochs: Arc<Vec<EpochRecord>>,
    pub best_epoch: Option<u32>,
    pub parameters: u64,
    /// A best checkpoint with calibration exists, so it can be loaded.
    pub usable: bool,
}

impl RunInfo {
    pub fn architecture(&self) -> Architecture {
        self.settings.architecture
    }
}

/// A model in memory, ready to analyse.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    pub id: ModelId,
    pub folder: PathBuf,
    pub bundled: bool,
    pub architecture: Architecture,
    /// "VAE", or "VAE · 2026-11-20 13:05" where several of one architecture are loaded.
    pub name: String,
    pub settings: TrainingSettings,
    pub score: Score,
    pub parameters: u64,
    pub training_secs: f64,
    /// User and system time of the whole program while it was trained; `None` where it was not measured.
    pub training_cpu_secs: Option<f64>,
    pub best_epoch: u32,
    pub calibration: Arc<Calibration>,
}
