//! Who is writing a run folder: a lock that the system takes back when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::files;
use crate::error::{Error, Result};

/// Others hold the lock only while they look; so a busy one is tried again.
const ATTEMPTS: u32 = 10;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(50);

/// Held for as long as a run is written.
#[derive(Debug)]
pub(super) struct RunLock {
    _file: File,
}

impl RunLock {
    /// # Errors
    /// When the run is being written by this or another process; when the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(files::LOCK);
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let file = open.map_err(Error::io("write", &path))?;
        for _ in 0..ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_ATTEMPTS),
                // Some network file systems have no locks: better without than not at all.
                Err(TryLockError::Error(error)) => {
                    tracing::debug!(%error, "no lock on a run folder");
                    return Ok(Self { _file: file });
                }
            }
        }
        Err(files::damaged("this run is being trained right now", folder))
    }
}

/// True while someone writes the run.
pub(super) fn is_held(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join(files::LOCK)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_held(folder.path()));
        let lock = RunLock::take(folder.path()).unwrap();
        assert!(is_held(folder.path()));
        let error = RunLock::take(folder.path()).unwrap_err();
        assert!(error.to_string().contains("being trained"), "{error}");
        drop(lock);
        assert!(!is_held(folder.path()));
        assert!(RunLock::take(folder.path()).is_ok());
    }
}
