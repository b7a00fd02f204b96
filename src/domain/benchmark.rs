//! What a benchmark measured. Filled by `evaluation`, shown by the Benchmark screen, written by `reports`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    BoxFigures, Calibration, Elsewhere, Heatmaps, Label, LungShares, ModelInfo, ModelKind, SampleId, Scoring, Split,
};

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Counts at a threshold: positive means called unusual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    pub tp: u32,
    pub fp: u32,
    pub tn: u32,
    pub fn_: u32,
}

/// How many images each split has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitCounts {
    pub train: u32,
    pub val: u32,
    pub test: u32,
}

/// How the threshold was set; its wording on screen is its provenance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum ThresholdRule {
    /// A percentile (0–100) of the validation normals.
    ValidationPercentile { percentile: f64 },
    /// Mean + k standard deviations of the validation normals.
    MeanPlusSigma { k: f64 },
    /// Dragged by hand, in σ.
    Manual { sigma: f64 },
    /// Youden's J on the labelled test images: optimistic.
    Youden,
    /// Best F1 on the labelled test images: optimistic.
    BestF1,
}

impl Default for ThresholdRule {
    /// The 95th percentile of the validation normals: what holds where nobody chose another.
    fn default() -> Self {
        Self::ValidationPercentile { percentile: 95.0 }
    }
}

impl ThresholdRule {
    /// True when the rule, or the hand that dragged the line, saw the labels of the images it is reported on.
    pub fn is_optimistic(self) -> bool {
        matches!(self, Self::Manual { .. } | Self::Youden | Self::BestF1)
    }

    /// The rule itself, and the default in the place of one by hand, which was set on the images in sight and holds for no
    /// others.
    #[must_use]
    pub fn without_hand(self) -> Self {
        if matches!(self, Self::Manual { .. }) { Self::default() } else { self }
    }

    /// True when healthy images that were held out set the threshold, so that it promises something about others.
    pub fn rests_on_held_out(self) -> bool {
        matches!(self, Self::ValidationPercentile { .. } | Self::MeanPlusSigma { .. })
    }
}

/// One scored image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkCase {
    pub sample: SampleId,
    /// Relative to the data set's root.
    pub path: String,
    pub label: Label,
    pub split: Split,
    pub finding: Option<String>,
}

/// A network, or one of the one-line scores it has to beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Model(ModelKind),
    Baseline,
}

/// One row of the leaderboard. Scores are in the detector's own unit; `calibration.sigma` places them among healthy images.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkEntry {
    pub name: String,
    /// Run folder's name, with the score's slug where it is not the run's own; or the baseline's slug.
    pub id: String,
    pub kind: EntryKind,
    pub score_description: String,
    pub parameters: Option<u64>,
    pub training_secs: Option<f64>,
    /// User and system time of the whole program while it was trained; `None` where it was not measured.
    pub training_cpu_secs: Option<f64>,
    /// `None` while it was not timed by this score.
    pub ms_per_image: Option<f64>,
    /// Fitted on the validation normals.
    pub calibration: Calibration,
    /// One a case, in the order of `Benchmark::cases`.
    pub test_scores: Vec<f64>,
    /// How far the networks of an ensemble disagree about each case, in standard deviations of healthy images, in the order
    /// of `Benchmark::cases`; `None` of one network.
    pub test_spreads: Option<Vec<f64>>,
    /// One a case of `Benchmark::held_out`, in its order; empty when it is.
    pub held_out_scores: Vec<f64>,
    /// DeLong interval.
    pub auroc: Interval,
    /// Stratified bootstrap, 2,000 resamples.
    pub auroc_bootstrap: Interval,
    /// AUROC of the same score within the central 70 % only, where the score has a map.
    pub central_auroc: Option<f64>,
    /// How much of its maps lies in the lungs; `None` for a score without a map, or without a lung mask.
    pub lungs: Option<LungShares>,
    /// How well its maps find boxes around findings; `None` where no test image has one.
    pub boxes: Option<BoxFigures>,
    /// Validation normals against development images, where there are any.
    pub development_auroc: Option<f64>,
    /// Validation normals against test normals: 0.5 when they are alike.
    pub shift_auroc: f64,
    pub auprc: f64,
    /// (1 − specificity, sensitivity), from (0, 0) to (1, 1).
    pub roc: Vec<[f64; 2]>,
    /// (1 − specificity, low, high): bootstrap band of the sensitivity.
    pub roc_band: Vec<[f64; 3]>,
    /// (recall, precision).
    pub pr: Vec<[f64; 2]>,
    /// Sensitivity at 80, 90 and 95 % specificity on the test images.
    pub sensitivity_at: [f64; 3],
}

/// Between a model's id and the slug of a score that is not its own.
const SCORED_BY: char = '@';

impl BenchmarkEntry {
    /// The id of a model by a score: the model's own where it is scored by what it was trained to be.
    pub fn id_of(model: &ModelInfo, scoring: &Scoring) -> String {
        if *scoring == model.own_score() { model.id.0.clone() } else { format!("{}{SCORED_BY}{scoring}", model.id.0) }
    }

    /// The id of its model (a baseline's own), and the score where it is not the model's own.
    pub fn model_and_score(&self) -> (&str, Option<Scoring>) {
        // A folder may have the character in its name, but not the name of a score after it.
        let split = self.id.rsplit_once(SCORED_BY).and_then(|(model, slug)| Some((model, slug.parse().ok()?)));
        split.map_or((&self.id, None), |(model, scoring)| (model, Some(scoring)))
    }

    /// The id of its model.
    pub fn model(&self) -> &str {
        self.model_and_score().0
    }
}

/// DeLong's test between two entries, Holm-corrected over all pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedTest {
    pub first: String,
    pub second: String,
    pub difference: f64,
    /// DeLong's 95 % interval of the difference, not corrected for several pairs.
    pub difference_ci: [f64; 2],
    pub delong_p: f64,
    pub holm_p: f64,
    /// Exact McNemar at both models' 95th-percentile thresholds.
    pub mcnemar_p: f64,
}

/// A whole benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    pub data_name: String,
    pub split: SplitCounts,
    /// The test images.
    pub cases: Vec<BenchmarkCase>,
    /// Validation normals and development images, which set thresholds and designs but are not reported on.
    pub held_out: Vec<BenchmarkCase>,
    /// Models in the order chosen, then baselines.
    pub entries: Vec<BenchmarkEntry>,
    pub paired: Vec<PairedTest>,
    /// What the paired tests allow to say, in one sentence.
    pub verdict: String,
    pub finished_unix_secs: i64,
    pub took_secs: f64,
    /// Warnings that belong beside the figures (few images, shift, models trained on other data).
    pub cautions: Vec<String>,
    /// What painted lesions say about the models' maps, once that was measured.
    pub heatmaps: Option<Arc<Heatmaps>>,
    /// The same models on other data sets, where asked for.
    pub elsewhere: Vec<Elsewhere>,
}

impl Benchmark {
    /// Validation normals and development images that every entry's development AUROC is of.
    pub fn development_counts(&self) -> [usize; 2] {
        let of = |split| self.held_out.iter().filter(|case| case.split == split).count();
        [of(Split::Validation), of(Split::Development)]
    }
}
