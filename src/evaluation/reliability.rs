//! Whether probabilities mean what they say.

use super::wilson;
use crate::domain::Interval;

/// Bins of equal width, as in Guo et al., "On calibration of modern neural networks", *ICML* 2017.
pub const RELIABILITY_BINS: usize = 15;

/// Images whose probability lies in one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    pub low: f64,
    pub high: f64,
    pub count: u32,
    pub diseased: u32,
    /// Mean probability of the bin's images.
    pub predicted: f64,
    /// The share of them that is diseased, with its Wilson interval.
    pub observed: Interval,
}

/// Predicted against observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// Those that hold images, lowest first.
    pub bins: Vec<Bin>,
    /// Expected calibration error: the mean distance of predicted and observed, weighted by images (Guo et al. 2017).
    pub ece: f64,
    /// Maximum calibration error: the largest such distance.
    pub mce: f64,
    /// Mean squared distance of probability and outcome (Brier 1950); 0 is perfect.
    pub brier: f64,
    /// Murphy, *Journal of Applied Meteorology* 12, 1973: Brier = reliability − resolution + uncertainty, over the bins.
    pub reliability: f64,
    pub resolution: f64,
    pub uncertainty: f64,
    /// What the decomposition leaves out because probabilities within a bin differ (Stephenson et al. 2008).
    pub within_bins: f64,
}

impl Reliability {
    /// `None` when the lengths differ, there are no images, or a probability is not within 0–1.
    pub fn new(probabilities: &[f64], positive: &[bool]) -> Option<Self> {
        let sound = probabilities.iter().all(|probability| (0.0..=1.0).contains(probability));
        if probabilities.len() != positive.len() || probabilities.is_empty() || !sound {
            return None;
        }
        let total = probabilities.len() as f64;
        let base = positive.iter().filter(|&&positive| positive).count() as f64 / total;
        let bins = bins(probabilities, positive);
        let weighted =
            |of: &dyn Fn(&Bin) -> f64| bins.iter().map(|bin| f64::from(bin.count) * of(bin)).sum::<f64>() / total;
        let gap = |bin: &Bin| bin.predicted - bin.observed.value;
        let outcome = |positive: bool| f64::from(u8::from(positive));
        let squares = probabilities.iter().zip(positive).map(|(p, &positive)| (p - outcome(positive)).powi(2));
        let brier = squares.sum::<f64>() / total;
        let reliability = weighted(&|bin| gap(bin).powi(2));
        let resolution = weighted(&|bin| (bin.observed.value - base).powi(2));
        let uncertainty = base * (1.0 - base);
        Some(Self {
            ece: weighted(&|bin| gap(bin).abs()),
            mce: bins.iter().map(|bin| gap(bin).abs()).fold(0.0, f64::max),
            brier,
            reliability,
            resolution,
            uncertainty,
            within_bins: brier - (reliability - resolution + uncertainty),
            bins,
        })
    }
}

/// An edge belongs to the bin below it, as in the paper.
fn bins(probabilities: &[f64], positive: &[bool]) -> Vec<Bin> {
    let width = 1.0 / RELIABILITY_BINS as f64;
    let mut sums = [(0u32, 0u32, 0.0); RELIABILITY_BINS];
    for (&probability, &positive) in probabilities.iter().zip(positive) {
        // Against 0.2 × 15 being 3.0000…4.
        let edges_below = (probability * RELIABILITY_BINS as f64 - 1e-9).ceil();
        let index = (edges_below as usize).clamp(1, RELIABILITY_BINS) - 1;
        let (count, diseased, sum) = &mut sums[index];
        *count += 1;
        *diseased += u32::from(positive);
        *sum += probability;
    }
    let filled = sums.into_iter().enumerate().filter_map(|(index, (count, diseased, sum))| {
        Some(Bin {
            low: index as f64 * width,
            high: (index + 1) as f64 * width,
            count,
            diseased,
            predicted: sum / f64::from(count),
            observed: wilson(diseased, count)?,
        })
    });
    filled.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::fixtures::reference;

    #[test]
    fn degenerate_input_is_refused() {
        assert_eq!(Reliability::new(&[], &[]), None);
        assert_eq!(Reliability::new(&[0.5], &[true, false]), None);
        for wrong in [f64::NAN, -0.1, 1.1] {
            assert_eq!(Reliability::new(&[wrong], &[true]), None, "{wrong}");
        }
    }

    #[test]
    fn certainty_that_is_right_is_perfect_and_one_that_is_wrong_the_worst() {
        let right = Reliability::new(&[0.0, 1.0, 1.0], &[false, true, true]).unwrap();
        assert_eq!((right.ece, right.mce, right.brier), (0.0, 0.0, 0.0));
        let wrong = Reliability::new(&[1.0, 0.0], &[false, true]).unwrap();
        assert_eq!((wrong.ece, wrong.mce, wrong.brier), (1.0, 1.0, 1.0));
        let one_class = Reliability::new(&[0.2, 0.2], &[false, false]).unwrap();
        assert!((one_class.ece - 0.2).abs() < 1e-12 && one_class.uncertainty == 0.0);
    }

    #[test]
    fn by_hand() {
        // Bins of a fifteenth: 0.10 and 0.12 share the second, 0.9 is alone in the fourteenth.
        let found = Reliability::new(&[0.10, 0.12, 0.9], &[false, true, true]).unwrap();
        let places: Vec<(u32, u32)> = found.bins.iter().map(|bin| (bin.count, bin.diseased)).collect();
        assert_eq!(places, [(2, 1), (1, 1)]);
        // |0.11 − 0.5| for two images, |0.9 − 1| for one.
        assert!((found.ece - (2.0 * 0.39 + 0.1) / 3.0).abs() < 1e-12 && (found.mce - 0.39).abs() < 1e-12);
        assert!((found.brier - (0.01 + 0.7744 + 0.01) / 3.0).abs() < 1e-12);
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let reference = reference();
        for set in &reference.probabilities {
            for expected in [&set.platt, &set.isotonic] {
                let found = Reliability::new(&expected.probabilities, &set.labels).unwrap();
                let bins: Vec<(f64, f64)> = found.bins.iter().map(|bin| (bin.predicted, bin.observed.value)).collect();
                assert_eq!(bins.len(), expected.bins.len());
                for ((predicted, observed), theirs) in bins.iter().zip(&expected.bins) {
                    assert!((predicted - theirs[0]).abs() < 1e-9 && (observed - theirs[1]).abs() < 1e-9);
                }
                let ours = [found.ece, found.mce, found.brier, found.reliability, found.resolution, found.uncertainty];
                let theirs = [
                    expected.ece,
                    expected.mce,
                    expected.brier,
                    expected.reliability,
                    expected.resolution,
                    expected.uncertainty,
                ];
                assert!(ours.iter().zip(theirs).all(|(our, their)| (our - their).abs() < 1e-9), "{ours:?} {theirs:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_brier_score(pairs in prop::collection::vec((0.0f64..=1.0, any::<bool>()), 1..60)) {
            let (probabilities, positive): (Vec<f64>, Vec<bool>) = pairs.into_iter().unzip();
            let found = Reliability::new(&probabilities, &positive).unwrap();
            let sum = found.reliability - found.resolution + found.uncertainty + found.within_bins;
            prop_assert!((sum - found.brier).abs() < 1e-12);
            prop_assert!(found.ece <= found.mce + 1e-12 && found.mce <= 1.0);
            prop_assert_eq!(found.bins.iter().map(|bin| bin.count as usize).sum::<usize>(), positive.len());
        }
    }
}
