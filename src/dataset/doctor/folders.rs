//! What the folders lack, hold besides, or hold too little of.

use std::collections::BTreeMap;

use super::finding;
use super::wording::{counted, images, percent};
use crate::dataset::names::split_folder;
use crate::dataset::opened::Surroundings;
use crate::domain::{DataSetSummary, Finding, Label, Severity, Split, listed, thousands};

/// Below this a network learns images by heart.
const FEW_TRAIN: usize = 100;
/// Below this a 95 % threshold rests on two images.
const FEW_VALIDATION: usize = 40;
/// Below this an AUROC is uncertain by more than ±0.08.
const FEW_TEST: usize = 50;
/// A `val` folder with fewer is of no use for thresholds.
const FEW_IN_VAL: usize = 100;

pub(super) fn findings(summary: &DataSetSummary, surroundings: &Surroundings) -> Vec<Finding> {
    if summary.samples.iter().all(|sample| sample.split == Split::Unlabelled) {
        return vec![flat(summary)];
    }
    let mut findings = missing(summary);
    findings.extend(few(summary));
    findings.extend(no_test_folder(summary, surroundings));
    findings.extend(val_folder(summary, surroundings));
    findings.extend(outside(surroundings));
    findings.extend(classes(summary));
    findings
}

fn flat(summary: &DataSetSummary) -> Finding {
    finding(
        Severity::Caution,
        "No class folders",
        images(summary.samples.len()),
        "Without labels these images can be scored and looked at; training needs train/NORMAL, a benchmark also \
         test/NORMAL and test/PNEUMONIA."
            .to_owned(),
    )
}

/// Splits that hold nothing and what cannot be done for it.
fn missing(summary: &DataSetSummary) -> Vec<Finding> {
    let report = |split, label, severity, title: &str, why: &str| {
        (summary.count(split, label) == 0).then(|| finding(severity, title, images(0), why.to_owned()))
    };
    [
        report(
            Split::Train,
            Label::Healthy,
            Severity::Problem,
            "No healthy training images",
            "Nothing can be trained. Expected train/NORMAL; loaded models can still be benchmarked.",
        ),
        report(
            Split::Validation,
            Label::Healthy,
            Severity::Problem,
            "No validation images",
            "Without several healthy patients in train none can be held out, so no threshold can be set.",
        ),
        report(
            Split::Test,
            Label::Healthy,
            Severity::Problem,
            "No healthy test images",
            "Without test/NORMAL neither AUROC nor specificity can be computed.",
        ),
        report(
            Split::Test,
            Label::Diseased,
            Severity::Problem,
            "No diseased test images",
            "Without test/PNEUMONIA neither AUROC nor sensitivity can be computed.",
        ),
        report(
            Split::Development,
            Label::Diseased,
            Severity::Note,
            "No development images",
            "Without train/PNEUMONIA designs cannot be compared before the test images are looked at.",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn few(summary: &DataSetSummary) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |split, label, limit, title: &str, why: &dyn Fn(usize) -> String| {
        let count = summary.count(split, label);
        if count > 0 && count < limit {
            let mut finding = finding(Severity::Caution, title, images(count), why(count));
            finding.samples = summary.ids(split, Some(label)).collect();
            findings.push(finding);
        }
    };
    report(Split::Train, Label::Healthy, FEW_TRAIN, "Few training images", &|_| {
        format!("With fewer than {FEW_TRAIN} healthy images networks learn them by heart.")
    });
    report(Split::Validation, Label::Healthy, FEW_VALIDATION, "Few validation images", &|count| {
        let above = match (count as f64 * 0.05) as usize {
            0 | 1 => "the single most unusual image".to_owned(),
            several => format!("the {several} most unusual images"),
        };
        format!("A 95\u{2009}% threshold rests on {above}; no case can be called rarer than 1 in {}.", count + 1)
    });
    for (label, title) in [(Label::Healthy, "Few healthy test images"), (Label::Diseased, "Few diseased test images")] {
        report(Split::Test, label, FEW_TEST, title, &|_| few_test(summary));
    }
    findings
}

/// The standard error of an AUROC of 0.9 with so many images (Hanley and McNeil 1982).
fn few_test(summary: &DataSetSummary) -> String {
    let healthy = summary.count(Split::Test, Label::Healthy) as f64;
    let diseased = summary.count(Split::Test, Label::Diseased) as f64;
    let area: f64 = 0.9;
    let (q1, q2) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
    let variance = area
        .mul_add(1.0 - area, (diseased - 1.0) * (q1 - area * area) + (healthy - 1.0) * (q2 - area * area))
        / (healthy * diseased).max(1.0);
    format!(
        "An AUROC of 0.90 is uncertain by ±{:.2} with these test images (95\u{2009}% interval).",
        1.96 * variance.max(0.0).sqrt()
    )
}

fn no_test_folder(summary: &DataSetSummary, surroundings: &Surroundings) -> Option<Finding> {
    if !surroundings.makes_test {
        return None;
    }
    let count = |label| summary.count(Split::Test, label);
    let figure = images(count(Label::Healthy) + count(Label::Diseased));
    Some(match &surroundings.beside {
        Some(beside) => finding(
            Severity::Caution,
            "A test folder lies beside this one",
            figure,
            format!("Test images were split off here instead; choose the folder that holds this one and {beside}."),
        ),
        None => finding(
            Severity::Note,
            "No test folder",
            figure,
            "Split off by patient: 20\u{2009}% of the healthy and half of the diseased; another seed gives others."
                .to_owned(),
        ),
    })
}

fn val_folder(summary: &DataSetSummary, surroundings: &Surroundings) -> Option<Finding> {
    let (name, files) = surroundings.validation_folder.as_ref()?;
    let held_out = thousands(summary.count(Split::Validation, Label::Healthy));
    let (title, why) = if *files < FEW_IN_VAL {
        (
            format!("Folder {name} has few images"),
            format!("Too few for a threshold. {held_out} healthy are held out of train instead."),
        )
    } else {
        (format!("Folder {name} is not used"), format!("{held_out} healthy are held out of train by patient instead."))
    };
    Some(finding(Severity::Note, &title, counted(*files, "file", "files"), why))
}

fn outside(surroundings: &Surroundings) -> Option<Finding> {
    if surroundings.outside.is_empty() {
        return None;
    }
    let mut finding = finding(
        Severity::Caution,
        "Images outside class folders",
        images(surroundings.outside.len()),
        "They have no label and are not used.".to_owned(),
    );
    finding.details.clone_from(&surroundings.outside);
    Some(finding)
}

/// Anything not known to be healthy counts as diseased; where that is more than one folder, it is said.
fn classes(summary: &DataSetSummary) -> Option<Finding> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for sample in summary.samples.iter().filter(|sample| sample.label == Some(Label::Diseased)) {
        let mut parts = sample.path.split('/');
        let first = parts.next().unwrap_or_default();
        let class = if split_folder(first).is_some() { parts.next().unwrap_or_default() } else { first };
        *folders.entry(class).or_default() += 1;
    }
    if folders.len() < 2 {
        return None;
    }
    let names: Vec<String> = folders.keys().map(|&name| name.to_owned()).collect();
    let total: usize = folders.values().sum();
    let mut finding = finding(
        Severity::Note,
        "Several folders count as diseased",
        counted(folders.len(), "folder", "folders"),
        format!("{}: all that is not named as healthy.", listed(&names)),
    );
    finding.details = folders
        .iter()
        .map(|(name, &count)| {
            format!("{name}: {}, {} of the diseased", images(count), percent(count as f64 / total as f64))
        })
        .collect();
    Some(finding)
}
