//! Where the line between healthy and unusual lies on this screen: where the Benchmark screen draws it.

use super::misses;
use crate::domain::{ModelInfo, ThresholdRule};
use crate::evaluation;
use crate::ui::state::State;

/// A threshold and what it was drawn by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// In σ of the model's healthy images.
    pub sigma: f64,
    pub rule: ThresholdRule,
}

impl Threshold {
    /// Where it comes from, in a sentence without its stop.
    pub fn provenance(&self, model: &ModelInfo) -> String {
        evaluation::provenance(self.rule, &model.calibration)
    }
}

/// The threshold of a model by the score that it has now. A rule that asks for labelled images is drawn on those of the last
/// benchmark; where that does not have the model by this score, the default rule counts.
pub fn threshold(state: &State, rule: ThresholdRule, model: &ModelInfo) -> Threshold {
    if let Some(sigma) = evaluation::threshold_without_labels(rule, &model.calibration) {
        return Threshold { sigma, rule };
    }
    let measured = state.benchmark.as_ref().and_then(|benchmark| {
        let entry = misses::entry_by_its_score(benchmark, model)?;
        Some(evaluation::threshold_sigma(rule, entry, &benchmark.cases))
    });
    // The default asks for none.
    measured.map_or_else(|| threshold(state, ThresholdRule::default(), model), |sigma| Threshold { sigma, rule })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ui::compare::fixture;

    #[test]
    fn it_is_that_of_the_rule_and_of_the_default_where_labels_are_missing() {
        let mut state = fixture::state(1);
        let model = state.models[0].clone();
        let by_hand = ThresholdRule::Manual { sigma: 2.4 };
        assert_eq!(threshold(&state, by_hand, &model), Threshold { sigma: 2.4, rule: by_hand });
        let usual = threshold(&state, ThresholdRule::default(), &model);
        assert!((usual.sigma - 1.65).abs() < 0.05, "{usual:?}");
        assert_eq!(threshold(&state, ThresholdRule::Youden, &model), usual, "no benchmark");
        state.benchmark = Some(Arc::new(fixture::benchmark(&state)));
        let best = threshold(&state, ThresholdRule::Youden, &model);
        assert_eq!(best.rule, ThresholdRule::Youden);
        assert!(usual.provenance(&model).contains("95th percentile of 194"));
    }
}
