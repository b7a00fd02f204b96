//! Trained models and the folders they come from.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Abilities, Architecture, Calibration, EnsembleMember, EpochRecord, ModelKind, Preprocessing, Residual, Scoring,
    TrainingSettings, WATCHED_IMAGES,
};

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
    /// Development images that it was watched by.
    pub development_count: u32,
    pub epochs: Arc<Vec<EpochRecord>>,
    pub best_epoch: Option<u32>,
    pub parameters: u64,
    /// A best checkpoint with calibration exists, so it can be loaded.
    pub usable: bool,
    /// Slugs of the measures that it is calibrated for, image by image.
    pub calibrated: Arc<BTreeSet<String>>,
}

impl ModelInfo {
    /// The score it was trained to have.
    pub fn own_score(&self) -> Scoring {
        self.own_score.clone()
    }

    /// Whose map is shown, and gives it its sign: the score's first, else that of the model's own score.
    pub fn shown_residual(&self) -> Residual {
        self.score.first_map().map_or(self.own_residual, |score| score.residual)
    }

    /// Whether it can be scored so without calibrating it first.
    pub fn is_calibrated(&self, scoring: &Scoring) -> bool {
        *scoring == self.own_score()
            || scoring.parts().iter().all(|part| self.calibrated.contains(&part.measure.slug()))
    }
}

/// A model that takes part in a benchmark or scores files.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    pub model: ModelId,
    /// `None`: by what the model scores by now.
    pub score: Option<Scoring>,
}

impl From<ModelId> for Contender {
    fn from(model: ModelId) -> Self {
        Self { model, score: None }
    }
}

impl RunInfo {
    pub fn architecture(&self) -> Architecture {
        self.settings.architecture
    }

    /// Validation normals and development images that the AUROC of each of its epochs is of.
    pub fn watched_images(&self) -> (usize, usize) {
        let watched = |count: u32| (count as usize).min(WATCHED_IMAGES);
        (watched(self.validation_count), watched(self.development_count))
    }
}

/// A model in memory, ready to analyse.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    pub id: ModelId,
    pub folder: PathBuf,
    pub bundled: bool,
    pub kind: ModelKind,
    /// "VAE", or "VAE · 2026-11-20 13:05" where several of one architecture are loaded.
    pub name: String,
    /// The networks of an ensemble, in their order; none of a single network.
    pub members: Arc<[EnsembleMember]>,
    pub preprocessing: Preprocessing,
    /// Numbers of the code of an image; `None` without a single code, as of an ensemble.
    pub latent: Option<u32>,
    /// What it was trained to be scored by.
    pub own_score: Scoring,
    /// Of that score's map; of an ensemble the one that all members have, else the absolute difference.
    pub own_residual: Residual,
    /// What it scores by now; at first its own.
    pub score: Scoring,
    /// What it can tell beside a reconstruction: which scores it can be given.
    pub abilities: Abilities,
    /// What it is calibrated for, by slug; another score has to be calibrated first.
    pub calibrated: Arc<BTreeSet<String>>,
    pub parameters: u64,
    pub training_secs: f64,
    /// User and system time of the whole program while it was trained; `None` where it was not measured.
    pub training_cpu_secs: Option<f64>,
    /// `None` of an ensemble.
    pub best_epoch: Option<u32>,
    /// By that score.
    pub calibration: Arc<Calibration>,
}
