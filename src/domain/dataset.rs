//! What opening a folder found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Label, Sample, SampleId, Split};

/// A data set that is open: all its readable samples, what was left out, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSetSummary {
    /// The folder that holds `train/` and `test/`, or the classes, or the images.
    pub root: PathBuf,
    /// The folder's own name, for the title bar.
    pub name: String,
    /// True for the sample that comes with the program.
    pub bundled: bool,
    /// Sorted by path. `SampleId` is the index.
    pub samples: Vec<Sample>,
    pub rejected: Vec<Rejected>,
    /// Seed of the split into train and validation.
    pub split_seed: u64,
    /// Exact copies are left out of every split when true.
    pub without_copies: bool,
    /// Seconds that opening took.
    pub opened_in_secs: f64,
    /// BLAKE3 over all file hashes and splits: names this exact data set in a run folder.
    pub fingerprint: String,
}

impl DataSetSummary {
    pub fn sample(&self, id: SampleId) -> Option<&Sample> {
        self.samples.get(id.0 as usize)
    }

    /// All samples of one split and label, in order.
    pub fn ids(&self, split: Split, label: Option<Label>) -> impl Iterator<Item = SampleId> + '_ {
        (0u32..)
            .zip(&self.samples)
            .filter(move |(_, sample)| sample.split == split && (label.is_none() || sample.label == label))
            .map(|(index, _)| SampleId(index))
    }

    pub fn count(&self, split: Split, label: Label) -> usize {
        self.ids(split, Some(label)).count()
    }
}

/// A file that was found and is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Relative to the root.
    pub path: String,
    pub reason: RejectReason,
    /// One sentence with the particulars.
    pub detail: String,
}

/// Why a file is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RejectReason {
    Empty,
    Truncated,
    NotAnImage,
    Unsupported,
    Animated,
    TooLarge,
    TooSmall,
    Unreadable,
    Copy,
}

impl RejectReason {
    /// The group's title on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Empty => "Empty file",
            Self::Truncated => "Truncated or damaged",
            Self::NotAnImage => "Not an image",
            Self::Unsupported => "Unsupported format",
            Self::Animated => "Animated",
            Self::TooLarge => "Too large",
            Self::TooSmall => "Too small",
            Self::Unreadable => "Cannot be opened",
            Self::Copy => "Exact copy, left out",
        }
    }
}

/// How much a finding of the data-set check matters; worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    Problem,
    Caution,
    Note,
    Fine,
}

/// A fix the check offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FindingAction {
    /// Open again without exact copies.
    LeaveOutCopies,
}

/// One line of the data-set check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    /// "Image size gives the label away"
    pub title: String,
    /// "0.925 AUROC"
    pub figure: String,
    /// One sentence: why it matters.
    pub explanation: String,
    /// The samples it is about, for "Show"; may be empty.
    pub samples: Vec<SampleId>,
    /// Lines for "Show" where there are no samples to show (rejected files, figures by class).
    pub details: Vec<String>,
    pub action: Option<FindingAction>,
}
