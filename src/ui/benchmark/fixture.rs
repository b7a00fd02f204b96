//! A made-up world for the tests of this screen: the evaluation's benchmark, its data set and its models.

use std::sync::{Arc, LazyLock};

use crate::domain::{
    Abilities, Architecture, Benchmark, BenchmarkCase, BenchmarkEntry, DataSetSummary, EntryKind, GrayImage, Label,
    MarkedBox, Measure, ModelInfo, ModelKind, Sample, SampleId, Unwatched,
};
use crate::evaluation::{self, BenchmarkInput, EntryInput, fixtures};
use crate::ui::state::{State, examples};

/// Data, four models and their benchmark, with the bundled sample's images as thumbnails.
pub fn state() -> State {
    static MADE: LazyLock<Benchmark> = LazyLock::new(|| with_third_baseline(fixtures::benchmark()));
    let benchmark = MADE.clone();
    let mut state = State::default();
    state.data = Some(Arc::new(data(&benchmark)));
    state.models = benchmark.entries.iter().filter_map(model).map(Arc::new).collect();
    state.benchmark = Some(Arc::new(benchmark));
    state
}

/// Adds thumbnails: real images of the bundled sample, over and over.
pub fn add_thumbnails(state: &mut State) {
    let Some(data) = state.data.clone() else { return };
    let pictures = pictures();
    for index in 0..data.samples.len() {
        state.thumbnails.insert(SampleId(index as u32), pictures[index % pictures.len()].clone());
    }
}

/// As on a data set with boxes around findings: the first test images of pneumonia have one or two.
pub fn with_boxes(mut state: State, images: usize) -> State {
    let mut benchmark = (**state.benchmark.as_ref().expect("the fixture has results")).clone();
    for (entry, hit) in benchmark.entries.iter_mut().zip([0.42, 0.31, 0.25, 0.14]) {
        entry.boxes = Some(fixtures::boxes(hit));
    }
    let mut data = (**state.data.as_ref().expect("the fixture has data")).clone();
    let diseased = benchmark.cases.iter().filter(|case| case.label == Label::Diseased);
    for (number, case) in diseased.take(images).enumerate() {
        let right = MarkedBox { x: 780, y: 500, width: 300, height: 420 };
        let boxes = [MarkedBox { x: 240, ..right }, right];
        data.samples[case.sample.0 as usize].boxes = boxes[..=number % 2].to_vec();
    }
    state.benchmark = Some(Arc::new(benchmark));
    state.data = Some(Arc::new(data));
    state
}

fn pictures() -> Vec<Arc<GrayImage>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample/test/PNEUMONIA");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the sample is there").flatten().map(|file| file.path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let image = image::open(path).expect("a sound image").thumbnail(128, 128).to_luma8();
        Arc::new(GrayImage::new(image.width(), image.height(), image.into_raw()))
    };
    paths.iter().take(24).map(read).collect()
}

/// As the product has them: three baselines under their names, the third the sum of the others.
fn with_third_baseline(benchmark: Benchmark) -> Benchmark {
    let Benchmark { data_name, split, cases, held_out, entries, finished_unix_secs, took_secs, .. } = benchmark;
    let input = |entry: &BenchmarkEntry| EntryInput {
        name: entry.name.clone(),
        id: entry.id.clone(),
        kind: entry.kind,
        score_description: entry.score_description.clone(),
        parameters: entry.parameters,
        training_secs: entry.training_secs,
        training_cpu_secs: entry.training_cpu_secs,
        ms_per_image: entry.ms_per_image,
        calibration: entry.calibration.clone(),
        test_scores: entry.test_scores.clone(),
        test_spreads: entry.test_spreads.clone(),
        held_out_scores: entry.held_out_scores.clone(),
        central_test_scores: None,
        lungs: entry.lungs,
        boxes: entry.boxes,
    };
    let mut entries: Vec<EntryInput> = entries.iter().map(input).collect();
    for (entry, name) in entries[4..].iter_mut().zip(["PCA, 16 components", "Blur of the image"]) {
        name.clone_into(&mut entry.name);
    }
    let sum = |list: fn(&EntryInput) -> &[f64]| -> Vec<f64> {
        let [pca, gradient] = [&entries[4], &entries[5]];
        let sigma = |entry: &EntryInput, score: f64| entry.calibration.sigma(score);
        list(pca).iter().zip(list(gradient)).map(|(&a, &b)| sigma(pca, a) + sigma(gradient, b)).collect()
    };
    let mut third = entries[5].clone();
    third.name = "PCA + blur".to_owned();
    third.id = "pca_gradient".to_owned();
    third.ms_per_image = Some(0.7);
    third.test_scores = sum(|entry| &entry.test_scores);
    third.held_out_scores = sum(|entry| &entry.held_out_scores);
    third.calibration = fixtures::calibration(third.held_out_scores[..201].to_vec());
    entries.push(third);
    let cautions = Vec::new();
    let input = BenchmarkInput {
        data_name,
        split,
        cases,
        held_out,
        entries,
        finished_unix_secs,
        took_secs,
        cautions,
        notes: Vec::new(),
    };
    evaluation::assemble(input, &Unwatched).expect("made-up scores are sound")
}

fn data(benchmark: &Benchmark) -> DataSetSummary {
    let mut cases: Vec<&BenchmarkCase> = benchmark.cases.iter().chain(&benchmark.held_out).collect();
    cases.sort_by_key(|case| case.sample);
    let sample = |case: &&BenchmarkCase| Sample {
        path: case.path.clone(),
        label: Some(case.label),
        split: case.split,
        patient: None,
        finding: case.finding.clone(),
        width: 1_320,
        height: 1_320,
        file_bytes: 6_000,
        hash: case.path.clone(),
        boxes: Vec::new(),
    };
    DataSetSummary {
        root: "chest_xray".into(),
        name: "chest_xray".to_owned(),
        bundled: false,
        samples: cases.iter().map(sample).collect(),
        rejected: Vec::new(),
        split_seed: 7,
        without_copies: false,
        opened_in_secs: 0.4,
        fingerprint: "fixture".to_owned(),
    }
}

/// The model behind an entry; a baseline has none.
fn model(entry: &BenchmarkEntry) -> Option<ModelInfo> {
    let EntryKind::Model(ModelKind::Network(architecture)) = entry.kind else { return None };
    Some(ModelInfo {
        folder: format!("models/{}", entry.id).into(),
        abilities: Abilities {
            code: true,
            pattern: true,
            divergence: architecture == Architecture::Vae,
            variance: false,
            lungs: true,
        },
        calibrated: Arc::new(Measure::catalogue().iter().map(Measure::slug).collect()),
        parameters: entry.parameters.unwrap_or(0),
        training_secs: entry.training_secs.unwrap_or(0.0),
        training_cpu_secs: entry.training_cpu_secs,
        best_epoch: Some(47),
        calibration: Arc::new(entry.calibration.clone()),
        ..ModelInfo::clone(&examples::model(&entry.id, architecture))
    })
}
