//! Files with the same bytes: within a split, in two of them, under two labels.

use std::collections::{BTreeSet, HashMap};

use super::wording::images;
use super::{finding, ids};
use crate::domain::{DataSetSummary, Finding, FindingAction, Severity, Split, listed};

pub(super) fn findings(summary: &DataSetSummary) -> Vec<Finding> {
    let groups = groups(summary);
    if groups.is_empty() {
        let explanation =
            if summary.without_copies { "Copies were left out." } else { "No two files hold the same bytes." };
        return vec![finding(Severity::Fine, "No exact duplicates", images(0), explanation.to_owned())];
    }
    let [mut mixed, mut parted, mut within] = [const { Vec::new() }; 3];
    for group in groups {
        let samples = || group.iter().map(|&index| &summary.samples[index]);
        let labels: BTreeSet<bool> =
            samples().map(|sample| sample.label.is_some_and(|label| label == crate::domain::Label::Healthy)).collect();
        let tested = samples().filter(|sample| sample.split == Split::Test).count();
        if labels.len() > 1 {
            mixed.push(group);
        } else if tested > 0 && tested < group.len() {
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
    let extra = |in_test: bool| -> usize {
        let here = |group: &&Vec<usize>| (summary.samples[group[0]].split == Split::Test) == in_test;
        groups.iter().filter(here).map(|group| group.len() - 1).sum()
    };
    let (train, test) = (extra(false), extra(true));
    let why = match (train, test) {
        (train, 0) => format!("{train} in the training folder: each counts twice there, none in the test images."),
        (0, test) => format!("{test} in the test images: each counts twice in every figure."),
        (train, test) => format!("{train} in the training folder, {test} in test: each counts twice."),
    };
    about(summary, groups, Severity::Caution, "Exact duplicates", images(train + test), why)
}
