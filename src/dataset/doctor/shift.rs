//! Are the healthy images that thresholds come from like the healthy images that are tested on?

use super::features::Features;
use super::finding;
use super::separation::{ENOUGH, Separation};
use super::wording::{auroc, percent, quantity};
use crate::domain::{DataSetSummary, Finding, Label, SampleId, Severity, Split, thousands};

/// Share of validation normals that a threshold lets pass.
const NOMINAL: f64 = 0.95;

const SHARPNESS: &str = "Sharpness";

struct Candidate {
    name: &'static str,
    value: fn(&Features) -> f64,
}

const CANDIDATES: [Candidate; 6] = [
    Candidate { name: SHARPNESS, value: |image| image.whole.sharpness },
    Candidate { name: "Brightness", value: |image| image.whole.brightness },
    Candidate { name: "Contrast", value: |image| image.whole.contrast },
    Candidate { name: "Sharpness of the ring", value: |image| image.ring.sharpness },
    Candidate { name: "Brightness of the ring", value: |image| image.ring.brightness },
    Candidate { name: "Contrast of the ring", value: |image| image.ring.contrast },
];

/// Compares validation with test normals; `None` without either.
pub(super) fn compare(summary: &DataSetSummary, features: &[Features]) -> Option<Finding> {
    let validation: Vec<SampleId> = summary.ids(Split::Validation, Some(Label::Healthy)).collect();
    let test: Vec<SampleId> = summary.ids(Split::Test, Some(Label::Healthy)).collect();
    if validation.is_empty() || test.is_empty() {
        return None;
    }
    let of = |ids: &[SampleId], candidate: &Candidate| -> Vec<f64> {
        ids.iter().filter_map(|id| features.get(id.0 as usize)).map(candidate.value).collect()
    };
    let compared: Vec<(&Candidate, Separation)> = CANDIDATES
        .iter()
        .filter_map(|candidate| {
            Some((candidate, Separation::between(&of(&validation, candidate), &of(&test, candidate))?))
        })
        .collect();
    let Some((strongest, separation)) =
        compared.iter().max_by(|a, b| a.1.strength().total_cmp(&b.1.strength())).map(|pair| (pair.0, pair.1))
    else {
        return Some(too_few(validation.len(), test.len()));
    };
    let threshold = sharpness_threshold(features, &validation);
    let passes = |id: &&SampleId| sharpness(features, **id).is_some_and(|value| value >= threshold);
    let share = |ids: &[SampleId]| ids.iter().filter(passes).count() as f64 / ids.len() as f64;
    let severity = separation.severity();
    let title = if severity == Severity::Fine {
        "Test healthy are like validation healthy"
    } else {
        "Test healthy differ from training healthy"
    };
    let explanation = match (strongest.name, severity) {
        (SHARPNESS, _) => format!(
            "{SHARPNESS} differs most. A sharpness threshold set for {} specificity reaches {} on test.",
            percent(share(&validation)),
            percent(share(&test)),
        ),
        (name, Severity::Fine) => format!("{name} differs most, and little."),
        (name, _) => format!("{name} differs most. A threshold set on validation images need not hold on test."),
    };
    let mut finding = finding(severity, title, auroc(separation.strength()), explanation);
    if severity != Severity::Fine && strongest.name == SHARPNESS {
        finding.samples = test.iter().filter(|id| !passes(id)).copied().collect();
    }
    finding.details = compared
        .iter()
        .map(|(candidate, separation)| {
            format!(
                "{}: AUROC {:.3}; median {} in {} validation healthy, {} in {} test healthy",
                candidate.name,
                separation.strength(),
                quantity(separation.medians[0]),
                thousands(separation.counts[0]),
                quantity(separation.medians[1]),
                thousands(separation.counts[1]),
            )
        })
        .collect();
    finding.details.push(format!(
        "The strongest of {} is shown, which makes the figure a little larger than any one would give.",
        compared.len()
    ));
    Some(finding)
}

fn too_few(validation: usize, test: usize) -> Finding {
    finding(
        Severity::Note,
        "Too few healthy images to compare splits",
        format!("{} and {}", thousands(validation), thousands(test)),
        format!("At least {ENOUGH} validation and {ENOUGH} test healthy are needed to tell whether they differ."),
    )
}

/// The sharpness that all but 5 % of the validation healthy have: the gradient baseline calls what is below diseased.
fn sharpness_threshold(features: &[Features], validation: &[SampleId]) -> f64 {
    let mut values: Vec<f64> = validation.iter().filter_map(|id| sharpness(features, *id)).collect();
    values.sort_by(f64::total_cmp);
    let rank = ((1.0 - NOMINAL) * values.len() as f64).floor() as usize;
    values.get(rank).copied().unwrap_or(f64::NEG_INFINITY)
}

fn sharpness(features: &[Features], id: SampleId) -> Option<f64> {
    features.get(id.0 as usize).map(|image| image.whole.sharpness)
}
