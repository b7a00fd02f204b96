//! Which cases are shown to somebody who has not chosen any: half diseased, half healthy, drawn from the test set by the
//! seed of the split. No score is looked at and nobody has picked them, so they flatter no model.

use rand::SeedableRng as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::domain::{DataSetSummary, Label, SampleId, Split};

/// Cases that are drawn, where there are so many.
pub const CASES: usize = 12;

/// Test cases in an order that alternates between the classes, beginning with disease; any images where none are tests.
/// The same for the same data set and seed. The presenter walks through them, the Compare screen begins at the first.
pub fn cases(data: &DataSetSummary) -> Vec<SampleId> {
    let mut random = ChaCha8Rng::seed_from_u64(data.split_seed);
    let mut some = |label: Option<Label>, most: usize| {
        let all: Vec<SampleId> = data.ids(Split::Test, label).collect();
        let mut drawn: Vec<SampleId> = all.choose_multiple(&mut random, most).copied().collect();
        drawn.shuffle(&mut random);
        drawn
    };
    let diseased = some(Some(Label::Diseased), CASES / 2);
    let healthy = some(Some(Label::Healthy), CASES / 2);
    let longer = diseased.len().max(healthy.len());
    let drawn: Vec<SampleId> =
        (0..longer).flat_map(|index| [diseased.get(index), healthy.get(index)]).flatten().copied().collect();
    if drawn.is_empty() {
        return (0..data.samples.len().min(CASES) as u32).map(SampleId).collect();
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::state::examples;

    #[test]
    fn they_are_balanced_seeded_and_of_the_test_set_only() {
        let data = examples::data();
        let drawn = cases(&data);
        assert_eq!(drawn.len(), CASES);
        assert_eq!(drawn, cases(&data));
        let samples: Vec<_> = drawn.iter().map(|id| data.sample(*id).unwrap()).collect();
        assert!(samples.iter().all(|sample| sample.split == Split::Test));
        assert_eq!(samples[0].label, Some(Label::Diseased));
        assert_eq!(samples.iter().filter(|sample| sample.label == Some(Label::Healthy)).count(), CASES / 2);
        let mut unique = drawn.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), CASES);
        let other = DataSetSummary { split_seed: 8, ..(*data).clone() };
        assert_ne!(drawn, cases(&other));
    }

    #[test]
    fn without_a_test_set_they_are_the_first_images() {
        let mut data = (*examples::data()).clone();
        data.samples.retain(|sample| sample.split != Split::Test);
        assert_eq!(cases(&data), (0..CASES as u32).map(SampleId).collect::<Vec<_>>());
        data.samples.clear();
        assert!(cases(&data).is_empty());
    }
}
