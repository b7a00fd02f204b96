//! Whether an ensemble's networks disagree where the ensemble is wrong: what their spread is worth as a warning.

use crate::domain::{BenchmarkCase, BenchmarkEntry, Label, auroc_between};

/// The spread between networks, of right calls and of wrong ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadOfCalls {
    /// Mean spread in standard deviations of healthy images; `None` without such a call.
    pub right: Option<f64>,
    pub wrong: Option<f64>,
    /// The chance that a wrong call has a larger spread than a right one, ties counting half: 0.5 when the spread says
    /// nothing about errors. `None` without calls of both kinds.
    pub auroc: Option<f64>,
    pub right_calls: usize,
    pub wrong_calls: usize,
}

impl SpreadOfCalls {
    /// From the spread of each call and whether it was right; `None` when there are none, or not as many of both, or a
    /// spread is not a number.
    pub fn new(spreads: &[f64], right: &[bool]) -> Option<Self> {
        if spreads.is_empty() || spreads.len() != right.len() || spreads.iter().any(|spread| !spread.is_finite()) {
            return None;
        }
        let of = |wanted: bool| -> Vec<f64> {
            spreads.iter().zip(right).filter(|(_, right)| **right == wanted).map(|(&spread, _)| spread).collect()
        };
        let (of_right, of_wrong) = (of(true), of(false));
        let mean = |spreads: &[f64]| (!spreads.is_empty()).then(|| spreads.iter().sum::<f64>() / spreads.len() as f64);
        Some(Self {
            right: mean(&of_right),
            wrong: mean(&of_wrong),
            auroc: auroc_between(&of_right, &of_wrong),
            right_calls: of_right.len(),
            wrong_calls: of_wrong.len(),
        })
    }

    /// "Its networks differ by 0.21 σ where the call is right and by 0.34 σ where it is wrong (AUROC for errors 0.66)."
    pub fn sentence(&self) -> String {
        let sigma = |value: f64| format!("{value:.2}\u{2009}σ");
        match (self.right, self.wrong, self.auroc) {
            (Some(right), Some(wrong), Some(auroc)) => format!(
                "Its networks differ by {} where the call is right and by {} where it is wrong (AUROC for errors {auroc:.2}).",
                sigma(right),
                sigma(wrong)
            ),
            (Some(right), ..) => format!("Its networks differ by {}; every call is right.", sigma(right)),
            (_, Some(wrong), _) => format!("Its networks differ by {}; every call is wrong.", sigma(wrong)),
            _ => String::new(),
        }
    }
}

/// Of an ensemble's calls of the test images at a threshold in σ; `None` of one network.
pub fn spread_of_calls(entry: &BenchmarkEntry, cases: &[BenchmarkCase], threshold: f64) -> Option<SpreadOfCalls> {
    let is_right = |(&score, case): (&f64, &BenchmarkCase)| {
        (entry.calibration.sigma(score) > threshold) == (case.label == Label::Diseased)
    };
    let right: Vec<bool> = entry.test_scores.iter().zip(cases).map(is_right).collect();
    SpreadOfCalls::new(entry.test_spreads.as_deref()?, &right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::confusion_at;
    use crate::evaluation::fixtures::benchmark;

    #[test]
    fn means_and_ranks_by_hand() {
        let found = SpreadOfCalls::new(&[0.1, 0.3, 0.2, 0.4], &[true, true, false, false]).unwrap();
        assert!((found.right.unwrap() - 0.2).abs() < 1e-12 && (found.wrong.unwrap() - 0.3).abs() < 1e-12);
        // Of four pairs 0.2 > 0.1, 0.4 > 0.1 and 0.4 > 0.3.
        assert_eq!((found.auroc, found.right_calls, found.wrong_calls), (Some(0.75), 2, 2));
        assert!(
            found.sentence().contains("0.20\u{2009}σ") && found.sentence().contains("0.75"),
            "{}",
            found.sentence()
        );
    }

    #[test]
    fn equal_spreads_say_nothing_about_errors() {
        let found = SpreadOfCalls::new(&[0.2; 5], &[true, false, true, false, false]).unwrap();
        assert_eq!(found.auroc, Some(0.5));
    }

    #[test]
    fn calls_of_one_kind_have_no_area_and_nonsense_has_nothing() {
        let right = SpreadOfCalls::new(&[0.1, 0.2], &[true, true]).unwrap();
        assert_eq!((right.wrong, right.auroc, right.wrong_calls), (None, None, 0));
        assert!(right.sentence().contains("every call is right"));
        let wrong = SpreadOfCalls::new(&[0.1], &[false]).unwrap();
        assert!(wrong.sentence().contains("every call is wrong"));
        assert_eq!(SpreadOfCalls::new(&[], &[]), None);
        assert_eq!(SpreadOfCalls::new(&[0.1], &[]), None);
        assert_eq!(SpreadOfCalls::new(&[0.1, f64::NAN], &[true, false]), None);
    }

    #[test]
    fn one_network_has_no_spread_and_calls_are_those_at_the_threshold() {
        let benchmark = benchmark();
        let entry = &benchmark.entries[0];
        assert_eq!(spread_of_calls(entry, &benchmark.cases, 1.6), None);
        let spreads = Some(vec![0.25; benchmark.cases.len()]);
        let ensemble = BenchmarkEntry { test_spreads: spreads, ..entry.clone() };
        let found = spread_of_calls(&ensemble, &benchmark.cases, 1.6).unwrap();
        let confusion = confusion_at(entry, &benchmark.cases, 1.6);
        assert_eq!(found.wrong_calls, (confusion.fp + confusion.fn_) as usize);
    }
}
