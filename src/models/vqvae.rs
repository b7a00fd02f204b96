//! VQ-VAE: van den Oord et al., "Neural discrete representation learning", `NeurIPS` 2017, with the codebook of running
//! means of its appendix A.1.
//!
//! The code is cut into a few tokens, and each is replaced by the nearest entry of one codebook. Gradients pass straight
//! through to the encoder. Loss: squared error summed over an image's pixels + `commitment_weight` · squared distance of
//! the tokens from their entries, summed over the code. The paper has a token for every 4×4 pixels, which can copy
//! lesions; here the tokens are few and stand for the whole image (8 of 128 entries: 56 bits an image).
//!
//! Entries that are hardly used are moved to tokens of the batch, as in Dhariwal et al. ("Jukebox", 2020), or most of a
//! codebook would never be found. Counts and sums of the running means are saved with the weights, so that a run goes on
//! to the same bits.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor, no_grad_guard};

use super::blocks::{Coder, Decoder, Leaky};
use super::loss::Criterion;
use super::weights::{Builder, Weights};
use super::{Network, Sizes, Step};
use crate::domain::{Component, TrainingSettings};

/// How much of the running means a step keeps (van den Oord et al. 2017).
const DECAY: f64 = 0.99;
/// Keeps the entries of unused counts finite.
const EPSILON: f64 = 1e-5;
/// Used less than this share of the mean, an entry is moved.
const HARDLY_USED: f64 = 0.1;

/// See the module.
#[derive(Debug)]
pub struct VqVae {
    weights: Weights,
    /// What it gives is quantised.
    coder: Coder,
    quantizer: Quantizer,
    decoder: Decoder,
    criterion: Criterion,
    commitment_weight: f64,
    pixels: f64,
}

/// The codebook, as running means of the tokens that chose each entry.
#[derive(Debug)]
struct Quantizer {
    /// How many tokens a step choose each entry: `[entries]`.
    counts: Tensor,
    /// What they add up to: `[entries, width]`.
    sums: Tensor,
}

impl Quantizer {
    fn new(builder: &mut Builder, name: &str, entries: i64, width: i64) -> Self {
        Self {
            counts: builder.statistic(format!("{name}.counts"), &[entries], 1.0),
            sums: builder.random_statistic(format!("{name}.sums"), &[entries, width], 1.0),
        }
    }

    /// `[entries, width]`
    fn codebook(&self) -> Tensor {
        let total = self.counts.sum(Kind::Float);
        let entries = self.counts.size()[0] as f64;
        let smoothed = (&self.counts + EPSILON) / (&total + entries * EPSILON) * total;
        &self.sums / smoothed.unsqueeze(-1)
    }

    /// Which entry is nearest to each token: `[n, width]` → `[n]`
    fn nearest(&self, tokens: &Tensor) -> Tensor {
        let book = self.codebook();
        let lengths = book.square().sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
        (lengths - tokens.matmul(&book.transpose(0, 1)) * 2.0).argmin(1, false)
    }

    /// `[b, latent]` → the same with every token replaced by its entry; and which, `[b · tokens]`
    fn quantize(&self, code: &Tensor) -> (Tensor, Tensor) {
        let _guard = no_grad_guard();
        let chosen = self.nearest(&self.tokens(code));
        (self.codebook().index_select(0, &chosen).view_as(code), chosen)
    }

    /// `[b, latent]` → `[b · tokens, width]`
    fn tokens(&self, code: &Tensor) -> Tensor {
        code.detach().reshape([-1, self.sums.size()[1]])
    }

    /// Moves the running means towards the tokens that chose each entry, and hardly used entries to some of them.
    fn learn(&mut self, code: &Tensor, chosen: &Tensor, chance: &mut ChaCha8Rng) {
        let _guard = no_grad_guard();
        let (tokens, entries) = (self.tokens(code), self.counts.size()[0]);
        let choices = chosen.one_hot(entries).to_kind(Kind::Float);
        let used = choices.sum_dim_intlist([0i64].as_slice(), false, Kind::Float);
        let counts = &self.counts * DECAY + used * (1.0 - DECAY);
        let sums = &self.sums * DECAY + choices.transpose(0, 1).matmul(&tokens) * (1.0 - DECAY);
        let mean = counts.mean(Kind::Float);
        let idle = counts.less_tensor(&(&mean * HARDLY_USED));
        // Drawn for all entries at every step, so that chance does not depend on how many are idle.
        let drawn: Vec<i64> = (0..entries).map(|_| chance.random_range(0..tokens.size()[0])).collect();
        let others = tokens.index_select(0, &Tensor::from_slice(&drawn).to_device(tokens.device()));
        self.counts.copy_(&mean.where_self(&idle, &counts));
        self.sums.copy_(&(others * &mean).where_self(&idle.unsqueeze(-1), &sums));
    }
}

impl VqVae {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let sizes = Sizes::of(settings);
        let mut builder = Builder::new(device, settings.seed);
        let coder = Coder::new(&mut builder, "", &sizes, true, &Leaky::Slight);
        let width = sizes.latent / i64::from(settings.tokens);
        let quantizer = Quantizer::new(&mut builder, "codebook", i64::from(settings.codebook), width);
        let decoder = Decoder::new(&mut builder, "decoder", &sizes, 1);
        Self {
            weights: builder.finish(),
            coder,
            quantizer,
            decoder,
            criterion: Criterion::new(settings, device),
            commitment_weight: settings.commitment_weight,
            pixels: f64::from(settings.preprocessing.image_size).powi(2),
        }
    }

    /// Total, reconstruction (per pixel).
    fn loss(&self, images: &Tensor, code: &Tensor, quantized: &Tensor, train: bool) -> [Tensor; 2] {
        // The value is the entry's, the gradient the token's.
        let passed = code + (quantized - code).detach();
        let (lowered, recon) = self.criterion.judge(&self.decoder.forward(&passed, train), images);
        let commitment = (code - quantized).square().sum(Kind::Float) / images.size()[0] as f64;
        [lowered * self.pixels + commitment * self.commitment_weight, recon]
    }
}

impl Network for VqVae {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        self.decoder.forward(&self.quantizer.quantize(&self.coder.forward(images, false)).0, false)
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.quantizer.quantize(&self.coder.forward(images, false)).0)
    }

    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        Some(self.decoder.forward(&self.quantizer.quantize(codes).0, false))
    }

    fn components(&self) -> &'static [Component] {
        &[Component::Total, Component::Recon]
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let code = self.coder.forward(images, true);
        let (quantized, chosen) = self.quantizer.quantize(&code);
        let losses = self.loss(images, &code, &quantized, true);
        step.optimizers[0].descend(&losses[0], &self.weights.groups()[0], step.learning_rate);
        self.quantizer.learn(&code, &chosen, step.random);
        Tensor::stack(&losses, 0).detach()
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let code = self.coder.forward(images, false);
        let (quantized, _) = self.quantizer.quantize(&code);
        Tensor::stack(&self.loss(images, &code, &quantized, false), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::random;

    fn quantizer(entries: i64) -> Quantizer {
        let mut builder = Builder::new(Device::Cpu, 1);
        let quantizer = Quantizer::new(&mut builder, "codebook", entries, 2);
        let names: Vec<_> = builder.finish().entries().iter().map(|entry| entry.name.clone()).collect();
        assert_eq!(names, ["codebook.counts", "codebook.sums"], "saved with the weights");
        quantizer
    }

    #[test]
    fn tokens_become_their_nearest_entries_and_stay_so() {
        let quantizer = quantizer(16);
        let code = random::normal(&mut random::of_epoch(1, 1), &[5, 6], Device::Cpu);
        let (quantized, chosen) = quantizer.quantize(&code);
        assert_eq!((quantized.size(), chosen.size()), (vec![5, 6], vec![15]));
        let book = quantizer.codebook();
        let squares = (quantizer.tokens(&code).unsqueeze(1) - book.unsqueeze(0)).square();
        let nearest = squares.sum_dim_intlist([2i64].as_slice(), false, Kind::Float).argmin(1, false);
        assert_eq!(nearest, chosen);
        assert_eq!(quantizer.quantize(&quantized).0, quantized);
    }

    /// Four places, and far too few entries near them: running means and moved entries find all four.
    #[test]
    fn the_codebook_finds_the_tokens() {
        let mut quantizer = quantizer(8);
        let mut chance = random::of_epoch(1, 1);
        let places = Tensor::from_slice(&[9.0f32, 9.0, -9.0, 9.0, 9.0, -9.0, -9.0, -9.0]).reshape([4, 2]);
        for _ in 0..300 {
            let code = places.repeat([8, 1]) + random::normal(&mut chance, &[32, 2], Device::Cpu) * 0.1;
            let (_, chosen) = quantizer.quantize(&code);
            quantizer.learn(&code, &chosen, &mut chance);
        }
        let (quantized, _) = quantizer.quantize(&places);
        let gap = (quantized - places).abs().max().double_value(&[]);
        assert!(gap < 0.5, "{gap}");
    }
}
