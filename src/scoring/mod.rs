//! From a reconstruction to a map and a number, and the one-line scores a network has to beat.
//!
//! In reading order: `residual` compares input and reconstruction pixel by pixel, `score` averages that into a number,
//! `maps` and `calibrate` place both among healthy images,
//! [`baselines`] are the scores without a network, [`latent`] looks at the code in between. Larger scores are less like the healthy images.

pub mod baselines;
mod calibrate;
pub mod latent;
mod maps;
mod residual;
mod score;
mod tensors;

pub use baselines::{Baseline, BaselineImages, BaselineScores, Baselines};
pub use calibrate::{calibrate, calibration_of};
pub use maps::{calibrated_map, fit_scale};
pub use residual::ResidualMap;
pub use score::{RegionScores, Scored, Scorer};
pub use tensors::Reconstruct;
