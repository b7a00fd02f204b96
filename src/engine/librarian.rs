//! The thread for small errands on disk: listing and deleting runs, tables of groups, exports.

use std::collections::{HashSet, VecDeque};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::failure::guarded;
use super::foreign::{BETWEEN_LOOKS, Foreign};
use super::jobs::Job;
use super::machine::{self, Niceness};
use super::mailbox::Waited;
use super::message::EngineEvent;
use super::names;
use super::shared::Shared;
use super::viewer;
use crate::dataset;
use crate::domain::{Benchmark, GroupTable, JobId, JobKind, JobOutcome, ThresholdRule};
use crate::error::{Error, Result};
use crate::evaluation;
use crate::reports;
use crate::store::{self, write_file};

/// Errands in order of arrival.
pub(crate) type Errands = VecDeque<Errand>;

/// One thing to do.
pub(crate) enum Errand {
    Export { job: Arc<Job>, what: Export },
    ReadGroups { job: Arc<Job>, path: PathBuf },
    ListRuns,
    DeleteRun(PathBuf),
}

pub(crate) enum Export {
    Image { width: u32, height: u32, rgba: Arc<Vec<u8>>, path: PathBuf },
    Text { text: String, path: PathBuf },
    Benchmark { benchmark: Arc<Benchmark>, groups: Option<Arc<GroupTable>>, rule: ThresholdRule, folder: PathBuf },
}

/// Queues an export as a job.
pub(crate) fn export(shared: &Shared, id: JobId, what: Export) {
    let job = shared.jobs.add(id, JobKind::Export);
    run_errand_later(shared, Errand::Export { job, what });
}

/// Reads a table of groups as a job.
pub(crate) fn read_groups(shared: &Shared, id: JobId, path: PathBuf) {
    let job = shared.jobs.add(id, JobKind::ReadGroups);
    run_errand_later(shared, Errand::ReadGroups { job, path });
}

/// Reads all run folders again, and tells.
pub(crate) fn list_runs(shared: &Shared) {
    shared.librarian.change(|errands| {
        // One that waits will see what this one would.
        if !errands.iter().any(|errand| matches!(errand, Errand::ListRuns)) {
            errands.push_back(Errand::ListRuns);
        }
    });
}

pub(crate) fn delete_run(shared: &Shared, folder: PathBuf) {
    run_errand_later(shared, Errand::DeleteRun(folder));
}

pub(crate) fn run_errand_later(shared: &Shared, errand: Errand) {
    shared.librarian.change(|errands| errands.push_back(errand));
}

/// The thread: until the engine closes.
pub(crate) fn run(shared: &Shared) {
    machine::yield_to_window(Niceness::Background);
    let mut shelf = Shelf { shared, told: HashSet::new(), foreign: Foreign::default() };
    let mut next_look = None;
    loop {
        match shared.librarian.take_until(next_look, VecDeque::pop_front) {
            Waited::Picked(errand) => shelf.carry_out(errand),
            Waited::InVain => shelf.look(),
            Waited::Closed => return,
        }
        let due = next_look.filter(|due| *due > Instant::now());
        next_look = shelf.foreign.are_any().then(|| due.unwrap_or_else(|| Instant::now() + BETWEEN_LOOKS));
    }
}

/// What the thread knows of the run folders.
struct Shelf<'a> {
    shared: &'a Shared,
    /// What was said of damaged ones.
    told: HashSet<String>,
    foreign: Foreign,
}

impl Shelf<'_> {
    fn carry_out(&mut self, errand: Errand) {
        let shared = self.shared;
        match errand {
            Errand::Export { job, what } => {
                shared.outbox.send(EngineEvent::JobStarted { job: job.id, kind: job.kind.clone() });
                let result = guarded(|| write(what)).map(|paths| {
                    shared.outbox.send(EngineEvent::Exported { job: job.id, paths });
                    JobOutcome::Done
                });
                shared.jobs.end(&job, result, &shared.outbox);
            }
            Errand::ReadGroups { job, path } => {
                shared.outbox.send(EngineEvent::JobStarted { job: job.id, kind: job.kind.clone() });
                let result = guarded(|| groups(shared, &path)).map(|table| {
                    shared.outbox.send(EngineEvent::GroupsRead { job: job.id, table: Arc::new(table) });
                    JobOutcome::Done
                });
                shared.jobs.end(&job, result, &shared.outbox);
            }
            Errand::ListRuns => self.tell_runs(),
            Errand::DeleteRun(folder) => {
                if let Err(error) = guarded(|| delete(shared, &folder)) {
                    shared.outbox.send(EngineEvent::Failed(error.into()));
                }
                self.tell_runs();
            }
        }
    }

    /// Tells which runs there are, and of each damaged one once.
    fn tell_runs(&mut self) {
        let shared = self.shared;
        let store::Listing { runs, ensembles, damaged } =
            store::list(&shared.config.models_dir, &shared.config.bundled_models_dir);
        for error in damaged {
            let message = format!("A model cannot be used: {error}");
            if self.told.insert(message.clone()) {
                shared.notice(None, &message);
            }
        }
        self.foreign.follow(&runs, shared.writing().as_ref());
        shared.outbox.send(EngineEvent::Ensembles(Arc::new(ensembles)));
        shared.outbox.send(EngineEvent::Runs(Arc::new(runs)));
    }

    /// Tells what has become of runs that others train.
    fn look(&mut self) {
        let outbox = &self.shared.outbox;
        if !self.foreign.look(|run| outbox.send(EngineEvent::RunChanged(Arc::new(run)))) {
            self.tell_runs();
        }
    }
}

/// Reads a table of groups; one that names no image of the open data set is an error.
fn groups(shared: &Shared, path: &Path) -> Result<GroupTable> {
    let table = dataset::read_groups(path)?;
    let Some(data) = shared.open_data() else { return Ok(table) };
    let samples = &data.summary().samples;
    if evaluation::count_in_table(&table, samples.iter().map(|sample| sample.path.as_str())) == 0 {
        let first = |path: Option<&String>| path.map_or_else(String::new, String::clone);
        return Err(Error::DataSet {
            message: format!(
                "none of its {} rows names an image of {}; the first is {}, an image is {}",
                table.rows.len(),
                data.summary().name,
                first(table.rows.first().map(|row| &row.image)),
                first(samples.first().map(|sample| &sample.path)),
            ),
            advice: "Open the data set that the table is about, or name the images by path or file name.".to_owned(),
            path: path.to_path_buf(),
        });
    }
    Ok(table)
}

fn delete(shared: &Shared, folder: &Path) -> Result<()> {
    store::delete(folder, &shared.config.bundled_models_dir)?;
    if let Some(model) = shared.change_loaded(|loaded| names::of_folder(folder, loaded).map(|model| model.id.clone())) {
        viewer::unload(shared, model);
    }
    Ok(())
}

pub(super) fn write(what: Export) -> Result<Vec<PathBuf>> {
    match what {
        Export::Benchmark { benchmark, groups, rule, folder } => {
            reports::write(&benchmark, groups.as_deref(), rule, &folder)
        }
        Export::Text { text, path } => {
            write_file(&path, |file| file.write_all(text.as_bytes()).map_err(Error::io("write", &path)))?;
            Ok(vec![path])
        }
        Export::Image { width, height, rgba, path } => {
            let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
            let image = image::RgbImage::from_raw(width, height, rgb)
                .ok_or_else(|| Error::Other(format!("The picture is not {width} × {height} pixels.")))?;
            write_file(&path, |file| {
                image.write_to(file, image::ImageFormat::Png).map_err(|error| Error::Io {
                    action: "write the picture",
                    source: std::io::Error::other(error),
                    path: path.clone(),
                })
            })?;
            Ok(vec![path])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_wrong_size_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        let what = Export::Image { width: 3, height: 2, rgba: Arc::new(vec![0; 4]), path: path.clone() };
        assert!(write(what).is_err());
        assert!(!path.exists());
    }

    #[test]
    fn a_picture_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/x.png");
        let rgba = Arc::new(vec![1, 2, 3, 255, 4, 5, 6, 255]);
        write(Export::Image { width: 2, height: 1, rgba, path: path.clone() }).unwrap();
        assert_eq!(image::open(&path).unwrap().to_rgb8().into_raw(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().join("log.txt");
        let error = write(Export::Text { text: "x".into(), path }).unwrap_err();
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }
}
