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
}

impl Architecture {
    /// In the order they are shown and trained.
    pub const ALL: [Self; 4] = [Self::Autoencoder, Self::Vae, Self::Gan, Self::Vit];

    /// The name on the command line, in files and in folder names.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Autoencoder => "ae",
            Self::Vae => "vae",
            Self::Gan => "gan",
            Self::Vit => "vit",
        }
    }

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Autoencoder => "Autoencoder",
            Self::Vae => "VAE",
            Self::Gan => "GAN",
            Self::Vit => "ViT",
        }
    }

    /// Reads a slug, or the long name in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|arch| arch.slug().eq_ignore_ascii_case(text) || arch.name().eq_ignore_ascii_case(text))
    }

    /// Index into the theme's series colours: a model keeps its colour everywhere.
    pub fn series(self) -> usize {
        self as usize
    }
}
