//! Tests between models on the same images, and the price of making many.

use statrs::function::gamma::ln_gamma;

use crate::domain::{BenchmarkCase, BenchmarkEntry, Label};

/// McNemar's test between the calls of two entries, each at its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallTest {
    /// Indices of the entries; the first is the smaller one.
    pub first: usize,
    pub second: usize,
    /// Images that only one of the two calls correctly.
    pub only_first: u32,
    pub only_second: u32,
    pub p: f64,
    /// Corrected after Holm over all pairs.
    pub holm_p: f64,
}

/// Every pair, in the order of the entries. `sigmas` holds one threshold an entry.
pub fn call_tests(entries: &[BenchmarkEntry], cases: &[BenchmarkCase], sigmas: &[f64]) -> Vec<CallTest> {
    let right = |(entry, &sigma): (&BenchmarkEntry, &f64)| -> Vec<bool> {
        let scored = entry.test_scores.iter().zip(cases);
        scored
            .map(|(&score, case)| (entry.calibration.sigma(score) > sigma) == (case.label == Label::Diseased))
            .collect()
    };
    let right: Vec<Vec<bool>> = entries.iter().zip(sigmas).map(right).collect();
    let only = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|&(&a, &b)| a && !b).count() as u32;
    let mut tests = Vec::with_capacity(right.len() * right.len().saturating_sub(1) / 2);
    for first in 0..right.len() {
        for second in first + 1..right.len() {
            let (only_first, only_second) = (only(&right[first], &right[second]), only(&right[second], &right[first]));
            let p = mcnemar_exact(only_first, only_second);
            tests.push(CallTest { first, second, only_first, only_second, p, holm_p: p });
        }
    }
    let corrected = holm(&tests.iter().map(|test| test.p).collect::<Vec<_>>());
    for (test, holm_p) in tests.iter_mut().zip(corrected) {
        test.holm_p = holm_p;
    }
    tests
}

/// Exact two-sided McNemar test (1947): `only_first` and `only_second` count the images that only one of two models
/// gets right. 1 when they agree on all.
pub fn mcnemar_exact(only_first: u32, only_second: u32) -> f64 {
    let n = f64::from(only_first) + f64::from(only_second);
    let ln_choose = |k: f64| ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    let tail: f64 =
        (0..=only_first.min(only_second)).map(|k| (ln_choose(f64::from(k)) - n * std::f64::consts::LN_2).exp()).sum();
    (2.0 * tail).min(1.0)
}

/// Holm's step-down correction (1979), in the order given. A p-value that is NaN counts as 1.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let value = |index: usize| if p_values[index].is_nan() { 1.0 } else { p_values[index] };
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    let mut corrected = vec![1.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        largest = largest.max((p_values.len() - rank) as f64 * value(index)).min(1.0);
        corrected[index] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, reference};

    #[test]
    fn every_pair_is_tested_at_its_own_thresholds() {
        let benchmark = benchmark();
        assert!(call_tests(&[], &benchmark.cases, &[]).is_empty());
        assert!(call_tests(&benchmark.entries[..1], &benchmark.cases, &[1.0]).is_empty());
        let tests = call_tests(&benchmark.entries, &benchmark.cases, &[1.8; 6]);
        assert_eq!(tests.len(), 15);
        assert!(tests.iter().all(|test| test.first < test.second && test.p <= test.holm_p && test.holm_p <= 1.0));
        // Calling all unusual is right about the 390 diseased images, calling none about the 234 healthy ones.
        let twins = [benchmark.entries[0].clone(), benchmark.entries[0].clone()];
        let [apart] = call_tests(&twins, &benchmark.cases, &[-99.0, 99.0])[..] else { panic!("one pair") };
        assert_eq!((apart.only_first, apart.only_second), (390, 234));
        assert_eq!((apart.p, apart.holm_p), (mcnemar_exact(390, 234), apart.p));
        let [same] = call_tests(&twins, &benchmark.cases, &[1.0, 1.0])[..] else { panic!("one pair") };
        assert_eq!((same.only_first, same.only_second, same.p), (0, 0, 1.0));
    }

    #[test]
    fn nothing_to_correct_and_nothing_to_compare() {
        assert!(holm(&[]).is_empty());
        assert_eq!(mcnemar_exact(0, 0), 1.0);
        assert_eq!(holm(&[f64::NAN, 0.01]), [1.0, 0.02]);
    }

    #[test]
    fn agrees_with_statsmodels() {
        let reference = reference();
        for expected in &reference.mcnemar {
            let p = mcnemar_exact(expected.only_first, expected.only_second);
            assert!((p - expected.p).abs() < 1e-9, "{p} {}", expected.p);
            assert_eq!(p, mcnemar_exact(expected.only_second, expected.only_first));
        }
        for (ours, theirs) in holm(&reference.holm.p).iter().zip(&reference.holm.corrected) {
            assert!((ours - theirs).abs() < 1e-12);
        }
    }

    #[test]
    fn by_hand() {
        // One of five coins: 2 (1 + 5) / 32.
        assert!((mcnemar_exact(1, 4) - 0.375).abs() < 1e-12);
        assert_eq!(holm(&[0.02, 0.01]), [0.02, 0.02]);
    }
}
