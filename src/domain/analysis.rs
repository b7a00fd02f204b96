//! One image seen by one model.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Lesion, Lungs, ModelId, NoLungs, PaintedCase, Plane, SampleId, stats};

/// An image: of the open data set, or any file, perhaps with lesions painted onto it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CaseRef {
    Sample(SampleId),
    File(PathBuf),
    Painted(Arc<PaintedCase>),
}

impl CaseRef {
    /// The image before any painting.
    pub fn original(&self) -> &Self {
        match self {
            Self::Painted(painted) => painted.original.original(),
            other => other,
        }
    }

    /// What is painted onto it.
    pub fn lesions(&self) -> &[Lesion] {
        match self {
            Self::Painted(painted) => &painted.lesions,
            Self::Sample(_) | Self::File(_) => &[],
        }
    }

    /// The same image with these lesions and no others; itself without painting when there are none.
    #[must_use]
    pub fn painted(&self, lesions: &[Lesion]) -> Self {
        let original = self.original().clone();
        if lesions.is_empty() {
            return original;
        }
        Self::Painted(Arc::new(PaintedCase { original, lesions: lesions.to_vec() }))
    }
}

/// The scale of maps: fitted on the validation normals, shared by all panes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapScale {
    /// Raw residual shown as 0: the median healthy pixel.
    pub typical: f64,
    /// Raw residual shown as 1: the 99.9th percentile of healthy pixels.
    pub p999: f64,
}

impl MapScale {
    /// Where no map is drawn.
    pub const NONE: Self = Self { typical: 0.0, p999: 1.0 };

    /// Maps a raw residual to the calibrated scale; not clipped above.
    pub fn apply(&self, raw: f64) -> f64 {
        let range = (self.p999 - self.typical).max(f64::EPSILON);
        ((raw - self.typical) / range).max(0.0)
    }
}

/// Where healthy images lie: fitted on validation normals only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Scores of the validation normals, ascending.
    pub healthy_scores: Vec<f64>,
    pub mean: f64,
    /// Sample standard deviation.
    pub sd: f64,
    pub map_scale: MapScale,
}

impl Calibration {
    /// The score in standard deviations from the mean of healthy images.
    pub fn sigma(&self, score: f64) -> f64 {
        if self.sd > 0.0 { (score - self.mean) / self.sd } else { 0.0 }
    }

    /// Conformal p-value, (1 + #{healthy ≥ score}) / (n + 1); Vovk et al. 2005.
    pub fn conformal_p(&self, score: f64) -> f64 {
        let at_least = self.healthy_scores.len() - self.healthy_scores.partition_point(|&healthy| healthy < score);
        (1 + at_least) as f64 / (self.healthy_scores.len() + 1) as f64
    }

    /// Share of healthy images with a lower score, at most n/(n+1).
    pub fn share_lower(&self, score: f64) -> f64 {
        1.0 - self.conformal_p(score)
    }

    /// The given percentile (0–100) of the healthy scores, linear between ranks; `None` without scores.
    pub fn percentile(&self, percentile: f64) -> Option<f64> {
        stats::percentile(&self.healthy_scores, percentile)
    }
}

/// One image analysed by one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    pub model: ModelId,
    pub case: CaseRef,
    /// As the network sees it: square, [0, 1].
    pub input: Arc<Plane>,
    /// Same size, [0, 1].
    pub reconstruction: Arc<Plane>,
    /// Same size, on the calibrated scale.
    pub map: Arc<Plane>,
    /// How much of the map lies in the lungs, or why nothing is said about that.
    pub lungs: Result<Lungs, NoLungs>,
    /// In the score's own unit.
    pub score: f64,
    /// In standard deviations of healthy images.
    pub sigma: f64,
    /// Conformal p-value against the validation normals.
    pub p_value: f64,
    /// Share of validation normals with a lower score.
    pub share_lower: f64,
    /// The 95th percentile of healthy, in sigma.
    pub threshold_sigma: f64,
    /// Between the networks of an ensemble; `None` of one network.
    pub disagreement: Option<Disagreement>,
    /// The file's hash is among those the model was fitted to.
    pub seen_in_training: bool,
    /// Milliseconds from pixels to result.
    pub took_ms: f64,
}

/// How far the networks of an ensemble disagree about an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// Standard deviation of `sigmas`.
    pub spread_sigma: f64,
    /// Each member's score on the ensemble's scale, in the members' order; their weighted mean is the ensemble's.
    pub sigmas: Vec<f64>,
    /// Weighted standard deviation of the members' calibrated maps, pixel by pixel: 1 is as much as lies between a typical pixel and
    /// the 99.9th percentile of healthy ones.
    pub map: Arc<Plane>,
}

/// What one model says about one image, without its pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageScore {
    pub model: ModelId,
    /// The slug of what it was scored by.
    pub scoring: String,
    /// In the score's own unit.
    pub score: f64,
    /// In standard deviations of healthy images.
    pub sigma: f64,
    /// Conformal p-value against the validation normals.
    pub p_value: f64,
    /// Share of validation normals with a lower score.
    pub share_lower: f64,
    /// The 95th percentile of healthy, in sigma.
    pub threshold_sigma: f64,
    /// Standard deviation between the networks of an ensemble, in the unit of `sigma`; `None` of one network.
    pub spread_sigma: Option<f64>,
    /// The file's hash is among those the model was fitted to.
    pub seen_in_training: bool,
    /// The picture of where it departs from healthy, where one was asked for.
    pub heatmap: Option<PathBuf>,
}

impl ImageScore {
    /// Above the 95th percentile of healthy images.
    pub fn is_unusual(&self) -> bool {
        self.sigma > self.threshold_sigma
    }
}
