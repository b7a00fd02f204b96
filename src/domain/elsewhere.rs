//! What becomes of a benchmark's models on images from somewhere else.

use serde::{Deserialize, Serialize};

use super::{BoxFigures, Interval, LungShares};

/// The models of a benchmark on another data set than the one they were trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Elsewhere {
    pub data_name: String,
    /// Test images there.
    pub healthy: u32,
    pub diseased: u32,
    /// The models of the home benchmark that were measured there too, in its order.
    pub entries: Vec<ElsewhereEntry>,
    /// What it comes to, in a sentence or two.
    pub verdict: String,
    pub cautions: Vec<String>,
}

/// One model at home and there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElsewhereEntry {
    pub name: String,
    pub id: String,
    /// DeLong, at home.
    pub home_auroc: Interval,
    /// DeLong, there.
    pub auroc: Interval,
    /// Share of healthy test images below the home threshold, Wilson: at home and there.
    pub home_specificity: Option<Interval>,
    pub specificity: Option<Interval>,
    /// Share of diseased images there above the home threshold, Wilson.
    pub sensitivity: Option<Interval>,
    /// How far healthy images there are from being healthy images of home.
    pub uniformity: Option<Uniformity>,
    /// How much of its maps of the images there lies in the lungs.
    pub lungs: Option<LungShares>,
    /// How well its maps of the images there find boxes around findings, where there are any.
    pub boxes: Option<BoxFigures>,
}

/// Conformal p-values of healthy images, which are uniform where they are like the calibration images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uniformity {
    /// Kolmogorov–Smirnov distance from the uniform distribution, 0 to 1.
    pub distance: f64,
    /// Of that distance, asymptotic.
    pub p_value: f64,
    /// Share of the p-values up to 0.05: 0.05 where all is well.
    pub share_up_to_05: f64,
    pub median: f64,
}
