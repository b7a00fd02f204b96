//! What a run is trained with. Everything that changes the result is in here and is saved with the run.

use serde::{Deserialize, Serialize};

use super::{Architecture, Region, Residual, Score};

/// A named set of defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Chosen on validation normals against training-folder pneumonia.
    Recommended,
    /// The settings and the score of the system this program replaces, to show the difference.
    NeuroscanPro,
    Custom,
}

/// Learning rate over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    Constant,
    /// Rises over the first 30 % of all steps, then falls on a cosine (Smith and Topin 2018).
    OneCycle,
}

/// How far a rebuilt image is from the original, for learning. Curves and the choice of the best epoch always use the
/// mean squared error, so that runs can be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// Mean squared error.
    #[default]
    Mse,
    /// One minus the structural similarity (Wang et al. 2004).
    Ssim,
    /// Squared error of the pixels and of the features of a fixed random network.
    Perceptual,
}

impl Loss {
    pub const ALL: [Self; 3] = [Self::Mse, Self::Ssim, Self::Perceptual];

    /// The name on the command line and in files.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Mse => "mse",
            Self::Ssim => "ssim",
            Self::Perceptual => "perceptual",
        }
    }
}

/// Random changes to training images, anew every time an image is used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Augmentation {
    /// Greatest shift, as a share of the side.
    pub shift: f64,
    /// Greatest change of size, as a share.
    pub scale: f64,
    /// Greatest rotation, in degrees.
    pub rotate_degrees: f64,
}

impl Augmentation {
    pub const NONE: Self = Self { shift: 0.0, scale: 0.0, rotate_degrees: 0.0 };
    pub const GENTLE: Self = Self { shift: 0.05, scale: 0.05, rotate_degrees: 5.0 };

    fn is_valid(&self) -> bool {
        [self.shift, self.scale].iter().all(|share| (0.0..=0.5).contains(share))
            && (0.0..=180.0).contains(&self.rotate_degrees)
    }
}

/// How a decoded image becomes what a network sees. One path for training, scoring and single images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Preprocessing {
    /// Side of the square image, in pixels.
    pub image_size: u32,
    /// Contrast-limited adaptive histogram equalisation (Zuiderveld 1994): clip 4, 8×8 tiles, at 128 px, before the last resize.
    pub clahe: bool,
}

/// Where to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DevicePreference {
    Auto,
    Cpu,
    Cuda,
}

/// A run's settings. Fields that an architecture does not have are ignored by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    pub architecture: Architecture,
    pub preset: Preset,
    pub epochs: u32,
    pub learning_rate: f64,
    pub schedule: Schedule,
    pub batch_size: u32,
    pub preprocessing: Preprocessing,
    pub augmentation: Augmentation,
    /// Numbers that an image is squeezed through.
    pub latent: u32,
    /// Channels after each halving of a convolutional encoder; the decoder mirrors them.
    pub channels: Vec<u32>,
    /// What learning lowers between image and rebuilt image; AE-U has a likelihood of its own and takes `Loss::Mse` only.
    #[serde(default)]
    pub loss: Loss,
    /// VAE and β-VAE: weight of the KL divergence (nats, summed over the code) against the squared error summed over an image's pixels,
    /// as β in β-VAE; 1 is the classical bound. A weight w of the *mean* over the code against the *mean* squared error
    /// is w · pixels / latent here.
    pub kl_weight: f64,
    /// GAN: weight of the mean squared error in the generator's loss.
    pub reconstruction_weight: f64,
    /// GAN: weight of the adversarial term in the generator's loss.
    pub adversarial_weight: f64,
    /// GAN: the discriminator's learning rate.
    pub discriminator_learning_rate: f64,
    /// ViT and in-painting: side of a patch. ViT: width of a token, layers of the encoder and of the decoder, heads.
    pub patch: u32,
    pub token_width: u32,
    pub encoder_layers: u32,
    pub decoder_layers: u32,
    pub heads: u32,
    /// ViT and in-painting: share of the patches hidden while training.
    pub mask_share: f64,
    /// VQ-VAE: tokens that `latent` is cut into, and entries that each is chosen from.
    #[serde(default = "before::tokens")]
    pub tokens: u32,
    #[serde(default = "before::codebook")]
    pub codebook: u32,
    /// VQ-VAE: weight of the squared distance between a token and its entry (0.25 in van den Oord et al.).
    #[serde(default = "before::commitment_weight")]
    pub commitment_weight: f64,
    /// Denoising: standard deviation of the coarse noise, in units of the grey range.
    #[serde(default = "before::noise")]
    pub noise: f64,
    /// Stop when the validation error has not fallen for so many epochs; `None` never.
    pub patience: Option<u32>,
    pub seed: u64,
    pub device: DevicePreference,
    /// How the trained model scores images.
    pub score: Score,
}

/// What runs of before a setting existed have for it.
mod before {
    pub fn tokens() -> u32 {
        8
    }

    pub fn codebook() -> u32 {
        128
    }

    pub fn commitment_weight() -> f64 {
        0.25
    }

    pub fn noise() -> f64 {
        0.2
    }
}

/// A setting out of range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name as in this struct.
    pub field: &'static str,
    /// "Epochs must be 1 to 5,000."
    pub message: String,
}

impl TrainingSettings {
    /// Whether images go through one code for the whole image; a ViT without decoder layers, in-painting and the restorer have none.
    pub fn has_code(&self) -> bool {
        match self.architecture {
            Architecture::Vit => self.decoder_layers > 0,
            Architecture::Inpainter | Architecture::Restorer => false,
            _ => true,
        }
    }

    /// Whether the code is a distribution that a KL divergence holds near the standard normal.
    pub fn has_kl_weight(&self) -> bool {
        matches!(self.architecture, Architecture::Vae | Architecture::BetaVae)
    }

    /// The settings of a preset; `Custom` starts from the recommended ones.
    pub fn preset(architecture: Architecture, preset: Preset) -> Self {
        match preset {
            Preset::Recommended => Self::recommended(architecture),
            Preset::NeuroscanPro => Self::neuroscan_pro(architecture),
            Preset::Custom => Self { preset: Preset::Custom, ..Self::recommended(architecture) },
        }
    }

    /// Small global bottleneck, CLAHE, gentle augmentation, blurred signed residual of the central region.
    ///
    /// Chosen on development AUROC (validation normals against diseased training images), never on test images: the
    /// central region gave 0.975 where the full image gave 0.959 (autoencoder) and 0.961 where it gave 0.943 (ViT).
    pub fn recommended(architecture: Architecture) -> Self {
        let base = Self {
            architecture,
            preset: Preset::Recommended,
            epochs: 100,
            learning_rate: 2e-3,
            schedule: Schedule::OneCycle,
            batch_size: 64,
            preprocessing: Preprocessing { image_size: 64, clahe: true },
            augmentation: Augmentation::GENTLE,
            latent: 8,
            channels: vec![16, 32, 64, 64],
            loss: Loss::Mse,
            // 1e-4 of the mean over a code of 16 against the mean over 64² pixels.
            kl_weight: 0.0256,
            reconstruction_weight: 100.0,
            adversarial_weight: 0.5,
            discriminator_learning_rate: 2e-4,
            patch: 8,
            token_width: 128,
            encoder_layers: 4,
            decoder_layers: 2,
            heads: 4,
            mask_share: 0.0,
            tokens: before::tokens(),
            codebook: before::codebook(),
            commitment_weight: before::commitment_weight(),
            noise: before::noise(),
            patience: None,
            seed: 7,
            device: DevicePreference::Auto,
            score: Score {
                residual: Residual::BlurredSigned { sigma: 0.0625 },
                region: Region::Central,
                jitter: 0.03125,
            },
        };
        match architecture {
            Architecture::Autoencoder | Architecture::AeU | Architecture::Denoiser => base,
            Architecture::Vae => Self { latent: 16, ..base },
            Architecture::BetaVae => Self { latent: 16, kl_weight: 1.0, ..base },
            Architecture::VqVae => Self { latent: 32, ..base },
            Architecture::Inpainter => Self { mask_share: 0.25, ..base },
            // What it leaves alone it rebuilds exactly, wherever it lies: moving the image gains nothing.
            Architecture::Restorer => Self {
                epochs: 60,
                score: Score { residual: Residual::BlurredSigned { sigma: 0.03 }, jitter: 0.0, ..base.score },
                ..base
            },
            // Two networks learn, so an epoch costs three times an autoencoder's; the development AUROC is flat from about epoch 18 on.
            Architecture::Gan => Self { epochs: 60, ..base },
            Architecture::Vit => Self { learning_rate: 1e-3, epochs: 80, token_width: 64, encoder_layers: 3, ..base },
        }
    }

    /// 128 px, no CLAHE, no augmentation, plain mean squared error.
    pub fn neuroscan_pro(architecture: Architecture) -> Self {
        Self {
            preset: Preset::NeuroscanPro,
            epochs: 20,
            learning_rate: 1e-3,
            schedule: Schedule::Constant,
            batch_size: 32,
            preprocessing: Preprocessing { image_size: 128, clahe: false },
            augmentation: Augmentation::NONE,
            latent: 128,
            channels: match architecture {
                Architecture::Gan => vec![32, 64, 128],
                _ => vec![32, 64, 128, 256],
            },
            kl_weight: if architecture == Architecture::BetaVae { 4.0 } else { 1.0 },
            reconstruction_weight: 100.0,
            adversarial_weight: 1.0,
            patch: 16,
            token_width: 128,
            encoder_layers: 4,
            decoder_layers: 0,
            mask_share: 0.5,
            score: Score::MSE,
            ..Self::recommended(architecture)
        }
    }

    /// Everything that is out of range; empty when the settings can be trained with.
    pub fn validate(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let mut require = |field, holds: bool, message: &str| {
            if !holds {
                problems.push(FieldProblem { field, message: message.to_owned() });
            }
        };
        let size = self.preprocessing.image_size;
        let halvings = u32::try_from(self.channels.len()).unwrap_or(u32::MAX);
        require("epochs", (1..=5000).contains(&self.epochs), "Epochs must be 1 to 5,000.");
        require(
            "learning_rate",
            self.learning_rate > 0.0 && self.learning_rate <= 1.0,
            "Learning rate must be above 0 and at most 1.",
        );
        require("batch_size", (1..=4096).contains(&self.batch_size), "Batch must be 1 to 4,096 images.");
        require("preprocessing", (32..=256).contains(&size), "Image size must be 32 to 256 px.");
        require("augmentation", self.augmentation.is_valid(), "Shift and scale must be 0 to 50 %, rotation 0 to 180°.");
        require("score", self.score.is_valid(), "The score's blur and jitter must be 0 to 25 % of the side.");
        require("latent", (1..=1024).contains(&self.latent), "Latent size must be 1 to 1,024.");
        require("kl_weight", self.kl_weight.is_finite() && self.kl_weight >= 0.0, "KL weight must not be negative.");
        require("mask_share", (0.0..=0.9).contains(&self.mask_share), "Hidden share must be 0 to 90 %.");
        let weight = |value: f64| value.is_finite() && value >= 0.0;
        require("reconstruction_weight", weight(self.reconstruction_weight), "The weight must not be negative.");
        require("adversarial_weight", weight(self.adversarial_weight), "The weight must not be negative.");
        require(
            "discriminator_learning_rate",
            self.discriminator_learning_rate > 0.0 && self.discriminator_learning_rate <= 1.0,
            "Learning rate must be above 0 and at most 1.",
        );
        require("patience", self.patience != Some(0), "Patience must be at least 1 epoch.");
        require("tokens", self.tokens > 0, "There must be at least 1 token.");
        require("codebook", (2..=4096).contains(&self.codebook), "The codebook must have 2 to 4,096 entries.");
        require("commitment_weight", weight(self.commitment_weight), "The weight must not be negative.");
        require("noise", (0.0..=2.0).contains(&self.noise), "The noise must be 0 to 2.");
        let whole_patches = self.patch > 0 && size.is_multiple_of(self.patch.max(1));
        match self.architecture {
            Architecture::VqVae => require(
                "tokens",
                self.latent.is_multiple_of(self.tokens.max(1)),
                "Latent size must be a multiple of the tokens.",
            ),
            Architecture::AeU => {
                require("loss", self.loss == Loss::Mse, "AE-U learns by its own likelihood: its loss must be mse.");
            }
            Architecture::Inpainter => {
                require("mask_share", self.mask_share >= 0.05, "In-painting must hide at least 5 % of the patches.");
                require("patch", whole_patches, "Image size must be a multiple of the patch.");
            }
            _ => {}
        }
        if self.architecture == Architecture::Vit {
            require("token_width", (1..=2048).contains(&self.token_width), "Token width must be 1 to 2,048.");
            require("encoder_layers", (1..=32).contains(&self.encoder_layers), "Encoder layers must be 1 to 32.");
            require("decoder_layers", self.decoder_layers <= 32, "Decoder layers must be 0 to 32.");
            require("patch", whole_patches, "Image size must be a multiple of the patch.");
            require(
                "heads",
                self.heads > 0 && self.token_width.is_multiple_of(self.heads.max(1)),
                "Token width must be a multiple of the heads.",
            );
        } else {
            require("channels", (1..=6).contains(&halvings), "Channels must have 1 to 6 stages.");
            let widths = self.channels.iter().all(|channels| (1..=2048).contains(channels));
            require("channels", widths, "Each stage must have 1 to 2,048 channels.");
            let factor = 1u32.checked_shl(halvings).unwrap_or(u32::MAX);
            require(
                "preprocessing",
                size.is_multiple_of(factor),
                "Image size must be a multiple of 2 to the number of stages.",
            );
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of version 0.1.0, the bundled ones among them, say nothing of what did not exist.
    #[test]
    fn settings_of_before_are_read() {
        for architecture in ["ae", "vae", "gan", "vit"] {
            let path = format!("{}/models/bundled/{architecture}/run.json", env!("CARGO_MANIFEST_DIR"));
            let record: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let mut settings = record["settings"].clone();
            for new in ["loss", "tokens", "codebook", "commitment_weight", "noise"] {
                settings.as_object_mut().unwrap().remove(new);
            }
            let settings: TrainingSettings = serde_json::from_value(settings).unwrap();
            assert_eq!((settings.loss, settings.validate()), (Loss::Mse, Vec::new()), "{architecture}");
        }
    }

    #[test]
    fn every_preset_can_be_trained_and_what_cannot_is_named() {
        for architecture in Architecture::ALL {
            for preset in [Preset::Recommended, Preset::NeuroscanPro, Preset::Custom] {
                assert_eq!(TrainingSettings::preset(architecture, preset).validate(), Vec::new(), "{architecture:?}");
            }
        }
        let of = |architecture| TrainingSettings::preset(architecture, Preset::Custom);
        for (settings, field) in [
            (TrainingSettings { loss: Loss::Ssim, ..of(Architecture::AeU) }, "loss"),
            (TrainingSettings { latent: 31, ..of(Architecture::VqVae) }, "tokens"),
            (TrainingSettings { tokens: 0, ..of(Architecture::VqVae) }, "tokens"),
            (TrainingSettings { codebook: 1, ..of(Architecture::VqVae) }, "codebook"),
            (TrainingSettings { commitment_weight: f64::NAN, ..of(Architecture::VqVae) }, "commitment_weight"),
            (TrainingSettings { noise: f64::NAN, ..of(Architecture::Denoiser) }, "noise"),
            (TrainingSettings { mask_share: 0.0, ..of(Architecture::Inpainter) }, "mask_share"),
            (TrainingSettings { patch: 0, ..of(Architecture::Inpainter) }, "patch"),
            (TrainingSettings { patch: 7, ..of(Architecture::Inpainter) }, "patch"),
        ] {
            let problems = settings.validate();
            assert!(problems.iter().any(|problem| problem.field == field), "{field}: {problems:?}");
            assert_eq!(settings.parameter_count(), None);
        }
    }
}
