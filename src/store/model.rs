//! What loading a model takes from its run folder.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::calibrations::{self, StoredBank};
use super::record::{SplitEntry, read_split};
use super::{files, listing};
use crate::domain::{Calibration, Calibrations, RunInfo, RunStatus, Score, Split};
use crate::error::{Error, Result};

/// A trained model on disk: everything but its weights, which are in `checkpoint`.
#[derive(Clone, Debug)]
pub struct StoredModel {
    pub run: RunInfo,
    /// By the run's own score.
    pub calibration: Calibration,
    /// By all scores it was calibrated for.
    pub calibrations: Calibrations,
    /// Why the calibrations in the folder are not used, where there are some that cannot be.
    pub refused: Option<String>,
    /// Of healthy training images.
    pub bank: StoredBank,
    /// `best.safetensors`.
    pub checkpoint: PathBuf,
    /// BLAKE3 of it, hexadecimal.
    pub checkpoint_hash: String,
    pub best_epoch: u32,
    pub training_secs: f64,
    pub training_cpu_secs: Option<f64>,
    /// `DataSetSummary::fingerprint` of the images it was trained with.
    pub data_fingerprint: String,
    /// The images the run saw, in its order.
    pub split: Vec<SplitEntry>,
    /// BLAKE3 of the files it was fitted to, hexadecimal.
    pub train_hashes: HashSet<String>,
    /// BLAKE3 of the files it was calibrated on, hexadecimal.
    pub validation_hashes: HashSet<String>,
}

/// What `calibration.json` holds.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredCalibration {
    /// Of the checkpoint.
    pub epoch: u32,
    /// Of `best.safetensors`, so that the two are never mixed up.
    pub checkpoint_blake3: String,
    pub score: Score,
    #[serde(flatten)]
    pub calibration: Calibration,
}

/// Reads a run folder, or a `.safetensors` beside its `run.json`.
///
/// # Errors
/// `Error::Io` or `Error::Checkpoint` that names the file and says why it cannot be used.
pub fn open_model(path: &Path, bundled: bool) -> Result<StoredModel> {
    let path = files::absolute(path);
    let (folder, checkpoint) = if path.is_dir() { (path.clone(), path.join(files::BEST)) } else { beside(&path)? };
    let (run, record) = listing::open(&folder, bundled)?;
    if !run.usable {
        let why = match run.status {
            RunStatus::Running => "this run is being trained; its model can be used when that ends",
            RunStatus::Interrupted => "this run was interrupted before it had a calibrated checkpoint; resume it first",
            RunStatus::Complete | RunStatus::StoppedEarly | RunStatus::Diverged => {
                "this run has no best.safetensors with a calibration.json"
            }
        };
        return Err(files::damaged(why, &folder));
    }
    let stored = read_calibration(&folder.join(files::CALIBRATION))?;
    let checkpoint_hash = files::hash_of(&checkpoint)?;
    if stored.checkpoint_blake3 != checkpoint_hash {
        return Err(files::damaged("the checkpoint is not the one that calibration.json belongs to", &checkpoint));
    }
    // The run can be used without them, and be calibrated again.
    let (calibrations, bank, refused) = match calibrations::read(&folder, &checkpoint_hash) {
        Ok((calibrations, bank)) => (calibrations, bank, None),
        Err(error) => (Calibrations::default(), StoredBank::default(), Some(error.to_string())),
    };
    let split = read_split(&folder)?;
    let hashes = |of: Split| split.iter().filter(|entry| entry.split == of).map(|entry| entry.hash.clone()).collect();
    Ok(StoredModel {
        train_hashes: hashes(Split::Train),
        validation_hashes: hashes(Split::Validation),
        best_epoch: stored.epoch,
        training_secs: record.elapsed_secs,
        training_cpu_secs: record.cpu_secs,
        data_fingerprint: record.data.fingerprint,
        calibration: stored.calibration,
        calibrations,
        refused,
        bank,
        split,
        checkpoint,
        checkpoint_hash,
        run,
    })
}

/// The run folder of a checkpoint file.
fn beside(path: &Path) -> Result<(PathBuf, PathBuf)> {
    if !path.exists() {
        return Err(Error::io("read", path)(std::io::ErrorKind::NotFound.into()));
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "safetensors" => {}
        "pt" | "pth" | "bin" | "ckpt" | "pkl" => {
            let message = "PyTorch files can carry code that runs when they are opened, so only .safetensors are read";
            return Err(files::damaged(message, path));
        }
        _ => return Err(files::damaged("a model is a run folder or a .safetensors in one", path)),
    }
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    if !folder.join(files::RUN).is_file() {
        return Err(files::damaged("there is no run.json beside this checkpoint to say what it is", path));
    }
    Ok((folder, path.to_path_buf()))
}

fn read_calibration(path: &Path) -> Result<StoredCalibration> {
    let stored: StoredCalibration = files::read_json(path)?;
    let Calibration { healthy_scores, mean, sd, map_scale } = &stored.calibration;
    let finite = [*mean, *sd, map_scale.typical, map_scale.p999].iter().chain(healthy_scores).all(|v| v.is_finite());
    if !finite || healthy_scores.is_empty() || *sd < 0.0 || !healthy_scores.is_sorted() {
        return Err(files::damaged("the calibration is damaged", path));
    }
    Ok(stored)
}
