//! The learning rate over a run.

use crate::domain::{Schedule, TrainingSettings};

/// Share of the steps on which one-cycle rises.
const RISE: f64 = 0.3;
/// One-cycle begins at the greatest rate divided by this, and ends at that divided by `FINAL_DIVISOR`.
const FIRST_DIVISOR: f64 = 25.0;
const FINAL_DIVISOR: f64 = 1e4;

/// The rate of a step. `step` counts from 0 to below `steps`; it may lie between two steps where batches were halved.
pub(super) fn learning_rate(settings: &TrainingSettings, step: f64, steps: f64) -> f64 {
    match settings.schedule {
        Schedule::Constant => settings.learning_rate,
        Schedule::OneCycle => one_cycle(settings.learning_rate, step, steps),
    }
}

/// That of Smith and Topin (2018) with cosines, with the numbers of PyTorch's `OneCycleLR`.
pub(super) fn one_cycle(greatest: f64, step: f64, steps: f64) -> f64 {
    let (first, last) = (greatest / FIRST_DIVISOR, greatest / FIRST_DIVISOR / FINAL_DIVISOR);
    let (top, end) = ((RISE * steps - 1.0).max(0.0), steps - 1.0);
    if step < top {
        cosine(first, greatest, step / top)
    } else if end > top {
        cosine(greatest, last, (step - top) / (end - top))
    } else {
        greatest
    }
}

/// From `from` to `to` on half a cosine.
fn cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) / 2.0 * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset};

    #[test]
    fn one_cycle_is_that_of_pytorch() {
        // PyTorch's `OneCycleLR(max_lr=2e-3, total_steps=20)` before each step, by its documented formulas.
        let known = [
            (0, 8e-5),
            (1, 2.633_436_854_000_504e-4),
            (4, 1.816_656_314_599_949_4e-3),
            (5, 2e-3),
            (6, 1.974_928_012_470_175e-3),
            (12, 1.000_004e-3),
            (19, 8e-9),
        ];
        let settings = TrainingSettings::preset(Architecture::Autoencoder, Preset::Recommended);
        for (step, wanted) in known {
            let rate = learning_rate(&settings, f64::from(step), 20.0);
            assert!((rate - wanted).abs() < 1e-12, "{step}: {rate} {wanted}");
        }
    }

    #[test]
    fn short_runs_have_finite_rates() {
        let settings = TrainingSettings::preset(Architecture::Autoencoder, Preset::Recommended);
        for steps in 1..6 {
            for step in 0..steps {
                let rate = learning_rate(&settings, f64::from(step), f64::from(steps));
                assert!(rate > 0.0 && rate <= settings.learning_rate, "{step} of {steps}: {rate}");
            }
        }
        let settings = TrainingSettings { schedule: Schedule::Constant, ..settings };
        assert!((learning_rate(&settings, 3.0, 4.0) - settings.learning_rate).abs() < 1e-15);
    }
}
