//! Principal components of healthy images as an autoencoder: the best *linear* one with a bottleneck of this size.

use tch::{Device, Kind, Tensor, no_grad_guard};

use super::super::tensors::image_count;
use crate::domain::Watch;
use crate::error::{Error, Result};
use crate::models::{guard::guarded, images_from_bytes};

/// Components kept, where there are images enough.
const COMPONENTS: i64 = 16;
/// Directions iterated; more than are kept, so that those kept converge quickly.
const DIRECTIONS: i64 = 64;
/// Each round shrinks what is not among the leading directions by the ratio of the eigenvalues, about 5 on chest X-rays.
const ROUNDS: u64 = 12;

/// The mean healthy image and the directions in which healthy images differ most.
pub struct Pca {
    /// `[side * side]`
    mean: Tensor,
    /// `[side * side, components]`, orthonormal columns.
    components: Tensor,
}

impl Pca {
    /// Fits to healthy images by orthogonal iteration with Rayleigh–Ritz (Golub and Van Loan, Matrix Computations, 8.2.4), begun
    /// from the images themselves: no random numbers, and the time grows with the images, not with their square.
    ///
    /// # Errors
    /// With fewer than two images; `Cancelled`.
    pub fn fit(pixels: &[u8], side: u32, watch: &dyn Watch) -> Result<Self> {
        let count = image_count(pixels, side)? as i64;
        if count < 2 {
            return Err(Error::Other(format!(
                "the PCA baseline needs at least 2 healthy training images, not {count}"
            )));
        }
        let _no_grad = no_grad_guard();
        let images = images_from_bytes(pixels, side, Device::Cpu)?;
        guarded(Device::Cpu, count as u32, || Self::fit_images(&images, watch))?
    }

    /// `[n, 1, s, s]`, at least two.
    fn fit_images(images: &Tensor, watch: &dyn Watch) -> Result<Self> {
        let count = images.size()[0];
        let flat = images.view([count, -1]);
        let mean = flat.mean_dim([0i64].as_slice(), false, Kind::Float);
        let centred = flat - &mean;
        let directions = DIRECTIONS.min(count);
        let chosen: Vec<i64> = (0..directions).map(|index| index * count / directions).collect();
        let mut directions = centred.index_select(0, &Tensor::from_slice(&chosen)).transpose(0, 1);
        for round in 0..ROUNDS {
            if watch.cancelled() {
                return Err(Error::Cancelled);
            }
            directions = centred.transpose(0, 1).matmul(&centred.matmul(&orthonormal(&directions)));
            watch.progress("Fitting the baselines", round + 1, ROUNDS);
        }
        Ok(Self { mean, components: leading(&centred, &orthonormal(&directions), COMPONENTS.min(count - 1)) })
    }

    /// Numbers it was fitted with: the mean and the components.
    pub fn parameter_count(&self) -> u64 {
        (self.mean.numel() + self.components.numel()) as u64
    }

    /// What the components make of images. Called under `models::guard`.
    ///
    /// # Shapes
    /// `[b, 1, side, side]` in [0, 1] → the same shape.
    pub fn reconstruct(&self, images: &Tensor) -> Tensor {
        let flat = images.flatten(1, -1) - &self.mean;
        let rebuilt = flat.matmul(&self.components).matmul(&self.components.transpose(0, 1));
        (rebuilt + &self.mean).view_as(images)
    }
}

/// Columns at right angles that span the same.
fn orthonormal(columns: &Tensor) -> Tensor {
    Tensor::linalg_qr(columns, "reduced").0
}

/// The `keep` directions of greatest variance within an orthonormal basis.
fn leading(centred: &Tensor, basis: &Tensor, keep: i64) -> Tensor {
    let coordinates = centred.matmul(basis);
    let (_, vectors) = coordinates.transpose(0, 1).matmul(&coordinates).linalg_eigh("L");
    let all = vectors.size()[1];
    let keep = keep.min(all);
    // eigh orders by rising eigenvalue.
    basis.matmul(&vectors.narrow(1, all - keep, keep))
}

#[cfg(test)]
mod tests {
    use super::super::super::tensors::values;
    use super::*;
    use crate::domain::Unwatched;

    fn noise(count: usize, side: usize) -> Vec<u8> {
        let mut state = 7u64;
        (0..count * side * side)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect()
    }

    #[test]
    fn one_image_is_too_few() {
        assert!(Pca::fit(&[9; 64], 8, &Unwatched).is_err());
        assert!(Pca::fit(&[], 8, &Unwatched).is_err());
    }

    #[test]
    fn identical_images_are_their_own_mean() {
        let pca = Pca::fit(&[100; 5 * 64], 8, &Unwatched).expect("fit");
        let image = images_from_bytes(&[100; 64], 8, Device::Cpu).expect("image");
        let rebuilt = values(&pca.reconstruct(&image));
        assert!(rebuilt.iter().all(|value| (value - 100.0 / 255.0).abs() < 1e-5));
    }

    #[test]
    fn as_few_images_as_components_are_rebuilt_exactly() {
        let pixels = noise(10, 8);
        let pca = Pca::fit(&pixels, 8, &Unwatched).expect("fit");
        assert_eq!(pca.components.size(), [64, 9]);
        let images = images_from_bytes(&pixels, 8, Device::Cpu).expect("images");
        let error = (pca.reconstruct(&images) - &images).abs().max().double_value(&[]);
        assert!(error < 1e-4, "{error}");
    }

    #[test]
    fn the_components_are_those_of_a_singular_value_decomposition() {
        // Variance falling by direction, as in real images.
        let side = 16i64;
        let raw = noise(300, 16);
        let fall: Vec<f64> = (0..256).map(|i| 0.97f64.powi(i)).collect();
        let pixels: Vec<u8> = raw
            .iter()
            .enumerate()
            .map(|(i, &value)| (128.0 + (f64::from(value) - 128.0) * fall[i % 256]) as u8)
            .collect();
        let pca = Pca::fit(&pixels, side as u32, &Unwatched).expect("fit");
        let flat = images_from_bytes(&pixels, 16, Device::Cpu).expect("images").view([300, 256]);
        let centred = &flat - flat.mean_dim([0i64].as_slice(), true, Kind::Float);
        let (_, _, right) = centred.svd(true, true);
        let wanted = right.narrow(1, 0, 16);
        // Both span the same subspace: the projections have the same energy.
        let energy = |basis: &Tensor| centred.matmul(basis).square().sum(Kind::Double).double_value(&[]);
        assert!((energy(&pca.components) / energy(&wanted) - 1.0).abs() < 1e-3);
        let gram = pca.components.transpose(0, 1).matmul(&pca.components);
        let off = (gram - Tensor::eye(16, (Kind::Float, Device::Cpu))).abs().max().double_value(&[]);
        assert!(off < 1e-4, "{off}");
    }
}
