//! Plain data that every other part speaks in: no I/O, no tensors, no user interface, no imports of our own.

mod analysis;
mod architecture;
mod benchmark;
mod dataset;
mod elsewhere;
mod ensemble;
mod groups;
mod heatmaps;
mod job;
mod latent;
mod lesion;
mod lungs;
mod parameters;
mod places;
mod plane;
mod run;
mod sample;
mod score;
mod scoring;
mod settings;
mod stats;
mod training;
pub mod version;
mod watch;
mod wording;

pub use analysis::{Analysis, Calibration, CaseRef, Disagreement, ImageScore, MapScale};
pub use architecture::{Architecture, ModelKind};
pub use benchmark::{
    Benchmark, BenchmarkCase, BenchmarkEntry, Confusion, EntryKind, Interval, PairedTest, SplitCounts, ThresholdRule,
};
pub use dataset::{DataSetSummary, Finding, FindingAction, RejectReason, Rejected, Severity};
pub use elsewhere::{Elsewhere, ElsewhereEntry, Uniformity};
pub use ensemble::{EnsembleInfo, EnsembleMember, MapsPlacedBy, MemberCalibrations, MemberChoice, Weights, pool};
pub use groups::{GroupRow, GroupTable};
pub use heatmaps::{BoxFigures, HeatmapEntry, HeatmapExample, Heatmaps, LesionFigures, PixelFigures, Sanity};
pub use job::{JobId, JobKind, JobOutcome, JobProgress};
pub use latent::{LatentMap, LatentPoint, Pca, Prior, between};
pub use lesion::{Lesion, LesionKind, PaintedCase, Permille, Segment};
pub use lungs::{LEAST_LUNG_AREA, LungShares, Lungs, NoLungs, share_inside};
pub use places::PlaceScale;
pub use plane::{GrayImage, Plane};
pub use run::{Contender, ModelId, ModelInfo, RunInfo, RunStatus};
pub use sample::{Label, MarkedBox, Sample, SampleId, Split};
pub use score::{Abilities, CodeMeasure, DRAWN_FINE, DRAWN_WIDE, Measure, Region, Residual, Score};
pub use scoring::{Calibrations, MapPlacement, MeasuredHealthy, Part, Scoring, Spread, fuse};
pub use settings::{
    Augmentation, DevicePreference, FieldProblem, Loss, Preprocessing, Preset, Schedule, TrainingSettings,
};
pub use stats::{auroc_between, evenly, normal, percentile};
pub use training::{Component, EpochRecord, FilmRow, LossComponents, PinnedCase, Preview, WATCHED_IMAGES};
pub use watch::{Unwatched, Watch};
pub use wording::{clock, listed, thousands};
