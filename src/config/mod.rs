//! `config.ron`: where things are on this machine, as checked values.
//!
//! Looked for in this order: the file that `NEUROSCAN_CONFIG` names; `config.ron` in a folder above the program
//! (a checkout, or an unpacked release); `config.ron` in the working directory. Without any, run folders go to
//! the user's data folder.

use std::path::{Path, PathBuf};

use ron::extensions::Extensions;
use serde::Deserialize;

use crate::error::{Error, Result};

/// The environment variable that names another configuration file.
pub const ENVIRONMENT: &str = "NEUROSCAN_CONFIG";
const FILE_NAME: &str = "config.ron";
const MOST_THREADS: u32 = 1024;
/// The folder of exports that were written without asking.
const EXPORTS: &str = "neuroscan-exports";

/// Checked settings of this installation; all paths absolute or relative to the working directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file it came from.
    pub file: Option<PathBuf>,
    /// Where run folders are made.
    pub models_dir: PathBuf,
    /// Models that come with the program.
    pub bundled_models_dir: PathBuf,
    /// The lung mask that comes with the program.
    pub lungs_dir: PathBuf,
    /// The data set that comes with the program.
    pub sample_dir: PathBuf,
    /// Decoded images.
    pub cache_dir: PathBuf,
    /// Threads for computing, at least 1.
    pub threads: u32,
}

/// What `Config::load` found: always something to work with, and what was wrong with the file.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub problem: Option<Error>,
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    models_dir: PathBuf,
    bundled_models_dir: PathBuf,
    lungs_dir: PathBuf,
    sample_dir: PathBuf,
    cache_dir: Option<PathBuf>,
    threads: u32,
}

impl Default for ConfigFile {
    fn default() -> Self {
        Self {
            models_dir: "models".into(),
            bundled_models_dir: "models/bundled".into(),
            lungs_dir: "models/lungs".into(),
            sample_dir: "assets/sample".into(),
            cache_dir: None,
            threads: 0,
        }
    }
}

impl Config {
    /// Finds and reads the configuration. A broken file is reported and its defaults are used instead.
    pub fn load() -> Loaded {
        match locate() {
            Some(file) => match Self::read(&file) {
                Ok(config) => Loaded { config, problem: None },
                Err(problem) => {
                    let root = parent(&file);
                    Loaded { config: ConfigFile::default().checked(&root, Some(file)), problem: Some(problem) }
                }
            },
            None => Loaded { config: ConfigFile::default().checked(&data_dir(), None), problem: None },
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// When it cannot be read, or with line and column when it is not what it should be.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(Error::io("read the configuration", file))?;
        let found: ConfigFile = ron::Options::default()
            .with_default_extension(Extensions::IMPLICIT_SOME)
            .from_str(&text)
            .map_err(|error| {
                let at = error.span.start;
                Error::Other(format!("{}, line {}, column {}: {}", file.display(), at.line, at.col, error.code))
            })?;
        if found.threads > MOST_THREADS {
            return Err(Error::Other(format!("{}: threads must be 0 to {MOST_THREADS}", file.display())));
        }
        Ok(found.checked(&parent(file), Some(file.to_path_buf())))
    }
}

impl Config {
    /// Where exports go when nobody can be asked: among the user's documents, else in the home folder. A user without either
    /// finds them beside the run folders.
    pub fn exports_dir(&self) -> PathBuf {
        let user = directories::UserDirs::new();
        let own = user.map(|user| user.document_dir().unwrap_or(user.home_dir()).to_path_buf());
        own.unwrap_or_else(|| parent(&self.models_dir)).join(EXPORTS)
    }
}

impl ConfigFile {
    fn checked(self, root: &Path, file: Option<PathBuf>) -> Config {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        Config {
            file,
            models_dir: root.join(self.models_dir),
            bundled_models_dir: root.join(self.bundled_models_dir),
            lungs_dir: root.join(self.lungs_dir),
            sample_dir: root.join(self.sample_dir),
            cache_dir: self.cache_dir.map_or_else(user_cache_dir, |dir| root.join(dir)),
            threads: if self.threads == 0 { cores } else { self.threads },
        }
    }
}

fn locate() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(ENVIRONMENT).filter(|named| !named.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|program| program.ancestors().skip(1));
    above.map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file()).or_else(|| {
        let here = std::env::current_dir().ok()?.join(FILE_NAME);
        here.is_file().then_some(here)
    })
}

fn parent(file: &Path) -> PathBuf {
    file.parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn data_dir() -> PathBuf {
    project_dirs().map_or_else(|| ".".into(), |dirs| dirs.data_dir().to_path_buf())
}

fn user_cache_dir() -> PathBuf {
    project_dirs().map_or_else(|| std::env::temp_dir().join("neuroscan"), |dirs| dirs.cache_dir().to_path_buf())
}

fn project_dirs() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "neuroscan")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    #[test]
    fn a_syntax_error_names_file_and_line() {
        let (_folder, file) = written("(\n    threads: 2,\n    models_dir: models,\n)");
        let message = Config::read(&file).unwrap_err().to_string();
        assert!(message.contains("config.ron, line 3"), "{message}");
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let (_folder, file) = written("(\n    thraeds: 2,\n)");
        let message = Config::read(&file).unwrap_err().to_string();
        assert!(message.contains("thraeds") && message.contains("line 2"), "{message}");
    }

    #[test]
    fn too_many_threads_are_refused() {
        let (_folder, file) = written("(threads: 5000)");
        assert!(Config::read(&file).unwrap_err().to_string().contains("0 to 1024"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = Config::read(Path::new("/nowhere/config.ron")).unwrap_err().to_string();
        assert!(message.contains("/nowhere/config.ron"), "{message}");
    }

    #[test]
    fn paths_are_relative_to_the_file_and_the_rest_has_defaults() {
        let (folder, file) = written("(models_dir: \"runs\", cache_dir: \"/tmp/cache\", threads: 3)");
        let config = Config::read(&file).unwrap();
        assert_eq!(config.models_dir, folder.path().join("runs"));
        assert_eq!(config.bundled_models_dir, folder.path().join("models/bundled"));
        assert_eq!(config.cache_dir, Path::new("/tmp/cache"));
        assert_eq!(config.threads, 3);
    }

    #[test]
    fn the_shipped_file_says_what_the_defaults_are() {
        let shipped = Config::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE_NAME)).unwrap();
        let defaults = ConfigFile::default().checked(Path::new(env!("CARGO_MANIFEST_DIR")), shipped.file.clone());
        assert_eq!(shipped, defaults);
    }
}
