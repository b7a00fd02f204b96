//! Input against reconstruction, pixel by pixel.
//!
//! A pneumonia makes a lung hazier, so the *squared* difference to a healthy reconstruction is at chance on chest X-rays: sharp
//! healthy ribs and vessels cost as much as the haze. Blurring the *signed* difference first cancels that texture and keeps
//! what is consistently lighter or darker over a region; the absolute value comes last.

use tch::{Device, Tensor};

use crate::domain::Residual;

/// Weights beyond so many standard deviations are left out, as in scipy's `gaussian_filter`.
const TRUNCATE_AT: f64 = 4.0;

/// A residual made ready for one image size on one device.
pub struct ResidualMap {
    /// `[side, side]`: blurs the rows of what it is multiplied with; `None` for residuals without blur.
    blur: Option<Tensor>,
}

impl ResidualMap {
    pub fn new(residual: Residual, side: u32, device: Device) -> Self {
        let blur = match residual {
            Residual::Squared => None,
            Residual::BlurredSigned { sigma } => {
                let weights = blur_matrix(side as usize, sigma * f64::from(side));
                Some(Tensor::from_slice(&weights).view([i64::from(side), i64::from(side)]).to_device(device))
            }
        };
        Self { blur }
    }

    /// The raw map: 0 where both agree. Called under `models::guard`.
    ///
    /// # Shapes
    /// `input` and `reconstruction` `[b, 1, side, side]`, the result too.
    pub fn of(&self, input: &Tensor, reconstruction: &Tensor) -> Tensor {
        let difference = input - reconstruction;
        match &self.blur {
            None => difference.square(),
            Some(blur) => blur.matmul(&difference).matmul(&blur.transpose(0, 1)).abs_(),
        }
    }
}

/// A Gaussian blur of `side` values with repeated edges as a matrix, row-major: row i holds the weights of output i.
/// Two small matrix products are several times faster here than a convolution with one channel, and exact.
fn blur_matrix(side: usize, sigma: f64) -> Vec<f32> {
    let radius = (TRUNCATE_AT * sigma).round().max(0.0) as usize;
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
        values(&ResidualMap::new(residual, side, Device::Cpu).of(input, reconstruction))
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
        let weights = blur_matrix(8, 1.0);
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
        assert_eq!(blur_matrix(3, 0.0), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    }
}
