//! The networks: one architecture a file, each from its paper, all behind [`Network`].

pub mod blocks;
pub mod checkpoint;
pub mod guard;
pub mod loss;
pub mod lungs;
pub mod optimizer;
pub mod random;
pub mod weights;

mod aeu;
mod autoencoder;
mod betavae;
mod dae;
mod gan;
mod inpaint;
mod masks;
mod restorer;
mod transformer;
mod unet;
mod vae;
mod vit;
mod vqvae;

use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor};

use crate::domain::{Architecture, Component, LossComponents, TrainingSettings};
use crate::error::{Error, Result};

pub use aeu::AeU;
pub use autoencoder::Autoencoder;
pub use dae::Denoiser;
pub use gan::Gan;
pub use inpaint::Inpainter;
pub use restorer::Restorer;
pub use vae::Vae;
pub use vit::Vit;
pub use vqvae::VqVae;

use optimizer::Adam;
use weights::Weights;

/// A network that learns to rebuild healthy images.
pub trait Network: Send {
    /// All its tensors.
    fn weights(&self) -> &Weights;

    /// The image as the network would have it, in evaluation mode, without gradients.
    ///
    /// # Shapes
    /// `[batch, 1, side, side]` in [0, 1] → the same.
    fn reconstruct(&self, images: &Tensor) -> Tensor;

    /// The code that an image is squeezed into, in evaluation mode, without gradients: of a VAE the mean. `None` for a
    /// network without one code for the whole image.
    ///
    /// # Shapes
    /// `[batch, 1, side, side]` in [0, 1] → `[batch, latent]`.
    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        let _ = images;
        None
    }

    /// The image that a code stands for, in evaluation mode, without gradients; `None` as for [`Network::encode`].
    ///
    /// # Shapes
    /// `[batch, latent]` → `[batch, 1, side, side]` in [0, 1].
    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        let _ = codes;
        None
    }

    /// Natural logarithm of the variance that the network expects of each pixel's error, in evaluation mode, without
    /// gradients. `None` for a network that says nothing of how sure it is.
    ///
    /// # Shapes
    /// `[batch, 1, side, side]` in [0, 1] → the same shape, any sign.
    fn log_variance(&self, images: &Tensor) -> Option<Tensor> {
        let _ = images;
        None
    }

    /// How far the distribution over an image's code is from the standard normal, in nats, in evaluation mode, without
    /// gradients. `None` for a network whose code is a point.
    ///
    /// # Shapes
    /// `[batch, 1, side, side]` in [0, 1] → `[batch]`, at least 0.
    fn divergence(&self, images: &Tensor) -> Option<Tensor> {
        let _ = images;
        None
    }

    /// The parts of this architecture's loss, in the order in which losses are returned.
    fn components(&self) -> &'static [Component];

    /// One step of learning: forward, backward, optimiser. Returns the losses, `[components]`, still on the device.
    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor;

    /// The losses in evaluation mode, `[components]`, without gradients.
    fn losses(&self, images: &Tensor) -> Tensor;

    /// The losses of making `images` of the same images with opacities painted on, for an architecture that
    /// [learns so](Architecture::learns_from_painted); the others do not look at the painted ones.
    fn restoration_losses(&self, painted: &Tensor, images: &Tensor) -> Tensor {
        let _ = painted;
        self.losses(images)
    }
}

/// What one step of learning needs beside the images.
#[derive(Debug)]
pub struct Step<'a> {
    /// One a group of the weights.
    pub optimizers: &'a mut [Adam],
    pub learning_rate: f64,
    /// GAN: the discriminator's.
    pub discriminator_learning_rate: f64,
    /// The run's own chance.
    pub random: &'a mut ChaCha8Rng,
    /// The same images with opacities painted on, for an architecture that [learns so](Architecture::learns_from_painted).
    pub painted: Option<Tensor>,
}

/// A network with random weights drawn from the settings' seed.
///
/// # Errors
/// `Error::Settings` when they are out of range, `Error::OutOfMemory` or `Error::Torch` when the device cannot hold it.
pub fn build(settings: &TrainingSettings, device: Device) -> Result<Box<dyn Network>> {
    let problems = settings.validate();
    if !problems.is_empty() {
        return Err(Error::Settings { problems });
    }
    guard::guarded(device, settings.batch_size, || build_unchecked(settings, device))
}

fn build_unchecked(settings: &TrainingSettings, device: Device) -> Box<dyn Network> {
    match settings.architecture {
        Architecture::Autoencoder => Box::new(Autoencoder::new(settings, device)),
        Architecture::Vae => Box::new(Vae::new(settings, device)),
        Architecture::Gan => Box::new(Gan::new(settings, device)),
        Architecture::Vit => Box::new(Vit::new(settings, device)),
        Architecture::BetaVae => Box::new(betavae::beta_vae(settings, device)),
        Architecture::VqVae => Box::new(VqVae::new(settings, device)),
        Architecture::AeU => Box::new(AeU::new(settings, device)),
        Architecture::Denoiser => Box::new(Denoiser::new(settings, device)),
        Architecture::Inpainter => Box::new(Inpainter::new(settings, device)),
        Architecture::Restorer => Box::new(Restorer::new(settings, device)),
    }
}

/// Reads a loss vector as returned by [`Network::learn`].
pub fn loss_components(components: &[Component], values: &[f64]) -> LossComponents {
    let mut loss = LossComponents::default();
    for (&component, &value) in components.iter().zip(values) {
        match component {
            Component::Total => loss.total = value,
            Component::Recon => loss.recon = value,
            Component::Kl => loss.kl = Some(value),
            Component::Generator => loss.generator = Some(value),
            Component::Discriminator => loss.discriminator = Some(value),
        }
    }
    loss
}

/// The sizes of a convolutional network with one code for the image, as libtorch counts them.
#[derive(Debug)]
pub struct Sizes {
    /// After each halving.
    channels: Vec<i64>,
    /// Of the image after all halvings.
    side: i64,
    /// Numbers of the code.
    latent: i64,
}

impl Sizes {
    fn of(settings: &TrainingSettings) -> Self {
        let channels: Vec<i64> = settings.channels.iter().map(|&channels| i64::from(channels)).collect();
        let side = i64::from(settings.preprocessing.image_size) >> channels.len();
        Self { channels, side, latent: i64::from(settings.latent) }
    }

    /// Numbers that the last stage gives.
    fn flat(&self) -> i64 {
        self.channels.last().copied().unwrap_or(1) * self.side * self.side
    }
}

/// Images as stored, one after the other, to what networks take.
///
/// # Shapes
/// `count · side²` bytes → `[count, 1, side, side]` in [0, 1]
///
/// # Errors
/// `Error::Other` when the bytes are not whole images.
pub fn images_from_bytes(bytes: &[u8], side: u32, device: Device) -> Result<Tensor> {
    let bytes = bytes_on_device(bytes, side, device)?;
    guard::guarded(device, bytes.size()[0] as u32, || as_images(&bytes))
}

/// The bytes as they are, `[count, 1, side, side]`, on the device.
pub fn bytes_on_device(bytes: &[u8], side: u32, device: Device) -> Result<Tensor> {
    let pixels = side as usize * side as usize;
    if pixels == 0 || !bytes.len().is_multiple_of(pixels) {
        return Err(Error::Other(format!("{} bytes are not whole images of {side}×{side} pixels", bytes.len())));
    }
    let count = bytes.len() / pixels;
    let shape = [count as i64, 1, i64::from(side), i64::from(side)];
    guard::guarded(device, count as u32, || Tensor::from_data_size(bytes, &shape, Kind::Uint8).to_device(device))
}

/// Bytes to [0, 1].
pub fn as_images(bytes: &Tensor) -> Tensor {
    bytes.to_kind(Kind::Float) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Loss, Preset};

    /// The window shows the count before anything is built.
    #[test]
    fn parameters_are_counted_as_built() {
        for architecture in Architecture::ALL {
            for preset in [Preset::Recommended, Preset::NeuroscanPro] {
                let settings = TrainingSettings::preset(architecture, preset);
                let built = build(&settings, Device::Cpu).unwrap().weights().parameter_count();
                assert_eq!(settings.parameter_count(), Some(built), "{architecture:?} {preset:?}");
            }
        }
    }

    /// Healthy images of the bundled sample, `[count, 1, side, side]`.
    fn sample(count: usize, side: u32) -> Tensor {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample/train/NORMAL");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        paths.sort();
        let read = |path: &std::path::PathBuf| image::open(path).unwrap().thumbnail_exact(side, side).to_luma8();
        let bytes: Vec<u8> = paths.iter().take(count).flat_map(|path| read(path).into_raw()).collect();
        images_from_bytes(&bytes, side, Device::Cpu).unwrap()
    }

    /// A network small enough for a test.
    fn small(architecture: Architecture, loss: Loss) -> TrainingSettings {
        let mut settings = TrainingSettings::preset(architecture, Preset::Custom);
        settings.preprocessing.image_size = 32;
        settings.channels = vec![8, 16];
        settings.token_width = 16;
        TrainingSettings { loss, ..settings }
    }

    fn trained(settings: &TrainingSettings, images: &Tensor, steps: u32) -> (Box<dyn Network>, Vec<LossComponents>) {
        let mut network = build(settings, Device::Cpu).unwrap();
        let mut optimizers = Adam::for_weights(network.weights());
        let mut chance = random::of_epoch(1, 1);
        let mut losses = Vec::new();
        // For the one that learns to take such a thing away.
        let painted = images.copy();
        let _ = painted.narrow(2, 4, 16).narrow(3, 4, 12).fill_(1.0);
        for _ in 0..steps {
            let mut step = Step {
                optimizers: &mut optimizers,
                learning_rate: 3e-3,
                discriminator_learning_rate: 2e-4,
                random: &mut chance,
                painted: Some(painted.shallow_clone()),
            };
            let values = Vec::<f64>::try_from(network.learn(images, &mut step).to_kind(Kind::Double)).unwrap();
            losses.push(loss_components(network.components(), &values));
        }
        (network, losses)
    }

    /// Every architecture and loss learns something of real lungs in a few steps, from its own chance alone.
    #[test]
    fn learning_lowers_every_loss() {
        let images = sample(12, 32);
        for architecture in Architecture::ALL {
            for loss in Loss::ALL {
                let settings = small(architecture, loss);
                if architecture == Architecture::AeU && loss != Loss::Mse {
                    assert!(build(&settings, Device::Cpu).is_err());
                    continue;
                }
                let (network, losses) = trained(&settings, &images, 30);
                let mean = |part: &[LossComponents], of: fn(&LossComponents) -> f64| -> f64 {
                    part.iter().map(of).sum::<f64>() / part.len() as f64
                };
                for of in [|loss: &LossComponents| loss.total, |loss: &LossComponents| loss.recon] {
                    let (first, last) = (mean(&losses[..3], of), mean(&losses[27..], of));
                    assert!(last < 0.9 * first, "{architecture:?} {loss:?}: {first} {last}");
                }
                assert_eq!(network.reconstruct(&images).size(), images.size());
                assert_eq!(trained(&settings, &images, 30).1, losses, "{architecture:?} {loss:?}");
            }
        }
    }

    /// All-black images are of use to nobody, but nothing may become NaN by them.
    #[test]
    fn black_images_harm_nothing() {
        let black = Tensor::zeros([4, 1, 32, 32], (Kind::Float, Device::Cpu));
        for architecture in Architecture::ALL {
            for loss in Loss::ALL {
                let settings = small(architecture, loss);
                if !settings.validate().is_empty() {
                    continue;
                }
                let (network, losses) = trained(&settings, &black, 5);
                assert!(network.weights().is_finite(), "{architecture:?} {loss:?}");
                assert!(losses.iter().all(|loss| loss.total.is_finite()), "{architecture:?}: {losses:?}");
                for made in [Some(network.reconstruct(&black)), network.log_variance(&black)].into_iter().flatten() {
                    assert_eq!(made.size(), black.size());
                    assert!(made.sum(Kind::Float).double_value(&[]).is_finite(), "{architecture:?} {loss:?}");
                }
                assert_eq!(network.log_variance(&black).is_some(), architecture == Architecture::AeU);
            }
        }
    }

    /// Rebuilding is encoding, then decoding; without a code for the whole image there is neither.
    #[test]
    fn codes_lead_to_the_reconstruction() {
        for architecture in Architecture::ALL {
            for preset in [Preset::Recommended, Preset::NeuroscanPro] {
                let settings = TrainingSettings::preset(architecture, preset);
                let side = i64::from(settings.preprocessing.image_size);
                let network = build(&settings, Device::Cpu).unwrap();
                let images = Tensor::rand([2, 1, side, side], (Kind::Float, Device::Cpu));
                assert_eq!(network.encode(&images).is_some(), settings.has_code());
                let Some(codes) = network.encode(&images) else {
                    let hides = architecture == Architecture::Vit && settings.decoder_layers == 0;
                    let skips = matches!(architecture, Architecture::Inpainter | Architecture::Restorer);
                    assert!(hides || skips, "{architecture:?}");
                    assert!(network.decode(&Tensor::zeros([2, 8], (Kind::Float, Device::Cpu))).is_none());
                    continue;
                };
                assert_eq!(codes.size(), [2, i64::from(settings.latent)]);
                let decoded = network.decode(&codes).unwrap();
                assert_eq!(decoded.size(), images.size());
                let gap = (decoded - network.reconstruct(&images)).abs().max().double_value(&[]);
                assert!(gap < 1e-6, "{architecture:?} {preset:?}: {gap}");
            }
        }
    }
}
