//! From what a detector has learnt to a map and a number, and the one-line scores a network has to beat.
//!
//! In reading order: `learnt` is a network as seen from here, `residual` compares input and reconstruction pixel by pixel,
//! `panel` averages many such maps into numbers in one pass (`within` those that are of the lungs alone), `codes` and `svm` measure how far a code lies from healthy ones,
//! `gauge` is all of these at once; `maps` and `calibrator` place maps and numbers among healthy images.
//! [`baselines`] are the scores without a network, [`latent`] looks at the code in between. Larger scores are less like the
//! healthy images.

pub mod baselines;
pub mod calibrator;
mod codes;
mod gauge;
pub mod latent;
mod learnt;
mod maps;
mod panel;
mod residual;
mod score;
mod svm;
mod tensors;
mod within;

pub use baselines::{Baseline, BaselineImages, BaselineScores, Baselines};
pub use codes::{HealthyCodes, MemoryBank};
pub use gauge::{Gauge, Gauged, Subject};
pub use learnt::{Learnt, WithLungs, abilities};
pub use maps::{Scale, fit_scale, place};
pub use residual::ResidualMap;
pub use score::{RegionScores, Scored, Scorer};
pub use tensors::plane as plane_of;
