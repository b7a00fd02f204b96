//! Names of the files in a run folder, and reading them without trusting them.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

pub(super) const RUN: &str = "run.json";
pub(super) const SPLIT: &str = "split.csv";
pub(super) const EPOCHS: &str = "epochs.csv";
pub(super) const LAST: &str = "last.safetensors";
pub(super) const BEST: &str = "best.safetensors";
pub(super) const CALIBRATION: &str = "calibration.json";
pub(super) const CALIBRATIONS: &str = "calibrations";
pub(super) const METRICS: &str = "metrics.json";
pub(super) const LOCK: &str = ".lock";
pub(super) const PREVIEWS: &str = "previews";
/// All files a run writes, but for previews and calibrations.
pub(super) const ALL: [&str; 8] = [RUN, SPLIT, EPOCHS, LAST, BEST, CALIBRATION, METRICS, LOCK];

/// Longest text file accepted: the split of a million images.
const TEXT_LIMIT: u64 = 256 << 20;

/// Reads a file of text that is not absurdly long.
pub(super) fn read_text(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(Error::io("read", path))?;
    let mut bytes = Vec::new();
    file.take(TEXT_LIMIT + 1).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    if bytes.len() as u64 > TEXT_LIMIT {
        return Err(damaged("the file is too long", path));
    }
    Ok(bytes)
}

/// Reads JSON of a known shape.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&read_text(path)?).map_err(|error| damaged(&format!("the file is damaged ({error})"), path))
}

/// The error of a file that is there and cannot be used.
pub(super) fn damaged(message: &str, path: impl AsRef<Path>) -> Error {
    Error::Checkpoint { message: message.to_owned(), path: path.as_ref().to_path_buf() }
}

/// BLAKE3 of a file's bytes, hexadecimal.
pub(super) fn hash_of(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let file = std::fs::File::open(path).map_err(Error::io("read", path))?;
    hasher.update_reader(file).map_err(Error::io("read", path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// An absolute path without asking the disk.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
