//! The stratified bootstrap (Efron and Tibshirani 1993) of an AUROC and its ROC curve.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Steps;
use crate::domain::Interval;

/// Resamples of the protocol.
pub const BOOTSTRAP_RESAMPLES: u32 = 2000;

/// The band is given at so many equal steps of 1 − specificity.
const BAND_STEPS: usize = 100;

/// What resampling the images of each class says about the curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The AUROC and the 2.5th and 97.5th percentiles of the resamples.
    pub auroc: Interval,
    /// (1 − specificity, low, high) at 101 places: pointwise 95 % band of the sensitivity.
    pub band: Vec<[f64; 3]>,
}

/// Resamples diseased and healthy images separately, with replacement. The same seed gives the same result on any
/// number of threads. `None` when the lengths differ, a score is NaN, a class is missing, or `resamples` is 0.
pub fn bootstrap(scores: &[f64], positive: &[bool], resamples: u32, seed: u64) -> Option<Bootstrap> {
    let steps = Steps::new(scores, positive)?;
    if resamples == 0 {
        return None;
    }
    let (diseased, healthy) = step_of_each_image(&steps);
    let curves: Vec<(f64, Vec<f64>)> = (0..resamples)
        .into_par_iter()
        .map(|resample| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(u64::from(resample));
            let drawn_diseased = draw(&diseased, steps.steps.len(), &mut random);
            let drawn_healthy = draw(&healthy, steps.steps.len(), &mut random);
            curve(&drawn_diseased, &drawn_healthy, diseased.len() as f64, healthy.len() as f64)
        })
        .collect();
    let mut areas: Vec<f64> = curves.iter().map(|curve| curve.0).collect();
    let (low, high) = central_95(&mut areas);
    let band = (0..=BAND_STEPS)
        .into_par_iter()
        .map(|place| {
            let mut sensitivities: Vec<f64> = curves.iter().map(|curve| curve.1[place]).collect();
            let (low, high) = central_95(&mut sensitivities);
            [place as f64 / BAND_STEPS as f64, low, high]
        })
        .collect();
    Some(Bootstrap { auroc: Interval { value: steps.auroc(), low, high }, band })
}

/// For every diseased and every healthy image, the index of the step it first belongs to.
fn step_of_each_image(steps: &Steps) -> (Vec<usize>, Vec<usize>) {
    let (mut diseased, mut healthy) = (Vec::new(), Vec::new());
    for (index, step) in steps.steps.iter().enumerate() {
        diseased.resize(step.tp as usize, index);
        healthy.resize(step.fp as usize, index);
    }
    (diseased, healthy)
}

/// Draws as many images as there are, with replacement, and counts them by step.
fn draw(images: &[usize], steps: usize, random: &mut ChaCha8Rng) -> Vec<u32> {
    let mut counts = vec![0; steps];
    for _ in images {
        counts[images[random.random_range(0..images.len())]] += 1;
    }
    counts
}

/// The area of one resample's curve and its sensitivity at every place of the band.
fn curve(diseased: &[u32], healthy: &[u32], positives: f64, negatives: f64) -> (f64, Vec<f64>) {
    let mut sensitivities = Vec::with_capacity(BAND_STEPS + 1);
    let (mut tp, mut fp, mut area) = (0.0, 0.0, 0.0);
    for (&more_tp, &more_fp) in diseased.iter().zip(healthy) {
        let (next_tp, next_fp) = (tp + f64::from(more_tp), fp + f64::from(more_fp));
        area += (next_fp - fp) * (next_tp + tp) / 2.0;
        while next_fp > fp && sensitivities.len() < BAND_STEPS {
            let wanted = sensitivities.len() as f64 / BAND_STEPS as f64 * negatives;
            if wanted >= next_fp {
                break;
            }
            let share = (wanted - fp) / (next_fp - fp);
            sensitivities.push((tp + share * (next_tp - tp)) / positives);
        }
        (tp, fp) = (next_tp, next_fp);
    }
    sensitivities.resize(BAND_STEPS + 1, 1.0);
    (area / (positives * negatives), sensitivities)
}

/// The 2.5th and 97.5th percentiles, linear between ranks; puts `values`, which is not empty, into another order.
pub(super) fn central_95(values: &mut [f64]) -> (f64, f64) {
    let mut at = |share: f64| {
        let rank = share * (values.len() - 1) as f64;
        let (_, &mut low, above) = values.select_nth_unstable_by(rank.floor() as usize, f64::total_cmp);
        // The next in order; of the last there is none, and nothing of it is asked for.
        let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
        low + (high - low) * rank.fract()
    };
    (at(0.025), at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::reference;

    #[test]
    fn degenerate_input_is_refused() {
        assert_eq!(bootstrap(&[], &[], 10, 1), None);
        assert_eq!(bootstrap(&[1.0, 2.0], &[false, false], 10, 1), None);
        assert_eq!(bootstrap(&[1.0, 2.0], &[true, false], 0, 1), None);
    }

    #[test]
    fn percentiles_lie_between_ranks() {
        let mut values: Vec<f64> = (0..=40).map(|rank| f64::from((rank * 17) % 41)).collect();
        assert_eq!(central_95(&mut values), (1.0, 39.0));
        assert_eq!(central_95(&mut [3.0, 1.0]), (1.05, 2.95));
        assert_eq!(central_95(&mut [7.0]), (7.0, 7.0));
    }

    #[test]
    fn equal_scores_resample_to_chance() {
        let result = bootstrap(&[1.0; 4], &[true, true, false, false], 50, 1).unwrap();
        assert_eq!(result.auroc, Interval { value: 0.5, low: 0.5, high: 0.5 });
        // A single tie is a straight line from corner to corner.
        assert!(result.band.iter().all(|[x, low, high]| (x - low).abs() < 1e-9 && (x - high).abs() < 1e-9));
    }

    #[test]
    fn a_seed_gives_the_same_on_any_number_of_threads() {
        let reference = reference();
        let run = |threads: usize, seed| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| bootstrap(&reference.sets[0].scores, &reference.labels, 200, seed))
        };
        assert_eq!(run(1, 7), run(3, 7));
        assert_ne!(run(1, 7), run(1, 8));
    }

    #[test]
    fn agrees_with_numpy_resampling() {
        let reference = reference();
        let result = bootstrap(&reference.sets[0].scores, &reference.labels, BOOTSTRAP_RESAMPLES, 7).unwrap();
        let [low, high] = reference.bootstrap_of_set_0;
        // Both are simulations; the standard error of a percentile of 2,000 is about 0.004 here.
        assert!((result.auroc.low - low).abs() < 0.015 && (result.auroc.high - high).abs() < 0.015, "{result:?}");
    }

    #[test]
    fn the_band_holds_the_curve() {
        let reference = reference();
        let set = &reference.sets[0];
        let result = bootstrap(&set.scores, &reference.labels, BOOTSTRAP_RESAMPLES, 7).unwrap();
        assert_eq!(result.band.len(), 101);
        assert_eq!(result.band[100], [1.0, 1.0, 1.0]);
        for &[x, y] in set.roc.iter().filter(|point| point[0] < 1.0) {
            let [_, low, high] = result.band[(x * 100.0).floor() as usize];
            assert!(low <= y + 1e-9 && y - 0.08 <= high, "({x}, {y}) outside {low}–{high}");
        }
    }
}
