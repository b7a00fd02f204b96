//! What training reports.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CaseRef, Plane};

/// One part of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// What is minimised (GAN: the generator's).
    Total,
    /// Mean squared error per pixel, so that architectures can be compared.
    Recon,
    Kl,
    Generator,
    Discriminator,
}

impl Component {
    pub const ALL: [Self; 5] = [Self::Total, Self::Recon, Self::Kl, Self::Generator, Self::Discriminator];

    /// The key in events and CSV columns.
    pub fn key(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Recon => "recon",
            Self::Kl => "kl",
            Self::Generator => "generator",
            Self::Discriminator => "discriminator",
        }
    }
}

/// The value of each part of a loss that the architecture has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossComponents {
    pub total: f64,
    pub recon: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kl: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<f64>,
}

impl LossComponents {
    pub fn get(&self, component: Component) -> Option<f64> {
        match component {
            Component::Total => Some(self.total),
            Component::Recon => Some(self.recon),
            Component::Kl => self.kl,
            Component::Generator => self.generator,
            Component::Discriminator => self.discriminator,
        }
    }
}

/// Validation normals, and as many development images, that the AUROC of an epoch is of at most: a quick figure that takes
/// little time from the training.
pub const WATCHED_IMAGES: usize = 96;

/// One epoch: a row of the run's `epochs.csv` and a point on the curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: u32,
    /// Mean over the epoch's batches.
    pub train: LossComponents,
    /// On the validation normals, network in evaluation mode.
    pub validation: LossComponents,
    /// AUROC of the run's own score, [`WATCHED_IMAGES`] validation normals against as many development images at most; `None`
    /// when there are none or not measured.
    pub development_auroc: Option<f64>,
    pub learning_rate: f64,
    pub images_per_s: f64,
    /// Training time since the run began, pauses and interruptions left out.
    pub elapsed_secs: f64,
    /// User and system time of the whole program over that time; `None` where it was not measured.
    #[serde(default)]
    pub cpu_secs: Option<f64>,
    /// True when the validation error was the lowest so far and the checkpoint was kept as best.
    pub best: bool,
}

/// A case to watch a network learn with, wherever the data set is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedCase {
    /// Relative to the data set's root, with `/` between parts.
    pub path: String,
    /// BLAKE3 of the file's bytes, hexadecimal.
    pub hash: String,
}

/// One pinned case as a run's folder keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmRow {
    /// `None` where the folder does not say which case it is.
    pub case: Option<PinnedCase>,
    /// By epoch, ascending.
    pub previews: Vec<Arc<Preview>>,
}

/// A pinned case as the network in training sees it after an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// 0 is the untrained network.
    pub epoch: u32,
    /// Position among the pinned cases.
    pub pin: usize,
    /// `None` for what is read back from a run's folder, which names its cases otherwise.
    pub case: Option<CaseRef>,
    pub input: Arc<Plane>,
    pub reconstruction: Arc<Plane>,
    /// On the scale of the validation normals at that epoch.
    pub map: Arc<Plane>,
}
