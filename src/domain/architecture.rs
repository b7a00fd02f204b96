//! The network architectures the workbench can train.

use serde::{Deserialize, Serialize};

/// A family of networks. Its code is in `models/<slug>.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    #[serde(rename = "ae")]
    Autoencoder,
    Vae,
    Gan,
    Vit,
    BetaVae,
    VqVae,
    /// With a predicted variance for every pixel.
    #[serde(rename = "aeu")]
    AeU,
    #[serde(rename = "dae")]
    Denoiser,
    #[serde(rename = "inpaint")]
    Inpainter,
    /// Takes painted opacities away.
    Restorer,
}

impl Architecture {
    /// In the order they are shown and trained.
    pub const ALL: [Self; 10] = [
        Self::Autoencoder,
        Self::Vae,
        Self::Gan,
        Self::Vit,
        Self::BetaVae,
        Self::VqVae,
        Self::AeU,
        Self::Denoiser,
        Self::Inpainter,
        Self::Restorer,
    ];

    /// What is compared unless one asks for more: the first of [`Self::ALL`].
    pub const MAIN: [Self; 4] = [Self::Autoencoder, Self::Vae, Self::Gan, Self::Vit];

    /// The name on the command line, in files and in folder names.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Autoencoder => "ae",
            Self::Vae => "vae",
            Self::Gan => "gan",
            Self::Vit => "vit",
            Self::BetaVae => "betavae",
            Self::VqVae => "vqvae",
            Self::AeU => "aeu",
            Self::Denoiser => "dae",
            Self::Inpainter => "inpaint",
            Self::Restorer => "restorer",
        }
    }

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Autoencoder => "Autoencoder",
            Self::Vae => "VAE",
            Self::Gan => "GAN",
            Self::Vit => "ViT",
            Self::BetaVae => "β-VAE",
            Self::VqVae => "VQ-VAE",
            Self::AeU => "AE-U",
            Self::Denoiser => "Denoising AE",
            Self::Inpainter => "In-painting",
            Self::Restorer => "Restorer",
        }
    }

    /// Whether it learns to make healthy images of healthy images with opacities painted on.
    pub fn learns_from_painted(self) -> bool {
        self == Self::Restorer
    }

    /// Reads a slug, or the long name in any case; hyphens do not count: "vq-vae" is "vqvae".
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |name: &str| name.replace(['-', ' '], "").to_lowercase();
        let wanted = plain(text);
        Self::ALL.into_iter().find(|arch| arch.slug() == wanted || plain(arch.name()) == wanted)
    }

    /// Index into the theme's series colours: a model keeps its colour everywhere.
    pub fn series(self) -> usize {
        self as usize
    }
}

/// What a model is: one network, or several that judge together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    Ensemble,
    #[serde(untagged)]
    Network(Architecture),
}

impl ModelKind {
    /// The name in files.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Ensemble => "ensemble",
            Self::Network(architecture) => architecture.slug(),
        }
    }

    /// Index into the theme's series colours: behind those of all architectures for an ensemble.
    pub fn series(self) -> usize {
        match self {
            Self::Ensemble => Architecture::ALL.len(),
            Self::Network(architecture) => architecture.series(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ensemble_is_no_architecture_and_has_a_colour_of_its_own() {
        for kind in Architecture::ALL.map(ModelKind::Network).into_iter().chain([ModelKind::Ensemble]) {
            let written = serde_json::to_string(&kind).unwrap();
            assert_eq!(written, format!("\"{}\"", kind.slug()));
            assert_eq!(serde_json::from_str::<ModelKind>(&written).unwrap(), kind);
            assert_eq!(kind.series() < Architecture::ALL.len(), kind != ModelKind::Ensemble);
        }
    }

    #[test]
    fn names_are_read_back_and_slugs_are_what_files_hold() {
        for (index, architecture) in Architecture::ALL.into_iter().enumerate() {
            assert_eq!(Architecture::parse(architecture.slug()), Some(architecture));
            assert_eq!(Architecture::parse(architecture.name()), Some(architecture));
            assert_eq!(serde_json::to_string(&architecture).unwrap(), format!("\"{}\"", architecture.slug()));
            assert_eq!(architecture.series(), index);
        }
        assert!(Architecture::ALL.starts_with(&Architecture::MAIN));
        assert_eq!(Architecture::parse("Beta-VAE"), Some(Architecture::BetaVae));
        assert_eq!(Architecture::parse("resnet"), None);
    }
}
