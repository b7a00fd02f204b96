//! Is anyone in the training folder and in the test images?

use std::collections::BTreeMap;

use super::wording::{counted, images, percent};
use super::{finding, ids};
use crate::domain::{DataSetSummary, Finding, Label, Severity, Split};

/// One patient's images, by sample index.
#[derive(Default)]
struct Images {
    train: Vec<usize>,
    test: Vec<usize>,
}

pub(super) fn findings(summary: &DataSetSummary) -> Vec<Finding> {
    let labelled = summary.samples.iter().filter(|sample| sample.split != Split::Unlabelled).count();
    if labelled == 0 {
        return Vec::new();
    }
    let patients = patients(summary);
    if patients.is_empty() {
        return vec![finding(
            Severity::Note,
            "Patients are not named",
            images(labelled),
            "File names give no patient number, so nobody can tell whether a patient is in two splits.".to_owned(),
        )];
    }
    let mut findings = vec![in_two_splits(summary, &patients)];
    findings.extend(unnamed(summary, labelled));
    findings
}

fn patients(summary: &DataSetSummary) -> BTreeMap<&str, Images> {
    let mut patients: BTreeMap<&str, Images> = BTreeMap::new();
    for (index, sample) in summary.samples.iter().enumerate() {
        let Some(patient) = &sample.patient else { continue };
        let images = patients.entry(patient).or_default();
        match sample.split {
            Split::Test => images.test.push(index),
            Split::Unlabelled => {}
            Split::Train | Split::Validation | Split::Development => images.train.push(index),
        }
    }
    patients
}

fn in_two_splits(summary: &DataSetSummary, patients: &BTreeMap<&str, Images>) -> Finding {
    let parted: Vec<(&&str, &Images)> =
        patients.iter().filter(|(_, images)| !images.train.is_empty() && !images.test.is_empty()).collect();
    if parted.is_empty() {
        return finding(
            Severity::Fine,
            "No patient in two splits",
            counted(patients.len(), "patient", "patients"),
            example_of_prefixes(patients),
        );
    }
    let healthy = |index: &usize| summary.samples[*index].label == Some(Label::Healthy);
    // Models are fitted to healthy images only; a patient known by a diseased one was never fitted.
    let fitted = parted.iter().filter(|(_, images)| images.train.iter().any(healthy)).count();
    let (severity, why) = if fitted > 0 {
        (
            Severity::Problem,
            format!("{fitted} of them with healthy training images: models are tested on people they know."),
        )
    } else {
        (
            Severity::Caution,
            "Only by diseased images, which no model is fitted to; designs may have been chosen on them.".to_owned(),
        )
    };
    let count = counted(parted.len(), "patient", "patients");
    let mut finding = finding(severity, "Patients in training folder and test", count, why);
    finding.samples = ids(parted.iter().flat_map(|(_, images)| images.train.iter().chain(&images.test)).copied());
    finding.details = parted
        .iter()
        .map(|(patient, images)| {
            format!("{patient}: {} in the training folder, {} in test", images.train.len(), images.test.len())
        })
        .collect();
    finding
}

/// Two patients of this set who would be taken for one by their number alone.
fn example_of_prefixes(patients: &BTreeMap<&str, Images>) -> String {
    let number = |patient: &str| -> Option<String> {
        let end = patient.rfind(|c: char| c.is_ascii_digit())? + 1;
        let start = patient[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        Some(patient[start..end].to_owned())
    };
    let mut tested: BTreeMap<String, &str> = BTreeMap::new();
    for (patient, _) in patients.iter().filter(|(_, images)| !images.test.is_empty()) {
        tested.extend(number(patient).map(|number| (number, *patient)));
    }
    let alike = patients.iter().filter(|(_, images)| !images.train.is_empty()).find_map(|(patient, _)| {
        let other = tested.get(&number(patient)?)?;
        (other != patient).then_some((*patient, *other))
    });
    match alike {
        Some((train, test)) => format!("{train} (training folder) and {test} (test) count as different patients."),
        None => "Told apart by the number in the file name with its prefix.".to_owned(),
    }
}

fn unnamed(summary: &DataSetSummary, labelled: usize) -> Option<Finding> {
    let without: Vec<usize> = summary
        .samples
        .iter()
        .enumerate()
        .filter(|(_, sample)| sample.patient.is_none() && sample.split != Split::Unlabelled)
        .map(|(index, _)| index)
        .collect();
    if without.is_empty() {
        return None;
    }
    let share = percent(without.len() as f64 / labelled as f64);
    let why = format!("{share} of the files name no patient; each of them is taken for a patient of its own.");
    let mut finding = finding(Severity::Note, "Some patients are not named", images(without.len()), why);
    finding.samples = ids(without);
    Some(finding)
}
