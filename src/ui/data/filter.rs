//! Which images the grid shows.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{DataSetSummary, Finding, Label, Sample, SampleId, Split};
use crate::ui::state::State;

/// What an image has to be to be shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub label: Option<Label>,
    pub split: Option<Split>,
    #[serde(skip)]
    pub about: Option<About>,
}

/// A closer look.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// What the file name says: bacterial, viral, a class.
    Kind(String),
    /// A finding of the check, by its title.
    Finding(String),
}

impl About {
    pub fn text(&self) -> &str {
        match self {
            Self::Kind(text) | Self::Finding(text) => text,
        }
    }
}

impl Filter {
    /// Only the images of a finding, wherever they are.
    pub fn finding(finding: &Finding) -> Self {
        Self { about: Some(About::Finding(finding.title.clone())), ..Self::default() }
    }

    fn admits(&self, sample: &Sample) -> bool {
        let kind = match &self.about {
            Some(About::Kind(kind)) => sample.finding.as_ref() == Some(kind),
            _ => true,
        };
        kind && self.label.is_none_or(|label| sample.label == Some(label))
            && self.split.is_none_or(|split| sample.split == split)
    }
}

/// Kinds that the file names tell of, with their number of images.
pub fn kinds(data: &DataSetSummary) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for kind in data.samples.iter().filter_map(|sample| sample.finding.as_deref()) {
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

/// The images that pass the filter, worked out anew only when something changed.
#[derive(Debug, Default)]
pub struct Shown {
    data: Option<Arc<DataSetSummary>>,
    findings: Option<Arc<Vec<Finding>>>,
    filter: Filter,
    /// In the order of the data set, or of the finding.
    pub ids: Vec<SampleId>,
    /// How many there would be of any class.
    pub of_any_class: usize,
    /// Those with the same bytes as one before them.
    pub copies: HashSet<SampleId>,
}

impl Shown {
    /// Brings the list in line with state and filter. Filters that no image of a new data set could pass are dropped.
    /// True when it is another data set.
    pub fn update(&mut self, state: &State, filter: &mut Filter) -> bool {
        let findings = state.findings.as_ref().map(|(findings, _)| findings);
        let same = |a: Option<&Arc<Vec<Finding>>>, b: Option<&Arc<Vec<Finding>>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let other_data = match (&self.data, &state.data) {
            (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
            (None, None) => false,
            _ => true,
        };
        if !other_data && same(self.findings.as_ref(), findings) && self.filter == *filter {
            return false;
        }
        if other_data {
            self.data.clone_from(&state.data);
            self.copies = state.data.as_ref().map(|data| copies(data)).unwrap_or_default();
            self.fit(filter);
        }
        self.findings = findings.cloned();
        let known = |title: &str| findings.is_some_and(|all| all.iter().any(|finding| finding.title == title));
        if let Some(About::Finding(title)) = &filter.about
            && !known(title)
        {
            filter.about = None;
        }
        self.filter = filter.clone();
        self.ids = self.list(filter);
        let any_class = Filter { label: None, ..filter.clone() };
        self.of_any_class = if filter.label.is_none() { self.ids.len() } else { self.list(&any_class).len() };
        other_data
    }

    fn fit(&self, filter: &mut Filter) {
        let Some(data) = &self.data else { return };
        filter.about = None;
        if !data.samples.iter().any(|sample| filter.admits(sample)) {
            *filter = Filter::default();
        }
    }

    fn list(&self, filter: &Filter) -> Vec<SampleId> {
        let Some(data) = &self.data else { return Vec::new() };
        let admits = |id: &SampleId| data.sample(*id).is_some_and(|sample| filter.admits(sample));
        match &filter.about {
            Some(About::Finding(title)) => {
                let findings = self.findings.iter().flat_map(|findings| findings.iter());
                let finding = findings.into_iter().find(|finding| &finding.title == title);
                finding.map(|finding| finding.samples.iter().copied().filter(admits).collect()).unwrap_or_default()
            }
            _ => (0..data.samples.len() as u32).map(SampleId).filter(admits).collect(),
        }
    }
}

fn copies(data: &DataSetSummary) -> HashSet<SampleId> {
    let mut seen = HashSet::new();
    (0u32..)
        .zip(&data.samples)
        .filter(|(_, sample)| !seen.insert(&sample.hash))
        .map(|(index, _)| SampleId(index))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::data::fixture;

    #[test]
    fn filters_narrow_and_findings_come_in_their_own_order() {
        let state = fixture::state();
        let (mut shown, mut filter) = (Shown::default(), Filter::default());
        assert!(shown.update(&state, &mut filter), "a data set appeared");
        assert_eq!(shown.ids.len(), state.data.as_ref().unwrap().samples.len());
        filter.label = Some(Label::Diseased);
        filter.split = Some(Split::Test);
        assert!(!shown.update(&state, &mut filter));
        assert_eq!((shown.ids.len(), shown.of_any_class), (6, 12), "as many healthy ones are in this split");
        let (findings, _) = state.findings.as_ref().unwrap();
        let copies = findings.iter().find(|finding| finding.title == "Exact duplicates").unwrap();
        filter = Filter::finding(copies);
        shown.update(&state, &mut filter);
        assert_eq!(shown.ids, copies.samples);
        assert_eq!(shown.of_any_class, copies.samples.len(), "“All” means all of the finding");
        assert_eq!(shown.copies.len(), 1, "of two equal files one is a copy");
    }

    #[test]
    fn a_filter_that_another_data_set_cannot_pass_is_dropped() {
        let mut state = fixture::state();
        let mut filter = Filter { split: Some(Split::Unlabelled), about: Some(About::Kind("x".into())), label: None };
        Shown::default().update(&state, &mut filter);
        assert_eq!(filter, Filter::default());
        filter.about = Some(About::Finding("Exact duplicates".into()));
        state.findings = None;
        Shown::default().update(&state, &mut filter);
        assert_eq!(filter.about, None);
        state.data = None;
        let mut shown = Shown::default();
        assert!(!shown.update(&state, &mut filter) && shown.ids.is_empty());
    }
}
