//! Which cases are presented: half healthy, half diseased, drawn by a seed, so that nobody can say they were picked.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::domain::{CaseRef, DataSetSummary, Label, SampleId, Split};

/// Cases of a tour, where there are so many.
pub const CASES: usize = 12;

/// The cases and where the tour stands.
#[derive(Debug, Default)]
pub struct Tour {
    cases: Vec<CaseRef>,
    position: usize,
    /// The data set the cases are of.
    data: Option<Arc<DataSetSummary>>,
}

impl Tour {
    /// Draws cases anew when another data set is open.
    pub fn follow(&mut self, data: Option<&Arc<DataSetSummary>>) {
        if self.data.as_ref().map(Arc::as_ptr) == data.map(Arc::as_ptr) {
            return;
        }
        self.data = data.cloned();
        self.position = 0;
        self.cases = data.map_or_else(Vec::new, |data| draw(data).into_iter().map(CaseRef::Sample).collect());
    }

    pub fn current(&self) -> Option<&CaseRef> {
        self.cases.get(self.position)
    }

    pub fn cases(&self) -> &[CaseRef] {
        &self.cases
    }

    /// The others, nearest next first.
    pub fn others(&self) -> Vec<CaseRef> {
        let (before, from) = self.cases.split_at(self.position.min(self.cases.len()));
        from.iter().skip(1).chain(before).cloned().collect()
    }

    pub fn position(&self) -> usize {
        self.position
    }

    /// One on or back, round and round: a talk has no last slide.
    pub fn step(&mut self, forward: bool) {
        let count = self.cases.len().max(1);
        self.position = (self.position + if forward { 1 } else { count - 1 }) % count;
    }

    pub fn restart(&mut self) {
        self.position = 0;
    }
}

/// Test cases in an order that alternates between the classes, beginning with disease; any images where none are tests.
fn draw(data: &DataSetSummary) -> Vec<SampleId> {
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
    fn a_tour_is_balanced_seeded_and_of_test_cases_only() {
        let data = examples::data();
        let drawn = draw(&data);
        assert_eq!(drawn.len(), CASES);
        assert_eq!(drawn, draw(&data));
        let samples: Vec<_> = drawn.iter().map(|id| data.sample(*id).unwrap()).collect();
        assert!(samples.iter().all(|sample| sample.split == Split::Test));
        assert_eq!(samples[0].label, Some(Label::Diseased));
        assert_eq!(samples.iter().filter(|sample| sample.label == Some(Label::Healthy)).count(), CASES / 2);
        let mut unique = drawn.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), CASES);
        let other = DataSetSummary { split_seed: 8, ..(*data).clone() };
        assert_ne!(drawn, draw(&other));
    }

    #[test]
    fn it_goes_round_and_starts_again() {
        let (mut tour, data) = (Tour::default(), examples::data());
        tour.step(true);
        assert!(tour.current().is_none());
        tour.follow(Some(&data));
        let first = tour.current().cloned();
        tour.step(false);
        assert_eq!(tour.position(), CASES - 1);
        assert_eq!(tour.others().len(), CASES - 1);
        tour.step(true);
        assert_eq!(tour.current().cloned(), first);
        tour.step(true);
        tour.follow(Some(&data));
        assert_eq!(tour.position(), 1, "the same data set goes on");
        tour.restart();
        assert_eq!(tour.position(), 0);
    }
}
