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
