//! `run.json` and `split.csv`.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{atomic, files};
use crate::domain::{RunStatus, Split, TrainingSettings};
use crate::error::{Error, Result};

/// Raised when older programs could not read what is written.
const FORMAT: u32 = 1;

/// What `run.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub format: u32,
    pub settings: TrainingSettings,
    pub status: RunStatus,
    /// Why it ended, in a sentence; `None` while it runs.
    #[serde(default)]
    pub ended: Option<String>,
    pub data: DataRecord,
    pub versions: Versions,
    pub started_unix_secs: i64,
    pub parameters: u64,
    /// Whole epochs so far.
    pub epochs: u32,
    pub best_epoch: Option<u32>,
    /// Training time, pauses and interruptions left out.
    pub elapsed_secs: f64,
    /// User and system time of the whole program over that time; `None` where it was not measured.
    #[serde(default)]
    pub cpu_secs: Option<f64>,
    /// Where the memory did not hold the batch of the settings: from which epoch on which one was used.
    #[serde(default)]
    pub batch_changes: Vec<BatchChange>,
    /// When the run went on after an interruption.
    #[serde(default)]
    pub resumed: Vec<Resumption>,
}

/// The images a run was trained with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    pub name: String,
    /// `DataSetSummary::fingerprint`.
    pub fingerprint: String,
    /// Where it was, for going on; taken out when the run is complete.
    #[serde(default)]
    pub root: Option<PathBuf>,
    pub split_seed: u64,
    pub without_copies: bool,
    pub train_count: u32,
    pub validation_count: u32,
    pub development_count: u32,
}

/// What a run was computed with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub neuroscan: String,
    pub libtorch: String,
    /// "CPU · 2 cores" or "NVIDIA H200".
    pub device: String,
    pub threads: u32,
}

impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let threads = if self.threads == 1 { "thread" } else { "threads" };
        write!(
            f,
            "{}, {} {threads}, NeuroScan {}, libtorch {}",
            self.device, self.threads, self.neuroscan, self.libtorch
        )
    }
}

/// The batch did not fit the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchChange {
    pub epoch: u32,
    pub batch_size: u32,
}

/// A run went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumption {
    /// The last whole epoch before.
    pub after_epoch: u32,
    pub unix_secs: i64,
    pub versions: Versions,
}

/// A row of `split.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitEntry {
    /// Relative to the data set's root.
    pub path: String,
    /// BLAKE3 of the file's bytes, hexadecimal.
    pub hash: String,
    pub split: Split,
}

impl RunRecord {
    pub(super) fn new(settings: TrainingSettings, data: DataRecord, versions: Versions, parameters: u64) -> Self {
        Self {
            format: FORMAT,
            settings,
            status: RunStatus::Running,
            ended: None,
            data,
            versions,
            started_unix_secs: jiff::Timestamp::now().as_second(),
            parameters,
            epochs: 0,
            best_epoch: None,
            elapsed_secs: 0.0,
            cpu_secs: None,
            batch_changes: Vec::new(),
            resumed: Vec::new(),
        }
    }

    /// The batch size in use: the settings', or what the memory allowed.
    pub fn batch_size(&self) -> u32 {
        self.batch_changes.last().map_or(self.settings.batch_size, |change| change.batch_size)
    }

    /// Whether a run may go on.
    ///
    /// # Errors
    /// When it has ended: how.
    pub fn check_resumable(&self, folder: &Path) -> Result<()> {
        let ended = match self.status {
            RunStatus::Running | RunStatus::Interrupted => return Ok(()),
            RunStatus::Complete => "this run is complete",
            RunStatus::StoppedEarly => "this run has ended: its validation error stopped falling",
            RunStatus::Diverged => "this run diverged and cannot go on",
        };
        Err(files::damaged(ended, folder))
    }

    /// Reads and checks a folder's `run.json`.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(files::RUN);
        let record: Self = files::read_json(&path)?;
        if record.format > FORMAT {
            return Err(files::damaged("this run was written by a newer NeuroScan", &path));
        }
        if let Some(problem) = record.settings.validate().first() {
            return Err(files::damaged(&format!("the settings cannot be used ({})", problem.message), &path));
        }
        let batches = record.batch_changes.iter().all(|change| (1..=4096).contains(&change.batch_size));
        let times = record.elapsed_secs.is_finite() && record.cpu_secs.is_none_or(f64::is_finite);
        if !batches || !times || record.epochs > record.settings.epochs {
            return Err(files::damaged("the file contradicts itself", &path));
        }
        Ok(record)
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join(files::RUN), self)
    }
}

/// JSON for people to read.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::Other(format!("cannot put {} together: {error}", path.display())))?;
    text.push(b'\n');
    atomic::write_bytes(path, &text)
}

pub(super) fn write_split(folder: &Path, split: &[SplitEntry]) -> Result<()> {
    write_csv(&folder.join(files::SPLIT), split)
}

/// Reads a folder's `split.csv`.
pub(super) fn read_split(folder: &Path) -> Result<Vec<SplitEntry>> {
    let path = folder.join(files::SPLIT);
    read_csv(&path)
}

pub(super) fn write_csv<T: Serialize>(path: &Path, rows: &[T]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cannot = |error: csv::Error| Error::Other(format!("cannot put {} together: {error}", path.display()));
    for row in rows {
        writer.serialize(row).map_err(cannot)?;
    }
    let bytes = writer.into_inner().map_err(|error| cannot(error.into_error().into()))?;
    atomic::write_bytes(path, &bytes)
}

/// Reads a table that has at least one row.
pub(super) fn read_csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let bytes = files::read_text(path)?;
    let rows: std::result::Result<Vec<T>, csv::Error> =
        csv::Reader::from_reader(bytes.as_slice()).deserialize().collect();
    let rows = rows.map_err(|error| files::damaged(&format!("the table is damaged ({error})"), path))?;
    if rows.is_empty() {
        return Err(files::damaged("the table is damaged (it has no rows)", path));
    }
    Ok(rows)
}
