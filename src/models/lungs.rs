//! Where the lungs are: a small U-Net (`models::unet`).
//!
//! It is no anomaly detector and never sees one: it only says which pixels of a chest X-ray are lung, the lung behind the
//! heart included, so that one can ask how much of a map lies there. Loss: binary cross-entropy plus one minus the soft
//! Dice coefficient (Milletari et al. 2016).

use std::path::Path;

use tch::{Device, Reduction, Tensor, no_grad_guard};

use super::checkpoint::{self, Metadata};
use super::guard::guarded;
use super::optimizer::Adam;
use super::unet::UNet;
use super::weights::{Builder, Weights};
use crate::error::{Error, Result};

/// Channels on each level, from the image's own size down; each next one is half as large.
const CHANNELS: [i64; 5] = [8, 16, 32, 64, 64];
/// Keeps the contrast of an image of one grey value finite.
const LEAST_DEVIATION: f64 = 1e-3;
/// Keeps the Dice coefficient of two empty masks at 1; in pixels.
const DICE_SMOOTHING: f64 = 1.0;
const ARCHITECTURE_KEY: &str = "architecture";
const ARCHITECTURE: &str = "lung-unet-1";

/// See the module.
#[derive(Debug)]
pub struct LungNet {
    weights: Weights,
    network: UNet,
}

impl LungNet {
    /// Side of the square that it looks at, in pixels. Images of other sizes are scaled to it and masks back.
    pub const SIDE: u32 = 64;

    /// With random weights drawn from the seed.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn new(seed: u64, device: Device) -> Result<Self> {
        guarded(device, 1, || Self::unguarded(seed, device))
    }

    fn unguarded(seed: u64, device: Device) -> Self {
        let mut builder = Builder::new(device, seed);
        let network = UNet::new(&mut builder, 1, &CHANNELS, 1, false);
        Self { weights: builder.finish(), network }
    }

    /// Reads trained weights.
    ///
    /// # Errors
    /// `Error::Io` when the file cannot be read, `Error::Checkpoint` when it is not this network's.
    pub fn load(path: &Path, device: Device) -> Result<Self> {
        let network = Self::new(0, device)?;
        let metadata = checkpoint::load(path, &network.weights)?;
        if metadata.get(ARCHITECTURE_KEY).map(String::as_str) != Some(ARCHITECTURE) {
            let message = "this checkpoint is not a lung mask's".to_owned();
            return Err(Error::Checkpoint { message, path: path.to_path_buf() });
        }
        Ok(network)
    }

    /// The bytes of a checkpoint that [`Self::load`] reads, with a few words beside.
    pub fn encode(&self, mut words: Metadata) -> Result<Vec<u8>> {
        words.insert(ARCHITECTURE_KEY.to_owned(), ARCHITECTURE.to_owned());
        checkpoint::encode(&self.weights, &[], &words)
    }

    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// How far each pixel is lung. Takes images of any size, as decoded or equalised: it has learned from both. Called
    /// under `models::guard`; without gradients.
    ///
    /// # Shapes
    /// `[batch, 1, side, side]` in [0, 1] → the same: 0 elsewhere, 1 lung, between them where it is unsure
    pub fn mask(&self, images: &Tensor) -> Tensor {
        self.mask_at(images, images.size()[2])
    }

    /// [`Self::mask`], of another size than the images.
    ///
    /// # Shapes
    /// `[batch, 1, any, any]` in [0, 1] → `[batch, 1, side, side]`
    pub fn mask_at(&self, images: &Tensor, side: i64) -> Tensor {
        let _guard = no_grad_guard();
        let small = scaled(images, i64::from(Self::SIDE));
        scaled(&self.logits(&small, false).sigmoid(), side)
    }

    /// One step of learning. Returns the loss, still on the device.
    ///
    /// # Shapes
    /// `images`, `masks`: `[batch, 1, SIDE, SIDE]` in [0, 1]
    pub fn learn(&self, images: &Tensor, masks: &Tensor, optimizer: &mut Adam, learning_rate: f64) -> Tensor {
        let loss = loss(&self.logits(images, true), masks);
        optimizer.descend(&loss, &self.weights.groups()[0], learning_rate);
        loss.detach()
    }

    /// `[b, 1, SIDE, SIDE]` → the same, positive for lung
    fn logits(&self, images: &Tensor, train: bool) -> Tensor {
        self.network.forward(&standardised(images), train)
    }
}

/// Each image with mean 0 and deviation 1: exposure and contrast say nothing about where lungs are.
fn standardised(images: &Tensor) -> Tensor {
    let mean = images.mean_dim([1i64, 2, 3].as_slice(), true, None);
    let deviation = images.std_dim([1i64, 2, 3].as_slice(), false, true);
    (images - mean) / (deviation + LEAST_DEVIATION)
}

/// Bilinear; antialiased where it shrinks.
fn scaled(images: &Tensor, side: i64) -> Tensor {
    if images.size()[2..] == [side, side] {
        return images.shallow_clone();
    }
    images.internal_upsample_bilinear2d_aa([side, side], false, None, None)
}

/// `[b, 1, s, s]`, logits and masks in [0, 1] → one number
fn loss(logits: &Tensor, masks: &Tensor) -> Tensor {
    let entropy = logits.binary_cross_entropy_with_logits::<Tensor>(masks, None, None, Reduction::Mean);
    let lungs = logits.sigmoid();
    let sum = |tensor: &Tensor| tensor.sum_dim_intlist([1i64, 2, 3].as_slice(), false, None);
    let both: Tensor = sum(&(&lungs * masks)) * 2.0 + DICE_SMOOTHING;
    let dice = both / (sum(&lungs) + sum(masks) + DICE_SMOOTHING);
    entropy + 1.0 - dice.mean(None)
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    fn images(side: i64) -> Tensor {
        Tensor::arange(2 * side * side, (Kind::Float, Device::Cpu)).sin().abs().reshape([2, 1, side, side])
    }

    #[test]
    fn masks_have_the_images_size_and_lie_in_the_unit_range() {
        let network = LungNet::new(1, Device::Cpu).unwrap();
        for side in [17, 64, 100, 224] {
            let mask = network.mask(&images(side));
            assert_eq!(mask.size(), [2, 1, side, side]);
            assert!(mask.min().double_value(&[]) >= 0.0 && mask.max().double_value(&[]) <= 1.0);
            assert!(!mask.requires_grad());
        }
        assert!(network.weights().parameter_count() < 500_000);
    }

    #[test]
    fn a_black_image_and_one_of_one_value_give_finite_masks() {
        let network = LungNet::new(1, Device::Cpu).unwrap();
        for value in [0.0, 0.5, 1.0] {
            let mask = network.mask(&Tensor::full([1, 1, 64, 64], value, (Kind::Float, Device::Cpu)));
            assert!(mask.sum(Kind::Float).double_value(&[]).is_finite());
        }
    }

    #[test]
    fn brightness_and_contrast_change_nothing() {
        let network = LungNet::new(1, Device::Cpu).unwrap();
        let gap = (network.mask(&images(64)) - network.mask(&(images(64) * 0.5 + 0.2))).abs().max();
        assert!(gap.double_value(&[]) < 2e-2, "{gap}");
    }

    #[test]
    fn the_loss_by_hand() {
        // Logits of 0 are one half: cross-entropy ln 2, Dice (2·½·2 + 1) / (½·4 + 2 + 1) = 3/5.
        let masks = Tensor::from_slice(&[1f32, 1.0, 0.0, 0.0]).view([1, 1, 2, 2]);
        let halves = loss(&masks.zeros_like(), &masks).double_value(&[]);
        assert!((halves - (2f64.ln() + 1.0 - 0.6)).abs() < 1e-6, "{halves}");
        let sure = loss(&((&masks - 0.5) * 60.0), &masks).double_value(&[]);
        assert!(sure.abs() < 1e-6, "{sure}");
    }

    #[test]
    fn weights_come_back_and_other_checkpoints_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lungs.safetensors");
        let network = LungNet::new(3, Device::Cpu).unwrap();
        std::fs::write(&path, network.encode(Metadata::new()).unwrap()).unwrap();
        let again = LungNet::load(&path, Device::Cpu).unwrap();
        assert_eq!(network.mask(&images(64)), again.mask(&images(64)));
        std::fs::write(&path, checkpoint::encode(network.weights(), &[], &Metadata::new()).unwrap()).unwrap();
        assert!(matches!(LungNet::load(&path, Device::Cpu), Err(Error::Checkpoint { .. })));
        assert!(matches!(LungNet::load(&folder.path().join("none.safetensors"), Device::Cpu), Err(Error::Io { .. })));
    }
}
