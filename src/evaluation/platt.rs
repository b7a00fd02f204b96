//! Probabilities by a sigmoid of the score: Platt, "Probabilistic outputs for support vector machines", 1999, with his
//! smoothed targets, fitted by Newton's method as Lin, Lin and Weng, *Machine Learning* 68, 2007 do.

/// P(diseased) = 1 / (1 + exp(a · score + b)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platt {
    pub a: f64,
    pub b: f64,
}

const MOST_ITERATIONS: usize = 100;
/// Halvings of a Newton step before it is given up.
const MOST_HALVINGS: usize = 40;
/// Both gradients below this end the fit.
const GRADIENT_TOLERANCE: f64 = 1e-9;
/// Keeps the Hessian positive.
const RIDGE: f64 = 1e-12;

impl Platt {
    /// `None` when the lengths differ, a score is not finite, or a class is missing.
    pub fn fit(scores: &[f64], positive: &[bool]) -> Option<Self> {
        if scores.len() != positive.len() || scores.iter().any(|score| !score.is_finite()) {
            return None;
        }
        let positives = positive.iter().filter(|&&positive| positive).count() as f64;
        let negatives = positive.len() as f64 - positives;
        if positives == 0.0 || negatives == 0.0 {
            return None;
        }
        // Platt's targets: as if each class had one image more of the other kind.
        let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
        let targets: Vec<f64> = positive.iter().map(|&positive| if positive { high } else { low }).collect();
        let mut fitted = Self { a: 0.0, b: ((negatives + 1.0) / (positives + 1.0)).ln() };
        let mut loss = fitted.loss(scores, &targets);
        for _ in 0..MOST_ITERATIONS {
            let Some((next, next_loss)) = fitted.newton(scores, &targets, loss) else { break };
            (fitted, loss) = (next, next_loss);
        }
        Some(fitted)
    }

    /// The probability of disease at a score.
    pub fn probability(&self, score: f64) -> f64 {
        let f = self.a * score + self.b;
        // Either way no large exponential is taken.
        if f >= 0.0 { (-f).exp() / (1.0 + (-f).exp()) } else { 1.0 / (1.0 + f.exp()) }
    }

    /// Cross-entropy.
    fn loss(&self, scores: &[f64], targets: &[f64]) -> f64 {
        scores
            .iter()
            .zip(targets)
            .map(|(score, target)| {
                let f = self.a * score + self.b;
                if f >= 0.0 { target * f + (-f).exp().ln_1p() } else { (target - 1.0) * f + f.exp().ln_1p() }
            })
            .sum()
    }

    /// One step downhill; `None` at the bottom.
    fn newton(&self, scores: &[f64], targets: &[f64], loss: f64) -> Option<(Self, f64)> {
        let (mut h11, mut h22, mut h21, mut g1, mut g2) = (RIDGE, RIDGE, 0.0, 0.0, 0.0);
        for (score, target) in scores.iter().zip(targets) {
            let p = self.probability(*score);
            let (d1, d2) = (target - p, p * (1.0 - p));
            h11 += score * score * d2;
            h22 += d2;
            h21 += score * d2;
            g1 += score * d1;
            g2 += d1;
        }
        if g1.abs() < GRADIENT_TOLERANCE && g2.abs() < GRADIENT_TOLERANCE {
            return None;
        }
        let determinant = h11 * h22 - h21 * h21;
        let (da, db) = (-(h22 * g1 - h21 * g2) / determinant, -(h11 * g2 - h21 * g1) / determinant);
        let slope = g1 * da + g2 * db;
        let mut step = 1.0;
        for _ in 0..MOST_HALVINGS {
            let next = Self { a: self.a + step * da, b: self.b + step * db };
            let next_loss = next.loss(scores, targets);
            if next_loss < loss + 1e-4 * step * slope {
                return Some((next, next_loss));
            }
            step /= 2.0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::reference;

    #[test]
    fn degenerate_input_is_refused() {
        assert_eq!(Platt::fit(&[], &[]), None);
        assert_eq!(Platt::fit(&[1.0, 2.0], &[false, false]), None);
        assert_eq!(Platt::fit(&[1.0, f64::INFINITY], &[true, false]), None);
        assert_eq!(Platt::fit(&[1.0], &[true, false]), None);
    }

    #[test]
    fn equal_scores_give_the_smoothed_share() {
        let fitted = Platt::fit(&[3.0; 4], &[true, false, false, false]).unwrap();
        // Targets 2/3 and three times 1/5.
        assert!((fitted.probability(3.0) - (2.0 / 3.0 + 0.6) / 4.0).abs() < 1e-9);
    }

    #[test]
    fn separable_scores_end_at_the_targets_not_at_0_and_1() {
        let fitted = Platt::fit(&[-1.0, -1.0, 1.0, 1.0], &[false, false, true, true]).unwrap();
        assert!((fitted.probability(1.0) - 0.75).abs() < 1e-9 && (fitted.probability(-1.0) - 0.25).abs() < 1e-9);
        assert!(fitted.a < 0.0, "a higher score is a higher probability");
        let far = [-1e6, 1e6].map(|score| fitted.probability(score));
        assert_eq!(far, [0.0, 1.0]);
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let reference = reference();
        for set in &reference.probabilities {
            let fitted = Platt::fit(&set.fit_scores, &set.fit_labels).unwrap();
            // Theirs stops a little above the bottom.
            assert!(
                (fitted.a - set.platt_ab[0]).abs() < 2e-4 && (fitted.b - set.platt_ab[1]).abs() < 2e-4,
                "{fitted:?} {:?}",
                set.platt_ab
            );
            for (&score, &expected) in set.scores.iter().zip(&set.platt.probabilities) {
                assert!((fitted.probability(score) - expected).abs() < 1e-4, "{score}: {expected}");
            }
        }
    }
}
