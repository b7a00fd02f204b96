//! Probabilities that rise with the score and fit the labels best: isotonic regression by pooling adjacent violators
//! (Ayer et al. 1955; for classifiers Zadrozny and Elkan, *KDD* 2002).

/// A curve from scores to probabilities that never falls.
#[derive(Clone, Debug, PartialEq)]
pub struct Isotonic {
    /// (score, probability), both ascending; straight lines between them, level beyond.
    knots: Vec<(f64, f64)>,
}

/// Neighbouring scores that share one probability.
struct Pool {
    first: f64,
    last: f64,
    positive: f64,
    count: f64,
}

impl Pool {
    fn share(&self) -> f64 {
        self.positive / self.count
    }
}

impl Isotonic {
    /// `None` when the lengths differ, a score is not finite, or a class is missing.
    pub fn fit(scores: &[f64], positive: &[bool]) -> Option<Self> {
        if scores.len() != positive.len() || scores.iter().any(|score| !score.is_finite()) {
            return None;
        }
        if !positive.contains(&true) || !positive.contains(&false) {
            return None;
        }
        let mut pairs: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut pools: Vec<Pool> = Vec::new();
        for equal in pairs.chunk_by(|a, b| a.0 == b.0) {
            let positive = equal.iter().filter(|pair| pair.1).count() as f64;
            pools.push(Pool { first: equal[0].0, last: equal[0].0, positive, count: equal.len() as f64 });
            while let [.., before, last] = pools.as_mut_slice() {
                if before.share() < last.share() {
                    break;
                }
                before.last = last.last;
                before.positive += last.positive;
                before.count += last.count;
                pools.pop();
            }
        }
        let mut knots = Vec::with_capacity(2 * pools.len());
        for pool in &pools {
            knots.push((pool.first, pool.share()));
            if pool.last > pool.first {
                knots.push((pool.last, pool.share()));
            }
        }
        Some(Self { knots })
    }

    /// The probability of disease at a score.
    pub fn probability(&self, score: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.0 < score);
        match (after.checked_sub(1).map(|before| self.knots[before]), self.knots.get(after)) {
            (Some((x0, p0)), Some(&(x1, p1))) => p0 + (p1 - p0) * (score - x0) / (x1 - x0),
            (None, Some(&(_, p))) | (Some((_, p)), None) => p,
            (None, None) => 0.5,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::fixtures::reference;

    #[test]
    fn degenerate_input_is_refused() {
        assert_eq!(Isotonic::fit(&[], &[]), None);
        assert_eq!(Isotonic::fit(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(Isotonic::fit(&[1.0, f64::NAN], &[true, false]), None);
        assert_eq!(Isotonic::fit(&[1.0], &[true, false]), None);
    }

    #[test]
    fn by_hand() {
        // 0, 1, 0, 1 at 1, 2, 3, 4: the middle two violate and share a half.
        let fitted = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0], &[false, true, false, true]).unwrap();
        let at = [0.0, 1.0, 1.5, 2.0, 2.7, 3.0, 3.5, 9.0].map(|score| fitted.probability(score));
        assert_eq!(at, [0.0, 0.0, 0.25, 0.5, 0.5, 0.5, 0.75, 1.0]);
        let flat = Isotonic::fit(&[2.0; 4], &[true, false, false, false]).unwrap();
        assert_eq!([1.0, 2.0, 3.0].map(|score| flat.probability(score)), [0.25; 3]);
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let reference = reference();
        for set in &reference.probabilities {
            let fitted = Isotonic::fit(&set.fit_scores, &set.fit_labels).unwrap();
            for (&score, &expected) in set.scores.iter().zip(&set.isotonic.probabilities) {
                assert!((fitted.probability(score) - expected).abs() < 1e-9, "{score}: {expected}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_falls_and_keeps_the_mean(pairs in prop::collection::vec((-8i32..8, any::<bool>()), 2..60)) {
            let (scores, positive): (Vec<f64>, Vec<bool>) =
                pairs.into_iter().map(|(score, positive)| (f64::from(score) / 2.0, positive)).unzip();
            if let Some(fitted) = Isotonic::fit(&scores, &positive) {
                prop_assert!(fitted.knots.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
                let mean: f64 = scores.iter().map(|&score| fitted.probability(score)).sum::<f64>() / scores.len() as f64;
                let share = positive.iter().filter(|&&positive| positive).count() as f64 / positive.len() as f64;
                prop_assert!((mean - share).abs() < 1e-9);
            }
        }
    }
}
