//! Where the line between "healthy" and "unusual" is drawn, and on whose authority.
//!
//! Thresholds are in σ of the entry's own validation normals, so that one rule serves all entries.

use super::Steps;
use crate::domain::{BenchmarkCase, BenchmarkEntry, Calibration, Confusion, Label, ThresholdRule};

/// How far beyond the last score a threshold is put that has all scores on one side, in σ.
const BEYOND: f64 = 0.01;

/// The rules on offer, besides one drawn by hand.
pub fn rule_options() -> [ThresholdRule; 7] {
    [
        ThresholdRule::ValidationPercentile { percentile: 90.0 },
        ThresholdRule::ValidationPercentile { percentile: 95.0 },
        ThresholdRule::ValidationPercentile { percentile: 99.0 },
        ThresholdRule::MeanPlusSigma { k: 2.0 },
        ThresholdRule::MeanPlusSigma { k: 3.0 },
        ThresholdRule::Youden,
        ThresholdRule::BestF1,
    ]
}

/// A rule's threshold for an entry, in σ. Always finite: without validation scores a percentile falls back to the
/// mean, and a labelled rule without both classes to the validation mean as well.
pub fn threshold_sigma(rule: ThresholdRule, entry: &BenchmarkEntry, cases: &[BenchmarkCase]) -> f64 {
    threshold_without_labels(rule, &entry.calibration).unwrap_or_else(|| {
        let sigma = if rule == ThresholdRule::BestF1 {
            best_on_labels(entry, cases, |tp, fp, positives, _| 2.0 * tp / (tp + fp + positives))
        } else {
            best_on_labels(entry, cases, |tp, fp, positives, negatives| tp / positives - fp / negatives)
        };
        if sigma.is_finite() { sigma } else { 0.0 }
    })
}

/// The threshold, in σ, of a rule that asks for no labelled image; `None` of one that does. Always finite, as of
/// [`threshold_sigma`].
pub fn threshold_without_labels(rule: ThresholdRule, calibration: &Calibration) -> Option<f64> {
    let sigma = match rule {
        ThresholdRule::ValidationPercentile { percentile } => {
            calibration.percentile(percentile).map_or(0.0, |score| calibration.sigma(score))
        }
        ThresholdRule::MeanPlusSigma { k } => k,
        ThresholdRule::Manual { sigma } => sigma,
        ThresholdRule::Youden | ThresholdRule::BestF1 => return None,
    };
    Some(if sigma.is_finite() { sigma } else { 0.0 })
}

/// A threshold in the entry's own unit, as written beside its scores.
pub fn threshold_score(calibration: &Calibration, sigma: f64) -> f64 {
    calibration.mean + sigma * calibration.sd
}

/// Counts of the test images that lie above the threshold and those that do not.
pub fn confusion_at(entry: &BenchmarkEntry, cases: &[BenchmarkCase], sigma: f64) -> Confusion {
    let mut confusion = Confusion::default();
    for (&score, case) in entry.test_scores.iter().zip(cases) {
        let unusual = entry.calibration.sigma(score) > sigma;
        let count = match (case.label, unusual) {
            (Label::Diseased, true) => &mut confusion.tp,
            (Label::Diseased, false) => &mut confusion.fn_,
            (Label::Healthy, true) => &mut confusion.fp,
            (Label::Healthy, false) => &mut confusion.tn,
        };
        *count += 1;
    }
    confusion
}

/// The share of validation normals that are not above the threshold; `None` without any.
pub fn validation_specificity(calibration: &Calibration, sigma: f64) -> Option<f64> {
    let healthy = &calibration.healthy_scores;
    let below = healthy.iter().filter(|&&score| calibration.sigma(score) <= sigma).count();
    (!healthy.is_empty()).then(|| below as f64 / healthy.len() as f64)
}

/// The specificity that a rule promises: its percentile, else what it has on the validation normals.
pub fn nominal_specificity(rule: ThresholdRule, calibration: &Calibration, sigma: f64) -> Option<f64> {
    match rule {
        ThresholdRule::ValidationPercentile { percentile } => Some(percentile / 100.0),
        _ => validation_specificity(calibration, sigma),
    }
}

/// A rule in a few words, for the list of rules.
pub fn rule_name(rule: ThresholdRule) -> String {
    match rule {
        ThresholdRule::ValidationPercentile { percentile } => format!("Validation, {} percentile", ordinal(percentile)),
        ThresholdRule::MeanPlusSigma { k } => format!("Validation, mean + {k} σ"),
        ThresholdRule::Manual { sigma } => format!("By hand, {sigma:.2} σ"),
        ThresholdRule::Youden => "Youden, on test labels".to_owned(),
        ThresholdRule::BestF1 => "Best F1, on test labels".to_owned(),
    }
}

/// What stands behind the word "threshold" where one is drawn that no held-out images set; empty of any other.
pub fn set_how(rule: ThresholdRule) -> &'static str {
    match rule {
        ThresholdRule::ValidationPercentile { .. } | ThresholdRule::MeanPlusSigma { .. } => "",
        ThresholdRule::Manual { .. } => ", by hand",
        ThresholdRule::Youden | ThresholdRule::BestF1 => ", on test labels",
    }
}

/// A rule as it stands in a sentence behind "at", for tables and figures that are made by it.
pub fn rule_in_words(rule: ThresholdRule) -> String {
    match rule {
        ThresholdRule::ValidationPercentile { percentile } => {
            format!("the {} percentile of held-out healthy training images", ordinal(percentile))
        }
        ThresholdRule::MeanPlusSigma { k } => format!("mean + {k} σ of held-out healthy training images"),
        ThresholdRule::Manual { sigma } => {
            format!("{sigma:.2} σ, dragged by hand over the test images (optimistic)")
        }
        ThresholdRule::Youden => "the best Youden index on the labelled test images (optimistic)".to_owned(),
        ThresholdRule::BestF1 => "the best F1 on the labelled test images (optimistic)".to_owned(),
    }
}

/// Where a threshold comes from, in one sentence.
pub fn provenance(rule: ThresholdRule, calibration: &Calibration) -> String {
    let count = calibration.healthy_scores.len();
    match rule {
        ThresholdRule::ValidationPercentile { percentile } => format!(
            "{} percentile of {count} held-out healthy training images (target specificity {percentile} %); no test image was used",
            ordinal(percentile)
        ),
        ThresholdRule::MeanPlusSigma { k } => format!(
            "mean + {k} standard deviations of {count} held-out healthy training images; no test image was used"
        ),
        ThresholdRule::Manual { sigma } => {
            format!(
                "optimistic: dragged by hand to {sigma:.2} σ over the scores of the labelled test images it is reported on"
            )
        }
        ThresholdRule::Youden => {
            "optimistic: highest sensitivity + specificity on the labelled test images it is reported on".to_owned()
        }
        ThresholdRule::BestF1 => "optimistic: highest F1 on the labelled test images it is reported on".to_owned(),
    }
}

/// "95th", "99.5th".
fn ordinal(percentile: f64) -> String {
    let suffix = match percentile {
        p if p.fract() != 0.0 => "th",
        p if (p % 100.0 - 11.0).abs() < 1.5 || (p % 100.0 - 13.0).abs() < 0.5 => "th",
        p if p % 10.0 == 1.0 => "st",
        p if p % 10.0 == 2.0 => "nd",
        p if p % 10.0 == 3.0 => "rd",
        _ => "th",
    };
    format!("{percentile}{suffix}")
}

/// The threshold with the highest value of `merit(tp, fp, positives, negatives)`, half-way between the neighbouring
/// scores; the higher threshold among equals.
fn best_on_labels(entry: &BenchmarkEntry, cases: &[BenchmarkCase], merit: impl Fn(f64, f64, f64, f64) -> f64) -> f64 {
    let sigmas: Vec<f64> = entry.test_scores.iter().map(|&score| entry.calibration.sigma(score)).collect();
    let positive: Vec<bool> = cases.iter().map(|case| case.label == Label::Diseased).collect();
    let Some(Steps { positives, negatives, steps }) = Steps::new(&sigmas, &positive) else {
        return 0.0;
    };
    let (positives, negatives) = (f64::from(positives), f64::from(negatives));
    // Nothing called unusual, to begin with.
    let mut best = (merit(0.0, 0.0, positives, negatives), steps.first().map_or(0.0, |step| step.score + BEYOND));
    for (index, step) in steps.iter().enumerate() {
        let value = merit(f64::from(step.tp), f64::from(step.fp), positives, negatives);
        if value > best.0 {
            let threshold =
                steps.get(index + 1).map_or(step.score - BEYOND, |next| f64::midpoint(step.score, next.score));
            best = (value, threshold);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, calibration, reference};
    use crate::evaluation::{f1, rates};

    /// The made-up benchmark's first entry, with other scores and labels.
    fn entry_of(scores: &[f64], positive: &[bool], healthy: Vec<f64>) -> (BenchmarkEntry, Vec<BenchmarkCase>) {
        let mut benchmark = benchmark();
        let mut entry = benchmark.entries.swap_remove(0);
        entry.test_scores = scores.to_vec();
        entry.calibration = calibration(healthy);
        let mut cases = benchmark.cases;
        cases.truncate(scores.len());
        for (case, &positive) in cases.iter_mut().zip(positive) {
            case.label = if positive { Label::Diseased } else { Label::Healthy };
        }
        (entry, cases)
    }

    #[test]
    fn degenerate_calibrations_give_finite_thresholds() {
        for healthy in [vec![], vec![2.0], vec![2.0; 9]] {
            let (entry, cases) = entry_of(&[2.0, 2.0, 5.0], &[false, true, true], healthy);
            for rule in rule_options() {
                let sigma = threshold_sigma(rule, &entry, &cases);
                assert!(sigma.is_finite(), "{rule:?}");
                let confusion = confusion_at(&entry, &cases, sigma);
                assert_eq!(confusion.tp + confusion.fp + confusion.tn + confusion.fn_, 3);
            }
        }
        let (entry, cases) = entry_of(&[1.0, 2.0], &[true, true], vec![0.0, 1.0]);
        assert_eq!(threshold_sigma(ThresholdRule::Youden, &entry, &cases), 0.0);
        assert_eq!(threshold_sigma(ThresholdRule::Manual { sigma: f64::NAN }, &entry, &cases), 0.0);
        assert_eq!(validation_specificity(&calibration(vec![]), 1.0), None);
    }

    #[test]
    fn all_equal_scores_call_nothing_unusual() {
        let (entry, cases) = entry_of(&[1.0; 4], &[true, false, true, false], vec![1.0; 5]);
        let rule = ThresholdRule::ValidationPercentile { percentile: 95.0 };
        let sigma = threshold_sigma(rule, &entry, &cases);
        assert_eq!(confusion_at(&entry, &cases, sigma), Confusion { tp: 0, fp: 0, tn: 2, fn_: 2 });
    }

    #[test]
    fn by_hand() {
        // Mean 2, standard deviation 1: 1, 2, 3.
        let (entry, cases) = entry_of(&[2.9, 3.0, 4.1, 0.0], &[false, true, true, false], vec![1.0, 2.0, 3.0]);
        let sigma = |rule| threshold_sigma(rule, &entry, &cases);
        assert_eq!(sigma(ThresholdRule::ValidationPercentile { percentile: 100.0 }), 1.0);
        assert!((sigma(ThresholdRule::ValidationPercentile { percentile: 75.0 }) - 0.5).abs() < 1e-12);
        assert_eq!(sigma(ThresholdRule::MeanPlusSigma { k: 2.0 }), 2.0);
        // A score at the threshold is not above it.
        assert_eq!(confusion_at(&entry, &cases, 1.0), Confusion { tp: 1, fp: 0, tn: 2, fn_: 1 });
        assert_eq!(threshold_score(&entry.calibration, 1.0), 3.0);
        assert!((sigma(ThresholdRule::Youden) - 0.95).abs() < 1e-12);
        assert_eq!(validation_specificity(&entry.calibration, 0.0), Some(2.0 / 3.0));
        let ninety = ThresholdRule::ValidationPercentile { percentile: 90.0 };
        assert_eq!(nominal_specificity(ninety, &entry.calibration, 5.0), Some(0.9));
    }

    #[test]
    fn places_among_healthy_images_by_hand() {
        let healthy = calibration(vec![4.0, 1.0, 3.0, 2.0]);
        // As numpy.percentile: rank 0.95 · 3 = 2.85 of 1, 2, 3, 4.
        assert!((healthy.percentile(95.0).unwrap() - 3.85).abs() < 1e-12);
        assert_eq!(
            (healthy.percentile(0.0), healthy.percentile(50.0), healthy.percentile(100.0)),
            (Some(1.0), Some(2.5), Some(4.0))
        );
        // Mean 2.5, variance 5 / 3.
        assert!((healthy.sigma(4.0) - 1.5 / (5.0f64 / 3.0).sqrt()).abs() < 1e-12);
        // 3 and 4 are at least 3: (1 + 2) / (4 + 1); above all the least that can be said is 1 / 5.
        assert_eq!([2.9, 3.0, 9.0, 0.0].map(|score| healthy.conformal_p(score)), [0.6, 0.6, 0.2, 1.0]);
        assert_eq!(healthy.share_lower(9.0), 0.8);
        assert_eq!(calibration(vec![]).conformal_p(1.0), 1.0);
    }

    #[test]
    fn what_a_rule_promises_by_hand() {
        // Mean 2, standard deviation 1.
        let healthy = calibration(vec![1.0, 2.0, 3.0]);
        let promised = |rule, sigma| nominal_specificity(rule, &healthy, sigma);
        assert_eq!(promised(ThresholdRule::MeanPlusSigma { k: 2.0 }, 2.0), Some(1.0));
        assert_eq!(promised(ThresholdRule::Manual { sigma: 0.5 }, 0.5), Some(2.0 / 3.0));
        assert_eq!(promised(ThresholdRule::Youden, -1.0), Some(1.0 / 3.0), "a score at the threshold is not above it");
    }

    #[test]
    fn labelled_rules_find_what_scikit_learn_finds() {
        let reference = reference();
        for set in &reference.sets {
            let (entry, cases) = entry_of(&set.scores, &reference.labels, vec![-1.0, 0.0, 1.0]);
            let at = |rule| confusion_at(&entry, &cases, threshold_sigma(rule, &entry, &cases));
            let youden = rates(&at(ThresholdRule::Youden));
            let merit = youden.sensitivity.unwrap().value + youden.specificity.unwrap().value - 1.0;
            assert!((merit - set.youden).abs() < 1e-12);
            assert!((f1(&at(ThresholdRule::BestF1)).unwrap() - set.best_f1).abs() < 1e-12);
        }
    }

    #[test]
    fn rules_say_where_they_come_from() {
        let healthy = calibration(vec![1.0, 2.0]);
        let by_hand = ThresholdRule::Manual { sigma: 4.354 };
        for rule in rule_options().into_iter().chain([by_hand]) {
            let text = provenance(rule, &healthy);
            assert_eq!(text.starts_with("optimistic"), rule.is_optimistic(), "{text}");
            assert_eq!(rule_in_words(rule).ends_with("(optimistic)"), rule.is_optimistic());
            assert_eq!(set_how(rule).is_empty(), rule.rests_on_held_out());
        }
        assert!(rule_in_words(by_hand).starts_with("4.35 σ, dragged by hand"));
        let names: Vec<String> = [90.0, 91.0, 92.0, 93.0, 99.5, 11.0, 12.0, 13.0].map(ordinal).to_vec();
        assert_eq!(names, ["90th", "91st", "92nd", "93rd", "99.5th", "11th", "12th", "13th"]);
    }
}
