//! What goes into the engine and what comes out. No tensor crosses: images and maps are plain memory.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{
    Analysis, Benchmark, CaseRef, Contender, DataSetSummary, EnsembleInfo, EpochRecord, FilmRow, Finding, GrayImage,
    GroupTable, ImageScore, Interval, JobId, JobKind, JobOutcome, JobProgress, LatentMap, LossComponents, MemberChoice,
    ModelId, ModelInfo, Plane, Preview, RunInfo, SampleId, Scoring, Segment, ThresholdRule, TrainingSettings,
};

/// Codes that one `Decode` may hold: what a screen shows at once.
pub const MOST_CODES: usize = 64;

/// A request. Long work becomes a job: it is queued, reports progress and can be cancelled.
#[derive(Clone, Debug)]
pub enum EngineCommand {
    /// Scan, split, preprocess and check a folder. Replaces the open data set when it succeeds, not before.
    OpenData {
        job: JobId,
        source: DataSource,
        options: DataOptions,
    },
    /// Decode thumbnails; answered one by one, nearest request first. A new request replaces an unanswered older one.
    Thumbnails {
        samples: Vec<SampleId>,
        side: u32,
    },
    /// Read the pictures that a run's folder keeps of its pinned cases; a newer request replaces an unanswered older one.
    LoadFilm {
        folder: PathBuf,
    },
    /// Read all run folders again.
    ListRuns,
    /// Train from scratch on the open data set, behind whatever is queued.
    Train {
        job: JobId,
        settings: Box<TrainingSettings>,
        pins: Vec<SampleId>,
        out: Option<PathBuf>,
    },
    /// Go on with an interrupted run.
    Resume {
        job: JobId,
        folder: PathBuf,
        pins: Vec<SampleId>,
    },
    /// Calibrate runs for every score they can be given, on their images in the open data set or where these were, keep that
    /// in the run folders and load them. An interrupted run gets its first calibration, of its best checkpoint as it is.
    Calibrate {
        job: JobId,
        folders: Vec<PathBuf>,
    },
    /// Pause the training that runs; it keeps its place and its memory.
    Pause {
        job: JobId,
    },
    Continue {
        job: JobId,
    },
    /// Training: end after this batch, keep best and last checkpoint. Anything else: cancel. Queued: leave the queue.
    Stop {
        job: JobId,
    },
    /// Delete a run folder or an ensemble of the user's (never a bundled one).
    DeleteRun {
        folder: PathBuf,
    },
    /// Load a run folder or a `.safetensors` beside its `run.json`. An interrupted run is calibrated first, where its images
    /// are in the open data set or where they were.
    LoadModel {
        path: PathBuf,
    },
    UnloadModel {
        model: ModelId,
    },
    /// Show one case to some models; a newer request replaces an unanswered older one.
    Analyse {
        case: CaseRef,
        models: Vec<ModelId>,
    },
    /// Read a case at full resolution for display.
    LoadCase {
        case: CaseRef,
    },
    /// Score a loaded model by something else from now on; answered by `ScoreChanged`. One that it is not calibrated for is
    /// calibrated on the validation images of its run, where the open data set has them.
    SetScore {
        model: ModelId,
        score: Scoring,
    },
    /// Put trained runs together to one model that is scored by the weighted mean of theirs, and load it. Answered by
    /// `EnsembleMade`.
    /// Its maps are placed among healthy pixels where the open data set has the runs' validation images.
    MakeEnsemble {
        job: JobId,
        members: Vec<MemberChoice>,
        /// What it is called; "Ensemble of 3" without.
        name: Option<String>,
        /// Its folder, which must be empty or not exist; a new one among the runs without.
        out: Option<PathBuf>,
    },
    /// Paint lesions onto healthy test images and measure how well the models' maps show them. Answered by `Benchmarked`:
    /// the same benchmark with `heatmaps`.
    MeasureHeatmaps {
        job: JobId,
        benchmark: Arc<Benchmark>,
        models: Vec<ModelId>,
    },
    /// Score validation, development and test images by the models and the baselines. A model may take part by several
    /// scores.
    Benchmark {
        job: JobId,
        models: Vec<Contender>,
    },
    /// The same benchmark with models by other scores: at once, from what was measured for it; answered by `Rescored`. Where
    /// a model was not timed by a score yet, a second `Rescored` follows with its time.
    Rescore {
        benchmark: Arc<Benchmark>,
        models: Vec<Contender>,
    },
    /// Score image files, and those in folders, wherever they are; needs no open data set. A file that cannot be read is
    /// reported and the others go on.
    Score {
        job: JobId,
        models: Vec<Contender>,
        inputs: Vec<PathBuf>,
        /// Where to draw each image with its map over it.
        heatmaps: Option<PathBuf>,
    },
    /// Read a table that sorts images into groups.
    ReadGroups {
        job: JobId,
        path: PathBuf,
    },
    /// Encode the open data set by one model and fit principal components to its training images' codes.
    Explore {
        job: JobId,
        model: ModelId,
    },
    /// Decode codes, [`MOST_CODES`] at most; a newer request replaces an unanswered older one.
    Decode {
        model: ModelId,
        codes: Vec<Vec<f32>>,
        /// Comes back with the answer.
        request: u64,
    },
    /// Write a benchmark's tables and figures.
    ExportBenchmark {
        job: JobId,
        benchmark: Arc<Benchmark>,
        /// Sorts the test images into further groups.
        groups: Option<Arc<GroupTable>>,
        /// What thresholds are drawn by.
        rule: ThresholdRule,
        folder: PathBuf,
    },
    /// Write a picture that the window drew.
    ExportImage {
        job: JobId,
        width: u32,
        height: u32,
        rgba: Arc<Vec<u8>>,
        path: PathBuf,
    },
    /// Write text (a log, a data-set check).
    ExportText {
        job: JobId,
        text: String,
        path: PathBuf,
    },
    /// Stop everything and end the threads.
    Shutdown,
}

/// Where images come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataSource {
    BundledSample,
    Folder(PathBuf),
}

/// How a folder is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataOptions {
    pub split_seed: u64,
    pub without_copies: bool,
}

impl Default for DataOptions {
    fn default() -> Self {
        Self { split_seed: 7, without_copies: false }
    }
}

/// A report. Events that belong to a job carry its id.
#[derive(Clone, Debug)]
pub enum EngineEvent {
    /// Once, when the device is known.
    Ready(Arc<MachineInfo>),
    /// Every second or so.
    Memory(MemoryInfo),

    JobQueued {
        job: JobId,
        kind: JobKind,
    },
    JobStarted {
        job: JobId,
        kind: JobKind,
    },
    /// May be dropped when the listener is slow.
    JobProgress {
        job: JobId,
        progress: JobProgress,
    },
    JobPaused {
        job: JobId,
        paused: bool,
    },
    JobEnded {
        job: JobId,
        outcome: JobOutcome,
    },
    JobFailed {
        job: JobId,
        error: Failure,
    },

    DataOpened {
        job: JobId,
        data: Arc<DataSetSummary>,
    },
    /// The data-set check, when it is done; worst first.
    DataChecked {
        job: JobId,
        findings: Arc<Vec<Finding>>,
        took_secs: f64,
    },
    Thumbnail {
        sample: SampleId,
        image: Arc<GrayImage>,
    },
    /// The pixels of a case as stored in the file, at most 1,024 px a side.
    CaseLoaded {
        case: CaseRef,
        image: Arc<CaseImage>,
    },

    /// Before each `Runs`, newest first.
    Ensembles(Arc<Vec<EnsembleInfo>>),
    Runs(Arc<Vec<RunInfo>>),
    /// A run that another process trains has grown or ended.
    RunChanged(Arc<RunInfo>),
    /// The run folder exists; steps follow.
    TrainingStarted {
        job: JobId,
        run: Arc<RunInfo>,
        steps_per_epoch: u32,
    },
    /// One batch; may be dropped.
    TrainingBatch {
        job: JobId,
        run: ModelId,
        epoch: u32,
        step: u64,
        loss: LossComponents,
    },
    TrainingEpoch {
        job: JobId,
        run: ModelId,
        record: Arc<EpochRecord>,
    },
    TrainingPreview {
        job: JobId,
        run: ModelId,
        preview: Arc<Preview>,
    },
    /// What a run's folder keeps of its pinned cases; no rows when it keeps nothing that can be read.
    FilmLoaded {
        folder: PathBuf,
        rows: Arc<Vec<FilmRow>>,
    },
    /// The run as it ended; a usable one follows as `ModelLoaded`.
    TrainingEnded {
        job: JobId,
        run: Arc<RunInfo>,
    },

    /// The ensemble's folder exists; `ModelLoaded` follows.
    EnsembleMade {
        job: JobId,
        ensemble: Arc<EnsembleInfo>,
    },
    ModelLoaded(Arc<ModelInfo>),
    ModelUnloaded(ModelId),
    /// A loaded model scores by something else, or on a new scale: what it said about cases no longer holds.
    ScoreChanged(Arc<ModelInfo>),
    Analysed(Arc<Analysis>),
    /// A case could not be shown to a model (or to any, when `model` is `None`).
    CaseFailed {
        case: CaseRef,
        model: Option<ModelId>,
        error: Failure,
    },
    /// A model was calibrated for every score, and what each is worth on development images; empty without those.
    ScoresCalibrated {
        job: JobId,
        folder: PathBuf,
        worth: Arc<Vec<ScoreWorth>>,
    },
    Benchmarked {
        job: JobId,
        benchmark: Arc<Benchmark>,
    },
    GroupsRead {
        job: JobId,
        table: Arc<GroupTable>,
    },
    Explored {
        job: JobId,
        map: Arc<LatentMap>,
    },
    /// The images of a `Decode`, in the order of its codes, each in [0, 1].
    Decoded {
        model: ModelId,
        request: u64,
        images: Result<Vec<Arc<Plane>>, Failure>,
    },
    /// A benchmark with other scores of its models.
    Rescored(Arc<Benchmark>),
    /// One file of a `Score`, by every model in the order chosen; files in the order found.
    Scored {
        job: JobId,
        path: PathBuf,
        scores: Arc<Vec<ImageScore>>,
    },
    /// One file of a `Score` could not be scored.
    ScoreFailed {
        job: JobId,
        path: PathBuf,
        error: Failure,
    },
    Exported {
        job: JobId,
        paths: Vec<PathBuf>,
    },

    /// Something worth knowing that stopped nothing.
    Notice(Notice),
    /// A request outside any job failed.
    Failed(Failure),
}

/// An error for people: what happened, to which thing, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One sentence that names the thing.
    pub message: String,
    /// What to try; may be empty.
    pub advice: String,
}

/// A line for the log, and a toast when it is a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub warning: bool,
    pub job: Option<JobId>,
    pub message: String,
}

/// How well a score tells diseased images of the training folder from validation normals; no test image is among them.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreWorth {
    pub scoring: Scoring,
    /// With its 95 % interval (DeLong et al. 1988).
    pub auroc: Interval,
    pub healthy: u32,
    pub diseased: u32,
}

/// An image file at full resolution.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseImage {
    pub image: GrayImage,
    pub stored_width: u32,
    pub stored_height: u32,
    /// "8 bit", "16 bit".
    pub depth: String,
    pub file_name: String,
    /// Around the lesions painted onto it; empty without.
    pub outline: Arc<Vec<Segment>>,
}

/// What the program computes with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineInfo {
    /// "CPU · 2 cores" or "NVIDIA H200".
    pub device_name: String,
    pub cuda: bool,
    /// Why there is no CUDA, when there is none.
    pub cuda_reason: Option<String>,
    pub cores: u32,
    pub threads: u32,
    pub memory_bytes: u64,
    pub libtorch: String,
}

/// Memory now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryInfo {
    /// Of this process.
    pub used_bytes: u64,
    /// Of the machine.
    pub total_bytes: u64,
    /// Of the GPU: used by everybody, and total; `None` where nothing is computed on one or its driver does not tell.
    pub gpu_bytes: Option<(u64, u64)>,
}
