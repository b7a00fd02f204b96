//! Files with the same bytes: within a split, in two of them, under two labels.

use std::collections::{BTreeSet, HashMap};

use super::wording::images;
use super::{finding, ids};
use crate::domain::{DataSetSummary, Finding, FindingAction, Label, Severity, Split, listed};

pub(super) fn findings(summary: &DataSetSummary) -> Vec<Finding> {
    let groups = groups(summary);
    if groups.is_empty() {
        let explanation =
            if summary.without_copies { "Copies were left out." } else { "No two files hold the same bytes." };
        return vec![finding(Severity::Fine, "No exact duplicates", images(0), explanation.to_owned())];
    }
    let [mut mixed, mut parted, mut within] = [const { Vec::new() }; 3];
    for group in groups {
        let labels = group.iter().filter_map(|&index| summary.samples[index].label);
        let labels: BTreeSet<bool> = labels.map(|label| label == Label::Healthy).collect();
        if labels.len() > 1 {
            mixed.push(group);
        } else if lies_in(summary, &group, Place::Test) && lies_in(summary, &group, Place::Training) {
            parted.push(group);
        } else {
            within.push(group);
        }
    }
    [under_two_labels(summary, &mixed), in_two_splits(summary, &parted), in_one_split(summary, &within)]
        .into_iter()
        .flatten()
        .collect()
}

/// What a file is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// For training, or held out of it.
    Training,
    Test,
    /// Without a label: to be scored, and in no figure.
    Scored,
}

impl Place {
    fn of(split: Split) -> Self {
        match split {
            Split::Train | Split::Validation | Split::Development => Self::Training,
            Split::Test => Self::Test,
            Split::Unlabelled => Self::Scored,
        }
    }
}

/// Whether any of a group does.
fn lies_in(summary: &DataSetSummary, group: &[usize], place: Place) -> bool {
    group.iter().any(|&index| Place::of(summary.samples[index].split) == place)
}

/// Samples with the same bytes, by the first of them.
fn groups(summary: &DataSetSummary) -> Vec<Vec<usize>> {
    let mut by_hash: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, sample) in summary.samples.iter().enumerate() {
        by_hash.entry(&sample.hash).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = by_hash.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    groups
}

fn about(
    summary: &DataSetSummary,
    groups: &[Vec<usize>],
    severity: Severity,
    title: &str,
    figure: String,
    why: String,
) -> Option<Finding> {
    if groups.is_empty() {
        return None;
    }
    let mut finding = finding(severity, title, figure, why);
    finding.samples = ids(groups.iter().flatten().copied());
    finding.details = groups
        .iter()
        .map(|group| {
            let paths: Vec<String> = group.iter().map(|&index| summary.samples[index].path.clone()).collect();
            format!("{} hold the same bytes", listed(&paths))
        })
        .collect();
    finding.action = Some(FindingAction::LeaveOutCopies);
    Some(finding)
}

fn under_two_labels(summary: &DataSetSummary, groups: &[Vec<usize>]) -> Option<Finding> {
    let files = groups.iter().map(Vec::len).sum();
    let why = "The same bytes lie in a healthy and in a diseased folder: one of the labels is wrong.".to_owned();
    about(summary, groups, Severity::Problem, "One image, two labels", images(files), why)
}

fn in_two_splits(summary: &DataSetSummary, groups: &[Vec<usize>]) -> Option<Finding> {
    let tested = groups.iter().flatten().filter(|&&index| summary.samples[index].split == Split::Test).count();
    let why = "Models would be tested on images from the training folder: figures come out too good.".to_owned();
    about(summary, groups, Severity::Problem, "Test images lie in the training folder", images(tested), why)
}

/// Counts the copies beyond the first of each group, which is how many could be left out.
fn in_one_split(summary: &DataSetSummary, groups: &[Vec<usize>]) -> Option<Finding> {
    // Of copies that are used in two ways, the one that counts for more.
    let place = |group: &[usize]| {
        let places = [Place::Test, Place::Training];
        places.into_iter().find(|&place| lies_in(summary, group, place)).unwrap_or(Place::Scored)
    };
    let extra = |wanted: Place| -> usize {
        groups.iter().filter(|group| place(group) == wanted).map(|group| group.len() - 1).sum()
    };
    let (train, test, scored) = (extra(Place::Training), extra(Place::Test), extra(Place::Scored));
    let mut why = match (train, test) {
        (0, 0) => String::new(),
        (train, 0) => format!("{train} in the training folder: each counts twice there, none in the test images."),
        (0, test) => format!("{test} in the test images: each counts twice in every figure."),
        (train, test) => format!("{train} in the training folder, {test} in test: each counts twice."),
    };
    if scored > 0 {
        let space = if why.is_empty() { "" } else { " " };
        why += &format!("{space}{scored} among the images without a label: each is scored twice.");
    }
    about(summary, groups, Severity::Caution, "Exact duplicates", images(train + test + scored), why)
}
