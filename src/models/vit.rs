//! Vision transformer (Dosovitskiy et al., "An image is worth 16×16 words", ICLR 2021) as an autoencoder that cannot
//! copy what it sees.
//!
//! Two forms, told apart by `decoder_layers`:
//! - With decoder layers (the default), all tokens are squeezed together into one small global code (8 numbers), from
//!   which the decoder has to rebuild every patch. A bottleneck per patch would let lesions through (SCIENCE.md).
//! - Without, encoder and linear head as in the system this replaces, but a share of the patches is hidden from the
//!   network and only those are judged (`SimMIM`, Xie et al. 2022). In evaluation, complementary masks hide every patch
//!   once, and the result is put together from the patches that were hidden.
//!
//! Loss: mean squared error, over the hidden patches in the second form; the settings' other losses are taken over the
//! image with the hidden patches put in.

use tch::{Device, Kind, Reduction, Tensor, no_grad_guard};

use super::blocks::Linear;
use super::loss::Criterion;
use super::masks::Hiding;
use super::transformer::{LayerNorm, TransformerLayer};
use super::weights::{Builder, Weights};
use super::{Network, Step};
use crate::domain::{Component, TrainingSettings};

/// Bound of the uniform initial position embeddings: a standard deviation of 0.02 (Dosovitskiy et al. 2021).
const POSITION_BOUND: f64 = 0.0346;

/// See the module.
#[derive(Debug)]
pub struct Vit {
    weights: Weights,
    embed: Linear,
    /// `[1, tokens, width]`
    position: Tensor,
    encoder: Vec<TransformerLayer>,
    bottleneck: Option<Bottleneck>,
    head: Linear,
    masking: Option<Masking>,
    criterion: Criterion,
    patch: i64,
    /// Patches a side.
    grid: i64,
}

/// All tokens → one code → all tokens, then the decoder.
#[derive(Debug)]
struct Bottleneck {
    norm: LayerNorm,
    squeeze: Linear,
    widen: Linear,
    position: Tensor,
    decoder: Vec<TransformerLayer>,
    norm_out: LayerNorm,
}

impl Bottleneck {
    /// `[b, tokens, width]` → `[b, latent]`
    fn squeeze(&self, tokens: &Tensor) -> Tensor {
        self.squeeze.forward(&self.norm.forward(tokens).flatten(1, -1))
    }

    /// `[b, latent]` → `[b, tokens, width]`
    fn widen(&self, codes: &Tensor, train: bool) -> Tensor {
        let [_, tokens, width] = self.position.size()[..] else {
            unreachable!("positions are one a token");
        };
        let x = self.widen.forward(codes).view([-1, tokens, width]) + &self.position;
        self.norm_out.forward(&self.decoder.iter().fold(x, |x, layer| layer.forward(&x, train)))
    }
}

#[derive(Debug)]
struct Masking {
    /// What the encoder sees in place of a hidden patch: `[1, 1, width]`.
    token: Tensor,
    hiding: Hiding,
    /// For evaluation: `[masks, tokens, 1]`, 1 where hidden; every patch is hidden by exactly one.
    complementary: Option<Tensor>,
}

impl Vit {
    pub(super) fn new(settings: &TrainingSettings, device: Device) -> Self {
        let (patch, width) = (i64::from(settings.patch), i64::from(settings.token_width));
        let (heads, latent) = (i64::from(settings.heads), i64::from(settings.latent));
        let grid = i64::from(settings.preprocessing.image_size) / patch;
        let tokens = grid * grid;
        let mut builder = Builder::new(device, settings.seed);
        let embed = Linear::new(&mut builder, "embed", patch * patch, width);
        let position = builder.uniform("position".to_owned(), &[1, tokens, width], POSITION_BOUND);
        let encoder = layers(&mut builder, "encoder", settings.encoder_layers, width, heads);
        let bottleneck = (settings.decoder_layers > 0).then(|| Bottleneck {
            norm: LayerNorm::new(&mut builder, "norm", width),
            squeeze: Linear::new(&mut builder, "squeeze", tokens * width, latent),
            widen: Linear::new(&mut builder, "widen", latent, tokens * width),
            position: builder.uniform("decoder.position".to_owned(), &[1, tokens, width], POSITION_BOUND),
            decoder: layers(&mut builder, "decoder", settings.decoder_layers, width, heads),
            norm_out: LayerNorm::new(&mut builder, "norm_out", width),
        });
        let head = Linear::new(&mut builder, "head", width, patch * patch);
        let masking = (settings.mask_share > 0.0).then(|| {
            let hiding = Hiding::new(grid, settings.mask_share);
            Masking {
                token: builder.uniform("mask_token".to_owned(), &[1, 1, width], POSITION_BOUND),
                hiding,
                complementary: bottleneck.is_none().then(|| hiding.complementary().unsqueeze(-1).to_device(device)),
            }
        });
        let (weights, criterion) = (builder.finish(), Criterion::new(settings, device));
        Self { weights, embed, position, encoder, bottleneck, head, masking, criterion, patch, grid }
    }

    /// `[b, 1, s, s]` → `[b, tokens, patch²]`
    fn patches(&self, x: &Tensor) -> Tensor {
        let (grid, patch) = (self.grid, self.patch);
        x.reshape([-1, grid, patch, grid, patch]).transpose(2, 3).reshape([-1, grid * grid, patch * patch])
    }

    /// `[b, tokens, patch²]` → `[b, 1, s, s]`
    fn image(&self, patches: &Tensor) -> Tensor {
        let (grid, patch) = (self.grid, self.patch);
        let side = grid * patch;
        patches.view([-1, grid, grid, patch, patch]).transpose(2, 3).reshape([-1, 1, side, side])
    }

    /// Patches to patches, both `[b, tokens, patch²]`; `hidden` is `[b or 1, tokens, 1]`, 1 where hidden.
    fn forward(&self, patches: &Tensor, hidden: Option<&Tensor>, train: bool) -> Tensor {
        let mut x = self.tokens(patches, hidden, train);
        if let Some(bottleneck) = &self.bottleneck {
            x = bottleneck.widen(&bottleneck.squeeze(&x), train);
        }
        self.head.forward(&x).sigmoid_()
    }

    /// The encoder: `[b, tokens, patch²]` → `[b, tokens, width]`
    fn tokens(&self, patches: &Tensor, hidden: Option<&Tensor>, train: bool) -> Tensor {
        let mut x = self.embed.forward(patches);
        if let (Some(masking), Some(hidden)) = (&self.masking, hidden) {
            x = &x + hidden * (&masking.token - &x);
        }
        x += &self.position;
        self.encoder.iter().fold(x, |x, layer| layer.forward(&x, train))
    }

    /// What is lowered, and the mean squared error: over the hidden patches where only those are learned from.
    fn judge(&self, made: &Tensor, patches: &Tensor, hidden: Option<&Tensor>) -> (Tensor, Tensor) {
        let (recon, whole) = match (hidden, &self.masking, &self.bottleneck) {
            (Some(hidden), Some(masking), None) => {
                let judged = (patches.size()[0] * masking.hiding.count * self.patch * self.patch) as f64;
                let recon = ((made - patches).square() * hidden).sum(Kind::Float) / judged;
                (recon, patches + hidden * (made - patches))
            }
            _ => (made.mse_loss(patches, Reduction::Mean), made.shallow_clone()),
        };
        (self.criterion.lowered(&recon, &self.image(&whole), &self.image(patches)), recon)
    }

    /// Every patch as made while it was hidden.
    fn inpaint(&self, patches: &Tensor, masks: &Tensor) -> Tensor {
        let shape = patches.size();
        let count = masks.size()[0];
        let many = patches.unsqueeze(1).expand([-1, count, -1, -1], false).reshape([-1, shape[1], shape[2]]);
        let hidden = masks.repeat([shape[0], 1, 1]);
        let made = self.forward(&many, Some(&hidden), false) * hidden;
        made.view([shape[0], count, shape[1], shape[2]]).sum_dim_intlist(1, false, Kind::Float)
    }
}

fn layers(builder: &mut Builder, name: &str, count: u32, width: i64, heads: i64) -> Vec<TransformerLayer> {
    (0..count).map(|index| TransformerLayer::new(builder, &format!("{name}.{index}"), width, heads)).collect()
}

impl Network for Vit {
    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        let _guard = no_grad_guard();
        let patches = self.patches(images);
        let made = match self.masking.as_ref().and_then(|masking| masking.complementary.as_ref()) {
            Some(masks) => self.inpaint(&patches, masks),
            None => self.forward(&patches, None, false),
        };
        self.image(&made)
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        let bottleneck = self.bottleneck.as_ref()?;
        Some(bottleneck.squeeze(&self.tokens(&self.patches(images), None, false)))
    }

    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        let _guard = no_grad_guard();
        let tokens = self.bottleneck.as_ref()?.widen(codes, false);
        Some(self.image(&self.head.forward(&tokens).sigmoid_()))
    }

    fn components(&self) -> &'static [Component] {
        &[Component::Total, Component::Recon]
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        let patches = self.patches(images);
        let batch = images.size()[0];
        let hidden = self
            .masking
            .as_ref()
            .map(|masking| masking.hiding.choose(step.random, batch, images.device()).unsqueeze(-1));
        let made = self.forward(&patches, hidden.as_ref(), true);
        let (lowered, recon) = self.judge(&made, &patches, hidden.as_ref());
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

    fn pro() -> Vit {
        Vit::new(&TrainingSettings::preset(Architecture::Vit, Preset::NeuroscanPro), Device::Cpu)
    }

    #[test]
    fn patches_and_image_are_inverse() {
        let vit = pro();
        let x = Tensor::rand([2, 1, 128, 128], (Kind::Float, Device::Cpu));
        assert_eq!(vit.image(&vit.patches(&x)), x);
        let first = vit.patches(&x).narrow(0, 1, 1).narrow(1, 9, 1).reshape([16, 16]);
        assert_eq!(first, x.narrow(0, 1, 1).narrow(2, 16, 16).narrow(3, 16, 16).reshape([16, 16]));
    }

    /// The masked form cannot copy: what is made of a patch does not depend on that patch.
    #[test]
    fn a_patch_does_not_see_itself() {
        let vit = pro();
        let x = Tensor::rand([1, 1, 128, 128], (Kind::Float, Device::Cpu));
        let before = vit.reconstruct(&x).narrow(2, 32, 16).narrow(3, 48, 16);
        let _ = x.narrow(2, 32, 16).narrow(3, 48, 16).fill_(1.0);
        let after = vit.reconstruct(&x).narrow(2, 32, 16).narrow(3, 48, 16);
        assert!((before - after).abs().max().double_value(&[]) < 1e-6);
    }
}
