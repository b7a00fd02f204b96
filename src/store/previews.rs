//! `previews/`: pictures of the pinned cases after some epochs, and which cases they are.
//!
//! A picture `epoch_0012.png` has a row a case: input, reconstruction and map beside each other, 8 bit grey. `cases.csv`
//! names the rows; it has a set of rows for each time the run began or went on with other cases.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{atomic, files, record};
use crate::domain::PinnedCase;
use crate::error::{Error, Result};

const CASES: &str = "cases.csv";
const PREFIX: &str = "epoch_";
const SUFFIX: &str = ".png";

/// Which cases are the rows of a run's pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewCases(Vec<Line>);

/// A row of `cases.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    /// The first epoch whose picture has this case, until a later set begins.
    from_epoch: u32,
    /// Of the picture, from 0.
    row: u32,
    path: String,
    hash: String,
}

impl PreviewCases {
    /// The case in a row of an epoch's picture; `None` where the folder does not say.
    pub fn of(&self, epoch: u32, row: u32) -> Option<PinnedCase> {
        let begun = self.0.iter().map(|known| known.from_epoch).filter(|from| *from <= epoch).max()?;
        let known = self.0.iter().find(|known| known.from_epoch == begun && known.row == row)?;
        Some(PinnedCase { path: known.path.clone(), hash: known.hash.clone() })
    }
}

/// A run's pictures by epoch, in order; none where it keeps none.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn preview_files(folder: &Path) -> Result<Vec<(u32, PathBuf)>> {
    let place = folder.join(files::PREVIEWS);
    if !place.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(&place).map_err(Error::io("read the folder", &place))?;
    let mut found: Vec<(u32, PathBuf)> =
        entries.flatten().filter_map(|entry| Some((epoch_of(&entry.path())?, entry.path()))).collect();
    found.sort();
    Ok(found)
}

/// Which cases a run's pictures show; nothing is known where there is no `cases.csv`.
///
/// # Errors
/// When the table is damaged.
pub fn preview_cases(folder: &Path) -> Result<PreviewCases> {
    let path = folder.join(files::PREVIEWS).join(CASES);
    if !path.exists() {
        return Ok(PreviewCases::default());
    }
    record::read_csv(&path).map(PreviewCases)
}

/// Where the picture of an epoch is.
pub(super) fn file_of(folder: &Path, epoch: u32) -> PathBuf {
    folder.join(files::PREVIEWS).join(format!("{PREFIX}{epoch:04}{SUFFIX}"))
}

/// Notes which cases the pictures show from `epoch` on. A table that is damaged is begun anew.
pub(super) fn note_cases(folder: &Path, epoch: u32, cases: &[PinnedCase]) -> Result<()> {
    let mut rows = preview_cases(folder).unwrap_or_default().0;
    rows.retain(|known| known.from_epoch < epoch);
    rows.extend((0u32..).zip(cases.iter().cloned()).map(|(row, PinnedCase { path, hash })| Line {
        from_epoch: epoch,
        row,
        path,
        hash,
    }));
    record::write_csv(&folder.join(files::PREVIEWS).join(CASES), &rows)
}

/// Removes the pictures and their table, and the folder when nothing else is in it.
pub(super) fn delete(folder: &Path) -> Result<()> {
    let place = folder.join(files::PREVIEWS);
    let Ok(entries) = std::fs::read_dir(&place) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|ending| ending == "png") || path.ends_with(CASES) {
            std::fs::remove_file(&path).map_err(Error::io("delete", &path))?;
        }
    }
    atomic::remove_folder_when_empty(&place)
}

fn epoch_of(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str) -> PinnedCase {
        PinnedCase { path: format!("train/{name}.png"), hash: format!("hash of {name}") }
    }

    #[test]
    fn every_set_of_cases_holds_until_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path();
        assert_eq!(preview_cases(run).unwrap().of(3, 0), None);
        note_cases(run, 0, &[case("a"), case("b, \"quoted\"")]).unwrap();
        note_cases(run, 6, &[case("c")]).unwrap();
        note_cases(run, 4, &[case("d")]).unwrap();
        let cases = preview_cases(run).unwrap();
        assert_eq!(cases.of(3, 1), Some(case("b, \"quoted\"")));
        assert_eq!((cases.of(4, 0), cases.of(9, 0)), (Some(case("d")), Some(case("d"))));
        assert_eq!(cases.of(9, 1), None, "the later set has one case");
    }

    #[test]
    fn pictures_are_found_in_order_and_deleted_with_their_table() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path();
        assert!(preview_files(run).unwrap().is_empty());
        note_cases(run, 0, &[case("a")]).unwrap();
        for name in ["epoch_0010.png", "epoch_0002.png", "epoch_x.png", "epoch_12345.png"] {
            std::fs::write(run.join("previews").join(name), b"").unwrap();
        }
        let epochs: Vec<u32> = preview_files(run).unwrap().into_iter().map(|(epoch, _)| epoch).collect();
        assert_eq!(epochs, [2, 10, 12_345]);
        delete(run).unwrap();
        assert!(!run.join("previews").exists());
    }

    #[test]
    fn a_damaged_table_is_named() {
        let folder = tempfile::tempdir().unwrap();
        note_cases(folder.path(), 0, &[case("a")]).unwrap();
        std::fs::write(folder.path().join("previews/cases.csv"), "nonsense").unwrap();
        assert!(preview_cases(folder.path()).unwrap_err().to_string().contains("cases.csv"));
    }
}
