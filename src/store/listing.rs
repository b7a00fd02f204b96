//! Run folders as the program finds them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::atomic::UNFINISHED_PREFIX;
use super::record::RunRecord;
use super::{atomic, calibrations, ensemble, epochs, files, lock, previews, writer};
use crate::domain::{EnsembleInfo, EpochRecord, ModelId, RunInfo, RunStatus};
use crate::error::{Error, Result};

/// What was found under the models' folders.
#[derive(Debug, Default)]
pub struct Listing {
    /// Newest first, bundled ones last.
    pub runs: Vec<RunInfo>,
    /// Newest first.
    pub ensembles: Vec<EnsembleInfo>,
    /// Folders with a `run.json` or `ensemble.json` that cannot be used, and why.
    pub damaged: Vec<Error>,
}

/// Finds all runs and ensembles: those of the user in `models_dir`, those that come with the program in `bundled_dir`. Folders
/// without a `run.json` or `ensemble.json` are none of ours.
pub fn list(models_dir: &Path, bundled_dir: &Path) -> Listing {
    let mut listing = Listing::default();
    for (place, bundled) in [(models_dir, false), (bundled_dir, true)] {
        let mut runs = Vec::new();
        for folder in model_folders(place) {
            if ensemble::is_ensemble(&folder) {
                match ensemble::read_info(&folder, bundled) {
                    Ok(info) => listing.ensembles.push(info),
                    Err(error) => listing.damaged.push(error),
                }
                continue;
            }
            match open(&folder, bundled) {
                Ok((info, _)) => runs.push(info),
                Err(error) => listing.damaged.push(error),
            }
        }
        runs.sort_by(|a, b| b.started_unix_secs.cmp(&a.started_unix_secs).then_with(|| b.id.cmp(&a.id)));
        if bundled {
            runs.sort_by_key(RunInfo::architecture);
        }
        listing.runs.extend(runs);
    }
    listing.ensembles.sort_by(|a, b| b.created_unix_secs.cmp(&a.created_unix_secs).then_with(|| b.id.cmp(&a.id)));
    listing
}

/// Reads one run folder.
///
/// # Errors
/// `Error::Io` or `Error::Checkpoint` that names the file.
pub fn open(folder: &Path, bundled: bool) -> Result<(RunInfo, RunRecord)> {
    let folder = files::absolute(folder);
    let mut record = RunRecord::read(&folder)?;
    if record.status == RunStatus::Running && !lock::is_held(&folder) {
        record.status = RunStatus::Interrupted;
    }
    let epochs = epochs::read(&folder)?;
    let usable = has_model(&folder);
    let mut info = info(&folder, bundled, &record, Arc::new(epochs), usable);
    info.calibrated = Arc::new(calibrations::measured(&folder));
    Ok((info, record))
}

/// Deletes a run or an ensemble: its own files, and the folder when nothing else is in it.
///
/// # Errors
/// For a bundled run, one that is being trained, and a folder that is no run.
pub fn delete(folder: &Path, bundled_dir: &Path) -> Result<()> {
    let folder = files::absolute(folder);
    if is_within(&folder, bundled_dir) {
        return Err(files::damaged("this model comes with NeuroScan and is not deleted", folder));
    }
    if ensemble::is_ensemble(&folder) {
        return ensemble::delete(&folder);
    }
    if !folder.join(files::RUN).is_file() {
        return Err(files::damaged("this folder is no run", folder));
    }
    let lock = lock::RunLock::take(&folder)?;
    writer::remove_unfinished(&folder);
    // `run.json` is the first: without it the folder is no run any more, even if the rest cannot be removed.
    for name in files::ALL {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io("delete", &path)(error)),
            _ => {}
        }
    }
    drop(lock);
    calibrations::remove(&folder)?;
    previews::delete(&folder)?;
    atomic::remove_folder_when_empty(&folder)
}

/// A checkpoint with a calibration.
pub(super) fn has_model(folder: &Path) -> bool {
    folder.join(files::BEST).is_file() && folder.join(files::CALIBRATION).is_file()
}

pub(super) fn info(
    folder: &Path,
    bundled: bool,
    record: &RunRecord,
    epochs: Arc<Vec<EpochRecord>>,
    usable: bool,
) -> RunInfo {
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    RunInfo {
        id: ModelId(name),
        folder: folder.to_path_buf(),
        bundled,
        settings: record.settings.clone(),
        status: record.status,
        started_unix_secs: record.started_unix_secs,
        data_name: record.data.name.clone(),
        train_count: record.data.train_count,
        validation_count: record.data.validation_count,
        development_count: record.data.development_count,
        best_epoch: epochs.iter().rev().find(|epoch| epoch.best).map(|epoch| epoch.epoch),
        epochs,
        parameters: record.parameters,
        usable,
        calibrated: Arc::default(),
    }
}

fn model_folders(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(place) else { return Vec::new() };
    let whole = |entry: &std::fs::DirEntry| !entry.file_name().to_string_lossy().starts_with(UNFINISHED_PREFIX);
    let is_model = |folder: &PathBuf| folder.join(files::RUN).is_file() || ensemble::is_ensemble(folder);
    let mut folders: Vec<PathBuf> =
        entries.flatten().filter(whole).map(|entry| entry.path()).filter(is_model).collect();
    folders.sort();
    folders
}

/// Also through links.
fn is_within(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| files::absolute(path));
    real(path).starts_with(real(folder))
}
