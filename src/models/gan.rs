//! Adversarially trained autoencoder: the generator rebuilds an image and a PatchGAN discriminator (Isola et al.,
//! "Image-to-image translation with conditional adversarial networks", CVPR 2017) judges whether it looks real, as
//! `GANomaly` (Akcay et al., ACCV 2018) does for anomaly detection.
//!
//! Each step first improves the discriminator, BCE(real, 1) + BCE(made, 0), then the generator:
//! `adversarial_weight` · BCE(made, 1) + `reconstruction_weight` · mean squared error (100 as in Isola et al.), or the settings'
//! other loss in its place.

use tch::{Device, Tensor, no_grad_guard};

use super::blocks::{Coder, Decoder, Leaky, PatchDiscriminator};
use super::loss::Criterion;
use super::weights::{Builder, Weights};
use super::{Network, Sizes, Step};
use crate::domain::{Component, TrainingSettings};

/// See the module.
#[derive(Debug)]
pub struct Gan {
    weights: Weights,
    coder: Coder,
    decoder: Decoder,
    discriminator: PatchDiscriminator,
    criterion: Criterion,
    adversarial_weight: f64,
    reconstruction_weight: f64,
}

impl Gan {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let sizes = Sizes::of(settings);
        let mut builder = Builder::new(device, settings.seed);
        let leaky = Leaky::fifth(&builder);
        let coder = Coder::new(&mut builder, "generator", &sizes, false, &leaky);
        let decoder = Decoder::new(&mut builder, "generator.decoder", &sizes, 1);
        builder.next_group();
        let discriminator = PatchDiscriminator::new(&mut builder, "discriminator");
        Self {
            weights: builder.finish(),
            coder,
            decoder,
            discriminator,
            criterion: Criterion::new(settings, device),
            adversarial_weight: settings.adversarial_weight,
            reconstruction_weight: settings.reconstruction_weight,
        }
    }

    /// `[b, 1, s, s]` → `[b, 1, s, s]`
    fn generate(&self, x: &Tensor, train: bool) -> Tensor {
        self.decoder.forward(&self.coder.forward(x, train), train)
    }

    /// How wrong the discriminator is about real and made images.
    fn discriminator_loss(&self, real: &Tensor, made: &Tensor, train: bool) -> Tensor {
        // Apart, not as one batch: each has batch statistics of its own.
        real_loss(&self.discriminator.forward(real, train)) + made_loss(&self.discriminator.forward(made, train))
    }

    /// Total, reconstruction (per pixel), adversarial term.
    fn generator_loss(&self, images: &Tensor, made: &Tensor, train: bool) -> [Tensor; 3] {
        let adversarial = real_loss(&self.discriminator.forward(made, train));
        let (lowered, recon) = self.criterion.judge(made, images);
        [&adversarial * self.adversarial_weight + lowered * self.reconstruction_weight, recon, adversarial]
    }
}

/// Binary cross-entropy of logits against "real": the mean of ln(1 + e⁻ᶻ).
fn real_loss(logits: &Tensor) -> Tensor {
    (-logits).softplus().mean(None)
}

/// Binary cross-entropy of logits against "made": the mean of ln(1 + eᶻ).
fn made_loss(logits: &Tensor) -> Tensor {
    logits.softplus().mean(None)
}

impl Network for Gan {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        self.generate(images, false)
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.coder.forward(images, false))
    }

    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.decoder.forward(codes, false))
    }

    fn components(&self) -> &'static [Component] {
        &[Component::Total, Component::Recon, Component::Generator, Component::Discriminator]
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let [generator, discriminator] = self.weights.groups() else {
            unreachable!("a GAN has two groups of weights");
        };
        let made = self.generate(images, true);
        let judged = self.discriminator_loss(images, &made.detach(), true);
        step.optimizers[1].descend(&judged, discriminator, step.discriminator_learning_rate);
        let [total, recon, adversarial] = self.generator_loss(images, &made, true);
        // Only the generator's gradients are asked for: the discriminator's would be thrown away.
        step.optimizers[0].descend(&total, generator, step.learning_rate);
        Tensor::stack(&[total, recon, adversarial, judged], 0).detach()
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let made = self.generate(images, false);
        let judged = self.discriminator_loss(images, &made, false);
        let [total, recon, adversarial] = self.generator_loss(images, &made, false);
        Tensor::stack(&[total, recon, adversarial, judged], 0)
    }
}
