//! Variational autoencoder: Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014; the weight of the KL
//! divergence as in β-VAE (Higgins et al., ICLR 2017).
//!
//! The encoder gives a mean and a log variance for each number of the code; training draws the code from them, evaluation
//! takes the mean. Loss: squared error summed over an image's pixels + `kl_weight` · KL divergence from the standard
//! normal, summed over the code, in nats. `kl_weight` 1 is the classical bound with unit variance up to a factor of two on the error. Another loss takes the place of the mean squared
//! error, times the pixels.

use tch::{Device, Kind, Tensor, no_grad_guard};

use super::blocks::{Decoder, Encoder, Leaky, Linear};
use super::loss::Criterion;
use super::weights::{Builder, Weights};
use super::{Network, Sizes, Step, random};
use crate::domain::{Component, TrainingSettings};

/// See the module.
#[derive(Debug)]
pub struct Vae {
    weights: Weights,
    encoder: Encoder,
    mean: Linear,
    log_variance: Linear,
    decoder: Decoder,
    criterion: Criterion,
    kl_weight: f64,
    pixels: f64,
}

impl Vae {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let sizes = Sizes::of(settings);
        let mut builder = Builder::new(device, settings.seed);
        let encoder = Encoder::new(&mut builder, "encoder", 1, &sizes.channels, true, &Leaky::Slight);
        let mean = Linear::new(&mut builder, "mean", sizes.flat(), sizes.latent);
        let log_variance = Linear::new(&mut builder, "log_variance", sizes.flat(), sizes.latent);
        let decoder = Decoder::new(&mut builder, "decoder", &sizes, 1);
        let pixels = f64::from(settings.preprocessing.image_size).powi(2);
        Self {
            weights: builder.finish(),
            encoder,
            mean,
            log_variance,
            decoder,
            criterion: Criterion::new(settings, device),
            kl_weight: settings.kl_weight,
            pixels,
        }
    }

    /// `[b, 1, s, s]` → two of `[b, latent]`: mean and log variance
    fn posterior(&self, x: &Tensor, train: bool) -> (Tensor, Tensor) {
        let features = self.encoder.forward(x, train).flatten(1, -1);
        (self.mean.forward(&features), self.log_variance.forward(&features))
    }

    /// `[b, 1, s, s]` → `[b, latent]`, in evaluation mode
    fn mean_code(&self, x: &Tensor) -> Tensor {
        self.mean.forward(&self.encoder.forward(x, false).flatten(1, -1))
    }

    /// Total, reconstruction (per pixel), KL (nats an image).
    fn loss(&self, images: &Tensor, made: &Tensor, mean: &Tensor, log_variance: &Tensor) -> [Tensor; 3] {
        let (lowered, recon) = self.criterion.judge(made, images);
        let kl = divergence(mean, log_variance).sum(Kind::Float) / images.size()[0] as f64;
        [lowered * self.pixels + &kl * self.kl_weight, recon, kl]
    }
}

/// KL divergence of each number of the code from the standard normal: two of `[b, latent]` → `[b, latent]`
fn divergence(mean: &Tensor, log_variance: &Tensor) -> Tensor {
    (mean.square() + log_variance.exp() - log_variance - 1.0) * 0.5
}

impl Network for Vae {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        self.decoder.forward(&self.mean_code(images), false)
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.mean_code(images))
    }

    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.decoder.forward(codes, false))
    }

    fn divergence(&self, images: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        let (mean, log_variance) = self.posterior(images, false);
        Some(divergence(&mean, &log_variance).sum_dim_intlist([1i64].as_slice(), false, Kind::Float))
    }

    fn components(&self) -> &'static [Component] {
        &[Component::Total, Component::Recon, Component::Kl]
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let (mean, log_variance) = self.posterior(images, true);
        let noise = random::normal(step.random, &mean.size(), images.device());
        let code = &mean + (&log_variance * 0.5).exp_() * noise;
        let losses = self.loss(images, &self.decoder.forward(&code, true), &mean, &log_variance);
        step.optimizers[0].descend(&losses[0], &self.weights.groups()[0], step.learning_rate);
        Tensor::stack(&losses, 0).detach()
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let (mean, log_variance) = self.posterior(images, false);
        Tensor::stack(&self.loss(images, &self.decoder.forward(&mean, false), &mean, &log_variance), 0)
    }
}
