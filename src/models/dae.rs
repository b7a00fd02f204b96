//! Denoising autoencoder with coarse noise: Kascenas et al., "Denoising autoencoders for unsupervised anomaly detection
//! in brain MRI", MIDL 2022; denoising as such is Vincent et al., ICML 2008.
//!
//! Gaussian noise of 16×16 numbers is drawn, enlarged to the image, moved by a random offset and added; the network has to
//! rebuild the clean image. Blobs of noise look like lesions, so that it learns to take away what does not belong. Their
//! network is a U-Net, which can copy; here it is the autoencoder with its small global code, which cannot.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Tensor};

use super::autoencoder::Autoencoder;
use super::weights::Weights;
use super::{Network, Step, random};
use crate::domain::{Component, TrainingSettings};

/// Side of the noise before it is enlarged (Kascenas et al. 2022).
const COARSE: i64 = 16;

/// See the module.
#[derive(Debug)]
pub struct Denoiser {
    inner: Autoencoder,
    noise: f64,
}

impl Denoiser {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        Self { inner: Autoencoder::new(settings, device), noise: settings.noise }
    }
}

/// Coarse noise of standard deviation `strength` before it is enlarged; its blobs lie at other places for every batch.
///
/// # Shapes
/// `[b, 1, s, s]` → the same
fn coarse_noise(images: &Tensor, strength: f64, chance: &mut ChaCha8Rng) -> Tensor {
    let size = images.size();
    let drawn = random::normal(chance, &[size[0], 1, COARSE, COARSE], images.device()) * strength;
    let enlarged = drawn.upsample_bilinear2d([size[2], size[3]], false, None, None);
    let offset = [chance.random_range(0..size[2]), chance.random_range(0..size[3])];
    enlarged.roll(offset, [2, 3])
}

impl Network for Denoiser {
    fn weights(&self) -> &Weights {
        self.inner.weights()
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        self.inner.reconstruct(images)
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        self.inner.encode(images)
    }

    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        self.inner.decode(codes)
    }

    fn components(&self) -> &'static [Component] {
        self.inner.components()
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let noisy = images + coarse_noise(images, self.noise, step.random);
        self.inner.learn_from(&noisy, images, step)
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        self.inner.losses(images)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    #[test]
    fn noise_is_coarse_and_comes_from_the_runs_own_chance() {
        let images = Tensor::zeros([4, 1, 64, 64], (Kind::Float, Device::Cpu));
        let noise = |epoch| coarse_noise(&images, 0.2, &mut random::of_epoch(1, epoch));
        assert_eq!(noise(1), noise(1));
        assert_ne!(noise(1), noise(2));
        let made = noise(1);
        assert_eq!(made.size(), images.size());
        let deviation = made.std(true).double_value(&[]);
        assert!((0.1..0.2).contains(&deviation), "{deviation}");
        // Neighbours are alike: the blobs are 4 px wide.
        let step = (made.narrow(3, 1, 63) - made.narrow(3, 0, 63)).std(true).double_value(&[]);
        assert!(step < deviation / 2.0, "{step} {deviation}");
    }
}
