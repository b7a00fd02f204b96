//! Where the image of a case comes from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::message::EngineEvent;
use super::shared::Shared;
use crate::dataset::OpenDataSet;
use crate::domain::{CaseRef, SampleId};
use crate::error::{Error, Result};

/// An image in a data set, or a file with its length and time of change.
pub(super) enum Source {
    Sample(OpenDataSet, SampleId),
    File(PathBuf, Option<(u64, SystemTime)>),
}

impl Source {
    /// Of a case; of a painted one, of what was painted onto.
    ///
    /// # Errors
    /// When it is a sample that the open data set does not have.
    pub fn of(case: &CaseRef, shared: &Shared) -> Result<Self> {
        match case {
            CaseRef::Sample(id) => {
                let data = shared.need_data()?;
                data.path(*id).ok_or_else(|| Error::Other(format!("there is no sample {}", id.0)))?;
                Ok(Self::Sample(data, *id))
            }
            CaseRef::File(path) => Ok(Self::File(path.clone(), stamp(path))),
            CaseRef::Painted(painted) => Self::of(painted.original.original(), shared),
        }
    }

    /// True for the same image of the same data set, and for a file that has not changed.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sample(data, id), Self::Sample(other_data, other_id)) => {
                Arc::ptr_eq(data.summary(), other_data.summary()) && id == other_id
            }
            (Self::File(path, known), Self::File(other_path, now)) => {
                path == other_path && known.is_some() && known == now
            }
            _ => false,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Sample(data, id) => data.path(*id).unwrap_or(Path::new("")),
            Self::File(path, _) => path,
        }
    }

    /// Tells something about the image, unless its data set was replaced meanwhile.
    pub fn send_about(&self, shared: &Shared, event: EngineEvent) {
        match self {
            Self::Sample(data, _) => shared.send_about(data, event),
            Self::File(..) => shared.outbox.send(event),
        }
    }
}

fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_or_cannot_be_read_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.png");
        let source = || Source::File(path.clone(), stamp(&path));
        assert!(!source().is(&source()), "there is none");
        std::fs::write(&path, "one").unwrap();
        let before = source();
        assert!(before.is(&source()) && before.path() == path);
        std::fs::write(&path, "another").unwrap();
        assert!(!before.is(&source()));
    }
}
