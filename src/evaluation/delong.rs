//! The variance of an AUROC and the paired test between two.
//!
//! DeLong, DeLong and Clarke-Pearson, *Biometrics* 44, 1988, by the midrank algorithm of Sun and Xu, *IEEE Signal
//! Processing Letters* 21(11), 2014.

use statrs::function::erf::erfc;

use super::Z_95;
use crate::domain::Interval;

/// An AUROC with each image's share in it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeLong {
    pub auroc: f64,
    /// For each diseased image, the share of healthy ones it outscores.
    by_positive: Vec<f64>,
    /// For each healthy image, the share of diseased ones that outscore it.
    by_negative: Vec<f64>,
}

/// The paired comparison of two scores on the same images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// First minus second AUROC.
    pub difference: f64,
    /// Its 95 % interval.
    pub low: f64,
    pub high: f64,
    pub z: f64,
    /// Two-sided.
    pub p: f64,
}

impl DeLong {
    /// `None` when the lengths differ, a score is NaN, or a class is missing.
    pub fn new(scores: &[f64], positive: &[bool]) -> Option<Self> {
        if scores.len() != positive.len() || scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        let of_class = |wanted: bool| -> Vec<f64> {
            scores.iter().zip(positive).filter(|&(_, &class)| class == wanted).map(|(&score, _)| score).collect()
        };
        let (diseased, healthy) = (of_class(true), of_class(false));
        if diseased.is_empty() || healthy.is_empty() {
            return None;
        }
        let (m, n) = (diseased.len() as f64, healthy.len() as f64);
        let all = midranks(&[diseased.as_slice(), healthy.as_slice()].concat());
        let (rank_diseased, rank_healthy) = all.split_at(diseased.len());
        let by_positive: Vec<f64> =
            rank_diseased.iter().zip(midranks(&diseased)).map(|(all, own)| (all - own) / n).collect();
        let by_negative = rank_healthy.iter().zip(midranks(&healthy)).map(|(all, own)| 1.0 - (all - own) / m).collect();
        Some(Self { auroc: by_positive.iter().sum::<f64>() / m, by_positive, by_negative })
    }

    /// Variance of the AUROC; `None` with a single image in a class.
    pub fn variance(&self) -> Option<f64> {
        self.covariance(self)
    }

    /// The 95 % interval, cut to \[0, 1\]; all of \[0, 1\] where the variance is unknown.
    pub fn interval(&self) -> Interval {
        let value = self.auroc;
        match self.variance() {
            Some(variance) => {
                let half = Z_95 * variance.max(0.0).sqrt();
                Interval { value, low: (value - half).max(0.0), high: (value + half).min(1.0) }
            }
            None => Interval { value, low: 0.0, high: 1.0 },
        }
    }

    /// The paired test; `None` when the images are not the same in number or a class has a single image.
    pub fn compare(&self, other: &Self) -> Option<Comparison> {
        let difference = self.auroc - other.auroc;
        let variance = self.variance()? + other.variance()? - 2.0 * self.covariance(other)?;
        // Two scores that rank alike have no variance between them; rounding leaves some 1e-18.
        if variance <= 1e-15 {
            let alike = difference.abs() < 1e-12;
            let z = if alike { 0.0 } else { difference.signum() * f64::INFINITY };
            return Some(Comparison {
                difference,
                low: difference,
                high: difference,
                z,
                p: if alike { 1.0 } else { 0.0 },
            });
        }
        let error = variance.sqrt();
        let (z, low, high) = (difference / error, difference - Z_95 * error, difference + Z_95 * error);
        Some(Comparison { difference, low, high, z, p: erfc(z.abs() / std::f64::consts::SQRT_2) })
    }

    fn covariance(&self, other: &Self) -> Option<f64> {
        let (m, n) = (self.by_positive.len() as f64, self.by_negative.len() as f64);
        Some(
            covariance(&self.by_positive, &other.by_positive)? / m
                + covariance(&self.by_negative, &other.by_negative)? / n,
        )
    }
}

/// Sample covariance; `None` for unequal lengths or fewer than two values.
fn covariance(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let count = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / count, b.iter().sum::<f64>() / count);
    let sum: f64 = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum();
    Some(sum / (count - 1.0))
}

/// Ranks from 1; equal values share the mean of their ranks.
fn midranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let midrank = start as f64 + f64::midpoint(group.len() as f64, 1.0);
        for &index in group {
            ranks[index] = midrank;
        }
        start += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::auroc;
    use crate::evaluation::fixtures::reference;

    #[test]
    fn degenerate_input_is_refused() {
        assert_eq!(DeLong::new(&[], &[]), None);
        assert_eq!(DeLong::new(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(DeLong::new(&[1.0, f64::NAN], &[true, false]), None);
        assert_eq!(DeLong::new(&[1.0], &[true, false]), None);
    }

    #[test]
    fn one_image_in_a_class_leaves_the_interval_open() {
        let delong = DeLong::new(&[2.0, 1.0, 3.0], &[true, false, false]).unwrap();
        assert_eq!(delong.variance(), None);
        assert_eq!(delong.interval(), Interval { value: 0.5, low: 0.0, high: 1.0 });
        assert_eq!(delong.compare(&delong), None);
    }

    #[test]
    fn equal_scores_and_full_separation_have_no_variance() {
        let labels = [true, true, false, false];
        let flat = DeLong::new(&[1.0; 4], &labels).unwrap();
        assert_eq!((flat.auroc, flat.variance()), (0.5, Some(0.0)));
        let full = DeLong::new(&[4.0, 3.0, 2.0, 1.0], &labels).unwrap();
        assert_eq!(full.interval(), Interval { value: 1.0, low: 1.0, high: 1.0 });
        assert_eq!(full.compare(&full).map(|test| test.p), Some(1.0));
        assert_eq!(full.compare(&flat).map(|test| test.p), Some(0.0));
    }

    #[test]
    fn agrees_with_the_definition_over_all_pairs() {
        let reference = reference();
        let all: Vec<DeLong> =
            reference.sets.iter().map(|set| DeLong::new(&set.scores, &reference.labels).unwrap()).collect();
        for (ours, theirs) in all.iter().zip(&reference.sets) {
            assert!((ours.auroc - theirs.auroc).abs() < 1e-12);
            assert!((ours.variance().unwrap() - theirs.delong_variance).abs() < 1e-12);
        }
        for pair in &reference.pairs {
            let test = all[pair.first].compare(&all[pair.second]).unwrap();
            assert!((test.z - pair.z).abs() < 1e-9 && (test.p - pair.p).abs() < 1e-9, "{test:?}");
            let [low, high] = pair.difference_ci;
            assert!((test.low - low).abs() < 1e-9 && (test.high - high).abs() < 1e-9, "{test:?}");
        }
    }

    proptest! {
        #[test]
        fn the_area_is_the_auroc_and_the_test_is_symmetric(
            pairs in prop::collection::vec((-6i32..6, -6i32..6, any::<bool>()), 4..50)
        ) {
            let labels: Vec<bool> = pairs.iter().map(|pair| pair.2).collect();
            let first: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.0)).collect();
            let second: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.1)).collect();
            if let (Some(a), Some(b)) = (DeLong::new(&first, &labels), DeLong::new(&second, &labels)) {
                prop_assert!((a.auroc - auroc(&first, &labels).unwrap()).abs() < 1e-12);
                let interval = a.interval();
                prop_assert!(0.0 <= interval.low && interval.low <= interval.value && interval.value <= interval.high);
                if let (Some(there), Some(back)) = (a.compare(&b), b.compare(&a)) {
                    prop_assert!((0.0..=1.0).contains(&there.p));
                    prop_assert!((there.p - back.p).abs() < 1e-12);
                    prop_assert_eq!(there.difference, -back.difference);
                }
            }
        }
    }
}
