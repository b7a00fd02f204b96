//! Which loss the plot shows.

use serde::{Deserialize, Serialize};

use crate::domain::Component;

/// One of the plot's quantities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    #[default]
    Reconstruction,
    Kl,
    Total,
    /// Generator and discriminator together.
    Adversarial,
}

impl Measure {
    pub const ALL: [Self; 4] = [Self::Reconstruction, Self::Kl, Self::Total, Self::Adversarial];

    /// On the switch.
    pub fn label(self) -> &'static str {
        match self {
            Self::Reconstruction => "Reconstruction",
            Self::Kl => "KL",
            Self::Total => "Total",
            Self::Adversarial => "G / D",
        }
    }

    /// Over the plot: the quantity and its unit.
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Reconstruction => ("Reconstruction error", "MSE"),
            Self::Kl => ("KL divergence", "nats per image"),
            Self::Total => ("Total loss", "as minimised"),
            Self::Adversarial => ("Adversarial losses", "cross-entropy"),
        }
    }

    /// On hover over the switch.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Reconstruction => {
                "Mean squared difference between image and rebuilt image, per pixel: the same for all architectures."
            }
            Self::Kl => "VAE and β-VAE: how far the codes' distribution is from a standard normal one.",
            Self::Total => "What the optimiser lowers. Its scale differs between architectures.",
            Self::Adversarial => "GAN: how well the generator fools the critic (G), and how wrong the critic is (D).",
        }
    }

    /// When no run that is shown has it.
    pub fn absence(self) -> &'static str {
        match self {
            Self::Kl => "None of the runs shown has a KL term. A VAE has.",
            Self::Adversarial => "None of the runs shown has two networks. A GAN has.",
            Self::Reconstruction | Self::Total => "The runs shown have no losses yet.",
        }
    }

    /// The lines it consists of, each with what its label adds to the run's name.
    pub fn components(self) -> &'static [(Component, &'static str)] {
        match self {
            Self::Reconstruction => &[(Component::Recon, "")],
            Self::Kl => &[(Component::Kl, "")],
            Self::Total => &[(Component::Total, "")],
            Self::Adversarial => &[(Component::Generator, "G"), (Component::Discriminator, "D")],
        }
    }
}
