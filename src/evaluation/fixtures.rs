//! For tests: what scikit-learn, scipy and statsmodels say, and a made-up benchmark of lifelike shape.

use std::sync::{Arc, LazyLock};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::{BenchmarkInput, EntryInput, assemble};
use crate::domain::{
    Architecture, Benchmark, BenchmarkCase, BoxFigures, Calibration, Confusion, EntryKind, HeatmapEntry,
    HeatmapExample, Heatmaps, Interval, Label, LesionFigures, LesionKind, LungShares, MapScale, ModelKind,
    PixelFigures, Plane, SampleId, Sanity, Segment, Split, SplitCounts, Unwatched,
};

/// `tests/fixtures/evaluation.json`; the script beside it says how it was made.
#[derive(Deserialize)]
pub(crate) struct Reference {
    pub labels: Vec<bool>,
    pub sets: Vec<ReferenceSet>,
    pub pairs: Vec<ReferencePair>,
    pub bootstrap_of_set_0: [f64; 2],
    pub holm: ReferenceHolm,
    pub mcnemar: Vec<ReferenceMcnemar>,
    pub wilson: Vec<ReferenceWilson>,
    pub predictive: Vec<ReferencePredictive>,
    pub prior_shift: Vec<ReferencePriorShift>,
    pub probabilities: Vec<ReferenceProbabilities>,
}

#[derive(Deserialize)]
pub(crate) struct ReferenceSet {
    pub scores: Vec<f64>,
    pub auroc: f64,
    pub average_precision: f64,
    pub roc: Vec<[f64; 2]>,
    pub precision_recall: Vec<[f64; 2]>,
    pub delong_variance: f64,
    pub sensitivity_at: [f64; 3],
    pub youden: f64,
    pub best_f1: f64,
}

#[derive(Deserialize)]
pub(crate) struct ReferencePair {
    pub first: usize,
    pub second: usize,
    pub z: f64,
    pub p: f64,
    pub difference_ci: [f64; 2],
}

#[derive(Deserialize)]
pub(crate) struct ReferenceHolm {
    pub p: Vec<f64>,
    pub corrected: Vec<f64>,
}

#[derive(Deserialize)]
pub(crate) struct ReferenceMcnemar {
    pub only_first: u32,
    pub only_second: u32,
    pub p: f64,
}

#[derive(Deserialize)]
pub(crate) struct ReferenceWilson {
    pub successes: u32,
    pub of: u32,
    pub low: f64,
    pub high: f64,
}

/// Value, low, high.
#[derive(Debug, Deserialize)]
pub(crate) struct ReferencePredictive {
    pub confusion: Confusion,
    pub prevalence: f64,
    pub ppv: [f64; 3],
    pub npv: [f64; 3],
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReferencePriorShift {
    pub probability: f64,
    pub from: f64,
    pub to: f64,
    pub corrected: f64,
}

/// Curves fitted on one set of scores, probabilities looked at on another.
#[derive(Deserialize)]
pub(crate) struct ReferenceProbabilities {
    pub fit_scores: Vec<f64>,
    pub fit_labels: Vec<bool>,
    pub scores: Vec<f64>,
    pub labels: Vec<bool>,
    pub platt_ab: [f64; 2],
    pub platt: ReferenceReliability,
    pub isotonic: ReferenceReliability,
}

#[derive(Deserialize)]
pub(crate) struct ReferenceReliability {
    pub probabilities: Vec<f64>,
    /// (predicted, observed) of each bin that holds images.
    pub bins: Vec<[f64; 2]>,
    pub ece: f64,
    pub mce: f64,
    pub brier: f64,
    pub reliability: f64,
    pub resolution: f64,
    pub uncertainty: f64,
}

pub(crate) fn reference() -> Reference {
    serde_json::from_str(include_str!("../../tests/fixtures/evaluation.json")).expect("fixture is valid")
}

/// Fits a calibration as `scoring` does.
pub(crate) fn calibration(mut healthy_scores: Vec<f64>) -> Calibration {
    healthy_scores.sort_by(f64::total_cmp);
    let count = healthy_scores.len() as f64;
    let mean = healthy_scores.iter().sum::<f64>() / count.max(1.0);
    let variance = healthy_scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    Calibration { healthy_scores, mean, sd: variance.sqrt(), map_scale: MapScale { typical: 0.0, p999: 1.0 } }
}

/// `healthy` + `diseased` test cases, 3 in 5 of the diseased bacterial, and 201 + 60 held-out ones.
pub(crate) fn cases(healthy: u32, diseased: u32) -> (Vec<BenchmarkCase>, Vec<BenchmarkCase>) {
    let case = |sample: u32, path: String, label, split, finding: Option<&str>| BenchmarkCase {
        sample: SampleId(sample),
        path,
        label,
        split,
        finding: finding.map(str::to_owned),
    };
    let mut test = Vec::new();
    for index in 0..healthy {
        test.push(case(index, format!("test/NORMAL/IM-{index:04}.jpeg"), Label::Healthy, Split::Test, None));
    }
    for index in 0..diseased {
        let finding = if index % 5 < 3 { "bacterial" } else { "viral" };
        let path = format!("test/PNEUMONIA/person{index}_{finding}.jpeg");
        test.push(case(healthy + index, path, Label::Diseased, Split::Test, Some(finding)));
    }
    let first = healthy + diseased;
    let mut held_out = Vec::new();
    for index in 0..201 {
        let path = format!("train/NORMAL/NORMAL2-IM-{index:04}.jpeg");
        held_out.push(case(first + index, path, Label::Healthy, Split::Validation, None));
    }
    for index in 0..60 {
        let path = format!("train/PNEUMONIA/person{index}_virus.jpeg");
        held_out.push(case(first + 201 + index, path, Label::Diseased, Split::Development, Some("viral")));
    }
    (test, held_out)
}

/// Four models and two baselines on 234 healthy and 390 diseased images: scores drawn from normal distributions that
/// share what is hard about an image, so that paired tests have something to find.
pub(crate) fn benchmark() -> Benchmark {
    static MADE: LazyLock<Benchmark> = LazyLock::new(|| benchmark_of(234, 390));
    MADE.clone()
}

pub(crate) fn benchmark_of(healthy: u32, diseased: u32) -> Benchmark {
    let (cases, held_out) = cases(healthy, diseased);
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let difficulty: Vec<f64> = (0..cases.len() + held_out.len()).map(|_| normal(&mut random)).collect();
    let mut entry = |name: &str, id: &str, kind, parameters, training_secs, ms_per_image, distance: f64, shift: f64| {
        let mut score = |case: &BenchmarkCase, difficulty: f64| {
            let own = 0.75 * difficulty + 0.66 * normal(&mut random);
            let sigma = match (case.label, case.split) {
                (Label::Diseased, _) => distance + 1.25 * own,
                (Label::Healthy, Split::Test) => shift + 1.05 * own,
                (Label::Healthy, _) => own,
            };
            // Errors are positive and skewed, as mean residuals are.
            0.012 * (sigma * 0.22).exp()
        };
        let test_scores: Vec<f64> = cases.iter().zip(&difficulty).map(|(case, &hard)| score(case, hard)).collect();
        let held_out_scores: Vec<f64> =
            held_out.iter().zip(&difficulty[cases.len()..]).map(|(case, &hard)| score(case, hard)).collect();
        EntryInput {
            name: name.to_owned(),
            id: id.to_owned(),
            kind,
            score_description: "signed difference, blurred over 6.2 % of the side, absolute mean".to_owned(),
            parameters,
            training_secs,
            training_cpu_secs: training_secs.map(|secs| 0.9 * secs),
            ms_per_image: Some(ms_per_image),
            calibration: calibration(held_out_scores[..201].to_vec()),
            central_test_scores: parameters.map(|_| test_scores.clone()),
            lungs: parameters.map(|_| LungShares { healthy: 0.41, diseased: 0.58, area: 0.27 }),
            boxes: None,
            test_scores,
            test_spreads: None,
            held_out_scores,
        }
    };
    let model = |architecture| EntryKind::Model(ModelKind::Network(architecture));
    let entries = vec![
        entry("Autoencoder", "ae-1", model(Architecture::Autoencoder), Some(215_433), Some(118.0), 1.9, 3.05, 0.62),
        entry("VAE", "vae-1", model(Architecture::Vae), Some(287_121), Some(131.0), 2.1, 2.86, 0.66),
        entry("GAN", "gan-1", model(Architecture::Gan), Some(2_911_874), Some(402.0), 4.8, 2.65, 0.45),
        entry("ViT", "vit-1", model(Architecture::Vit), Some(925_040), Some(377.0), 6.3, 2.62, 0.6),
        entry("PCA-16 on CLAHE", "pca", EntryKind::Baseline, None, None, 0.6, 2.2, 0.35),
        entry("Gradient magnitude", "gradient", EntryKind::Baseline, None, None, 0.1, 2.1, 0.5),
    ];
    let split = SplitCounts { train: 1140, val: 201, test: healthy + diseased };
    let input = BenchmarkInput {
        data_name: "chest_xray".to_owned(),
        split,
        cases,
        held_out,
        entries,
        finished_unix_secs: 1_795_178_880,
        took_secs: 41.0,
        cautions: Vec::new(),
        notes: Vec::new(),
    };
    assemble(input, &Unwatched).expect("made-up scores are sound")
}

/// Box and Muller 1958.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (a, b): (f64, f64) = (random.random_range(f64::EPSILON..1.0), random.random());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// Figures of boxes, made up.
pub(crate) fn boxes(hit: f64) -> BoxFigures {
    BoxFigures {
        images: 77,
        pointing: Interval { value: hit, low: hit - 0.09, high: hit + 0.1 },
        pointing_chance: 0.142,
        pointing_chance_in_lungs: Some(0.31),
        iou: hit / 3.0,
        iou_chance: 0.061,
        iou_above_025: hit / 2.0,
        iou_above_050: hit / 8.0,
        marked: 0.12,
    }
}

/// Maps of the four models of [`benchmark`] and of brightness: made-up figures, a blob for a lesion.
pub(crate) fn heatmaps() -> Heatmaps {
    let models = [("Autoencoder", "ae-1"), ("VAE", "vae-1"), ("GAN", "gan-1"), ("ViT", "vit-1")];
    let models = models.into_iter().zip(Architecture::ALL).enumerate();
    let mut entries: Vec<HeatmapEntry> = models
        .map(|(index, ((name, id), architecture))| {
            let quality = 0.9 - 0.05 * index as f64;
            heatmap_entry(name, id, EntryKind::Model(ModelKind::Network(architecture)), quality)
        })
        .collect();
    entries.push(heatmap_entry("Image brightness", "brightness", EntryKind::Baseline, 0.6));
    Heatmaps { split: Split::Test, images: 60, seed: 7, chest: Some(true), entries, took_secs: 21.0 }
}

fn heatmap_entry(name: &str, id: &str, kind: EntryKind, quality: f64) -> HeatmapEntry {
    let is_model = matches!(kind, EntryKind::Model(_));
    let pixels = |value: f64| {
        let interval = |value: f64| Interval { value, low: value - 0.03, high: value + 0.02 };
        PixelFigures {
            auroc: interval(value),
            average_precision: interval(value - 0.55),
            aupro: interval(value - 0.15),
            lesion_share: 0.03,
        }
    };
    let by_lesion = LesionKind::ALL.into_iter().enumerate().map(|(index, lesion)| LesionFigures {
        lesion,
        pixels: pixels(quality - 0.02 * index as f64),
        image_auroc: is_model.then_some(quality - 0.1),
    });
    let blob = |spread: f32| {
        let value = |index: u32| {
            let (x, y) = ((index % 64) as f32 - 22.0, (index / 64) as f32 - 30.0);
            (-(x * x + y * y) / spread).exp()
        };
        Arc::new(Plane::new(64, 64, (0..64 * 64).map(value).collect()))
    };
    let circle: Vec<Segment> = (0..24u8)
        .map(|step| {
            let point = |step: u8| {
                let angle = f32::from(step) / 24.0 * std::f32::consts::TAU;
                [0.35 + 0.1 * angle.cos(), 0.47 + 0.1 * angle.sin()]
            };
            [point(step), point(step + 1)]
        })
        .collect();
    let examples = LesionKind::ALL.map(|lesion| HeatmapExample {
        lesion,
        path: "test/NORMAL/IM-0001.jpeg".to_owned(),
        input: blob(300.0),
        outline: Arc::new(circle.clone()),
        map: blob(90.0),
    });
    HeatmapEntry {
        name: name.to_owned(),
        id: id.to_owned(),
        kind,
        all: pixels(quality),
        by_lesion: by_lesion.collect(),
        healthy_above_one: is_model.then_some(0.004),
        sanity: is_model.then_some(Sanity { spearman: 0.21, pearson: 0.18, ssim: 0.3, untrained_auroc: 0.58 }),
        examples: examples.into(),
    }
}
