//! The test cases that a model got wrong, worst first, from the last benchmark.

use crate::domain::{Benchmark, BenchmarkEntry, Label, ModelId, ModelInfo, SampleId, ThresholdRule};
use crate::evaluation;
use crate::ui::state::State;

/// A test case on the wrong side of the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Miss {
    pub sample: SampleId,
    pub label: Label,
    /// How far on the wrong side, in σ.
    pub margin: f64,
}

/// Why there is no list of misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMisses {
    NoModel,
    NoBenchmark,
    ModelNotIn,
    OtherData,
}

impl NoMisses {
    /// For the tooltip of the dimmed button.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoModel => "Show a model first: misses are those of the first pane's model.",
            Self::NoBenchmark => "Run a benchmark first: it finds the misses.",
            Self::ModelNotIn => "The last benchmark did not include the first pane's model.",
            Self::OtherData => "The last benchmark is of another data set.",
        }
    }
}

/// Whether the last benchmark says something about this model on the open data set.
pub fn available(state: &State, model: Option<&ModelId>) -> Result<(), NoMisses> {
    let model = model.ok_or(NoMisses::NoModel)?;
    let benchmark = state.benchmark.as_ref().ok_or(NoMisses::NoBenchmark)?;
    if entry_of(benchmark, model, state).is_none() {
        return Err(NoMisses::ModelNotIn);
    }
    let same_data = benchmark.cases.first().is_some_and(|case| {
        state.data.as_ref().and_then(|data| data.sample(case.sample)).is_some_and(|sample| sample.path == case.path)
    });
    if same_data { Ok(()) } else { Err(NoMisses::OtherData) }
}

/// The model's row by the score that it has now, else by any.
fn entry_of<'a>(benchmark: &'a Benchmark, model: &ModelId, state: &State) -> Option<&'a BenchmarkEntry> {
    let exact = state.model(model).and_then(|model| entry_by_its_score(benchmark, model));
    exact.or_else(|| benchmark.entries.iter().find(|entry| entry.model() == model.0))
}

/// The model's row by the score that it has now.
pub fn entry_by_its_score<'a>(benchmark: &'a Benchmark, model: &ModelInfo) -> Option<&'a BenchmarkEntry> {
    let now = BenchmarkEntry::id_of(model, &model.score);
    benchmark.entries.iter().find(|entry| entry.id == now)
}

/// All misses of a model by the threshold of a rule, the furthest on the wrong side first.
pub fn worst_first(state: &State, rule: ThresholdRule, model: Option<&ModelId>) -> Result<Vec<Miss>, NoMisses> {
    available(state, model)?;
    let (Some(benchmark), Some(model)) = (&state.benchmark, model) else { return Err(NoMisses::NoBenchmark) };
    let Some(entry) = entry_of(benchmark, model, state) else {
        return Err(NoMisses::ModelNotIn);
    };
    let threshold = evaluation::threshold_sigma(rule, entry, &benchmark.cases);
    let mut misses: Vec<Miss> = benchmark
        .cases
        .iter()
        .zip(&entry.test_scores)
        .filter_map(|(case, &score)| {
            let above = entry.calibration.sigma(score) - threshold;
            let margin = match case.label {
                Label::Healthy => above,
                Label::Diseased => -above,
            };
            let wrong = match case.label {
                Label::Healthy => above > 0.0,
                Label::Diseased => above <= 0.0,
            };
            wrong.then_some(Miss { sample: case.sample, label: case.label, margin })
        })
        .collect();
    misses.sort_by(|a, b| b.margin.total_cmp(&a.margin));
    Ok(misses)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ui::compare::fixture;

    #[test]
    fn each_missing_thing_is_named() {
        let mut state = fixture::state(1);
        let model = state.models[0].id.clone();
        assert_eq!(available(&state, None), Err(NoMisses::NoModel));
        assert_eq!(available(&state, Some(&model)), Err(NoMisses::NoBenchmark));
        state.benchmark = Some(Arc::new(fixture::benchmark(&state)));
        assert_eq!(available(&state, Some(&model)), Ok(()));
        assert_eq!(available(&state, Some(&ModelId("other".to_owned()))), Err(NoMisses::ModelNotIn));
        state.data = None;
        assert_eq!(worst_first(&state, ThresholdRule::default(), Some(&model)), Err(NoMisses::OtherData));
    }

    #[test]
    fn misses_are_wrong_and_sorted() {
        let mut state = fixture::state(1);
        state.benchmark = Some(Arc::new(fixture::benchmark(&state)));
        let misses = worst_first(&state, ThresholdRule::default(), Some(&state.models[0].id)).unwrap();
        // Of six healthy scores 0 to 5 σ and six diseased ones 0 to 5 σ, the threshold at 1.6 σ leaves four and two wrong.
        assert_eq!(misses.iter().filter(|miss| miss.label == Label::Healthy).count(), 4);
        assert_eq!(misses.iter().filter(|miss| miss.label == Label::Diseased).count(), 2);
        assert!(misses.windows(2).all(|pair| pair[0].margin >= pair[1].margin));
        // By hand at 3.5 σ two healthy ones lie above, and four diseased ones do not.
        let by_hand = ThresholdRule::Manual { sigma: 3.5 };
        let misses = worst_first(&state, by_hand, Some(&state.models[0].id)).unwrap();
        assert_eq!(misses.iter().filter(|miss| miss.label == Label::Healthy).count(), 2);
        assert_eq!(misses.iter().filter(|miss| miss.label == Label::Diseased).count(), 4);
    }
}
