//! What the engine has told: the one picture of the world that all panes share. What belongs to a screen is in its file.

mod compare;
mod data;
#[cfg(test)]
pub(crate) mod examples;
mod jobs;
mod thumbnails;
mod train;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{
    Analysis, Benchmark, CaseRef, DataSetSummary, EnsembleInfo, Finding, GrayImage, GroupTable, LatentMap, ModelId,
    ModelInfo, Plane, RunInfo, SampleId,
};
use crate::engine::message::{CaseImage, EngineEvent, Failure, MachineInfo, MemoryInfo, Notice};

pub use compare::Decoded;
pub use jobs::{JobStage, JobView};
pub use thumbnails::ThumbnailRequests;
pub use train::{LiveRun, SavedFilm};

/// A line of the log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Local clock, "13:05".
    pub time: String,
    pub warning: bool,
    pub text: String,
    /// What is shown where the whole has no room and says the most at its end.
    pub short: Option<String>,
}

/// Something to show at the bottom right.
#[derive(Clone, Debug, PartialEq)]
pub enum ToastMessage {
    Info(String),
    Warning(String),
    Error(Failure),
    /// Files were written: the folder can be opened.
    Written(Vec<PathBuf>),
}

/// Everything the panes may show.
#[derive(Default)]
pub struct State {
    pub machine: Option<Arc<MachineInfo>>,
    pub memory: MemoryInfo,
    pub data: Option<Arc<DataSetSummary>>,
    /// The data-set check and the seconds it took; `None` while it runs.
    pub findings: Option<(Arc<Vec<Finding>>, f64)>,
    /// Local clock when the check arrived, "12:40".
    pub checked_at: String,
    /// Why the last folder could not be opened; `None` once another opens or is tried.
    pub data_failure: Option<Failure>,
    /// Folders opened before, newest first.
    pub recent_folders: Vec<PathBuf>,
    /// In order of arrival; ended ones stay for the session.
    pub jobs: Vec<JobView>,
    /// As last read from disk, newest first.
    pub runs: Arc<Vec<RunInfo>>,
    /// As last read from disk, newest first.
    pub ensembles: Arc<Vec<EnsembleInfo>>,
    /// Runs of this session, newest last.
    pub live: Vec<LiveRun>,
    /// As read from run folders, newest last; few are kept.
    films: Vec<SavedFilm>,
    pub models: Vec<Arc<ModelInfo>>,
    pub analyses: HashMap<(CaseRef, ModelId), Result<Arc<Analysis>, Failure>>,
    pub cases: HashMap<CaseRef, Result<Arc<CaseImage>, Failure>>,
    pub thumbnails: HashMap<SampleId, Arc<GrayImage>>,
    pub benchmark: Option<Arc<Benchmark>>,
    /// Sorts the test images into further groups; read from the user's file.
    pub groups: Option<Arc<GroupTable>>,
    /// Latent spaces of the open data set.
    pub latents: HashMap<ModelId, Arc<LatentMap>>,
    /// The newest answer to a `Decode`.
    pub decoded: Option<Decoded>,
    /// That of another data set, measured before: what the next one is held against.
    pub benchmark_before: Option<Arc<Benchmark>>,
    pub log: Vec<LogLine>,
    /// Messages for toasts that no frame has shown yet.
    pub unseen: Vec<ToastMessage>,
    /// Keys of `analyses`, oldest first, and the bytes they hold.
    analysed: VecDeque<(CaseRef, ModelId)>,
    analysed_bytes: usize,
    /// Keys of `cases`, oldest first.
    loaded_cases: VecDeque<CaseRef>,
}

/// What is kept at most, so that a week of use ends with the memory of an hour.
mod limit {
    pub const ANALYSIS_BYTES: usize = 96 << 20;
    pub const CASES: usize = 24;
    pub const BATCHES: usize = 200_000;
    pub const PREVIEW_BYTES: usize = 24 << 20;
    pub const RUNS_WITH_PREVIEWS: usize = 6;
    pub const FILMS: usize = 4;
    pub const JOBS: usize = 200;
    pub const LOG: usize = 2_000;
    pub const TOASTS: usize = 20;
}

impl State {
    /// Takes in one report of the engine.
    pub fn apply(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Ready(machine) => {
                self.log(false, format!("{}, libtorch {}", machine.device_name, machine.libtorch));
                self.machine = Some(machine);
            }
            EngineEvent::Memory(memory) => self.memory = memory,
            EngineEvent::JobQueued { job, kind } => self.job_seen(job, kind, JobStage::Queued),
            EngineEvent::JobStarted { job, kind } => self.job_seen(job, kind, JobStage::Running),
            EngineEvent::JobProgress { job, progress } => self.job_progress(job, progress),
            EngineEvent::JobPaused { job, paused } => {
                self.job_stage(job, if paused { JobStage::Paused } else { JobStage::Running });
            }
            EngineEvent::JobEnded { job, outcome } => self.job_stage(job, JobStage::Ended(outcome)),
            EngineEvent::JobFailed { job, error } => self.job_failed(job, error),
            EngineEvent::DataOpened { data, .. } => self.data_opened(data),
            EngineEvent::DataChecked { findings, took_secs, .. } => {
                self.findings = Some((findings, took_secs));
                self.checked_at = clock();
            }
            EngineEvent::Thumbnail { sample, image } => {
                self.thumbnails.insert(sample, image);
            }
            EngineEvent::CaseLoaded { case, image } => self.case_loaded(case, Ok(image)),
            EngineEvent::Ensembles(ensembles) => self.ensembles = ensembles,
            EngineEvent::Runs(runs) => self.runs = runs,
            EngineEvent::RunChanged(run) => self.run_changed(&run),
            EngineEvent::TrainingStarted { job, run, steps_per_epoch } => {
                self.training_started(job, run, steps_per_epoch);
            }
            EngineEvent::TrainingBatch { job, step, loss, .. } => self.training_batch(job, step, loss),
            EngineEvent::TrainingEpoch { job, record, .. } => self.training_epoch(job, record),
            EngineEvent::TrainingPreview { job, preview, .. } => self.training_preview(job, preview),
            EngineEvent::FilmLoaded { folder, rows } => self.film_loaded(folder, rows),
            EngineEvent::TrainingEnded { job, run } => {
                self.stored_again(&run);
                if let Some(live) = self.live_mut(job) {
                    live.run = run;
                }
            }
            EngineEvent::EnsembleMade { ensemble, .. } => {
                self.log(false, format!("{} made of {} networks", ensemble.name, ensemble.members.len()));
            }
            EngineEvent::ModelLoaded(model) => self.model_loaded(model),
            EngineEvent::ModelUnloaded(id) => self.model_unloaded(&id),
            EngineEvent::ScoreChanged(model) => self.score_changed(&model),
            EngineEvent::Analysed(analysis) => {
                let key = (analysis.case.clone(), analysis.model.clone());
                self.analysed(key, Ok(analysis));
            }
            EngineEvent::CaseFailed { case, model: Some(model), error } => self.analysed((case, model), Err(error)),
            EngineEvent::CaseFailed { case, model: None, error } => self.case_loaded(case, Err(error)),
            EngineEvent::Benchmarked { benchmark, .. } => {
                self.log(
                    false,
                    match &benchmark.heatmaps {
                        Some(heatmaps) => format!("heatmaps measured in {:.0} s", heatmaps.took_secs),
                        None => format!("benchmark done in {:.0} s", benchmark.took_secs),
                    },
                );
                self.benchmark = Some(benchmark);
            }
            EngineEvent::GroupsRead { table, .. } => {
                let text =
                    format!("{} sorts {} images by {}", table.source, table.rows.len(), table.columns.join(", "));
                self.log(false, text.clone());
                self.toast(ToastMessage::Info(text));
                self.groups = Some(table);
            }
            EngineEvent::Explored { map, .. } => {
                self.log(false, format!("latent space of {} images in {:.0} s", map.points.len(), map.took_secs));
                self.latents.insert(map.model.clone(), map);
            }
            EngineEvent::Decoded { request, images, .. } => self.decoded = Some(Decoded { request, images }),
            EngineEvent::Rescored(benchmark) => self.benchmark = Some(benchmark),
            // Files are scored, and scores valued, by the command line, which listens itself.
            EngineEvent::Scored { .. } | EngineEvent::ScoresCalibrated { .. } => {}
            EngineEvent::ScoreFailed { error, .. } => self.log(true, error.message),
            EngineEvent::Exported { paths, .. } => {
                self.exported(&paths);
                self.toast(ToastMessage::Written(paths));
            }
            EngineEvent::Notice(Notice { warning, message, .. }) => {
                self.log(warning, message.clone());
                if warning {
                    self.toast(ToastMessage::Warning(message));
                }
            }
            EngineEvent::Failed(failure) => self.failure(failure),
        }
    }

    /// Adds a line to the log.
    pub fn log(&mut self, warning: bool, text: String) {
        if self.log.len() >= limit::LOG {
            self.log.drain(..limit::LOG / 4);
        }
        self.log.push(LogLine { time: clock(), warning, text, short: None });
    }

    /// One line, however many files: where they are.
    fn exported(&mut self, paths: &[PathBuf]) {
        let (Some(first), count) = (paths.first(), paths.len()) else { return };
        let place = if count == 1 { first.as_path() } else { first.parent().unwrap_or(first) };
        let what = if count == 1 { "wrote".to_owned() } else { format!("exported {count} files to") };
        self.log(false, format!("{what} {}", place.display()));
        if let (Some(line), Some(name)) = (self.log.last_mut(), place.file_name()) {
            line.short = Some(format!("{what} …/{}", name.to_string_lossy()));
        }
    }

    /// Shows a message at the bottom right.
    pub fn toast(&mut self, message: ToastMessage) {
        if self.unseen.len() < limit::TOASTS && self.unseen.last() != Some(&message) {
            self.unseen.push(message);
        }
    }

    /// Logs an error and shows it.
    pub fn failure(&mut self, failure: Failure) {
        let advice = if failure.advice.is_empty() { String::new() } else { format!(" {}", failure.advice) };
        self.log(true, format!("{}{advice}", failure.message));
        self.toast(ToastMessage::Error(failure));
    }
}

fn plane_bytes(plane: &Plane) -> usize {
    size_of_val(plane.values.as_slice())
}

/// The local time as hours and minutes.
fn clock() -> String {
    jiff::Zoned::now().strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, JobKind, JobOutcome};
    use crate::ui::state::examples::{failure, start};

    #[test]
    fn logs_toasts_and_jobs_do_not_grow_without_end() {
        let mut state = State::default();
        for index in 0..5_000 {
            state.apply(EngineEvent::Failed(failure(&format!("failure {index}"))));
            start(&mut state, index, JobKind::Export);
            state.apply(EngineEvent::JobEnded { job: JobId(index), outcome: JobOutcome::Done });
        }
        assert!(state.log.len() <= limit::LOG && state.unseen.len() <= limit::TOASTS);
        assert!(state.jobs.len() <= limit::JOBS);
        assert!(state.log.last().is_some_and(|line| line.text.contains("4999")));
    }

    #[test]
    fn an_export_is_one_line_that_names_its_folder() {
        let mut state = State::default();
        let paths = |names: &[&str]| names.iter().map(|name| PathBuf::from("/home/me/exports").join(name)).collect();
        state.apply(EngineEvent::Exported { job: JobId(1), paths: paths(&["a.csv", "b.csv", "README.txt"]) });
        state.apply(EngineEvent::Exported { job: JobId(2), paths: paths(&["case.png"]) });
        let lines: Vec<_> = state.log.iter().map(|line| (line.text.as_str(), line.short.as_deref())).collect();
        let folder = ("exported 3 files to /home/me/exports", Some("exported 3 files to …/exports"));
        assert_eq!(lines, [folder, ("wrote /home/me/exports/case.png", Some("wrote …/case.png"))]);
    }
}
