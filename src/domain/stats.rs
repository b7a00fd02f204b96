//! Small pure functions that several modules need, which may not import each other.

use rand::Rng;

/// The chance that a value of `high` exceeds one of `low`, ties counting half: the AUROC of telling `high` from `low`
/// (Hanley and McNeil 1982). `None` when one is empty or a value is NaN.
pub fn auroc_between(low: &[f64], high: &[f64]) -> Option<f64> {
    if low.is_empty() || high.is_empty() || low.iter().chain(high).any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = low.to_vec();
    sorted.sort_by(f64::total_cmp);
    let doubled_wins: usize = high
        .iter()
        .map(|value| sorted.partition_point(|other| other < value) + sorted.partition_point(|other| other <= value))
        .sum();
    Some(doubled_wins as f64 / 2.0 / (low.len() as f64 * high.len() as f64))
}

/// Which of `count` things an even choice of at most `most` takes, in their order.
pub fn evenly(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |index| index * count / taken)
}

/// A percentile (0–100) of numbers in rising order, linear between ranks, as numpy's default; `None` of none.
pub fn percentile(sorted: &[f64], percentile: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = percentile.clamp(0.0, 100.0) / 100.0 * last as f64;
    let (low, high) = (rank.floor() as usize, rank.ceil() as usize);
    let share = rank - rank.floor();
    Some(sorted[low] * (1.0 - share) + sorted[high] * share)
}

/// Standard normal numbers, by Box and Muller (1958).
pub fn normal(random: &mut impl Rng, count: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        // 1 − u lies in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * (1.0 - random.random::<f32>()).ln()).sqrt();
        let (sine, cosine) = (std::f32::consts::TAU * random.random::<f32>()).sin_cos();
        values.extend([radius * cosine, radius * sine]);
    }
    values.truncate(count);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_wins_and_half_of_ties() {
        assert_eq!(auroc_between(&[1.0, 2.0], &[2.0, 3.0]), Some(3.5 / 4.0));
        assert_eq!(auroc_between(&[1.0, 1.0], &[1.0]), Some(0.5));
        assert_eq!(auroc_between(&[5.0], &[1.0, 2.0]), Some(0.0));
    }

    #[test]
    fn says_nothing_about_nothing() {
        assert_eq!(auroc_between(&[], &[1.0]), None);
        assert_eq!(auroc_between(&[1.0], &[]), None);
        assert_eq!(auroc_between(&[f64::NAN], &[1.0]), None);
    }

    #[test]
    fn percentiles_lie_between_ranks() {
        assert_eq!(percentile(&[1.0, 2.0, 4.0], 75.0), Some(3.0));
        assert_eq!(percentile(&[1.0, 2.0, 4.0], 200.0), Some(4.0));
        assert_eq!(percentile(&[7.0], 5.0), Some(7.0));
        assert_eq!(percentile(&[], 50.0), None);
    }

    #[test]
    fn an_even_choice_is_even_and_in_order() {
        let chosen = |count, most| evenly(count, most).collect::<Vec<_>>();
        assert_eq!(chosen(10, 20), (0..10).collect::<Vec<_>>());
        assert_eq!(chosen(10, 4), [0, 2, 5, 7]);
        assert_eq!(chosen(2, 9), [0, 1]);
        assert!(chosen(0, 4).is_empty() && chosen(10, 0).is_empty() && chosen(1, 0).is_empty());
    }
}
