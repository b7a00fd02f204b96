//! How well scores tell diseased from healthy, with the uncertainty of saying so. Pure functions of scores and labels.
//!
//! Everywhere a higher score means less healthy, and *positive* means diseased, or called unusual. A score is called
//! unusual when it lies **above** the threshold. Degenerate input (one class only, no images, NaN, unequal lengths)
//! gives `None` or an error that names it, never a panic.

mod assemble;
mod bootstrap;
mod delong;
mod disagreement;
mod elsewhere;
#[cfg(test)]
pub(crate) mod fixtures;
mod grouping;
mod isotonic;
mod latent;
mod paired;
mod percentiles;
mod pixels;
mod platt;
mod prevalence;
mod probabilities;
mod ranking;
mod rates;
mod reliability;
mod shift;
mod subgroups;
mod threshold;
mod verdict;

pub use assemble::{BenchmarkInput, EntryInput, Row, assemble, with_rows};
pub use bootstrap::{BOOTSTRAP_RESAMPLES, Bootstrap, bootstrap};
pub use delong::{Comparison, DeLong};
pub use disagreement::{SpreadOfCalls, spread_of_calls};
pub use elsewhere::{elsewhere, uniformity};
pub use grouping::{Group, Grouping, Groupings, by_finding, by_table, count_in_table};
pub use isotonic::Isotonic;
pub use latent::{Separation, separation, separation_sentence};
pub use paired::{CallTest, call_tests, holm, mcnemar_exact};
pub use percentiles::{PERCENTILES, Percentiles, Scored, percentiles};
pub use pixels::{
    AUPRO_LIMIT, BoxedMap, MARKED_FROM, MaskedMap, PIXEL_RESAMPLES, PixelBox, box_figures, pearson, pixel_figures,
    spearman, structural_similarity,
};
pub use platt::Platt;
pub use prevalence::{PREVALENCES, PredictiveValues, predictive_values, prevalence_of};
pub use probabilities::{Fit, LEAST_TO_FIT, Probabilities, probabilities, with_prevalence};
pub use ranking::{Step, Steps, auroc};
pub use rates::{Rates, f1, rates, wilson};
pub use reliability::{Bin, RELIABILITY_BINS, Reliability};
pub use shift::{Shift, shift};
pub use subgroups::{FEW_IN_GROUP, SubGroup, subgroups};
pub use threshold::{
    confusion_at, nominal_specificity, provenance, rule_in_words, rule_name, rule_options, set_how, threshold_score,
    threshold_sigma, threshold_without_labels, validation_specificity,
};
pub use verdict::{p_text, verdict};

/// The 97.5th percentile of the standard normal distribution: half-width of a 95 % interval in standard errors.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;
