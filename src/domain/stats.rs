//! The one statistic that both the data-set check and the evaluation need.

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
}
