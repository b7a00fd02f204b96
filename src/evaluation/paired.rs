//! Tests between models on the same images, and the price of making many.

use statrs::function::gamma::ln_gamma;

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
    use crate::evaluation::fixtures::reference;

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
