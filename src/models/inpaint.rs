//! In-painting: Zavrtanik et al., "Reconstruction by inpainting for visual anomaly detection" (RIAD), Pattern
//! Recognition 112 (2021).
//!
//! Patches are hidden, and a convolutional network with skip connections (Ronneberger et al. 2015) infers them from the
//! rest. While training, a random share of the patches is hidden and only those are judged. In evaluation, complementary
//! masks hide every patch once, and the result is put together from the patches as made while they were hidden: no patch
//! can be copied. What spreads over many patches can still be continued from its neighbours, and the haze of pneumonia
//! does (SCIENCE: below an autoencoder on this data).
//!
//! Loss: mean squared error over the hidden pixels; the others, over the image with the hidden pixels put in.

use tch::{Device, Tensor, no_grad_guard};

use super::blocks::{Doubling, Encoder, Leaky};
use super::loss::Criterion;
use super::masks::Hiding;
use super::weights::{Builder, Weights};
use super::{Network, Sizes, Step};
use crate::domain::{Component, TrainingSettings};

/// See the module.
#[derive(Debug)]
pub struct Inpainter {
    weights: Weights,
    encoder: Encoder,
    decoder: Vec<Doubling>,
    criterion: Criterion,
    hiding: Hiding,
    side: i64,
    /// For evaluation: `[masks, 1, s, s]`, 1 where hidden.
    complementary: Tensor,
}

impl Inpainter {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let channels = Sizes::of(settings).channels;
        let side = i64::from(settings.preprocessing.image_size);
        let hiding = Hiding::new(side / i64::from(settings.patch), settings.mask_share);
        let mut builder = Builder::new(device, settings.seed);
        let encoder = Encoder::new(&mut builder, "encoder", 2, &channels, true, &Leaky::Slight);
        let outputs = channels.iter().rev().skip(1).copied().chain([1]);
        let decoder = channels.iter().rev().zip(outputs).enumerate().map(|(stage, (&inputs, outputs))| {
            let inputs = if stage == 0 { inputs } else { 2 * inputs };
            let norm = stage + 1 < channels.len();
            Doubling::new(&mut builder, &format!("decoder.{stage}"), inputs, outputs, norm)
        });
        let decoder = decoder.collect();
        Self {
            weights: builder.finish(),
            encoder,
            decoder,
            criterion: Criterion::new(settings, device),
            hiding,
            side,
            complementary: pixels(&hiding, side, &hiding.complementary()).to_device(device),
        }
    }

    /// `[b, 1, s, s]` twice, image and mask → `[b, 1, s, s]`; of the image, nothing under the mask is looked at.
    fn forward(&self, images: &Tensor, hidden: &Tensor, train: bool) -> Tensor {
        let seen = Tensor::cat(&[&(images * (1.0 - hidden)), hidden], 1);
        let mut skipped = self.encoder.each(&seen, train);
        let deepest = skipped.pop().unwrap_or(seen);
        let mut stages = self.decoder.iter();
        let first = stages.next().map_or_else(|| deepest.shallow_clone(), |stage| stage.forward(&deepest, train));
        let logits = stages
            .zip(skipped.iter().rev())
            .fold(first, |x, (stage, skipped)| stage.forward(&Tensor::cat(&[&x, skipped], 1), train));
        logits.sigmoid()
    }
}

/// From patches to pixels: `[n, grid²]` → `[n, 1, s, s]`
fn pixels(hiding: &Hiding, side: i64, patches: &Tensor) -> Tensor {
    patches.view([-1, 1, hiding.grid, hiding.grid]).upsample_nearest2d([side, side], None, None)
}

impl Network for Inpainter {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let mut whole = images.zeros_like();
        for index in 0..self.complementary.size()[0] {
            let hidden = self.complementary.narrow(0, index, 1).expand_as(images);
            whole += self.forward(images, &hidden, false) * hidden;
        }
        whole
    }

    fn components(&self) -> &'static [Component] {
        &[Component::Total, Component::Recon]
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let chosen = self.hiding.choose(step.random, images.size()[0], images.device());
        let hidden = pixels(&self.hiding, self.side, &chosen);
        let (lowered, recon) = self.criterion.judge_hidden(&self.forward(images, &hidden, true), images, &hidden);
        step.optimizers[0].descend(&lowered, &self.weights.groups()[0], step.learning_rate);
        Tensor::stack(&[lowered, recon], 0).detach()
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let (lowered, recon) = self.criterion.judge(&self.reconstruct(images), images);
        Tensor::stack(&[lowered, recon], 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset};
    use tch::Kind;

    /// It cannot copy: what is made of a patch does not depend on that patch.
    #[test]
    fn a_patch_does_not_see_itself() {
        for preset in [Preset::Recommended, Preset::NeuroscanPro] {
            let settings = TrainingSettings::preset(Architecture::Inpainter, preset);
            let (side, patch) = (i64::from(settings.preprocessing.image_size), i64::from(settings.patch));
            let network = Inpainter::new(&settings, Device::Cpu);
            let x = Tensor::rand([1, 1, side, side], (Kind::Float, Device::Cpu));
            let made = |x: &Tensor| network.reconstruct(x);
            let cut = |x: &Tensor| x.narrow(2, 2 * patch, patch).narrow(3, 3 * patch, patch);
            let before = made(&x);
            let _ = cut(&x).fill_(1.0);
            let after = made(&x);
            assert_eq!(cut(&before), cut(&after), "{preset:?}");
            assert_ne!(before, after, "its neighbours do see it");
        }
    }
}
