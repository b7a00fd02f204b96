//! The data-set check: looks for what makes figures on a set of images wrong, or better than they are.
//!
//! Every figure is computed from the open data set; what cannot be computed (too few images, no patients in the names) is
//! said to be so. Where one of several simple measures is singled out, it is chosen on the training folder and reported
//! on the test images, so that the choice does not flatter the figure.

mod classes;
mod copies;
mod features;
mod files;
mod folders;
mod labels;
mod patients;
mod separation;
mod shift;
mod wording;

use super::OpenDataSet;
use crate::domain::{Finding, SampleId, Severity, Watch};
use crate::error::Result;

/// Looks for traps in a data set. Worst first; among equals, what touches the figures most comes first.
///
/// # Errors
/// `Error::Cancelled`.
pub fn check(data: &OpenDataSet, watch: &dyn Watch) -> Result<Vec<Finding>> {
    let summary = data.summary();
    let features = features::of(data, watch)?;
    let mut findings = classes::findings(data, &features);
    findings.extend(shift::compare(summary, &features));
    findings.extend(copies::findings(summary));
    findings.extend(patients::findings(summary));
    findings.extend(folders::findings(summary, data.surroundings()));
    findings.extend(labels::findings(data));
    findings.extend(files::findings(data, &features));
    findings.sort_by_key(|finding| finding.severity);
    Ok(findings)
}

/// A finding without anything to show; the parts that most have.
fn finding(severity: Severity, title: &str, figure: String, explanation: String) -> Finding {
    Finding {
        severity,
        title: title.to_owned(),
        figure,
        explanation,
        samples: Vec::new(),
        details: Vec::new(),
        action: None,
    }
}

fn ids(indices: impl IntoIterator<Item = usize>) -> Vec<SampleId> {
    indices.into_iter().map(|index| SampleId(index as u32)).collect()
}

#[cfg(test)]
mod tests;
