//! What a call is worth where disease is rarer, or more frequent, than in the test set.
//!
//! Sensitivity and specificity are taken to be the same everywhere; only the share of diseased images changes (Bayes).

use super::Z_95;
use crate::domain::{Confusion, Interval};

/// Predictive values at some prevalence. `None` where no image was called so, or a class has no images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictiveValues {
    /// Calls of "unusual" that are right.
    pub ppv: Option<Interval>,
    /// Calls of "healthy" that are right.
    pub npv: Option<Interval>,
}

/// Prevalences that tables are made at, besides the test set's own.
pub const PREVALENCES: [f64; 6] = [0.01, 0.02, 0.05, 0.10, 0.20, 0.50];

/// The share of diseased images in a confusion matrix; `None` of nothing.
pub fn prevalence_of(confusion: &Confusion) -> Option<f64> {
    let Confusion { tp, fp, tn, fn_ } = *confusion;
    let (diseased, all) =
        (f64::from(tp) + f64::from(fn_), f64::from(tp) + f64::from(fn_) + f64::from(fp) + f64::from(tn));
    (all > 0.0).then(|| diseased / all)
}

/// PPV and NPV where `prevalence` (0–1) of the images are diseased, with logit intervals (Mercaldo, Lau and Zhou,
/// *Statistics in Medicine* 26, 2007), which take the prevalence as known. Where a cell is empty the standard interval is
/// not defined, and the one with their adjusted estimates (z²/2 more in every cell) stands in.
pub fn predictive_values(confusion: &Confusion, prevalence: f64) -> PredictiveValues {
    let cells = [confusion.tp, confusion.fn_, confusion.tn, confusion.fp].map(f64::from);
    let [tp, fn_, tn, fp] = cells;
    if tp + fn_ == 0.0 || tn + fp == 0.0 || !(0.0..=1.0).contains(&prevalence) {
        return PredictiveValues { ppv: None, npv: None };
    }
    let estimate = Test::new(cells, prevalence);
    let spread =
        if cells.contains(&0.0) { Test::new(cells.map(|cell| cell + Z_95 * Z_95 / 2.0), prevalence) } else { estimate };
    PredictiveValues {
        ppv: interval(estimate.ppv(), spread.ppv(), spread.ppv_variance()),
        npv: interval(estimate.npv(), spread.npv(), spread.npv_variance()),
    }
}

/// A test's shares with the numbers of images they are from.
#[derive(Clone, Copy)]
struct Test {
    sensitivity: f64,
    specificity: f64,
    diseased: f64,
    healthy: f64,
    prevalence: f64,
}

impl Test {
    fn new([tp, fn_, tn, fp]: [f64; 4], prevalence: f64) -> Self {
        let (diseased, healthy) = (tp + fn_, tn + fp);
        Self { sensitivity: tp / diseased, specificity: tn / healthy, diseased, healthy, prevalence }
    }

    fn ppv(&self) -> Option<f64> {
        share(self.sensitivity * self.prevalence, (1.0 - self.specificity) * (1.0 - self.prevalence))
    }

    fn npv(&self) -> Option<f64> {
        share(self.specificity * (1.0 - self.prevalence), (1.0 - self.sensitivity) * self.prevalence)
    }

    /// Of logit PPV; their equation 8.
    fn ppv_variance(&self) -> f64 {
        (1.0 - self.sensitivity) / self.sensitivity / self.diseased
            + self.specificity / (1.0 - self.specificity) / self.healthy
    }

    /// Of logit NPV; their equation 9.
    fn npv_variance(&self) -> f64 {
        self.sensitivity / (1.0 - self.sensitivity) / self.diseased
            + (1.0 - self.specificity) / self.specificity / self.healthy
    }
}

/// `right` of all calls; `None` without any.
fn share(right: f64, wrong: f64) -> Option<f64> {
    (right + wrong > 0.0).then(|| right / (right + wrong))
}

fn interval(value: Option<f64>, centre: Option<f64>, variance: f64) -> Option<Interval> {
    let (value, centre) = (value?, centre?);
    // At a prevalence of 0 or 1 there is nothing to err about.
    if centre <= 0.0 || centre >= 1.0 {
        return Some(Interval { value, low: value, high: value });
    }
    let (logit, half) = ((centre / (1.0 - centre)).ln(), Z_95 * variance.sqrt());
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    // The adjusted interval is drawn towards the middle, away from a value of 0 or 1.
    Some(Interval { value, low: expit(logit - half).min(value), high: expit(logit + half).max(value) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::fixtures::reference;
    use crate::evaluation::rates;

    const SOME: Confusion = Confusion { tp: 354, fp: 41, tn: 193, fn_: 36 };

    #[test]
    fn a_missing_class_or_no_share_has_no_predictive_value() {
        let none = PredictiveValues { ppv: None, npv: None };
        assert_eq!(predictive_values(&Confusion::default(), 0.1), none);
        assert_eq!(predictive_values(&Confusion { tp: 3, fn_: 1, ..Confusion::default() }, 0.1), none);
        for prevalence in [f64::NAN, -0.1, 1.1] {
            assert_eq!(predictive_values(&SOME, prevalence), none, "{prevalence}");
        }
        assert_eq!(prevalence_of(&Confusion::default()), None);
    }

    #[test]
    fn nothing_called_unusual_leaves_the_ppv_open() {
        let values = predictive_values(&Confusion { tp: 0, fp: 0, tn: 9, fn_: 4 }, 0.3);
        assert_eq!(values.ppv, None);
        assert_eq!(values.npv.map(|npv| npv.value), Some(0.7), "all are called healthy, and 7 in 10 are");
    }

    #[test]
    fn at_the_ends_every_call_is_right_or_wrong() {
        let value = |interval: Option<Interval>| interval.map(|interval| interval.value);
        let never = predictive_values(&SOME, 0.0);
        assert_eq!((value(never.ppv), value(never.npv)), (Some(0.0), Some(1.0)));
        let always = predictive_values(&SOME, 1.0);
        assert_eq!((value(always.ppv), value(always.npv)), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn at_the_test_sets_own_prevalence_they_are_the_counted_shares() {
        let own = predictive_values(&SOME, prevalence_of(&SOME).unwrap());
        let counted = rates(&SOME);
        for (bayes, counted) in [(own.ppv, counted.ppv), (own.npv, counted.npv)] {
            assert!((bayes.unwrap().value - counted.unwrap().value).abs() < 1e-12);
        }
    }

    #[test]
    fn agrees_with_the_papers_formulas_on_its_example() {
        for expected in reference().predictive {
            let values = predictive_values(&expected.confusion, expected.prevalence);
            for (ours, theirs) in [(values.ppv, expected.ppv), (values.npv, expected.npv)] {
                let ours = ours.unwrap();
                for (our, their) in [ours.value, ours.low, ours.high].into_iter().zip(theirs) {
                    assert!((our - their).abs() < 1e-9, "{expected:?}: {ours:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn intervals_hold_their_value_and_rarer_disease_lowers_the_ppv(
            tp in 0u32..50, fn_ in 0u32..50, tn in 0u32..50, fp in 0u32..50, prevalence in 0.0f64..=0.9
        ) {
            let confusion = Confusion { tp, fp, tn, fn_ };
            let (rare, frequent) = (predictive_values(&confusion, prevalence), predictive_values(&confusion, prevalence + 0.1));
            for interval in [rare.ppv, rare.npv, frequent.ppv, frequent.npv].into_iter().flatten() {
                prop_assert!(0.0 <= interval.low && interval.low <= interval.value);
                prop_assert!(interval.value <= interval.high && interval.high <= 1.0);
            }
            if let (Some(rare), Some(frequent)) = (rare.ppv, frequent.ppv) {
                prop_assert!(rare.value <= frequent.value + 1e-12);
            }
        }
    }
}
