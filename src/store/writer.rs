//! A run folder while it is written.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::atomic::{self, UNFINISHED_PREFIX};
use super::lock::RunLock;
use super::model::StoredCalibration;
use super::record::{self, BatchChange, DataRecord, Resumption, RunRecord, SplitEntry, Versions};
use super::{calibrations, epochs, files, listing, previews};
use crate::domain::{Calibration, EpochRecord, PinnedCase, RunInfo, RunStatus, TrainingSettings};
use crate::error::{Error, Result};

/// What a run begins with.
#[derive(Clone, Debug)]
pub struct NewRun {
    pub settings: TrainingSettings,
    pub data: DataRecord,
    pub split: Vec<SplitEntry>,
    pub versions: Versions,
    pub parameters: u64,
}

/// A run folder that this process alone writes, until it is dropped.
#[derive(Debug)]
pub struct RunWriter {
    folder: PathBuf,
    record: RunRecord,
    split: Vec<SplitEntry>,
    epochs: Vec<EpochRecord>,
    _lock: RunLock,
}

impl RunWriter {
    /// Makes a new run folder: `at`, which must be empty or not exist, or a new one under `models_dir`, named by time,
    /// architecture and seed.
    ///
    /// # Errors
    /// When the folder has files in it, or cannot be written.
    pub fn create(models_dir: &Path, at: Option<&Path>, new: NewRun) -> Result<Self> {
        let NewRun { settings, data, split, versions, parameters } = new;
        let folder = match at {
            Some(folder) => make_empty(folder)?,
            None => make_named(models_dir, &format!("{}_s{}", settings.architecture.slug(), settings.seed))?,
        };
        let lock = RunLock::take(&folder)?;
        record::write_split(&folder, &split)?;
        let record = RunRecord::new(settings, data, versions, parameters);
        record.write(&folder)?;
        atomic::sync_folder(atomic::folder_of(&folder))?;
        Ok(Self { folder, record, split, epochs: Vec::new(), _lock: lock })
    }

    /// Takes up a run that was interrupted. [`RunWriter::rewind`] follows, when the last checkpoint is read.
    ///
    /// # Errors
    /// When it has ended, is being trained, or is damaged.
    pub fn resume(folder: &Path, versions: Versions) -> Result<Self> {
        let mut run = Self::reopen(folder)?;
        run.record.status = RunStatus::Running;
        run.record.ended = None;
        let unix_secs = jiff::Timestamp::now().as_second();
        run.record.resumed.push(Resumption { after_epoch: run.record.epochs, unix_secs, versions });
        Ok(run)
    }

    /// Opens a run that was interrupted to save what belongs to its end; it does not go on. [`RunWriter::rewind`] follows,
    /// when the last checkpoint is read.
    ///
    /// # Errors
    /// When it has ended, is being trained, or is damaged.
    pub fn reopen(folder: &Path) -> Result<Self> {
        let folder = files::absolute(folder);
        let mut record = RunRecord::read(&folder)?;
        record.check_resumable(&folder)?;
        let lock = RunLock::take(&folder)?;
        remove_unfinished(&folder);
        let split = record::read_split(&folder)?;
        let epochs = epochs::read(&folder)?;
        record.status = RunStatus::Interrupted;
        Ok(Self { folder, record, split, epochs, _lock: lock })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    pub fn settings(&self) -> &TrainingSettings {
        &self.record.settings
    }

    /// The images of the run.
    pub fn split(&self) -> &[SplitEntry] {
        &self.split
    }

    /// Whole epochs so far.
    pub fn epochs(&self) -> &[EpochRecord] {
        &self.epochs
    }

    /// The best epoch so far.
    pub fn best(&self) -> Option<&EpochRecord> {
        self.epochs.iter().rev().find(|epoch| epoch.best)
    }

    /// The checkpoint to go on from; `None` before the first epoch is whole.
    pub fn last_checkpoint(&self) -> Option<PathBuf> {
        Some(self.folder.join(files::LAST)).filter(|path| path.is_file())
    }

    /// Where the best checkpoint is, once there is one.
    pub fn best_checkpoint(&self) -> PathBuf {
        self.folder.join(files::BEST)
    }

    /// Forgets what was noted after `epoch`, the one of the last checkpoint (0: none), and says how the run stands.
    ///
    /// # Errors
    /// When the table lacks an epoch that the checkpoint has; when the folder cannot be written.
    pub fn rewind(&mut self, epoch: u32) -> Result<()> {
        if self.epochs.len() < epoch as usize {
            let message = format!("the table ends before epoch {epoch}, which the checkpoint has");
            return Err(files::damaged(&message, self.folder.join(files::EPOCHS)));
        }
        self.epochs.truncate(epoch as usize);
        let going_on = self.record.status == RunStatus::Running;
        if let Some(resumption) = self.record.resumed.last_mut().filter(|_| going_on) {
            resumption.after_epoch = epoch;
        }
        self.note_epochs();
        self.record.write(&self.folder)
    }

    /// Saves a whole epoch: afterwards the run goes on from here, whatever happens.
    ///
    /// # Errors
    /// When the folder cannot be written; what was saved before is still there.
    pub fn save_epoch(&mut self, epoch: EpochRecord, last: &[u8], best: Option<&[u8]>) -> Result<()> {
        self.epochs.push(epoch);
        let saved = epochs::write(&self.folder, &self.epochs)
            .and_then(|()| atomic::write_bytes(&self.folder.join(files::LAST), last));
        if let Err(error) = saved {
            self.epochs.pop();
            return Err(error);
        }
        if let Some(best) = best {
            self.save_best(best)?;
        }
        self.note_epochs();
        self.record.write(&self.folder)
    }

    /// Saves the best checkpoint. Needed apart from an epoch only where a process was killed between the last checkpoint
    /// and the best, which then are the same.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save_best(&self, best: &[u8]) -> Result<()> {
        // The calibration is another checkpoint's from here on.
        remove(&self.folder.join(files::CALIBRATION))?;
        calibrations::remove(&self.folder)?;
        atomic::write_bytes(&self.best_checkpoint(), best)
    }

    /// Notes that the memory holds only smaller batches from this epoch on.
    pub fn change_batch(&mut self, epoch: u32, batch_size: u32) {
        self.record.batch_changes.push(BatchChange { epoch, batch_size });
    }

    /// Saves where healthy images lie for the best checkpoint: from now on the run can be loaded.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save_calibration(&self, calibration: &Calibration) -> Result<()> {
        let stored = StoredCalibration {
            epoch: self.best().map_or(0, |best| best.epoch),
            checkpoint_blake3: files::hash_of(&self.best_checkpoint())?,
            score: self.record.settings.score,
            calibration: calibration.clone(),
        };
        record::write_json(&self.folder.join(files::CALIBRATION), &stored)
    }

    /// Saves the final figures.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save_metrics(&self, metrics: &impl Serialize) -> Result<()> {
        record::write_json(&self.folder.join(files::METRICS), metrics)
    }

    /// Saves a picture of the pinned cases after an epoch, 8 bit grey, row-major.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save_preview(&self, epoch: u32, width: u32, height: u32, pixels: &[u8]) -> Result<()> {
        let path = previews::file_of(&self.folder, epoch);
        let mut png = std::io::Cursor::new(Vec::new());
        image::write_buffer_with_format(
            &mut png,
            pixels,
            width,
            height,
            image::ExtendedColorType::L8,
            image::ImageFormat::Png,
        )
        .map_err(|error| Error::Other(format!("cannot put {} together: {error}", path.display())))?;
        atomic::write_bytes(&path, png.get_ref())
    }

    /// Notes which cases are the rows of the pictures from the next epoch on, of the untrained network in a new run.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn note_pinned(&self, cases: &[PinnedCase]) -> Result<()> {
        let done = self.epochs.len() as u32;
        previews::note_cases(&self.folder, if done == 0 { 0 } else { done + 1 }, cases)
    }

    /// Says how the run ended.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn finish(&mut self, status: RunStatus, why: &str) -> Result<RunInfo> {
        self.record.status = status;
        self.record.ended = Some(why.to_owned());
        if matches!(status, RunStatus::Complete | RunStatus::StoppedEarly) {
            // Only needed for going on; a folder that is handed on tells nothing about this machine.
            self.record.data.root = None;
        }
        self.record.write(&self.folder)?;
        if status != RunStatus::Interrupted {
            // Nobody takes up a run that has ended, so nobody asks for its lock.
            remove(&self.folder.join(files::LOCK))?;
        }
        Ok(self.info())
    }

    /// The run as others see it.
    pub fn info(&self) -> RunInfo {
        let usable = listing::has_model(&self.folder);
        listing::info(&self.folder, false, &self.record, Arc::new(self.epochs.clone()), usable)
    }

    fn note_epochs(&mut self) {
        self.record.epochs = self.epochs.len() as u32;
        self.record.best_epoch = self.best().map(|best| best.epoch);
        self.record.elapsed_secs = self.epochs.last().map_or(0.0, |epoch| epoch.elapsed_secs);
        self.record.cpu_secs = self.epochs.last().and_then(|epoch| epoch.cpu_secs);
    }
}

/// Makes a folder, or takes an empty one.
pub(super) fn make_empty(folder: &Path) -> Result<PathBuf> {
    let folder = files::absolute(folder);
    std::fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
    for entry in std::fs::read_dir(&folder).map_err(Error::io("read the folder", &folder))? {
        let name = entry.map_err(Error::io("read the folder", &folder))?.file_name();
        let name = name.to_string_lossy();
        // What a process leaves behind that is killed before it has written `run.json` is no run yet.
        if !name.starts_with(UNFINISHED_PREFIX) && ![files::LOCK, files::SPLIT].contains(&name.as_ref()) {
            let shown = folder.display();
            return Err(Error::Other(format!(
                "the folder is not empty, and no run overwrites another; name another one: {shown}"
            )));
        }
    }
    remove_unfinished(&folder);
    Ok(folder)
}

/// Makes the folder of a model by what it is: `2026-11-20_1305_vae_s7`, or with `-2`, `-3` … behind it.
pub(super) fn make_named(models_dir: &Path, what: &str) -> Result<PathBuf> {
    let models_dir = files::absolute(models_dir);
    std::fs::create_dir_all(&models_dir).map_err(Error::io("make the folder", &models_dir))?;
    let now = jiff::Zoned::now().strftime("%Y-%m-%d_%H%M");
    let name = format!("{now}_{what}");
    for attempt in 1u32.. {
        let suffix = if attempt == 1 { String::new() } else { format!("-{attempt}") };
        let folder = models_dir.join(format!("{name}{suffix}"));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("make the folder", &folder)(error)),
        }
    }
    Err(Error::Other(format!("there are too many runs called {name}")))
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => atomic::sync_folder(atomic::folder_of(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", path)(error)),
    }
}

/// Clears away what a killed process left half written.
pub(super) fn remove_unfinished(folder: &Path) {
    for place in [folder.to_path_buf(), folder.join(files::PREVIEWS)] {
        let Ok(entries) = std::fs::read_dir(place) else { continue };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED_PREFIX)
                && let Err(error) = std::fs::remove_file(entry.path())
            {
                tracing::debug!(%error, "cannot remove an unfinished file");
            }
        }
    }
}
