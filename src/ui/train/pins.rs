//! The cases one watches while networks learn.

use serde::{Deserialize, Serialize};

use crate::domain::{DataSetSummary, Label, SampleId, Split};
use crate::ui::train::facts::Facts;

/// As many as are redrawn every epoch.
pub const MOST: usize = 4;

/// The chosen cases. Samples are positions in a data set, so a choice holds for the one it was made in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pins {
    fingerprint: String,
    samples: Vec<SampleId>,
}

impl Pins {
    /// The cases for the open data set: those chosen, or a balanced choice.
    pub fn of<'a>(&'a self, facts: &'a Facts) -> &'a [SampleId] {
        if self.fingerprint == facts.data.fingerprint { &self.samples } else { &facts.balanced }
    }

    /// Adds a case or takes it away; false when there is no room for another.
    pub fn toggle(&mut self, facts: &Facts, sample: SampleId) -> bool {
        let mut samples = self.of(facts).to_vec();
        if let Some(at) = samples.iter().position(|pinned| *pinned == sample) {
            samples.remove(at);
        } else if samples.len() < MOST {
            samples.push(sample);
        } else {
            return false;
        }
        *self = Self { fingerprint: facts.data.fingerprint.clone(), samples };
        true
    }
}

/// What can be watched: held-out healthy images, or diseased ones of the training folder. None is trained on, and the
/// test set stays unseen.
pub fn candidates(data: &DataSetSummary, label: Label) -> Vec<SampleId> {
    match label {
        Label::Healthy => data.ids(Split::Validation, Some(Label::Healthy)).collect(),
        Label::Diseased => data.ids(Split::Development, Some(Label::Diseased)).collect(),
    }
}

/// Two diseased and two healthy, spread over each; more of one where the other lacks.
pub fn balanced(data: &DataSetSummary) -> Vec<SampleId> {
    let (diseased, healthy) = (candidates(data, Label::Diseased), candidates(data, Label::Healthy));
    let half = MOST / 2;
    let of_diseased = diseased.len().min(half.max(MOST - healthy.len().min(half)));
    let mut chosen = spread(&diseased, of_diseased);
    chosen.extend(spread(&healthy, MOST - chosen.len()));
    chosen
}

/// So many, evenly apart.
fn spread(ids: &[SampleId], count: usize) -> Vec<SampleId> {
    let count = count.min(ids.len());
    (0..count).filter_map(|index| ids.get((2 * index + 1) * ids.len() / (2 * count)).copied()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ui::state::examples;

    #[test]
    fn two_of_each_unless_one_kind_lacks() {
        let data = examples::data();
        let labels: Vec<_> = balanced(&data).iter().filter_map(|id| data.sample(*id)?.label).collect();
        assert_eq!(labels, [Label::Diseased, Label::Diseased, Label::Healthy, Label::Healthy]);
        let mut healthy = (*data).clone();
        healthy.samples.retain(|sample| sample.label == Some(Label::Healthy));
        let pins = balanced(&healthy);
        assert_eq!(pins.len(), 4);
        assert!(pins.windows(2).all(|pair| pair[0] != pair[1]));
        healthy.samples.clear();
        assert!(balanced(&healthy).is_empty());
    }

    #[test]
    fn four_at_most_and_for_this_data_set_only() {
        let facts = Facts::new(examples::data());
        let mut pins = Pins::default();
        let other = candidates(&facts.data, Label::Healthy)[0];
        assert!(!pins.toggle(&facts, other), "four are pinned already");
        let first = pins.of(&facts)[0];
        assert!(pins.toggle(&facts, first));
        assert!(pins.toggle(&facts, other));
        assert_eq!((pins.of(&facts).len(), pins.of(&facts)[3]), (4, other));
        let mut another = (*facts.data).clone();
        another.fingerprint = "another".to_owned();
        let another = Facts::new(Arc::new(another));
        assert_eq!(pins.of(&another), another.balanced);
    }
}
