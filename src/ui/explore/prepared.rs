//! A latent space made ready for drawing: groups to colour by, the range of scores, and what to look for.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{DataSetSummary, Label, LatentMap, Sample, Split};
use crate::evaluation::{separation, separation_sentence};

/// Findings beyond so many, the rarest, stand together.
const MOST_FINDINGS: usize = 7;
/// Directions that the sentence speaks of.
const SPOKEN: usize = 3;
/// Share of the scores at each end that the colours do not span.
const TAIL: f32 = 0.02;

/// What the colour of a mark says. Its shape always says the label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ColorBy {
    #[default]
    Label,
    Split,
    Score,
    Finding,
}

impl ColorBy {
    pub const ALL: [Self; 4] = [Self::Label, Self::Split, Self::Score, Self::Finding];

    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "Label",
            Self::Split => "Split",
            Self::Score => "Score",
            Self::Finding => "Finding",
        }
    }

    /// The next, and after the last the first.
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }
}

/// How a group is inked; the theme knows the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Healthy,
    Diseased,
    Series(usize),
}

/// A line of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub name: String,
    pub count: usize,
    /// The label that all of it has, if it has one.
    pub label: Option<Label>,
    pub ink: Ink,
}

/// All points by one property.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grouping {
    pub groups: Vec<Group>,
    /// The group of each point.
    pub of: Vec<usize>,
}

/// See the module.
pub struct Prepared {
    pub map: Arc<LatentMap>,
    pub data: Arc<DataSetSummary>,
    /// Label of each point.
    pub labels: Vec<Option<Label>>,
    /// Scores, in σ, that the colours span; the highest is above the lowest.
    pub score_range: (f32, f32),
    /// What to look for.
    pub sentence: String,
    /// By label, split and finding.
    groupings: [Grouping; 3],
}

impl Prepared {
    pub fn new(map: Arc<LatentMap>, data: Arc<DataSetSummary>) -> Self {
        let samples: Vec<Option<&Sample>> = map.points.iter().map(|point| data.sample(point.sample)).collect();
        let labels: Vec<Option<Label>> = samples.iter().map(|sample| sample.and_then(|sample| sample.label)).collect();
        let groupings = [by_label(&labels), by_split(&samples), by_finding(&samples)];
        let sentence = sentence(&map, &samples);
        let score_range = score_range(&map);
        Self { map, data, labels, score_range, sentence, groupings }
    }

    /// True while this is what the engine has told last.
    pub fn is_of(&self, map: &Arc<LatentMap>, data: &Arc<DataSetSummary>) -> bool {
        Arc::ptr_eq(&self.map, map) && Arc::ptr_eq(&self.data, data)
    }

    /// The groups that can be shown and hidden; coloured by score, those of the label.
    pub fn grouping(&self, by: ColorBy) -> &Grouping {
        match by {
            ColorBy::Label | ColorBy::Score => &self.groupings[0],
            ColorBy::Split => &self.groupings[1],
            ColorBy::Finding => &self.groupings[2],
        }
    }

    /// Where a score lies in the range of the colours, in [0, 1].
    pub fn score_share(&self, sigma: f64) -> f32 {
        let (low, high) = self.score_range;
        let share = (sigma as f32 - low) / (high - low);
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    pub fn sample(&self, point: usize) -> Option<&Sample> {
        self.data.sample(self.map.points.get(point)?.sample)
    }
}

fn by_label(labels: &[Option<Label>]) -> Grouping {
    let kinds = [
        (Some(Label::Healthy), "Healthy", Ink::Healthy),
        (Some(Label::Diseased), "Diseased", Ink::Diseased),
        (None, "Unlabelled", Ink::Series(0)),
    ];
    grouped(labels, kinds.map(|(label, name, ink)| (label, name.to_owned(), label, ink)).into())
}

fn by_split(samples: &[Option<&Sample>]) -> Grouping {
    let splits: Vec<Option<Split>> = samples.iter().map(|sample| sample.map(|sample| sample.split)).collect();
    let kinds = Split::ALL.iter().enumerate().map(|(index, &split)| {
        let label = match split {
            Split::Train | Split::Validation => Some(Label::Healthy),
            Split::Development => Some(Label::Diseased),
            Split::Test | Split::Unlabelled => None,
        };
        (Some(split), split.name().to_owned(), label, Ink::Series(index))
    });
    grouped(&splits, kinds.collect())
}

/// Healthy first, then by how many there are.
fn by_finding(samples: &[Option<&Sample>]) -> Grouping {
    let name = |sample: &Sample| sample.finding.clone().unwrap_or_else(|| "not named".to_owned());
    let mut counts: BTreeMap<(String, Option<Label>), usize> = BTreeMap::new();
    for sample in samples.iter().flatten() {
        *counts.entry((name(sample), sample.label)).or_default() += 1;
    }
    let mut kinds: Vec<((String, Option<Label>), usize)> = counts.into_iter().collect();
    kinds.sort_by_key(|((_, label), count)| (*label != Some(Label::Healthy), std::cmp::Reverse(*count)));
    let rest = kinds.split_off(kinds.len().min(MOST_FINDINGS));
    let key = |sample: Option<&Sample>| {
        let of = sample.map(|sample| (name(sample), sample.label))?;
        let is_rare = rest.iter().any(|(rare, _)| *rare == of);
        Some(if is_rare { ("other".to_owned(), None) } else { of })
    };
    let keys: Vec<Option<(String, Option<Label>)>> = samples.iter().copied().map(key).collect();
    let mut series = 0..;
    let mut kinds: Vec<_> = kinds
        .into_iter()
        .map(|((name, label), _)| {
            let ink = if label == Some(Label::Healthy) {
                Ink::Healthy
            } else {
                Ink::Series(series.next().unwrap_or_default())
            };
            (Some((name.clone(), label)), name, label, ink)
        })
        .collect();
    kinds.push((Some(("other".to_owned(), None)), "other".to_owned(), None, Ink::Series(6)));
    grouped(&keys, kinds)
}

/// Points by key; kinds without points are left out. Points of no kind belong to the first.
fn grouped<K: PartialEq>(keys: &[K], kinds: Vec<(K, String, Option<Label>, Ink)>) -> Grouping {
    let mut grouping = Grouping { groups: Vec::new(), of: vec![0; keys.len()] };
    for (kind, name, label, ink) in kinds {
        let count = keys.iter().filter(|key| **key == kind).count();
        if count == 0 {
            continue;
        }
        let group = grouping.groups.len();
        for (of, _) in grouping.of.iter_mut().zip(keys).filter(|(_, key)| **key == kind) {
            *of = group;
        }
        grouping.groups.push(Group { name, count, label, ink });
    }
    grouping
}

fn score_range(map: &LatentMap) -> (f32, f32) {
    let mut sigmas: Vec<f32> =
        map.points.iter().map(|point| point.sigma as f32).filter(|sigma| sigma.is_finite()).collect();
    sigmas.sort_by(f32::total_cmp);
    let Some(last) = sigmas.len().checked_sub(1) else { return (0.0, 1.0) };
    let at = |share: f32| sigmas[(share * last as f32).round() as usize];
    let (low, high) = (at(TAIL), at(1.0 - TAIL));
    if high > low { (low, high) } else { (low, low + 1.0) }
}

/// Of the test images where both classes are among them; else of validation and development.
fn sentence(map: &LatentMap, samples: &[Option<&Sample>]) -> String {
    if map.pca.kept() == 0 {
        return "The codes of the training images are all the same, so there are no components to look along."
            .to_owned();
    }
    let values = |wanted: &dyn Fn(&Sample) -> bool, direction: usize| -> Vec<f64> {
        let chosen = samples.iter().enumerate().filter(|(_, sample)| sample.is_some_and(wanted));
        chosen.map(|(index, _)| f64::from(map.steps(index, direction))).collect()
    };
    let test = |label: Label| move |sample: &Sample| sample.split == Split::Test && sample.label == Some(label);
    let along = |healthy: &dyn Fn(&Sample) -> bool, diseased: &dyn Fn(&Sample) -> bool| -> Vec<_> {
        let directions = 0..map.pca.kept().min(SPOKEN);
        directions.map(|direction| separation(&values(healthy, direction), &values(diseased, direction))).collect()
    };
    let of_test = along(&test(Label::Healthy), &test(Label::Diseased));
    if of_test.iter().any(Option::is_some) {
        return separation_sentence(&of_test, "test images");
    }
    let held_out = along(&|sample| sample.split == Split::Validation, &|sample| sample.split == Split::Development);
    separation_sentence(&held_out, "held-out images")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::explore::fixture;

    #[test]
    fn every_point_is_in_one_group_and_counts_add_up() {
        let prepared = fixture::prepared();
        for by in ColorBy::ALL {
            let grouping = prepared.grouping(by);
            assert_eq!(grouping.of.len(), prepared.map.points.len());
            assert_eq!(grouping.groups.iter().map(|group| group.count).sum::<usize>(), grouping.of.len(), "{by:?}");
            for (index, group) in grouping.groups.iter().enumerate() {
                assert_eq!(grouping.of.iter().filter(|of| **of == index).count(), group.count);
            }
        }
        let names = |by| prepared.grouping(by).groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(ColorBy::Label), ["Healthy", "Diseased"]);
        assert_eq!(names(ColorBy::Split), ["Train", "Validation", "Development", "Test"]);
        assert_eq!(names(ColorBy::Finding), ["normal", "bacterial", "viral"]);
    }

    #[test]
    fn the_rarest_of_many_findings_stand_together() {
        let prepared = fixture::prepared();
        let mut data = (*prepared.data).clone();
        for (index, sample) in data.samples.iter_mut().enumerate().filter(|(_, sample)| sample.split == Split::Test) {
            sample.finding = Some(format!("finding {}", index % 12));
        }
        let many = Prepared::new(prepared.map.clone(), Arc::new(data));
        let grouping = many.grouping(ColorBy::Finding);
        assert_eq!(grouping.groups.len(), MOST_FINDINGS + 1);
        assert_eq!(grouping.groups.last().map(|group| group.name.as_str()), Some("other"));
        assert_eq!(grouping.groups.iter().map(|group| group.count).sum::<usize>(), grouping.of.len());
    }

    #[test]
    fn scores_span_the_colours_and_nonsense_is_the_lowest() {
        let prepared = fixture::prepared();
        assert_eq!((prepared.score_share(-1e9), prepared.score_share(1e9)), (0.0, 1.0));
        assert_eq!(prepared.score_share(f64::NAN), 0.0);
        let mut map = (*prepared.map).clone();
        for point in &mut map.points {
            point.sigma = f64::NAN;
        }
        let none = Prepared::new(Arc::new(map), prepared.data.clone());
        assert_eq!(none.score_range, (0.0, 1.0));
    }

    #[test]
    fn the_sentence_is_of_test_images_and_says_when_nothing_varies() {
        let prepared = fixture::prepared();
        assert!(prepared.sentence.starts_with("Healthy and diseased test images lie"), "{}", prepared.sentence);
        let mut map = (*prepared.map).clone();
        map.pca = crate::domain::Pca { mean: map.pca.mean, fitted: 10, ..Default::default() };
        map.projections.clear();
        let flat = Prepared::new(Arc::new(map), prepared.data.clone());
        assert!(flat.sentence.contains("all the same"), "{}", flat.sentence);
    }

    #[test]
    fn colours_go_round() {
        assert_eq!(ColorBy::Finding.next(), ColorBy::Label);
    }
}
