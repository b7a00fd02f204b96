//! How far a code, or a pattern of errors, lies from those of healthy images: Gaussian, neighbours, one-class support
//! vectors.
//!
//! Fitted to those of training images, which are few and short: plain numbers in double precision, the same on every
//! machine.

use std::sync::OnceLock;

use tch::Tensor;

use super::svm::OneClassSvm;
use crate::domain::CodeMeasure;
use crate::error::{Error, Result};
use crate::store::{StoredBank, StoredCodes};

/// Codes kept; of more, an even choice.
pub const MOST_CODES: usize = 2000;
/// Neighbours that a distance is averaged over.
const NEIGHBOURS: usize = 5;
/// Share of the training codes that the one-class SVM may leave outside.
const OUTSIDE: f64 = 0.1;

/// Places a side of a pattern of errors.
const PLACES: i64 = 8;

/// What is kept of healthy training images, as one network sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryBank {
    /// `None` for a network without a single code for an image.
    pub codes: Option<HealthyCodes>,
    /// Of their errors, on a grid of 8 × 8 places; of every network.
    pub patterns: Option<HealthyCodes>,
}

impl MemoryBank {
    /// Fits to what was kept.
    ///
    /// # Errors
    /// As [`HealthyCodes::fit`].
    pub fn from_stored(stored: &StoredBank) -> Result<Self> {
        let fit = |codes: &Option<StoredCodes>| codes.as_ref().map(HealthyCodes::from_stored).transpose();
        Ok(Self { codes: fit(&stored.codes)?, patterns: fit(&stored.patterns)? })
    }

    /// What is kept: the numbers alone, all else follows from them.
    pub fn to_stored(&self) -> StoredBank {
        let kept = |codes: &Option<HealthyCodes>| codes.as_ref().map(HealthyCodes::to_stored);
        StoredBank { codes: kept(&self.codes), patterns: kept(&self.patterns) }
    }
}

/// Root mean square of the errors on a grid of [`PLACES`] a side, row by row: two of `[b, 1, side, side]` → `[b, 64]`.
pub(super) fn patterns_of(input: &Tensor, reconstruction: &Tensor) -> Tensor {
    let squared = (input - reconstruction).square();
    squared.adaptive_avg_pool2d([PLACES, PLACES]).sqrt().flatten(1, -1)
}

/// What the codes of healthy training images are like.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthyCodes {
    /// Numbers of a code.
    width: usize,
    /// As the network gave them, one code after the other.
    raw: Vec<f32>,
    mean: Vec<f64>,
    /// At least a little above 0.
    deviation: Vec<f64>,
    /// In deviations from the mean, one code after the other.
    standard: Vec<f64>,
    /// Lower triangle of the Cholesky factor of the shrunk covariance, `width * width`; made when it is first asked for.
    factor: OnceLock<Vec<f64>>,
    /// Fitted when it is first asked for: it takes longer than all else, and most scores do without.
    svm: OnceLock<OneClassSvm>,
}

impl HealthyCodes {
    /// Fits to codes of `width` numbers, one after the other.
    ///
    /// # Errors
    /// Without codes, or when a number is not finite.
    pub fn fit(raw: Vec<f32>, width: usize) -> Result<Self> {
        let count = raw.len() / width.max(1);
        if count == 0 || raw.len() != count * width {
            return Err(Error::Other("there are no codes of healthy training images".to_owned()));
        }
        if raw.iter().any(|value| !value.is_finite()) {
            return Err(Error::Other("the code of a healthy training image is not a number".to_owned()));
        }
        let (mean, deviation) = moments(&raw, width);
        let standard: Vec<f64> =
            raw.chunks_exact(width).flat_map(|code| standardised(code, &mean, &deviation)).collect();
        let (factor, svm) = (OnceLock::new(), OnceLock::new());
        Ok(Self { width, raw, mean, deviation, standard, factor, svm })
    }

    /// # Errors
    /// As [`HealthyCodes::fit`].
    fn from_stored(stored: &StoredCodes) -> Result<Self> {
        Self::fit(stored.values.clone(), stored.width)
    }

    fn to_stored(&self) -> StoredCodes {
        StoredCodes { width: self.width, values: self.raw.clone() }
    }

    /// Numbers of a code.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The measure of one code; the larger, the less healthy. Not for divergences, which are no matter of codes alone.
    ///
    /// # Panics
    /// If the code has another width.
    pub fn measure(&self, measure: CodeMeasure, code: &[f32]) -> f64 {
        assert_eq!(code.len(), self.width, "a code of another network");
        match measure {
            CodeMeasure::Mahalanobis => self.mahalanobis(code),
            CodeMeasure::Neighbours | CodeMeasure::Pattern => {
                self.neighbours(&standardised(code, &self.mean, &self.deviation).collect::<Vec<_>>())
            }
            CodeMeasure::OneClassSvm => {
                let code: Vec<f64> = standardised(code, &self.mean, &self.deviation).collect();
                let svm = self.svm.get_or_init(|| OneClassSvm::fit(&self.standard, self.width, OUTSIDE));
                svm.outside(&self.standard, self.width, &code)
            }
            CodeMeasure::Divergence => 0.0,
        }
    }

    /// The distance of Mahalanobis: minus the log likelihood of a Gaussian is half its square and a constant (Lee et al.
    /// 2018).
    fn mahalanobis(&self, code: &[f32]) -> f64 {
        // |L⁻¹ (code − mean)| by forward substitution.
        let covariance = || shrunk_covariance(&self.raw, &self.mean, self.width);
        let factor = self.factor.get_or_init(|| cholesky(&covariance(), self.width));
        let mut solved = Vec::with_capacity(self.width);
        for (row, (&value, mean)) in code.iter().zip(&self.mean).enumerate() {
            let line = &factor[row * self.width..][..=row];
            let before: f64 = line.iter().zip(&solved).map(|(factor, value)| factor * value).sum();
            solved.push((f64::from(value) - mean - before) / line[row]);
        }
        solved.iter().map(|value: &f64| value * value).sum::<f64>().sqrt()
    }

    fn neighbours(&self, code: &[f64]) -> f64 {
        let squared = |other: &[f64]| code.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let mut distances: Vec<f64> = self.standard.chunks_exact(self.width).map(squared).collect();
        let nearest = NEIGHBOURS.min(distances.len());
        distances.select_nth_unstable_by(nearest - 1, f64::total_cmp);
        distances[..nearest].iter().map(|distance| distance.sqrt()).sum::<f64>() / nearest as f64
    }
}

fn standardised<'a>(code: &'a [f32], mean: &'a [f64], deviation: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    code.iter().zip(mean).zip(deviation).map(|((&value, mean), deviation)| (f64::from(value) - mean) / deviation)
}

/// Mean and sample standard deviation of each number of the codes; the latter 1 where a number never changes.
fn moments(raw: &[f32], width: usize) -> (Vec<f64>, Vec<f64>) {
    let count = (raw.len() / width) as f64;
    let mut mean = vec![0.0; width];
    for code in raw.chunks_exact(width) {
        mean.iter_mut().zip(code).for_each(|(mean, &value)| *mean += f64::from(value) / count);
    }
    let mut squares = vec![0.0; width];
    for code in raw.chunks_exact(width) {
        for ((square, mean), &value) in squares.iter_mut().zip(&mean).zip(code) {
            *square += (f64::from(value) - mean).powi(2);
        }
    }
    let deviation = |square: &f64| (square / (count - 1.0).max(1.0)).sqrt();
    let deviations = squares.iter().map(deviation).map(|sd| if sd > 1e-9 { sd } else { 1.0 }).collect();
    (mean, deviations)
}

/// Covariance of the codes, shrunk towards a multiple of the identity as Ledoit and Wolf (2004) do, row-major.
fn shrunk_covariance(raw: &[f32], mean: &[f64], width: usize) -> Vec<f64> {
    let count = (raw.len() / width) as f64;
    let mut covariance = vec![0.0; width * width];
    // Sum over the codes of the fourth power of their length.
    let mut fourth = 0.0;
    let mut centred = vec![0.0; width];
    for code in raw.chunks_exact(width) {
        for ((centred, &value), mean) in centred.iter_mut().zip(code).zip(mean) {
            *centred = f64::from(value) - mean;
        }
        fourth += centred.iter().map(|value| value * value).sum::<f64>().powi(2);
        for (row, line) in centred.iter().zip(covariance.chunks_exact_mut(width)) {
            line.iter_mut().zip(&centred).for_each(|(entry, column)| *entry += row * column / count);
        }
    }
    let size = width as f64;
    let trace: f64 = (0..width).map(|index| covariance[index * width + index]).sum();
    let scale = trace / size;
    let squares: f64 = covariance.iter().map(|entry| entry * entry).sum();
    let noise = (fourth / count - squares) / (size * count);
    let distance = (squares - 2.0 * scale * trace + size * scale * scale) / size;
    let shrinkage = if distance > 0.0 { (noise / distance).clamp(0.0, 1.0) } else { 1.0 };
    for entry in &mut covariance {
        *entry *= 1.0 - shrinkage;
    }
    for index in 0..width {
        // Where no code differs from another there is still something to divide by.
        covariance[index * width + index] += shrinkage * scale + 1e-12 * scale.max(1.0);
    }
    covariance
}

/// Lower triangular factor of a symmetric positive matrix.
fn cholesky(matrix: &[f64], width: usize) -> Vec<f64> {
    let mut factor = vec![0.0; width * width];
    for row in 0..width {
        for column in 0..=row {
            let (above, left) = (&factor[column * width..][..column], &factor[row * width..][..column]);
            let known: f64 = above.iter().zip(left).map(|(a, b)| a * b).sum();
            let rest = matrix[row * width + column] - known;
            factor[row * width + column] =
                if row == column { rest.max(1e-24).sqrt() } else { rest / factor[column * width + column] };
        }
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[sin 0.7 k, 2 cos 1.3 k + 0.1 k, (7 k mod 13) / 13]` for k below 40, in single precision.
    fn codes() -> Vec<f32> {
        (0..40u32)
            .flat_map(|k| {
                let x = f64::from(k);
                [(0.7 * x).sin(), 2.0 * (1.3 * x).cos() + 0.1 * x, f64::from(7 * k % 13) / 13.0]
            })
            .map(|value| value as f32)
            .collect()
    }

    const ASKED: [[f32; 3]; 3] = [[0.0, 0.0, 0.0], [1.5, 8.0, 0.5], [-0.3, 2.0, 0.9]];

    fn check(measure: CodeMeasure, wanted: [f64; 3], tolerance: f64) {
        let known = HealthyCodes::fit(codes(), 3).expect("codes");
        for (code, wanted) in ASKED.iter().zip(wanted) {
            let found = known.measure(measure, code);
            assert!((found - wanted).abs() < tolerance, "{measure:?} {code:?}: {found} {wanted}");
        }
    }

    /// Root of `sklearn.covariance.LedoitWolf().fit(codes).mahalanobis(asked)`.
    #[test]
    fn distances_are_those_of_ledoit_and_wolf() {
        check(CodeMeasure::Mahalanobis, [1.523_913_406, 3.856_435_053, 1.146_303_03], 1e-6);
    }

    /// Mean of `sklearn.neighbors.NearestNeighbors(n_neighbors=5)` on codes in sample deviations.
    #[test]
    fn neighbours_are_those_of_scikit_learn() {
        check(CodeMeasure::Neighbours, [0.933_437_982, 2.263_855_381, 0.842_588_447], 1e-6);
    }

    /// Minus the `decision_function` of `sklearn.svm.OneClassSVM(nu=0.1, gamma=1/3, tol=1e-8)` on the same.
    #[test]
    fn the_support_vectors_are_those_of_libsvm() {
        check(CodeMeasure::OneClassSvm, [-0.006_145_984, 0.437_603_411, 0.005_983_867], 1e-4);
    }

    #[test]
    fn codes_that_never_change_and_single_ones_give_finite_measures() {
        for raw in [vec![0.5f32; 30], vec![0.0; 3], vec![1.0, 2.0, 3.0, 1.0, 2.0, 3.5]] {
            let known = HealthyCodes::fit(raw, 3).expect("codes");
            for measure in &CodeMeasure::ALL[..3] {
                let near = known.measure(*measure, &[0.5, 0.5, 0.5]);
                let far = known.measure(*measure, &[900.0, 0.5, 0.5]);
                assert!(near.is_finite() && far.is_finite() && far >= near, "{measure:?}: {near} {far}");
            }
        }
    }

    #[test]
    fn no_codes_and_no_numbers_are_errors() {
        assert!(HealthyCodes::fit(Vec::new(), 3).is_err());
        assert!(HealthyCodes::fit(vec![1.0; 4], 3).is_err());
        assert!(HealthyCodes::fit(vec![1.0, f32::NAN, 0.0], 3).is_err());
    }

    #[test]
    fn shifting_and_scaling_all_codes_changes_no_measure() {
        let moved = |value: f32| value * 4.0 + 1.0;
        let (known, other) = (
            HealthyCodes::fit(codes(), 3).expect("codes"),
            HealthyCodes::fit(codes().into_iter().map(moved).collect(), 3).expect("codes"),
        );
        for measure in &CodeMeasure::ALL[..3] {
            let (a, b) = (known.measure(*measure, &ASKED[1]), other.measure(*measure, &ASKED[1].map(moved)));
            assert!((a - b).abs() < 1e-4, "{measure:?}: {a} {b}");
        }
    }
}
