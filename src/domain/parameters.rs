//! How many numbers a network learns, known before it is built.

use super::{Architecture, TrainingSettings};

/// Side of every convolution that halves or doubles an image.
const KERNEL: u64 = 4;

impl TrainingSettings {
    /// Trainable numbers of the network that these settings make (of a GAN the generator's, which is what one keeps);
    /// `None` when they cannot be trained with. A test in `models` holds this against the networks themselves.
    pub fn parameter_count(&self) -> Option<u64> {
        if !self.validate().is_empty() {
            return None;
        }
        Some(match self.architecture {
            Architecture::Autoencoder | Architecture::Denoiser | Architecture::VqVae => self.convolutional(true, 1, 1),
            Architecture::Vae | Architecture::BetaVae => self.convolutional(true, 2, 1),
            Architecture::AeU => self.convolutional(true, 1, 2),
            Architecture::Gan => self.convolutional(false, 1, 1),
            Architecture::Inpainter => self.inpainter(),
            Architecture::Restorer => self.restorer(),
            Architecture::Vit => self.transformer(),
        })
    }

    fn stages(&self) -> Vec<u64> {
        self.channels.iter().map(|&channels| u64::from(channels)).collect()
    }

    /// Encoder, `heads` linear layers to the code, mirrored decoder to `planes` images.
    fn convolutional(&self, norm_first: bool, heads: u64, planes: u64) -> u64 {
        let channels = self.stages();
        let side = u64::from(self.preprocessing.image_size) >> channels.len();
        let deepest = channels.last().copied().unwrap_or(1);
        let (flat, latent) = (deepest * side * side, u64::from(self.latent));
        let outputs = channels.iter().rev().skip(1).copied().chain([planes]);
        let decoder: u64 = channels
            .iter()
            .rev()
            .zip(outputs)
            .enumerate()
            .map(|(stage, (&inputs, outputs))| convolution(inputs, outputs, stage + 1 < channels.len()))
            .sum();
        encoder(1, &channels, norm_first) + heads * linear(flat, latent) + linear(latent, flat) + decoder
    }

    /// Encoder of image and mask; a decoder whose stages but the first also take what the encoder had at that size.
    fn inpainter(&self) -> u64 {
        let channels = self.stages();
        let outputs = channels.iter().rev().skip(1).copied().chain([1]);
        let decoder: u64 = channels
            .iter()
            .rev()
            .zip(outputs)
            .enumerate()
            .map(|(stage, (&inputs, outputs))| {
                let inputs = if stage == 0 { inputs } else { 2 * inputs };
                convolution(inputs, outputs, stage + 1 < channels.len())
            })
            .sum();
        encoder(2, &channels, true) + decoder
    }

    /// A U-Net from four planes to four planes.
    fn restorer(&self) -> u64 {
        const PLANES: u64 = 4;
        let channels = self.stages();
        let double = |inputs: u64, outputs: u64| 9 * (inputs + outputs) * outputs + 4 * outputs;
        let inputs = std::iter::once(PLANES).chain(channels.iter().copied());
        let down: u64 = inputs.zip(&channels).map(|(inputs, &outputs)| double(inputs, outputs)).sum();
        let up: u64 = channels.windows(2).map(|pair| double(pair[0] + pair[1], pair[0])).sum();
        down + up + linear(channels.first().copied().unwrap_or(PLANES), PLANES)
    }

    fn transformer(&self) -> u64 {
        let (patch, width, latent) = (u64::from(self.patch), u64::from(self.token_width), u64::from(self.latent));
        let tokens = (u64::from(self.preprocessing.image_size) / patch.max(1)).pow(2);
        // Attention, perceptron four times as wide, two normalisations.
        let layer = 12 * width * width + 13 * width;
        let ends = linear(patch * patch, width) + tokens * width + linear(width, patch * patch);
        let mut count = ends + u64::from(self.encoder_layers) * layer;
        if self.decoder_layers > 0 {
            let (norms, all) = (4 * width, tokens * width);
            count += norms + linear(all, latent) + linear(latent, all) + all + u64::from(self.decoder_layers) * layer;
        }
        if self.mask_share > 0.0 {
            count += width;
        }
        count
    }
}

/// From `planes` images through the stages.
fn encoder(planes: u64, channels: &[u64], norm_first: bool) -> u64 {
    let inputs = std::iter::once(planes).chain(channels.iter().copied());
    inputs
        .zip(channels)
        .enumerate()
        .map(|(stage, (inputs, &outputs))| convolution(inputs, outputs, norm_first || stage > 0))
        .sum()
}

fn linear(inputs: u64, outputs: u64) -> u64 {
    (inputs + 1) * outputs
}

fn convolution(inputs: u64, outputs: u64, norm: bool) -> u64 {
    inputs * outputs * KERNEL * KERNEL + outputs + if norm { 2 * outputs } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Preset;

    #[test]
    fn impossible_settings_have_no_count() {
        let settings = TrainingSettings::preset(Architecture::Vae, Preset::Recommended);
        assert!(settings.parameter_count().is_some());
        assert_eq!(TrainingSettings { epochs: 0, ..settings }.parameter_count(), None);
    }
}
