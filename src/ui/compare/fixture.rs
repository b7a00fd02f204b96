//! A made-up world for the tests of this screen.

use std::sync::{Arc, OnceLock};

use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::domain::{
    Abilities, Analysis, Architecture, Benchmark, BenchmarkCase, BenchmarkEntry, Calibration, CaseRef, DataSetSummary,
    Disagreement, EntryKind, GrayImage, Interval, Label, Lungs, MapScale, Measure, ModelInfo, ModelKind, Plane, Sample,
    SampleId, Scoring, Split, SplitCounts,
};
use crate::engine::message::CaseImage;
use crate::ui::drawn;
use crate::ui::state::{State, examples};

pub const SIDE: u32 = 64;

/// A data set of 12 test images (6 healthy, then 6 diseased), 4 each of training, validation and development, and the
/// first `models` of an endless row of models. The case the screen begins with is analysed by all.
pub fn state(models: usize) -> State {
    let mut state = State::default();
    let data = Arc::new(data());
    for (id, sample) in (0..).zip(&data.samples) {
        state.thumbnails.insert(SampleId(id), Arc::new(scaled(xray(sample.label, id as usize), 96)));
    }
    state.data = Some(data);
    state.models = (0..models).map(model).collect();
    let case = first_case(&state);
    add_case(&mut state, &case);
    state
}

/// The case the screen begins with.
pub fn first_case(state: &State) -> CaseRef {
    let data = state.data.as_ref().expect("the fixture has data");
    CaseRef::Sample(*drawn::cases(data).first().expect("the fixture has cases"))
}

/// Adds the pixels of a case and what every loaded model makes of it.
pub fn add_case(state: &mut State, case: &CaseRef) {
    let image = CaseImage {
        image: xray(Some(Label::Diseased), SHOWN).clone(),
        stored_width: 224,
        stored_height: 224,
        depth: "8 bit".to_owned(),
        file_name: "person111_bacteria_535.jpeg".to_owned(),
        outline: Arc::default(),
    };
    state.cases.insert(case.clone(), Ok(Arc::new(image)));
    for (index, model) in state.models.iter().enumerate() {
        let analysis = analysis(model, case, index);
        state.analyses.insert((case.clone(), model.id.clone()), Ok(Arc::new(analysis)));
    }
}

/// All analyses of the first case, in the order of models.
pub fn shown(state: &State) -> impl Iterator<Item = (&ModelInfo, &Analysis)> {
    let case = first_case(state);
    state.models.iter().filter_map(move |model| {
        let analysis = state.analyses.get(&(case.clone(), model.id.clone()))?.as_ref().ok()?;
        Some((&**model, &**analysis))
    })
}

/// The model with this number: an autoencoder, a VAE, a GAN, a ViT, and again.
pub fn model(index: usize) -> Arc<ModelInfo> {
    let architecture = Architecture::ALL[index % 4];
    let round = index / 4 + 1;
    let id = format!("{}-{round}", architecture.slug());
    Arc::new(ModelInfo {
        folder: format!("models/{id}").into(),
        name: if round == 1 {
            architecture.name().to_owned()
        } else {
            format!("{} · 2026-11-20 13:0{round}", architecture.name())
        },
        abilities: Abilities {
            code: true,
            pattern: true,
            divergence: architecture == Architecture::Vae,
            variance: false,
            lungs: true,
        },
        calibrated: Arc::new(Measure::catalogue().iter().map(Measure::slug).collect()),
        parameters: 301_000,
        training_secs: 112.0,
        training_cpu_secs: Some(96.0),
        best_epoch: Some(74),
        calibration: Arc::new(calibration()),
        ..ModelInfo::clone(&examples::model(&id, architecture))
    })
}

/// 194 healthy scores as a normal distribution would have them: mean 0.04, deviation 0.01.
pub fn calibration() -> Calibration {
    let normal = Normal::new(0.04, 0.01).expect("a positive deviation");
    let healthy_scores: Vec<f64> = (0..194).map(|rank| normal.inverse_cdf((f64::from(rank) + 0.5) / 194.0)).collect();
    Calibration { healthy_scores, mean: 0.04, sd: 0.01, map_scale: MapScale { typical: 0.02, p999: 0.2 } }
}

pub fn analysis(model: &ModelInfo, case: &CaseRef, index: usize) -> Analysis {
    let input = seen(xray(Some(Label::Diseased), SHOWN));
    let reconstruction = reconstruction(&input, index);
    let score = 0.04 + 0.01 * (4.3 - 0.8 * index as f64);
    let calibration = &model.calibration;
    let map = map(&input, &reconstruction);
    Analysis {
        model: model.id.clone(),
        case: case.clone(),
        lungs: Ok(lungs(&map)),
        map: Arc::new(map),
        input: Arc::new(input),
        reconstruction: Arc::new(reconstruction),
        score,
        sigma: calibration.sigma(score),
        p_value: calibration.conformal_p(score),
        share_lower: calibration.share_lower(score),
        threshold_sigma: calibration.percentile(95.0).map_or(0.0, |score| calibration.sigma(score)),
        disagreement: None,
        seen_in_training: false,
        took_ms: 4.2,
    }
}

/// The same by two networks that disagree by 0.4 σ, and about the upper half of the image.
pub fn of_ensemble(analysis: Analysis) -> Analysis {
    let (width, height) = (analysis.map.width, analysis.map.height);
    let upper = |index: usize, value: f32| if index < (width * height / 2) as usize { value * 0.6 } else { 0.0 };
    let values = analysis.map.values.iter().enumerate().map(|(index, &value)| upper(index, value)).collect();
    let disagreement = Disagreement {
        spread_sigma: 0.4,
        sigmas: vec![analysis.sigma - 0.4, analysis.sigma + 0.4],
        map: Arc::new(Plane::new(width, height, values)),
    };
    Analysis { disagreement: Some(disagreement), ..analysis }
}

/// The first model of a state as an ensemble of two, with all its analyses.
pub fn with_ensemble(mut state: State) -> State {
    if let Some(model) = state.models.first_mut() {
        let members = examples::ensemble("Two", &[Architecture::Autoencoder, Architecture::Vae]).members;
        let score = Scoring::from(Measure::Own);
        *model = Arc::new(ModelInfo {
            name: "Ensemble of 2".to_owned(),
            kind: ModelKind::Ensemble,
            members: members.into(),
            latent: None,
            best_epoch: None,
            own_score: score.clone(),
            score,
            ..(**model).clone()
        });
        let id = model.id.clone();
        for ((_, of), found) in &mut state.analyses {
            if let (true, Ok(analysis)) = (*of == id, found) {
                *analysis = Arc::new(of_ensemble((**analysis).clone()));
            }
        }
    }
    state
}

/// Two ovals.
fn lungs(map: &Plane) -> Lungs {
    const CENTRES: [f32; 2] = [0.28, 0.72];
    let side = map.width as f32;
    let value = |index: u32| {
        let (x, y) = ((index % map.width) as f32 / side, (index / map.width) as f32 / side);
        let inside = CENTRES.iter().any(|centre| ((x - centre) / 0.17).hypot((y - 0.5) / 0.34) < 1.0);
        if inside { 1.0 } else { 0.0 }
    };
    let mask = Plane::new(map.width, map.height, (0..map.width * map.height).map(value).collect());
    let on = |centre: f32, step: u8| {
        let (sine, cosine) = (f32::from(step) * std::f32::consts::TAU / 48.0).sin_cos();
        [centre + 0.17 * cosine, 0.5 + 0.34 * sine]
    };
    let steps = CENTRES.iter().flat_map(|&centre| (0..48).map(move |step| [on(centre, step), on(centre, step + 1)]));
    Lungs::of(map, Arc::new(mask), Arc::new(steps.collect()))
}

/// Six healthy and six diseased test scores, 0 to 5 σ each, by the first model.
pub fn benchmark(state: &State) -> Benchmark {
    let data = state.data.as_ref().expect("the fixture has data");
    let cases: Vec<BenchmarkCase> = data
        .ids(Split::Test, None)
        .filter_map(|sample| {
            let found = data.sample(sample)?;
            let (path, finding) = (found.path.clone(), found.finding.clone());
            Some(BenchmarkCase { sample, path, label: found.label?, split: found.split, finding })
        })
        .collect();
    let interval = Interval { value: 0.9, low: 0.8, high: 0.95 };
    let entry = BenchmarkEntry {
        name: "Autoencoder".to_owned(),
        id: "ae-1".to_owned(),
        kind: EntryKind::Model(ModelKind::Network(Architecture::Autoencoder)),
        score_description: String::new(),
        parameters: None,
        training_secs: None,
        training_cpu_secs: None,
        ms_per_image: Some(4.0),
        calibration: calibration(),
        test_scores: (0..12).map(|case| 0.04 + 0.01 * f64::from(case % 6)).collect(),
        test_spreads: None,
        held_out_scores: Vec::new(),
        auroc: interval,
        auroc_bootstrap: interval,
        central_auroc: None,
        lungs: None,
        boxes: None,
        development_auroc: None,
        shift_auroc: 0.5,
        auprc: 0.9,
        roc: Vec::new(),
        roc_band: Vec::new(),
        pr: Vec::new(),
        sensitivity_at: [0.0; 3],
    };
    Benchmark {
        data_name: data.name.clone(),
        split: SplitCounts::default(),
        cases,
        held_out: Vec::new(),
        entries: vec![entry],
        paired: Vec::new(),
        verdict: String::new(),
        finished_unix_secs: 0,
        took_secs: 1.0,
        cautions: Vec::new(),
        heatmaps: None,
        elsewhere: Vec::new(),
    }
}

fn data() -> DataSetSummary {
    let mut samples = Vec::new();
    for (folder, label, split, count) in [
        ("test/NORMAL/IM-00", Label::Healthy, Split::Test, 6),
        ("test/PNEUMONIA/person1_bacteria_", Label::Diseased, Split::Test, 6),
        ("train/NORMAL/IM-01", Label::Healthy, Split::Train, 4),
        ("train/NORMAL/IM-02", Label::Healthy, Split::Validation, 4),
        ("train/PNEUMONIA/person9_virus_", Label::Diseased, Split::Development, 4),
    ] {
        for number in 0..count {
            let path = format!("{folder}{number}.jpeg");
            samples.push(Sample {
                finding: path.contains("bacteria").then(|| "bacterial".to_owned()),
                hash: path.clone(),
                path,
                label: Some(label),
                split,
                patient: None,
                width: 224,
                height: 224,
                file_bytes: 6_000,
                boxes: Vec::new(),
            });
        }
    }
    DataSetSummary {
        root: "chest_xray".into(),
        name: "chest_xray".to_owned(),
        bundled: false,
        samples,
        rejected: Vec::new(),
        split_seed: 7,
        without_copies: false,
        opened_in_secs: 0.4,
        fingerprint: "fixture".to_owned(),
    }
}

/// Which of the bundled pneumonias is shown.
const SHOWN: usize = 2;

/// One of the bundled X-rays, counted round.
fn xray(label: Option<Label>, number: usize) -> &'static GrayImage {
    static IMAGES: OnceLock<[Vec<GrayImage>; 2]> = OnceLock::new();
    let images = IMAGES.get_or_init(|| ["NORMAL", "PNEUMONIA"].map(|class| read(class, 12)));
    let images = &images[usize::from(label == Some(Label::Diseased))];
    &images[number % images.len()]
}

fn read(class: &str, count: usize) -> Vec<GrayImage> {
    let folder = format!("{}/assets/sample/test/{class}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the sample is there").map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths.iter().take(count).map(|path| gray(&image::open(path).expect("an image"))).collect()
}

fn gray(image: &image::DynamicImage) -> GrayImage {
    let image = image.to_luma8();
    GrayImage::new(image.width(), image.height(), image.into_raw())
}

fn scaled(image: &GrayImage, side: u32) -> GrayImage {
    let pixels = image::GrayImage::from_raw(image.width, image.height, image.pixels.clone()).expect("as many pixels");
    gray(&image::imageops::resize(&pixels, side, side, image::imageops::FilterType::Triangle).into())
}

/// Small, with more contrast: roughly what the networks see.
fn seen(image: &GrayImage) -> Plane {
    let mut plane = scaled(image, SIDE).to_plane();
    for value in &mut plane.values {
        *value = ((*value - 0.5) * 1.5 + 0.5).clamp(0.0, 1.0);
    }
    plane
}

/// The mean of healthy images with a little of the input, blurred more by each model: much as small networks do it.
fn reconstruction(input: &Plane, index: usize) -> Plane {
    let healthy: Vec<Plane> = (0..6).map(|number| seen(xray(Some(Label::Healthy), number + index))).collect();
    let values = input
        .values
        .iter()
        .enumerate()
        .map(|(at, own)| 0.25 * own + 0.75 * healthy.iter().map(|plane| plane.values[at]).sum::<f32>() / 6.0)
        .collect();
    blurred(&Plane::new(SIDE, SIDE, values), 1.0 + index as f32 * 0.3)
}

/// Where the two differ consistently, on a scale on which healthy images would be dark.
fn map(input: &Plane, reconstruction: &Plane) -> Plane {
    // Around one half, because blurring keeps values in [0, 1].
    let shifted = input.values.iter().zip(&reconstruction.values).map(|(input, output)| 0.5 + (input - output) / 2.0);
    let mut plane = blurred(&Plane::new(SIDE, SIDE, shifted.collect()), 4.0);
    for (index, value) in (0..).zip(&mut plane.values) {
        let (x, y) = ((index % SIDE) as f32 / SIDE as f32, (index / SIDE) as f32 / SIDE as f32);
        // Arms and edges, where the made-up reconstruction is far off, fade out.
        let edge = ((0.5 - (x - 0.5).abs()).min(0.6 - (y - 0.5).abs()) * 5.0).clamp(0.0, 1.0);
        *value = ((*value - 0.5).abs() * 12.0 * edge * edge - 0.3).max(0.0);
    }
    plane
}

fn blurred(plane: &Plane, sigma: f32) -> Plane {
    let buffer = image::ImageBuffer::<image::Luma<f32>, _>::from_raw(plane.width, plane.height, plane.values.clone());
    let blurred = image::imageops::blur(&buffer.expect("as many values"), sigma);
    Plane::new(plane.width, plane.height, blurred.into_raw())
}
