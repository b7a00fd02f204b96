//! How well scores tell diseased from healthy, with the uncertainty of saying so. Pure functions of scores and labels.
//!
//! Everywhere a higher score means less healthy, and *positive* means diseased, or called unusual. A score is called
//! unusual when it lies **above** the threshold. Degenerate input (one class only, no images, NaN, unequal lengths)
//! gives `None` or an error that names it, never a panic.

mod assemble;
mod bootstrap;
mod delong;
#[cfg(test)]
pub(crate) mod fixtures;
mod paired;
mod ranking;
mod rates;
mod subgroups;
mod threshold;
mod verdict;

pub use assemble::{BenchmarkInput, EntryInput, Row, assemble, with_rows};
pub use bootstrap::{BOOTSTRAP_RESAMPLES, Bootstrap, bootstrap};
pub use delong::{Comparison, DeLong};
pub use paired::{holm, mcnemar_exact};
pub use ranking::{Step, Steps, auroc};
pub use rates::{Rates, f1, rates, wilson};
pub use subgroups::{SubGroup, subgroups};
pub use threshold::{
    confusion_at, nominal_specificity, provenance, rule_name, rule_options, threshold_score, threshold_sigma,
    validation_specificity,
};
pub use verdict::{p_text, verdict};

/// The 97.5th percentile of the standard normal distribution: half-width of a 95 % interval in standard errors.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;
