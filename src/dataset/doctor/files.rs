//! Files that are not used, by reason, those that show nothing, and what kind the others are.

use std::collections::BTreeMap;

use super::features::Features;
use super::wording::{counted, images, percent};
use super::{finding, ids};
use crate::dataset::OpenDataSet;
use crate::domain::{DataSetSummary, Finding, RejectReason, Rejected, Severity, Split, listed, thousands};

/// From this share on the losses may be no accident.
const MANY: f64 = 0.01;

pub(super) fn findings(data: &OpenDataSet, features: &[Features]) -> Vec<Finding> {
    let summary = data.summary();
    let mut by_reason: BTreeMap<RejectReason, Vec<&Rejected>> = BTreeMap::new();
    for file in &summary.rejected {
        by_reason.entry(file.reason).or_default().push(file);
    }
    let left_out = by_reason.remove(&RejectReason::Copy).map(|files| copies(&files, summary));
    let total = summary.samples.len() + by_reason.values().map(Vec::len).sum::<usize>();
    let mut findings: Vec<Finding> =
        by_reason.into_iter().map(|(reason, files)| unusable(reason, &files, total)).collect();
    if findings.is_empty() {
        findings.push(all_read(data));
    }
    findings.extend(without_contrast(features));
    findings.extend(left_out);
    findings
}

/// Images of one grey.
fn without_contrast(features: &[Features]) -> Option<Finding> {
    let found = ids((0..features.len()).filter(|&index| features[index].flat));
    let why = "Black, white or grey all over: their scores mean nothing, and there is nothing to learn from them.";
    let finding = finding(Severity::Caution, "Images without contrast", images(found.len()), why.to_owned());
    (!found.is_empty()).then_some(Finding { samples: found, ..finding })
}

fn unusable(reason: RejectReason, files: &[&Rejected], total: usize) -> Finding {
    let share = files.len() as f64 / total.max(1) as f64;
    let severity = if share >= MANY { Severity::Problem } else { Severity::Caution };
    let why = match reason {
        RejectReason::Empty => "The copy or download was cut off.",
        RejectReason::Truncated => "What is missing would be made up; fetch the files again.",
        RejectReason::NotAnImage => "Named or placed like images, but something else.",
        RejectReason::Unsupported => "Convert them to JPEG or PNG to use them.",
        RejectReason::Animated => "Which of several pictures is meant would be a guess.",
        RejectReason::TooLarge => "More than any radiograph has; scale them down to use them.",
        RejectReason::TooSmall => "Too few pixels to see a lung in.",
        RejectReason::Unreadable => "Check the permissions and whether links lead anywhere.",
        RejectReason::Copy => "Their bytes are those of another file.",
    };
    let explanation = format!("{} of the files, not used. {why}", percent(share));
    let mut finding = finding(severity, reason.title(), counted(files.len(), "file", "files"), explanation);
    finding.details = lines(files);
    finding
}

fn copies(files: &[&Rejected], summary: &DataSetSummary) -> Finding {
    let tested = summary.samples.iter().any(|sample| sample.split == Split::Test);
    let which = if tested { ", in the test folder before the training folder" } else { "" };
    let mut finding = finding(
        Severity::Note,
        "Copies left out",
        counted(files.len(), "file", "files"),
        format!("As asked: of each content one file is used{which}."),
    );
    finding.details = lines(files);
    finding
}

fn lines(files: &[&Rejected]) -> Vec<String> {
    files.iter().map(|file| format!("{}: {}", file.path, file.detail)).collect()
}

fn all_read(data: &OpenDataSet) -> Finding {
    let samples = &data.summary().samples;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for index in 0..samples.len() {
        *kinds.entry(data.kind(index)).or_default() += 1;
    }
    let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let explanation = match kinds.as_slice() {
        [(kind, _)] => format!("All are {kind}."),
        kinds => {
            let named: Vec<String> =
                kinds.iter().take(3).map(|(kind, count)| format!("{} {kind}", thousands(*count))).collect();
            let more = if kinds.len() > named.len() { ", and others" } else { "" };
            format!("{}{more}.", listed(&named))
        }
    };
    let mut finding =
        finding(Severity::Fine, "Every file can be read", counted(samples.len(), "file", "files"), explanation);
    if kinds.len() > 3 {
        finding.details = kinds.iter().map(|(kind, count)| format!("{kind}: {}", thousands(*count))).collect();
    }
    finding
}
