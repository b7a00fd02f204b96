//! Label files beside the images: what large public data sets say about each image in a table instead of in folders.
//!
//! Known by their columns, whatever the file is called: NIH ChestX-ray14 (`Image Index`, `Finding Labels`), `CheXpert`
//! (`Path` and 14 findings), MIMIC-CXR (`subject_id`, `study_id` and the same findings), and boxes around findings.
//! What is healthy and what is diseased is decided in [`meaning`]. Nothing in a table stops a folder from being opened:
//! every row or file that cannot be used is told.

mod boxes;
mod matched;
mod meaning;
mod readers;
mod table;
#[cfg(test)]
mod tests;

pub(super) use matched::{Account, Said, Told, tell};

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::names::is_junk;
use boxes::RawBox;
use meaning::Verdict;

/// Largest table that is read, in bytes: fifty times that of ChestX-ray14.
const MOST_BYTES: u64 = 512 << 20;
/// Problems that are told one by one; the others are counted.
const MOST_PROBLEMS: usize = 200;
/// Tables in one folder that are looked at.
const MOST_TABLES: usize = 64;

/// Whose columns a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableKind {
    Nih,
    CheXpert,
    Mimic,
    Boxes,
}

impl TableKind {
    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nih => "NIH ChestX-ray14 labels",
            Self::CheXpert => "CheXpert labels",
            Self::Mimic => "MIMIC-CXR labels",
            Self::Boxes => "Boxes around findings",
        }
    }
}

/// One table, read.
#[derive(Debug)]
pub(super) struct Table {
    /// Its file's name.
    pub file: String,
    pub kind: TableKind,
    /// Key of the image → what is said of it. Which key an image has depends on the kind.
    rows: HashMap<String, Row>,
    /// Key of the image → its boxes.
    boxes: HashMap<String, Vec<RawBox>>,
    pub problems: Problems,
}

/// What a table says of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    verdict: Verdict,
    /// The finding that decided, in small letters.
    finding: Option<String>,
    patient: Option<String>,
}

/// What is wrong, a line each; only so many are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Problems {
    lines: Vec<String>,
    more: usize,
}

impl Problems {
    fn push(&mut self, line: String) {
        if self.lines.len() < MOST_PROBLEMS { self.lines.push(line) } else { self.more += 1 }
    }

    pub fn count(&self) -> usize {
        self.lines.len() + self.more
    }

    /// For people, with how many more there are.
    pub fn lines(&self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("And {} more.", self.more));
        self.lines.iter().cloned().chain(more).collect()
    }
}

/// True when the folder has a file that names itself a table and has the columns of one that labels images.
pub(super) fn has_labels(folder: &Path) -> bool {
    tables_in(folder).iter().any(|file| table::kind_of(file).is_some_and(|kind| kind != TableKind::Boxes))
}

/// Reads all known tables of some folders, each folder once. Those of other contents are left alone.
pub(super) fn read(folders: &[&Path]) -> Vec<Table> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in folders {
        files.extend(tables_in(folder).into_iter().filter(|file| !files.contains(file)).collect::<Vec<_>>());
    }
    files.iter().filter_map(|file| table::read(file)).collect()
}

/// Files with the ending of a table, by name.
fn tables_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_table = |path: &PathBuf| {
        let ending = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("csv") || ending.eq_ignore_ascii_case("tsv"));
        ending && path.is_file() && !path.file_name().is_some_and(|name| is_junk(&name.to_string_lossy()))
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_table).collect();
    files.sort();
    files.truncate(MOST_TABLES);
    files
}
