//! One image of a data set and where it belongs.

use serde::{Deserialize, Serialize};

/// Index into `DataSetSummary::samples` of the data set that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SampleId(pub u32);

/// What the folder says the image shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    Healthy,
    Diseased,
}

/// What an image may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Healthy images the networks are fitted to.
    Train,
    /// Healthy images of other patients than `Train`: calibration, thresholds, early stopping.
    Validation,
    /// Diseased images of the training folder: never fitted; for choosing designs without touching the test set.
    Development,
    /// For reporting only.
    Test,
    /// A flat folder without labels: can be scored, nothing else.
    Unlabelled,
}

impl Split {
    pub const ALL: [Self; 5] = [Self::Train, Self::Validation, Self::Development, Self::Test, Self::Unlabelled];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "Train",
            Self::Validation => "Validation",
            Self::Development => "Development",
            Self::Test => "Test",
            Self::Unlabelled => "Unlabelled",
        }
    }
}

/// One readable image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Relative to the data set's root, with `/` between parts.
    pub path: String,
    pub label: Option<Label>,
    pub split: Split,
    /// The number in the file name *with its prefix* (`NORMAL2-IM-0383`, `person100_bacteria`), where the name has one.
    pub patient: Option<String>,
    /// What the file name says beyond the label, such as `bacterial` or `viral`; else the class folder's name.
    pub finding: Option<String>,
    /// Of the file as stored.
    pub width: u32,
    pub height: u32,
    pub file_bytes: u64,
    /// BLAKE3 of the file's bytes, hexadecimal.
    pub hash: String,
    /// Drawn by radiologists around findings, where a table beside the images has them.
    pub boxes: Vec<MarkedBox>,
}

/// A rectangle in whole pixels of an image as stored; its right and lower edges are `x + width` and `y + height`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedBox {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Sample {
    /// The file name without folders and ending.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}
