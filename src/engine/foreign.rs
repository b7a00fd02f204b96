//! Runs that another process trains: looked at now and then while there are any, so that the window hears of their epochs
//! and of their end.

use std::time::Duration;

use crate::domain::{ModelId, RunInfo, RunStatus};
use crate::store;

/// Reading a table of epochs takes less than a millisecond; an epoch seldom takes less than this.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// Those runs, as last told.
#[derive(Default)]
pub(super) struct Foreign(Vec<RunInfo>);

impl Foreign {
    /// Follows those of a listing that are being trained, but for `own`, which this process trains.
    pub fn follow(&mut self, runs: &[RunInfo], own: Option<&ModelId>) {
        let foreign = |run: &&RunInfo| run.status == RunStatus::Running && own != Some(&run.id);
        self.0 = runs.iter().filter(foreign).cloned().collect();
    }

    pub fn are_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Reads their folders again, tells what has changed, and lets those go that have ended. False when one cannot be read
    /// any more: then all runs are to be listed anew.
    pub fn look(&mut self, mut tell: impl FnMut(RunInfo)) -> bool {
        let mut readable = true;
        self.0.retain_mut(|known| {
            let Ok((now, _)) = store::open(&known.folder, known.bundled) else {
                readable = false;
                return false;
            };
            if now != *known {
                known.clone_from(&now);
                tell(now);
            }
            known.status == RunStatus::Running
        });
        readable
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::{Architecture, Preset, TrainingSettings};
    use crate::store::{DataRecord, NewRun, RunWriter, Versions};

    fn writer(models: &Path) -> RunWriter {
        let data = DataRecord {
            name: "sample".to_owned(),
            fingerprint: String::new(),
            root: None,
            split_seed: 7,
            without_copies: false,
            train_count: 0,
            validation_count: 0,
            development_count: 0,
        };
        let versions = Versions {
            neuroscan: "1.0.0".to_owned(),
            libtorch: "2.11.0".to_owned(),
            device: "CPU · 2 cores".to_owned(),
            threads: 2,
        };
        let settings = TrainingSettings::preset(Architecture::Vae, Preset::Recommended);
        RunWriter::create(models, None, NewRun { settings, data, split: Vec::new(), versions, parameters: 1 }).unwrap()
    }

    /// A lock counts against whoever did not take it, in the same process too.
    #[test]
    fn a_run_of_another_is_followed_until_it_ends() {
        let models = tempfile::tempdir().unwrap();
        let mut run = writer(models.path());
        let listed = store::list(models.path(), Path::new("none")).runs;
        let mut foreign = Foreign::default();
        foreign.follow(&listed, Some(&listed[0].id));
        assert!(!foreign.are_any(), "it is trained here");
        foreign.follow(&listed, None);
        let mut told = Vec::new();
        assert!(foreign.look(|run| told.push(run)) && told.is_empty(), "nothing has changed");
        run.finish(RunStatus::Interrupted, "stopped").unwrap();
        drop(run);
        assert!(foreign.look(|run| told.push(run)));
        assert_eq!(told.iter().map(|run| run.status).collect::<Vec<_>>(), [RunStatus::Interrupted]);
        assert!(!foreign.are_any());
    }

    #[test]
    fn a_run_that_was_killed_is_noticed_and_so_is_one_that_is_gone() {
        let models = tempfile::tempdir().unwrap();
        let (killed, gone) = (writer(models.path()), writer(models.path()));
        let mut foreign = Foreign::default();
        foreign.follow(&store::list(models.path(), Path::new("none")).runs, None);
        std::fs::remove_dir_all(gone.folder()).unwrap();
        drop(killed);
        let mut told = Vec::new();
        assert!(!foreign.look(|run| told.push(run.status)), "one cannot be read");
        assert_eq!(told, [RunStatus::Interrupted], "nobody holds its lock");
        assert!(!foreign.are_any());
    }
}
