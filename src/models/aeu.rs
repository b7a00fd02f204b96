//! Autoencoder with uncertainty (AE-U): Mao et al., "Abnormality detection in chest X-ray images using uncertainty
//! prediction autoencoders", MICCAI 2020; the likelihood is that of Kendall and Gal, `NeurIPS` 2017.
//!
//! The autoencoder's decoder gives two images: the rebuilt one, and how wrong it expects to be at each pixel. Loss: mean
//! over the pixels of (x − x̂)² / σ² + ln σ², so that what cannot be known (ribs, edges) costs less where that is said
//! beforehand. σ is held above 0.01, about two grey levels, and ln σ² is counted from there: a constant that moves no
//! gradient and keeps the loss above 0, which logarithmic curves need.

use tch::{Device, Kind, Reduction, Tensor, no_grad_guard};

use super::blocks::{Coder, Decoder, Leaky};
use super::weights::{Builder, Weights};
use super::{Network, Sizes, Step};
use crate::domain::{Component, TrainingSettings};

/// The least ln σ²: that of σ = 0.01.
const LEAST: f64 = -9.210_340_371_976_182;
/// Added to what the untrained network gives, so that it begins at σ of about 0.2.
const START: f64 = 6.0;

/// See the module.
#[derive(Debug)]
pub struct AeU {
    weights: Weights,
    coder: Coder,
    decoder: Decoder,
}

impl AeU {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let sizes = Sizes::of(settings);
        let mut builder = Builder::new(device, settings.seed);
        let coder = Coder::new(&mut builder, "", &sizes, true, &Leaky::Slight);
        let decoder = Decoder::new(&mut builder, "decoder", &sizes, 2);
        Self { weights: builder.finish(), coder, decoder }
    }

    /// `[b, latent]` → two of `[b, 1, s, s]`: the image in (0, 1), and ln σ² less its least, above 0
    fn both(&self, code: &Tensor, train: bool) -> (Tensor, Tensor) {
        let logits = self.decoder.logits(code, train);
        (logits.narrow(1, 0, 1).sigmoid(), (logits.narrow(1, 1, 1) + START).softplus())
    }

    /// Total, reconstruction (per pixel).
    fn loss(&self, images: &Tensor, train: bool) -> [Tensor; 2] {
        let (made, above_least) = self.both(&self.coder.forward(images, train), train);
        let doubt = (-(&above_least + LEAST)).exp();
        let total = ((&made - images).square() * doubt + above_least).mean(Kind::Float);
        [total, made.mse_loss(images, Reduction::Mean)]
    }
}

impl Network for AeU {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        self.both(&self.coder.forward(images, false), false).0
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.coder.forward(images, false))
    }

    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.both(codes, false).0)
    }

    fn log_variance(&self, images: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.both(&self.coder.forward(images, false), false).1 + LEAST)
    }

    fn components(&self) -> &'static [Component] {
        &[Component::Total, Component::Recon]
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let losses = self.loss(images, true);
        step.optimizers[0].descend(&losses[0], &self.weights.groups()[0], step.learning_rate);
        Tensor::stack(&losses, 0).detach()
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        Tensor::stack(&self.loss(images, false), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset};
    use crate::models::{optimizer::Adam, random};

    /// Half of each image is noise that nobody can foresee: there it has to learn to expect more error.
    #[test]
    fn it_learns_where_it_will_be_wrong() {
        let mut settings = TrainingSettings::preset(Architecture::AeU, Preset::Custom);
        settings.preprocessing.image_size = 32;
        settings.channels = vec![8, 8];
        settings.latent = 2;
        let mut network = AeU::new(&settings, Device::Cpu);
        let mut optimizers = Adam::for_weights(network.weights());
        let mut chance = random::of_epoch(1, 1);
        let draw = |chance: &mut _| {
            let images = Tensor::full([16, 1, 32, 32], 0.5, (Kind::Float, Device::Cpu));
            let mut half = images.narrow(3, 16, 16);
            half += random::normal(chance, &[16, 1, 32, 16], Device::Cpu) * 0.15;
            images
        };
        for _ in 0..60 {
            let images = draw(&mut chance);
            let mut step = Step {
                optimizers: &mut optimizers,
                learning_rate: 1e-2,
                discriminator_learning_rate: 0.0,
                random: &mut chance,
                painted: None,
            };
            assert!(network.learn(&images, &mut step).min().double_value(&[]) > 0.0);
        }
        let images = draw(&mut chance);
        let expected = network.log_variance(&images).unwrap();
        assert_eq!(expected.size(), images.size());
        let mean = |from: i64| expected.narrow(3, from, 12).mean(Kind::Float).double_value(&[]);
        assert!(mean(18) > mean(2) + 1.0, "{} {}", mean(18), mean(2));
        assert!(expected.min().double_value(&[]) >= LEAST);
    }
}
