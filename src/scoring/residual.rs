//! Input against reconstruction, pixel by pixel.
//!
//! A pneumonia makes a lung hazier, so the *squared* difference to a healthy reconstruction is at chance on chest X-rays: sharp
//! healthy ribs and vessels cost as much as the haze. Blurring the *signed* difference first cancels that texture and keeps
//! what is consistently lighter or darker over a region; the absolute value comes last.
//!
//! What tells whole images apart is not what shows where: a blur wide enough for a score drowns a nodule, and single pixels
//! are all ribs. Scores of differences therefore share one map for the eye, [`ResidualMap::drawn`].

use tch::{Device, Tensor};

use crate::domain::{DRAWN_FINE, DRAWN_WIDE, Residual};
use crate::models::loss::structural_similarity;

/// Weights beyond so many standard deviations are left out, as in scipy's `gaussian_filter`.
const TRUNCATE_AT: f64 = 4.0;

/// The window of the structural similarity: 1.5 px wide at 64 px, and as much of other sizes, cut off at 3.5 standard
/// deviations (11 px of 64). Wang, Bovik, Sheikh and Simoncelli 2004.
const SSIM_SIGMA: f64 = 1.5 / 64.0;
const SSIM_TRUNCATE_AT: f64 = 3.5;

/// A residual made ready for one image size on one device.
pub struct ResidualMap {
    residual: Residual,
    /// `[side, side]`: blurs the rows of what it is multiplied with; `None` for residuals without blur.
    blur: Option<Tensor>,
    /// `[side, side]`: takes the slope along the rows; for gradients only.
    slope: Option<Tensor>,
    /// As `blur`, for differences as they are drawn: before and after they are squared.
    drawn: Option<[Tensor; 2]>,
}

impl ResidualMap {
    pub fn new(residual: Residual, side: u32, device: Device) -> Self {
        let matrix =
            |weights: Vec<f32>| Tensor::from_slice(&weights).view([i64::from(side), i64::from(side)]).to_device(device);
        let blur = |sigma: f64, cut: f64| Some(matrix(blur_matrix(side as usize, sigma * f64::from(side), cut)));
        let (blur, slope) = match residual {
            Residual::Squared | Residual::Absolute | Residual::Aleatoric => (None, None),
            Residual::Structural => (blur(SSIM_SIGMA, SSIM_TRUNCATE_AT), None),
            Residual::BlurredSigned { sigma } => (blur(sigma, TRUNCATE_AT), None),
            Residual::Gradient { sigma } => (blur(sigma, TRUNCATE_AT), Some(matrix(slope_matrix(side as usize)))),
        };
        let drawn = residual.is_difference().then(|| {
            [DRAWN_FINE, DRAWN_WIDE]
                .map(|sigma| matrix(blur_matrix(side as usize, sigma * f64::from(side), TRUNCATE_AT)))
        });
        Self { residual, blur, slope, drawn }
    }

    /// What the score is the mean of, pixel by pixel. 0 where both agree; gradients: below 0 where the image has more edges than its reconstruction. Called
    /// under `models::guard`.
    ///
    /// # Shapes
    /// `input`, `reconstruction` and `log_variance` `[b, 1, side, side]`, the result too.
    ///
    /// # Panics
    /// Without a variance where the residual needs one.
    pub fn of(&self, input: &Tensor, reconstruction: &Tensor, log_variance: Option<&Tensor>) -> Tensor {
        let difference = input - reconstruction;
        match self.residual {
            Residual::Squared => difference.square(),
            Residual::Absolute => difference.abs(),
            Residual::BlurredSigned { .. } => self.blurred(&difference).abs_(),
            Residual::Structural => self.dissimilarity(input, reconstruction),
            Residual::Gradient { .. } => self.blurred(&(self.steepness(reconstruction) - self.steepness(input))),
            Residual::Aleatoric => difference.square() / expected(log_variance).exp(),
        }
    }

    /// The raw map for the eye. Of differences the root of their mean square around each pixel, grain smoothed away before:
    /// the signed difference is blurred by [`DRAWN_FINE`], squared, blurred by [`DRAWN_WIDE`]. Of other residuals what is
    /// measured, `of(input, reconstruction, log_variance)`.
    ///
    /// The two widths were chosen by AUPRO of lesions painted on *validation* normals, for which a wide blur of the
    /// difference (0.70) and its plain square (0.58) are worse than both together (0.88, autoencoder); BENCHMARKS.md.
    ///
    /// # Shapes and panics
    /// As [`Self::of`].
    pub fn drawn(
        &self,
        measured: &Tensor,
        input: &Tensor,
        reconstruction: &Tensor,
        log_variance: Option<&Tensor>,
    ) -> Tensor {
        let Some([fine, wide]) = &self.drawn else { return measured.shallow_clone() };
        let difference = input - reconstruction;
        let difference = match self.residual {
            Residual::Aleatoric => difference / (expected(log_variance) * 0.5).exp(),
            _ => difference,
        };
        both_ways(wide, &both_ways(fine, &difference).square()).sqrt()
    }

    fn blurred(&self, images: &Tensor) -> Tensor {
        match &self.blur {
            Some(blur) => both_ways(blur, images),
            None => images.shallow_clone(),
        }
    }

    /// One minus the structural similarity around each pixel, 0 to 2.
    fn dissimilarity(&self, x: &Tensor, y: &Tensor) -> Tensor {
        let (mean_x, mean_y) = (self.blurred(x), self.blurred(y));
        let squared = self.blurred(&(x.square() + y.square()));
        1.0 - structural_similarity([&mean_x, &mean_y], &squared, &self.blurred(&(x * y)))
    }

    /// The gradient's magnitude at each pixel.
    fn steepness(&self, images: &Tensor) -> Tensor {
        let Some(slope) = &self.slope else { return images.zeros_like() };
        (slope.matmul(images).square() + images.matmul(&slope.transpose(0, 1)).square()).sqrt()
    }
}

/// # Panics
/// Without a variance.
fn expected(log_variance: Option<&Tensor>) -> &Tensor {
    log_variance.unwrap_or_else(|| panic!("the network predicts no variance"))
}

/// Rows and columns of `[b, 1, side, side]` times `[side, side]`.
fn both_ways(matrix: &Tensor, images: &Tensor) -> Tensor {
    matrix.matmul(images).matmul(&matrix.transpose(0, 1))
}

/// Central differences, one-sided at the edges, of `side` values as a matrix: numpy's `gradient`.
fn slope_matrix(side: usize) -> Vec<f32> {
    let mut weights = vec![0f32; side * side];
    let last = side.saturating_sub(1);
    for (row, weights) in weights.chunks_exact_mut(side.max(1)).enumerate() {
        let (low, high) = (row.saturating_sub(1), (row + 1).min(last));
        let span = (high - low).max(1) as f32;
        weights[high] += 1.0 / span;
        weights[low] -= 1.0 / span;
    }
    weights
}

/// A Gaussian blur of `side` values with repeated edges as a matrix, row-major: row i holds the weights of output i.
/// Two small matrix products are several times faster here than a convolution with one channel, and exact.
fn blur_matrix(side: usize, sigma: f64, cut: f64) -> Vec<f32> {
    let radius = (cut * sigma).round().max(0.0) as usize;
    let gauss = |offset: usize| if sigma > 0.0 { (-0.5 * (offset as f64 / sigma).powi(2)).exp() } else { 1.0 };
    let total = gauss(0) + 2.0 * (1..=radius).map(gauss).sum::<f64>();
    let mut weights = vec![0f64; side * side];
    let last = side.saturating_sub(1);
    for (row, weights) in weights.chunks_exact_mut(side.max(1)).enumerate() {
        weights[row] += gauss(0) / total;
        for offset in 1..=radius {
            weights[row.saturating_sub(offset)] += gauss(offset) / total;
            weights[(row + offset).min(last)] += gauss(offset) / total;
        }
    }
    weights.into_iter().map(|weight| weight as f32).collect()
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::super::tensors::values;
    use super::*;

    const BLURRED: Residual = Residual::BlurredSigned { sigma: 0.0625 };

    fn map(residual: Residual, side: u32, input: &Tensor, reconstruction: &Tensor) -> Vec<f32> {
        values(&ResidualMap::new(residual, side, Device::Cpu).of(input, reconstruction, None))
    }

    #[test]
    fn squared_differences_by_hand() {
        let input = Tensor::from_slice(&[0f32, 0.5, 1.0, 0.25]).view([1, 1, 2, 2]);
        let reconstruction = Tensor::from_slice(&[0f32, 0.25, 0.0, 0.5]).view([1, 1, 2, 2]);
        assert_eq!(map(Residual::Squared, 2, &input, &reconstruction), [0.0, 0.0625, 1.0, 0.0625]);
    }

    #[test]
    fn a_constant_difference_survives_the_blur() {
        let input = Tensor::full([1, 1, 32, 32], 0.75, (Kind::Float, Device::Cpu));
        let reconstruction = Tensor::full([1, 1, 32, 32], 1.0, (Kind::Float, Device::Cpu));
        for value in map(BLURRED, 32, &input, &reconstruction) {
            assert!((value - 0.25).abs() < 1e-5, "{value}");
        }
    }

    #[test]
    fn texture_around_zero_vanishes_in_the_blur() {
        let checks: Vec<f32> = (0..64 * 64).map(|i| if (i / 64 + i % 64) % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let input = Tensor::from_slice(&checks).view([1, 1, 64, 64]);
        // At the very edge a repeated pixel weighs more than its opposite neighbours.
        let inner = map(BLURRED, 64, &input, &input.zeros_like());
        let largest =
            (16..48).flat_map(|y| &inner[y * 64 + 16..y * 64 + 48]).fold(0f32, |most, &value| most.max(value));
        assert!(largest < 1e-4, "{largest}");
    }

    #[test]
    fn the_blur_is_that_of_scipy() {
        // scipy.ndimage.gaussian_filter1d([0, 0, 1, 0, 0, 0, 0, 2], 1.0, mode="nearest")
        let wanted =
            [0.053_991_1, 0.241_971_4, 0.398_943_5, 0.242_239_1, 0.063_122_5, 0.121_545_5, 0.601_190_4, 1.398_943_5];
        let weights = blur_matrix(8, 1.0, TRUNCATE_AT);
        let signal = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0];
        for (row, wanted) in weights.chunks_exact(8).zip(wanted) {
            let value: f32 = row.iter().zip(signal).map(|(weight, value)| weight * value).sum();
            assert!((value - wanted).abs() < 1e-5, "{value} {wanted}");
        }
    }

    #[test]
    fn a_shifted_difference_gives_a_shifted_map() {
        let spot = |x: i64, y: i64| {
            let image = Tensor::zeros([1, 1, 64, 64], (Kind::Float, Device::Cpu));
            let _ = image.get(0).get(0).get(y).get(x).fill_(1.0);
            image
        };
        let empty = spot(0, 0).zeros_like();
        let (here, there) = (map(BLURRED, 64, &spot(28, 30), &empty), map(BLURRED, 64, &spot(31, 26), &empty));
        for y in 20..40usize {
            for x in 20..40usize {
                assert!((here[y * 64 + x] - there[(y - 4) * 64 + x + 3]).abs() < 1e-7);
            }
        }
    }

    #[test]
    fn no_blur_at_all_is_the_absolute_difference() {
        assert_eq!(blur_matrix(3, 0.0, TRUNCATE_AT), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    }

    /// `((i * 37) % 64) / 64` and `((i * 11 + 5) % 64) / 64`, 8 × 8.
    fn pair() -> [Tensor; 2] {
        [(37, 0), (11, 5)].map(|(step, first)| {
            let values: Vec<f32> = (0..64u16).map(|i| f32::from((i * step + first) % 64) / 64.0).collect();
            Tensor::from_slice(&values).view([1, 1, 8, 8])
        })
    }

    fn close(found: &[f32], wanted: &[f64]) {
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((f64::from(*found) - wanted).abs() < 2e-5, "{found} {wanted}");
        }
    }

    /// `scipy.ndimage.gaussian_filter` with sigma 1.5, truncate 3.5, mode nearest in the formula of Wang et al. 2004.
    #[test]
    fn dissimilarity_is_that_of_the_paper() {
        let map = ResidualMap {
            residual: Residual::Structural,
            blur: Some(Tensor::from_slice(&blur_matrix(8, 1.5, SSIM_TRUNCATE_AT)).view([8, 8])),
            slope: None,
            drawn: None,
        };
        let [x, y] = pair();
        let values = values(&map.of(&x, &y, None));
        close(&values, &[0.596_792_521, 0.702_255_471, 0.827_057_182, 0.942_114_542]);
        let mean = values.iter().sum::<f32>() / 64.0;
        close(&[mean], &[0.962_120_219]);
    }

    /// numpy.hypot(*numpy.gradient(y)) - numpy.hypot(*numpy.gradient(x)), then scipy's `gaussian_filter` with sigma 0.5.
    #[test]
    fn missing_edges_are_those_of_numpy() {
        let [x, y] = pair();
        let values = map(Residual::Gradient { sigma: 0.0625 }, 8, &x, &y);
        close(&values, &[-0.349_261_98, -0.035_869_628, -0.138_738_992, 0.021_959_081]);
        close(&[values.iter().sum::<f32>() / 64.0], &[0.014_371_358]);
    }

    fn drawn(residual: Residual, side: u32, input: &Tensor, made: &Tensor, log_variance: Option<&Tensor>) -> Vec<f32> {
        let map = ResidualMap::new(residual, side, Device::Cpu);
        values(&map.drawn(&map.of(input, made, log_variance), input, made, log_variance))
    }

    /// `gaussian_filter(gaussian_filter(x - y, 1) ** 2, 2) ** 0.5` of scipy at 64 px is the same on a point as by hand: far
    /// from edges the sum of the squares is that of the blurred point, 1 / (4 π σ²), spread over a Gaussian of 2 px.
    #[test]
    fn differences_are_drawn_as_their_root_mean_square() {
        let point = Tensor::zeros([1, 1, 64, 64], (Kind::Float, Device::Cpu));
        let _ = point.get(0).get(0).get(32).get(32).fill_(1.0);
        let none = point.zeros_like();
        let map = drawn(Residual::Squared, 64, &point, &none, None);
        let energy: f64 = map.iter().map(|&value| f64::from(value).powi(2)).sum();
        let wanted = 1.0 / (4.0 * std::f64::consts::PI);
        assert!((energy - wanted).abs() < 1e-3 * wanted, "{energy} {wanted}");
        // A square of Gaussians: variance 1/2 + 4 about the point.
        let beside: f64 = (energy / (2.0 * std::f64::consts::PI * 4.5) * (-1.0 / 9.0f64).exp()).sqrt();
        assert!((f64::from(map[32 * 64 + 33]) - beside).abs() < 2e-3 * beside, "{} {beside}", map[32 * 64 + 33]);
        for other in [Residual::Absolute, BLURRED] {
            assert_eq!(drawn(other, 64, &point, &none, None), map, "{other:?}");
            // Lighter or darker is the same.
            assert_eq!(drawn(other, 64, &none, &point, None), map, "{other:?}");
        }
    }

    #[test]
    fn a_constant_difference_is_drawn_as_it_is_and_in_units_of_what_was_expected() {
        let input = Tensor::full([2, 1, 32, 32], 0.75, (Kind::Float, Device::Cpu));
        let (made, log_variance) = (input.full_like(0.5), input.full_like(0.25f64.ln()));
        let close = |values: Vec<f32>, wanted: f32| values.iter().all(|value| (value - wanted).abs() < 1e-5);
        assert!(close(drawn(BLURRED, 32, &input, &made, None), 0.25));
        assert!(close(drawn(Residual::Aleatoric, 32, &input, &made, Some(&log_variance)), 0.5));
    }

    #[test]
    fn other_residuals_are_drawn_as_they_are_measured() {
        let [x, y] = pair();
        for residual in [Residual::Structural, Residual::GRADIENT] {
            assert_eq!(drawn(residual, 8, &x, &y, None), map(residual, 8, &x, &y));
        }
    }

    #[test]
    fn equal_and_constant_images_differ_in_nothing() {
        let [x, _] = pair();
        let flat = x.full_like(0.3);
        for residual in Residual::ALL {
            for image in [&x, &flat] {
                let zero = image.zeros_like();
                let map = ResidualMap::new(residual, 8, Device::Cpu).of(image, image, Some(&zero));
                assert!(map.abs().max().double_value(&[]) < 1e-4, "{residual:?}");
                assert!(drawn(residual, 8, image, image, Some(&zero)).iter().all(|value| value.abs() < 1e-4));
            }
        }
    }

    #[test]
    fn errors_by_hand() {
        let (input, output) = (Tensor::from_slice(&[0.5f32, 0.25]), Tensor::from_slice(&[0.25f32, 0.75]));
        let (input, output) = (input.view([1, 1, 1, 2]), output.view([1, 1, 1, 2]));
        let of = |residual, log_variance: Option<&Tensor>| {
            values(&ResidualMap::new(residual, 2, Device::Cpu).of(&input, &output, log_variance))
        };
        assert_eq!(of(Residual::Squared, None), [0.0625, 0.25]);
        assert_eq!(of(Residual::Absolute, None), [0.25, 0.5]);
        let expected = Tensor::from_slice(&[0f32, 2f32.ln()]).view([1, 1, 1, 2]);
        close(&of(Residual::Aleatoric, Some(&expected)), &[0.0625, 0.125]);
    }
}
