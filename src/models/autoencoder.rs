//! Convolutional autoencoder: Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks",
//! Science 313 (2006), with convolutions as in Masci et al. (2011).
//!
//! Strided 4×4 convolutions with batch normalisation to a small code (8 numbers by default) and a mirrored decoder. The
//! code is too small to carry what healthy lungs do not have. Loss: mean squared error, or the settings' other.

use tch::{Device, Tensor, no_grad_guard};

use super::blocks::{Coder, Decoder, Leaky};
use super::loss::Criterion;
use super::weights::{Builder, Weights};
use super::{Network, Sizes, Step};
use crate::domain::{Component, TrainingSettings};

/// See the module.
#[derive(Debug)]
pub struct Autoencoder {
    weights: Weights,
    coder: Coder,
    decoder: Decoder,
    criterion: Criterion,
}

impl Autoencoder {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let sizes = Sizes::of(settings);
        let mut builder = Builder::new(device, settings.seed);
        let coder = Coder::new(&mut builder, "", &sizes, true, &Leaky::Slight);
        let decoder = Decoder::new(&mut builder, "decoder", &sizes, 1);
        Self { weights: builder.finish(), coder, decoder, criterion: Criterion::new(settings, device) }
    }

    /// `[b, 1, s, s]` → `[b, 1, s, s]`
    fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        self.decoder.forward(&self.coder.forward(x, train), train)
    }

    /// One step towards making `wanted` of `seen`; the same images for an autoencoder as such.
    pub(super) fn learn_from(&mut self, seen: &Tensor, wanted: &Tensor, step: &mut Step) -> Tensor {
        let (lowered, recon) = self.criterion.judge(&self.forward(seen, true), wanted);
        step.optimizers[0].descend(&lowered, &self.weights.groups()[0], step.learning_rate);
        Tensor::stack(&[lowered, recon], 0).detach()
    }
}

impl Network for Autoencoder {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        self.forward(images, false)
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
        &[Component::Total, Component::Recon]
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        self.learn_from(images, images, step)
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let (lowered, recon) = self.criterion.judge(&self.reconstruct(images), images);
        Tensor::stack(&[lowered, recon], 0)
    }
}
