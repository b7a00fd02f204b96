//! What is done where the system has no file dialog: exports go to a folder of their own under a name that is free, and what
//! is to be opened can be dropped.

use std::path::{Path, PathBuf};

/// What to say where something was to be opened.
pub(super) fn drop_instead(what: &str) -> String {
    format!("This system offers no file dialog. Drop {what} onto the window instead.")
}

/// For the log: where an export went, and why nobody was asked.
pub(super) fn written_to(path: &Path) -> String {
    format!("this system offers no file dialog; the export goes to {}", path.display())
}

/// A path in `folder` at which nothing is: the name itself, else the name with the first number that is free before its
/// ending.
pub(super) fn free_path(folder: &Path, name: &str) -> PathBuf {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let numbered = (2..).map(|number: u32| folder.join(format!("{stem}-{number}{ending}")));
    let mut paths = std::iter::once(folder.join(name)).chain(numbered);
    // A link that leads nowhere is not overwritten either.
    paths.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| folder.join(name))
}

/// The name of a new folder for a benchmark's tables and figures, of letters that any system takes.
pub(super) fn benchmark_name(data_name: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() || matches!(letter, '-' | '_') { letter } else { '-' };
    format!("benchmark-{}", data_name.chars().map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_there_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let free = |name: &str| free_path(folder.path(), name);
        assert_eq!(free("case.png"), folder.path().join("case.png"));
        std::fs::write(folder.path().join("case.png"), [0]).unwrap();
        std::fs::write(folder.path().join("case-2.png"), [0]).unwrap();
        assert_eq!(free("case.png"), folder.path().join("case-3.png"));
        std::fs::create_dir(folder.path().join("benchmark-x")).unwrap();
        assert_eq!(free("benchmark-x"), folder.path().join("benchmark-x-2"));
        assert_eq!(free(".log"), folder.path().join(".log"), "no ending");
    }

    #[test]
    fn a_data_sets_name_becomes_a_folders() {
        assert_eq!(benchmark_name("chest_xray"), "benchmark-chest_xray");
        assert_eq!(benchmark_name("St. Mary’s / 2024"), "benchmark-St--Mary-s---2024");
    }
}
