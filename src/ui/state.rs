//! What the engine has told: the one picture of the world that all panes share.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::{
    Analysis, Benchmark, CaseRef, DataSetSummary, EpochRecord, FilmRow, Finding, GrayImage, GroupTable, JobId, JobKind,
    JobOutcome, JobProgress, LatentMap, LossComponents, ModelId, ModelInfo, Plane, Preview, RunInfo, SampleId,
};
use crate::engine::message::{CaseImage, EngineEvent, Failure, MachineInfo, MemoryInfo, Notice};

/// A job that is queued, runs or has ended in this session.
#[derive(Clone, Debug)]
pub struct JobView {
    pub id: JobId,
    pub kind: JobKind,
    pub stage: JobStage,
    pub progress: Option<JobProgress>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum JobStage {
    Queued,
    Running,
    Paused,
    Ended(JobOutcome),
    Failed(Failure),
}

impl JobView {
    pub fn is_active(&self) -> bool {
        matches!(self.stage, JobStage::Queued | JobStage::Running | JobStage::Paused)
    }

    /// Started, not ended: it runs or is paused.
    pub fn is_started(&self) -> bool {
        matches!(self.stage, JobStage::Running | JobStage::Paused)
    }
}

/// A run trained in this session, as it grows.
#[derive(Clone, Debug)]
pub struct LiveRun {
    pub job: JobId,
    pub run: Arc<RunInfo>,
    pub steps_per_epoch: u32,
    pub epochs: Vec<Arc<EpochRecord>>,
    /// One a batch, `(step, loss)`; step counts from 1 over the whole run. Thinned when there are very many.
    pub batches: Vec<(u64, LossComponents)>,
    /// By pinned case, then by epoch in order of arrival. Thinned when they grow large; first and newest stay.
    pub previews: Vec<Vec<Arc<Preview>>>,
}

/// The pictures that a run's folder keeps.
#[derive(Clone, Debug)]
pub struct SavedFilm {
    pub folder: PathBuf,
    pub rows: Arc<Vec<FilmRow>>,
    /// The case of each row in the open data set, where it is there.
    pub samples: Vec<Option<SampleId>>,
}

/// Images of codes, or why there are none.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub request: u64,
    pub images: Result<Vec<Arc<Plane>>, Failure>,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Local clock, "13:05".
    pub time: String,
    pub warning: bool,
    pub text: String,
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
    /// Thumbnails asked for and not answered yet.
    requested: HashSet<SampleId>,
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
                self.requested.remove(&sample);
                self.thumbnails.insert(sample, image);
            }
            EngineEvent::CaseLoaded { case, image } => self.case_loaded(case, Ok(image)),
            EngineEvent::Runs(runs) => self.runs = runs,
            EngineEvent::TrainingStarted { job, run, steps_per_epoch } => {
                self.training_started(job, run, steps_per_epoch);
            }
            EngineEvent::TrainingBatch { job, step, loss, .. } => self.training_batch(job, step, loss),
            EngineEvent::TrainingEpoch { job, record, .. } => self.training_epoch(job, record),
            EngineEvent::TrainingPreview { job, preview, .. } => self.training_preview(job, preview),
            EngineEvent::FilmLoaded { folder, rows } => self.film_loaded(folder, rows),
            EngineEvent::TrainingEnded { job, run } => {
                // There are more pictures in its folder than when they were read.
                self.films.retain(|film| film.folder != run.folder);
                if let Some(live) = self.live_mut(job) {
                    live.run = run;
                }
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
            // Files are scored, and models calibrated for all scores, by the command line, which listens itself.
            EngineEvent::Scored { .. } | EngineEvent::ScoresCalibrated { .. } => {}
            EngineEvent::ScoreFailed { error, .. } => self.log(true, error.message),
            EngineEvent::Exported { paths, .. } => {
                for path in &paths {
                    self.log(false, format!("wrote {}", path.display()));
                }
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

    /// The job that runs or is paused; the newest where there are several.
    pub fn current_job(&self) -> Option<&JobView> {
        self.jobs.iter().rev().find(|job| job.is_started())
    }

    /// The training that runs or is paused.
    pub fn training_job(&self) -> Option<&JobView> {
        self.jobs.iter().rev().find(|job| job.is_started() && matches!(job.kind, JobKind::Train(_)))
    }

    /// What the status bar shows: training before anything else.
    pub fn foremost_job(&self) -> Option<&JobView> {
        self.training_job().or_else(|| self.current_job())
    }

    /// Jobs that wait, first in line first.
    pub fn queue(&self) -> impl Iterator<Item = &JobView> {
        self.jobs.iter().filter(|job| job.stage == JobStage::Queued)
    }

    pub fn job(&self, id: JobId) -> Option<&JobView> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The opening of a data set that is queued or runs.
    pub fn opening(&self) -> Option<&JobView> {
        self.jobs.iter().rev().find(|job| job.is_active() && matches!(job.kind, JobKind::OpenData(_)))
    }

    /// A run of this session.
    pub fn live_run(&self, id: &ModelId) -> Option<&LiveRun> {
        self.live.iter().rev().find(|live| &live.run.id == id)
    }

    /// The run a training job writes.
    pub fn live_of_job(&self, job: JobId) -> Option<&LiveRun> {
        self.live.iter().rev().find(|live| live.job == job)
    }

    /// What was read of the pictures in a run's folder.
    pub fn film(&self, folder: &Path) -> Option<&SavedFilm> {
        self.films.iter().find(|film| film.folder == folder)
    }

    pub fn model(&self, id: &ModelId) -> Option<&Arc<ModelInfo>> {
        self.models.iter().find(|model| &model.id == id)
    }

    /// Of these samples, those without a thumbnail. Panes may ask for them anew every frame: what has been asked for
    /// already is sent to the engine once.
    pub fn missing_thumbnails(&self, wanted: impl IntoIterator<Item = SampleId>) -> Vec<SampleId> {
        wanted.into_iter().filter(|id| !self.thumbnails.contains_key(id)).collect()
    }

    /// What to ask the engine for when panes want these thumbnails: all that are missing, or nothing when each has
    /// been asked for. (A new request replaces an unanswered older one.)
    pub fn request_thumbnails(&mut self, wanted: impl IntoIterator<Item = SampleId>) -> Vec<SampleId> {
        let missing = self.missing_thumbnails(wanted);
        if missing.iter().all(|id| self.requested.contains(id)) {
            return Vec::new();
        }
        self.requested = missing.iter().copied().collect();
        missing
    }

    /// Adds a line to the log.
    pub fn log(&mut self, warning: bool, text: String) {
        if self.log.len() >= limit::LOG {
            self.log.drain(..limit::LOG / 4);
        }
        self.log.push(LogLine { time: clock(), warning, text });
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

    fn job_seen(&mut self, id: JobId, kind: JobKind, stage: JobStage) {
        if matches!(kind, JobKind::OpenData(_)) {
            self.data_failure = None;
        }
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) {
            job.stage = stage;
            return;
        }
        if self.jobs.len() >= limit::JOBS {
            let mut spare = self.jobs.len() - limit::JOBS + 1;
            self.jobs.retain(|job| {
                let keep = job.is_active() || spare == 0;
                spare -= usize::from(!keep);
                keep
            });
        }
        self.jobs.push(JobView { id, kind, stage, progress: None });
    }

    fn job_progress(&mut self, id: JobId, progress: JobProgress) {
        // Late progress of an ended job is stale.
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id && job.is_active()) {
            job.progress = Some(progress);
        }
    }

    fn job_stage(&mut self, id: JobId, stage: JobStage) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id && job.is_active()) {
            job.stage = stage;
        }
    }

    fn job_failed(&mut self, id: JobId, error: Failure) {
        if self.job(id).is_some_and(|job| matches!(job.kind, JobKind::OpenData(_))) {
            self.data_failure = Some(error.clone());
        }
        self.job_stage(id, JobStage::Failed(error.clone()));
        self.failure(error);
    }

    fn data_opened(&mut self, data: Arc<DataSetSummary>) {
        self.log(false, format!("{} opened: {} images in {:.1} s", data.name, data.samples.len(), data.opened_in_secs));
        self.findings = None;
        self.data_failure = None;
        self.thumbnails.clear();
        self.requested.clear();
        // Samples are indices into a data set, so what is known of another's no longer holds.
        self.analyses.retain(|(case, _), _| is_file(case));
        self.analysed.retain(|(case, _)| is_file(case));
        self.analysed_bytes = self.analyses.values().map(analysis_bytes).sum();
        self.cases.retain(|case, _| is_file(case));
        self.loaded_cases.retain(is_file);
        self.latents.clear();
        if self.data.as_ref().is_some_and(|open| open.fingerprint != data.fingerprint) {
            self.benchmark_before = self.benchmark.take().or_else(|| self.benchmark_before.take());
            self.groups = None;
        }
        for film in &mut self.films {
            film.samples = samples_of(&film.rows, Some(&*data));
        }
        self.data = Some(data);
    }

    fn film_loaded(&mut self, folder: PathBuf, rows: Arc<Vec<FilmRow>>) {
        self.films.retain(|film| film.folder != folder);
        if self.films.len() >= limit::FILMS {
            self.films.remove(0);
        }
        let samples = samples_of(&rows, self.data.as_deref());
        self.films.push(SavedFilm { folder, rows, samples });
    }

    fn case_loaded(&mut self, case: CaseRef, image: Result<Arc<CaseImage>, Failure>) {
        if self.cases.insert(case.clone(), image).is_none() {
            self.loaded_cases.push_back(case);
        }
        while self.loaded_cases.len() > limit::CASES {
            if let Some(oldest) = self.loaded_cases.pop_front() {
                self.cases.remove(&oldest);
            }
        }
    }

    fn analysed(&mut self, key: (CaseRef, ModelId), analysis: Result<Arc<Analysis>, Failure>) {
        self.analysed_bytes += analysis_bytes(&analysis);
        match self.analyses.insert(key.clone(), analysis) {
            Some(before) => self.analysed_bytes -= analysis_bytes(&before),
            None => self.analysed.push_back(key),
        }
        while self.analysed_bytes > limit::ANALYSIS_BYTES && self.analysed.len() > 1 {
            if let Some(oldest) = self.analysed.pop_front()
                && let Some(gone) = self.analyses.remove(&oldest)
            {
                self.analysed_bytes -= analysis_bytes(&gone);
            }
        }
    }

    fn model_loaded(&mut self, model: Arc<ModelInfo>) {
        self.log(false, format!("{} loaded", model.name));
        match self.models.iter_mut().find(|known| known.id == model.id) {
            Some(known) => {
                *known = model.clone();
                self.forget_analyses(&model.id);
                self.latents.remove(&model.id);
            }
            None => self.models.push(model),
        }
    }

    fn model_unloaded(&mut self, id: &ModelId) {
        self.models.retain(|model| &model.id != id);
        self.forget_analyses(id);
        self.latents.remove(id);
    }

    fn score_changed(&mut self, model: &Arc<ModelInfo>) {
        if let Some(known) = self.models.iter_mut().find(|known| known.id == model.id) {
            *known = Arc::clone(model);
            self.forget_analyses(&model.id);
            self.log(false, format!("{} scores by {}", model.name, model.score));
        }
    }

    fn forget_analyses(&mut self, id: &ModelId) {
        self.analyses.retain(|(_, model), _| model != id);
        self.analysed.retain(|(_, model)| model != id);
        self.analysed_bytes = self.analyses.values().map(analysis_bytes).sum();
    }

    fn live_mut(&mut self, job: JobId) -> Option<&mut LiveRun> {
        self.live.iter_mut().rev().find(|live| live.job == job)
    }

    fn training_started(&mut self, job: JobId, run: Arc<RunInfo>, steps_per_epoch: u32) {
        self.log(false, format!("{} started, seed {}", run.architecture().name(), run.settings.seed));
        let epochs = run.epochs.iter().cloned().map(Arc::new).collect();
        // A resumed run of this session goes on where it stood.
        let earlier = self.live.iter().position(|live| live.run.id == run.id).map(|index| self.live.remove(index));
        let (batches, previews) = earlier.map(|live| (live.batches, live.previews)).unwrap_or_default();
        self.live.push(LiveRun { job, run, steps_per_epoch, epochs, batches, previews });
        let old = self.live.len().saturating_sub(limit::RUNS_WITH_PREVIEWS);
        for live in &mut self.live[..old] {
            live.previews.clear();
        }
    }

    fn training_batch(&mut self, job: JobId, step: u64, loss: LossComponents) {
        let Some(live) = self.live_mut(job) else { return };
        // A resumed run repeats the steps after its last checkpoint.
        while live.batches.last().is_some_and(|(last, _)| *last >= step) {
            live.batches.pop();
        }
        live.batches.push((step, loss));
        if live.batches.len() > limit::BATCHES {
            let mut index = 0;
            live.batches.retain(|_| {
                index += 1;
                index % 2 == 0
            });
        }
    }

    fn training_epoch(&mut self, job: JobId, record: Arc<EpochRecord>) {
        let Some(live) = self.live_mut(job) else { return };
        live.epochs.retain(|known| known.epoch < record.epoch);
        let best = if record.best { " best" } else { "" };
        let line = format!("epoch {:<3} val {:.4}{best}", record.epoch, record.validation.recon);
        live.epochs.push(record);
        self.log(false, line);
    }

    fn training_preview(&mut self, job: JobId, preview: Arc<Preview>) {
        let Some(live) = self.live_mut(job) else { return };
        if live.previews.len() <= preview.pin {
            // A pin is a position among a handful.
            live.previews.resize(preview.pin.min(63) + 1, Vec::new());
        }
        let pins = live.previews.len();
        let Some(row) = live.previews.get_mut(preview.pin) else { return };
        row.retain(|known| known.epoch < preview.epoch);
        let bytes = plane_bytes(&preview.reconstruction) + plane_bytes(&preview.map);
        row.push(preview);
        if row.len() * bytes * pins > limit::PREVIEW_BYTES && row.len() > 8 {
            let last = row.len() - 1;
            let mut index = 0;
            row.retain(|_| {
                let keep = index == 0 || index == last || index % 2 == 0;
                index += 1;
                keep
            });
        }
    }
}

/// The cases of a film in a data set, by content.
fn samples_of(rows: &[FilmRow], data: Option<&DataSetSummary>) -> Vec<Option<SampleId>> {
    let find = |row: &FilmRow| {
        let case = row.case.as_ref()?;
        let at = data?.samples.iter().position(|sample| sample.hash == case.hash)?;
        Some(SampleId(at as u32))
    };
    rows.iter().map(find).collect()
}

/// Of no data set, painted or not.
fn is_file(case: &CaseRef) -> bool {
    matches!(case.original(), CaseRef::File(_))
}

fn plane_bytes(plane: &Plane) -> usize {
    size_of_val(plane.values.as_slice())
}

fn analysis_bytes(analysis: &Result<Arc<Analysis>, Failure>) -> usize {
    match analysis {
        Ok(analysis) => {
            let mask = analysis.lungs.as_ref().map_or(0, |lungs| plane_bytes(&lungs.mask));
            plane_bytes(&analysis.input) + plane_bytes(&analysis.reconstruction) + plane_bytes(&analysis.map) + mask
        }
        Err(_) => 256,
    }
}

/// The local time as hours and minutes.
fn clock() -> String {
    jiff::Zoned::now().strftime("%H:%M").to_string()
}

#[cfg(test)]
pub(crate) mod examples {
    //! A small made-up world for the tests of panes.

    use std::path::PathBuf;
    use std::sync::Arc;

    use crate::domain::{
        Abilities, Architecture, Calibration, DataSetSummary, Label, MapScale, ModelId, ModelInfo, Preset, RunInfo,
        RunStatus, Sample, Split, TrainingSettings,
    };

    /// Ten images of each kind the Kaggle layout has.
    pub fn data() -> Arc<DataSetSummary> {
        let kinds = [
            (Split::Train, Label::Healthy, "normal"),
            (Split::Validation, Label::Healthy, "normal"),
            (Split::Development, Label::Diseased, "bacterial"),
            (Split::Test, Label::Healthy, "normal"),
            (Split::Test, Label::Diseased, "viral"),
        ];
        let samples = kinds
            .iter()
            .flat_map(|&(split, label, finding)| {
                (0..10).map(move |index| Sample {
                    path: format!("{}/{finding}-{index:02}.jpeg", split.name().to_lowercase()),
                    label: Some(label),
                    split,
                    patient: Some(format!("p{index}")),
                    finding: Some(finding.to_owned()),
                    width: 224,
                    height: 224,
                    file_bytes: 9_000,
                    hash: format!("{split:?}{label:?}{}", index / 2 * 2),
                    boxes: Vec::new(),
                })
            })
            .collect();
        Arc::new(DataSetSummary {
            root: PathBuf::from("/data/chest_xray"),
            name: "chest_xray".to_owned(),
            bundled: false,
            samples,
            rejected: Vec::new(),
            split_seed: 7,
            without_copies: false,
            opened_in_secs: 0.4,
            fingerprint: "f".to_owned(),
        })
    }

    pub fn run(id: &str, architecture: Architecture) -> RunInfo {
        RunInfo {
            id: ModelId(id.to_owned()),
            folder: PathBuf::from("/models").join(id),
            bundled: false,
            settings: TrainingSettings::preset(architecture, Preset::Recommended),
            status: RunStatus::Running,
            started_unix_secs: 1_760_000_000,
            data_name: "chest_xray".to_owned(),
            train_count: 1147,
            validation_count: 194,
            epochs: Arc::default(),
            best_epoch: None,
            parameters: 300_000,
            usable: false,
        }
    }

    pub fn model(id: &str, architecture: Architecture) -> Arc<ModelInfo> {
        let settings = TrainingSettings::preset(architecture, Preset::Recommended);
        let healthy_scores: Vec<f64> = (0..194).map(|index| f64::from(index) / 193.0).collect();
        Arc::new(ModelInfo {
            id: ModelId(id.to_owned()),
            folder: PathBuf::from("/models").join(id),
            bundled: true,
            architecture,
            name: architecture.name().to_owned(),
            score: settings.score.into(),
            settings,
            abilities: Abilities { code: true, divergence: false, variance: false, lungs: true },
            calibrated: Arc::default(),
            parameters: 300_000,
            training_secs: 120.0,
            training_cpu_secs: None,
            best_epoch: 97,
            calibration: Arc::new(Calibration {
                healthy_scores,
                mean: 0.5,
                sd: 0.25,
                map_scale: MapScale { typical: 0.01, p999: 0.2 },
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, PinnedCase};

    fn failure(message: &str) -> Failure {
        Failure { message: message.to_owned(), advice: "Try again.".to_owned() }
    }

    fn plane(side: u32) -> Arc<Plane> {
        Arc::new(Plane::new(side, side, vec![0.0; (side * side) as usize]))
    }

    fn analysis(sample: u32, model: &str, side: u32) -> Arc<Analysis> {
        Arc::new(Analysis {
            model: ModelId(model.to_owned()),
            case: CaseRef::Sample(SampleId(sample)),
            input: plane(side),
            reconstruction: plane(side),
            map: plane(side),
            lungs: Err(crate::domain::NoLungs::Unknown("not found".into())),
            score: 1.0,
            sigma: 1.0,
            p_value: 0.1,
            share_lower: 0.9,
            threshold_sigma: 1.8,
            seen_in_training: false,
            took_ms: 3.0,
        })
    }

    fn start(state: &mut State, job: u64, kind: JobKind) {
        state.apply(EngineEvent::JobQueued { job: JobId(job), kind: kind.clone() });
        state.apply(EngineEvent::JobStarted { job: JobId(job), kind });
    }

    #[test]
    fn events_of_unknown_or_ended_jobs_change_nothing() {
        let mut state = State::default();
        let progress = JobProgress { stage: "late".to_owned(), done: 1, total: 2, images_per_s: None, left_secs: None };
        state.apply(EngineEvent::JobProgress { job: JobId(9), progress: progress.clone() });
        state.apply(EngineEvent::JobEnded { job: JobId(9), outcome: JobOutcome::Done });
        assert!(state.jobs.is_empty());
        start(&mut state, 1, JobKind::Benchmark);
        state.apply(EngineEvent::JobEnded { job: JobId(1), outcome: JobOutcome::Cancelled });
        state.apply(EngineEvent::JobProgress { job: JobId(1), progress });
        state.apply(EngineEvent::JobPaused { job: JobId(1), paused: true });
        assert_eq!(state.jobs[0].stage, JobStage::Ended(JobOutcome::Cancelled));
        assert!(state.jobs[0].progress.is_none());
        let loss = LossComponents::default();
        let run = ModelId("gone".to_owned());
        state.apply(EngineEvent::TrainingBatch { job: JobId(9), run, epoch: 1, step: 1, loss });
        assert!(state.live.is_empty());
    }

    #[test]
    fn a_failed_folder_is_explained_until_another_is_tried() {
        let mut state = State::default();
        start(&mut state, 1, JobKind::OpenData(PathBuf::from("/tmp")));
        state.apply(EngineEvent::JobFailed { job: JobId(1), error: failure("no images: /tmp") });
        assert_eq!(state.data_failure, Some(failure("no images: /tmp")));
        assert!(matches!(state.unseen.as_slice(), [ToastMessage::Error(_)]));
        assert!(state.log.iter().any(|line| line.warning && line.text.contains("no images")));
        start(&mut state, 2, JobKind::OpenData(PathBuf::from("/home")));
        assert_eq!(state.data_failure, None);
        assert_eq!(state.opening().map(|job| job.id), Some(JobId(2)));
    }

    #[test]
    fn training_stands_before_other_jobs_in_the_status_bar() {
        let mut state = State::default();
        start(&mut state, 1, JobKind::Train(Architecture::Vae));
        start(&mut state, 2, JobKind::OpenData(PathBuf::from("/data")));
        state.apply(EngineEvent::JobQueued { job: JobId(3), kind: JobKind::Train(Architecture::Gan) });
        assert_eq!(state.current_job().map(|job| job.id), Some(JobId(2)));
        assert_eq!(state.foremost_job().map(|job| job.id), Some(JobId(1)));
        assert_eq!(state.queue().map(|job| job.id).collect::<Vec<_>>(), [JobId(3)]);
        state.apply(EngineEvent::JobPaused { job: JobId(1), paused: true });
        assert_eq!(state.training_job().map(|job| job.stage.clone()), Some(JobStage::Paused));
    }

    #[test]
    fn another_data_set_forgets_what_samples_meant() {
        let mut state = State::default();
        state.apply(EngineEvent::DataOpened { job: JobId(1), data: examples::data() });
        state.apply(EngineEvent::Analysed(analysis(3, "vae", 8)));
        let image = Arc::new(GrayImage::new(1, 1, vec![0]));
        state.apply(EngineEvent::Thumbnail { sample: SampleId(3), image });
        state.apply(EngineEvent::DataChecked { job: JobId(1), findings: Arc::default(), took_secs: 1.0 });
        state.apply(EngineEvent::DataOpened { job: JobId(2), data: examples::data() });
        assert!(state.analyses.is_empty() && state.thumbnails.is_empty() && state.findings.is_none());
        assert_eq!(state.analysed_bytes, 0);
    }

    #[test]
    fn analyses_are_bounded_by_memory_and_the_newest_stay() {
        let mut state = State::default();
        for sample in 0..200 {
            state.apply(EngineEvent::Analysed(analysis(sample, "vae", 256)));
        }
        assert!(state.analysed_bytes <= limit::ANALYSIS_BYTES);
        assert!(state.analyses.len() < 200);
        assert_eq!(state.analyses.len(), state.analysed.len());
        assert!(state.analyses.contains_key(&(CaseRef::Sample(SampleId(199)), ModelId("vae".to_owned()))));
        state.apply(EngineEvent::ModelUnloaded(ModelId("vae".to_owned())));
        assert_eq!((state.analyses.len(), state.analysed_bytes), (0, 0));
    }

    #[test]
    fn thumbnails_are_asked_for_once_unless_the_view_moves() {
        let mut state = State::default();
        let ids = |range: std::ops::Range<u32>| range.map(SampleId);
        assert_eq!(state.request_thumbnails(ids(0..3)).len(), 3);
        assert!(state.request_thumbnails(ids(0..3)).is_empty(), "already asked for");
        let image = Arc::new(GrayImage::new(1, 1, vec![0]));
        state.apply(EngineEvent::Thumbnail { sample: SampleId(0), image });
        assert_eq!(state.request_thumbnails(ids(0..4)), [SampleId(1), SampleId(2), SampleId(3)]);
    }

    #[test]
    fn a_resumed_run_repeats_no_point() {
        let mut state = State::default();
        let run = Arc::new(examples::run("vae-1", Architecture::Vae));
        let loss = LossComponents::default();
        let id = run.id.clone();
        state.apply(EngineEvent::TrainingStarted { job: JobId(1), run: run.clone(), steps_per_epoch: 2 });
        for step in 1..=5 {
            state.apply(EngineEvent::TrainingBatch { job: JobId(1), run: id.clone(), epoch: 1, step, loss });
        }
        state.apply(EngineEvent::TrainingStarted { job: JobId(2), run, steps_per_epoch: 2 });
        state.apply(EngineEvent::TrainingBatch { job: JobId(2), run: id.clone(), epoch: 2, step: 3, loss });
        let live = state.live_run(&id).unwrap();
        assert_eq!(live.batches.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(state.live.len(), 1);
    }

    #[test]
    fn long_trainings_keep_their_first_and_newest_previews() {
        let mut state = State::default();
        let run = Arc::new(examples::run("vae-1", Architecture::Vae));
        let id = run.id.clone();
        state.apply(EngineEvent::TrainingStarted { job: JobId(1), run, steps_per_epoch: 1 });
        let shared = plane(128);
        for epoch in 0..2_000 {
            let preview = Preview {
                epoch,
                pin: 1,
                case: Some(CaseRef::Sample(SampleId(0))),
                input: shared.clone(),
                reconstruction: shared.clone(),
                map: shared.clone(),
            };
            state.apply(EngineEvent::TrainingPreview { job: JobId(1), run: id.clone(), preview: Arc::new(preview) });
        }
        let row = &state.live[0].previews[1];
        assert!(row.len() < 200, "{}", row.len());
        assert_eq!((row[0].epoch, row[row.len() - 1].epoch), (0, 1_999));
        assert!(row.windows(2).all(|pair| pair[0].epoch < pair[1].epoch));
    }

    #[test]
    fn films_are_few_and_find_their_cases_in_the_open_data_set() {
        let mut state = State::default();
        let data = examples::data();
        let case = PinnedCase { path: "x".to_owned(), hash: data.samples[12].hash.clone() };
        let rows = Arc::new(vec![
            FilmRow { case: Some(case), previews: Vec::new() },
            FilmRow { case: None, previews: Vec::new() },
        ]);
        let folder = |index: usize| PathBuf::from(format!("/models/{index}"));
        for index in 0..9 {
            state.apply(EngineEvent::FilmLoaded { folder: folder(index), rows: rows.clone() });
        }
        assert_eq!(state.films.len(), limit::FILMS);
        assert!(state.film(&folder(0)).is_none());
        assert_eq!(state.film(&folder(8)).unwrap().samples, [None, None]);
        state.apply(EngineEvent::DataOpened { job: JobId(1), data });
        assert_eq!(state.film(&folder(8)).unwrap().samples, [Some(SampleId(12)), None]);
        let run = RunInfo { folder: folder(8), ..examples::run("8", Architecture::Vae) };
        state.apply(EngineEvent::TrainingEnded { job: JobId(2), run: Arc::new(run) });
        assert!(state.film(&folder(8)).is_none(), "there are more pictures now");
    }

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
    fn a_model_loaded_again_replaces_itself() {
        let mut state = State::default();
        state.apply(EngineEvent::ModelLoaded(examples::model("vae-1", Architecture::Vae)));
        state.apply(EngineEvent::Analysed(analysis(3, "vae-1", 8)));
        state.apply(EngineEvent::ModelLoaded(examples::model("vae-1", Architecture::Vae)));
        assert_eq!(state.models.len(), 1);
        assert!(state.analyses.is_empty(), "its analyses were another checkpoint's");
    }
}
