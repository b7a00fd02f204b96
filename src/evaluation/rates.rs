//! Shares at a threshold, with intervals.

use super::Z_95;
use crate::domain::{Confusion, Interval};

/// What a confusion matrix says. `None` where the share is 0 of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Diseased images found.
    pub sensitivity: Option<Interval>,
    /// Healthy images cleared.
    pub specificity: Option<Interval>,
    /// Calls of "unusual" that are right.
    pub ppv: Option<Interval>,
    /// Calls of "healthy" that are right.
    pub npv: Option<Interval>,
    pub accuracy: Option<Interval>,
    /// Harmonic mean of sensitivity and PPV; no interval, it is no share of images.
    pub f1: Option<f64>,
}

/// All shares of a confusion matrix with Wilson intervals.
pub fn rates(confusion: &Confusion) -> Rates {
    let Confusion { tp, fp, tn, fn_ } = *confusion;
    Rates {
        sensitivity: wilson(tp, tp + fn_),
        specificity: wilson(tn, tn + fp),
        ppv: wilson(tp, tp + fp),
        npv: wilson(tn, tn + fn_),
        accuracy: wilson(tp + tn, tp + fp + tn + fn_),
        f1: f1(confusion),
    }
}

/// 2 TP / (2 TP + FP + FN); `None` when nothing is diseased and nothing called so.
pub fn f1(confusion: &Confusion) -> Option<f64> {
    let doubled = 2 * u64::from(confusion.tp);
    let all = doubled + u64::from(confusion.fp) + u64::from(confusion.fn_);
    (all > 0).then(|| doubled as f64 / all as f64)
}

/// A share with its 95 % score interval (Wilson 1927); `None` of nothing, or of more than all.
pub fn wilson(successes: u32, of: u32) -> Option<Interval> {
    if of == 0 || successes > of {
        return None;
    }
    let (n, share) = (f64::from(of), f64::from(successes) / f64::from(of));
    let z2 = Z_95 * Z_95;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    // At 0 and at all, one end is exact and only rounding would say otherwise.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes == of { 1.0 } else { (centre + half).min(1.0) };
    Some(Interval { value: share, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::reference;

    #[test]
    fn shares_of_nothing_are_undefined() {
        let none = rates(&Confusion::default());
        assert_eq!(
            (none.sensitivity, none.specificity, none.ppv, none.npv, none.accuracy, none.f1),
            (None, None, None, None, None, None)
        );
        assert_eq!(wilson(3, 2), None);
        let nothing_called = rates(&Confusion { tp: 0, fp: 0, tn: 5, fn_: 2 });
        assert_eq!((nothing_called.ppv, nothing_called.f1), (None, Some(0.0)));
    }

    #[test]
    fn by_hand() {
        let rates = rates(&Confusion { tp: 354, fp: 41, tn: 193, fn_: 36 });
        let value = |interval: Option<Interval>| interval.unwrap().value;
        assert_eq!(value(rates.sensitivity), 354.0 / 390.0);
        assert_eq!(value(rates.specificity), 193.0 / 234.0);
        assert_eq!(value(rates.ppv), 354.0 / 395.0);
        assert_eq!(value(rates.npv), 193.0 / 229.0);
        assert_eq!(value(rates.accuracy), 547.0 / 624.0);
        assert_eq!(rates.f1, Some(708.0 / 785.0));
    }

    #[test]
    fn agrees_with_statsmodels() {
        for expected in reference().wilson {
            let interval = wilson(expected.successes, expected.of).unwrap();
            assert!((interval.low - expected.low).abs() < 1e-9 && (interval.high - expected.high).abs() < 1e-9);
            assert!(interval.low <= interval.value && interval.value <= interval.high);
        }
    }

    #[test]
    fn counts_near_the_limit_do_not_overflow() {
        let huge = Confusion { tp: u32::MAX, fp: u32::MAX, tn: 0, fn_: 0 };
        assert_eq!(f1(&huge), Some(2.0 / 3.0));
    }
}
