//! Restoring U-Net: takes opacities away that were painted onto healthy images.
//!
//! The reconstructing half of Zavrtanik, Kristan and Skočaj, "DRAEM – a discriminatively trained reconstruction embedding
//! for surface anomaly detection" (ICCV 2021), with anomalies that resemble those sought (`imaging::lesion`), painted onto
//! the image before it is equalised: equalisation spreads an opacity over its surroundings, and one painted afterwards
//! looks like none that is met. No code is too small to carry a lesion here: detail passes through skip connections, and
//! the network learns which changes of a healthy lung to undo. It gives the change, not the image: what it leaves alone is
//! rebuilt exactly, so that a map shows the opacity and not the network's blur.
//!
//! The U-Net (`models::unet`) works on images of half the side, each of 2×2 pixels as four planes (Shi et al., "Real-time
//! single image and video super-resolution using an efficient sub-pixel convolutional neural network", CVPR 2016): a
//! quarter of the work, and opacities are larger than that.
//!
//! Loss: mean squared error, or the settings' other, between what it makes of the painted image and the image before.

use tch::{Device, Tensor, no_grad_guard};

use super::loss::Criterion;
use super::unet::UNet;
use super::weights::{Builder, Weights};
use super::{Network, Sizes, Step};
use crate::domain::{Component, TrainingSettings};

/// Side of the blocks of pixels that become planes, and how many planes.
const BLOCK: i64 = 2;
const PLANES: i64 = BLOCK * BLOCK;

/// See the module.
#[derive(Debug)]
pub struct Restorer {
    weights: Weights,
    network: UNet,
    criterion: Criterion,
}

impl Restorer {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let mut builder = Builder::new(device, settings.seed);
        let network = UNet::new(&mut builder, PLANES, &Sizes::of(settings).channels, PLANES, true);
        Self { weights: builder.finish(), network, criterion: Criterion::new(settings, device) }
    }

    /// `[b, 1, s, s]` → the same
    fn forward(&self, images: &Tensor, train: bool) -> Tensor {
        images + self.network.forward(&images.pixel_unshuffle(BLOCK), train).pixel_shuffle(BLOCK)
    }
}

impl Network for Restorer {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        self.forward(images, false).clamp(0.0, 1.0)
    }

    fn components(&self) -> &'static [Component] {
        &[Component::Total, Component::Recon]
    }

    /// Without painted images it learns to change nothing.
    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let seen = step.painted.as_ref().unwrap_or(images);
        let (lowered, recon) = self.criterion.judge(&self.forward(seen, true), images);
        step.optimizers[0].descend(&lowered, &self.weights.groups()[0], step.learning_rate);
        Tensor::stack(&[lowered, recon], 0).detach()
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        self.restoration_losses(images, images)
    }

    fn restoration_losses(&self, painted: &Tensor, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let (lowered, recon) = self.criterion.judge(&self.forward(painted, false), images);
        Tensor::stack(&[lowered, recon], 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset};
    use crate::models::{optimizer::Adam, random};
    use tch::Kind;

    /// A bright square on stripes: after learning, the stripes stay and the square goes.
    #[test]
    fn what_was_painted_is_taken_away() {
        let settings = TrainingSettings::preset(Architecture::Restorer, Preset::Recommended);
        let mut network = Restorer::new(&settings, Device::Cpu);
        let mut optimizers = Adam::for_weights(network.weights());
        let mut chance = random::of_epoch(1, 1);
        let stripes = Tensor::arange(64, (Kind::Float, Device::Cpu)).remainder(8.0) / 20.0 + 0.2;
        let clean = stripes.view([1, 1, 1, 64]).expand([8, 1, 64, 64], false).contiguous();
        let painted = clean.copy();
        let mut square = painted.narrow(2, 20, 16).narrow(3, 12, 16);
        square += 0.3;
        let error = |network: &Restorer| network.restoration_losses(&painted, &clean).double_value(&[1]);
        let before = error(&network);
        assert_eq!(network.reconstruct(&clean), clean, "it begins with changing nothing");
        for _ in 0..40 {
            let mut step = Step {
                optimizers: &mut optimizers,
                learning_rate: 3e-3,
                discriminator_learning_rate: 0.0,
                random: &mut chance,
                painted: Some(painted.shallow_clone()),
            };
            let _ = network.learn(&clean, &mut step);
        }
        let doing_nothing = (&painted - &clean).square().mean(Kind::Float).double_value(&[]);
        let after = error(&network);
        assert!(after < before && after < 0.5 * doing_nothing, "{before} {after} {doing_nothing}");
        assert_ne!(network.losses(&clean), network.restoration_losses(&painted, &clean));
    }
}
