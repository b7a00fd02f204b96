//! A made-up world for the tests of this screen.

use std::sync::Arc;

use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::domain::{
    Analysis, Architecture, Benchmark, BenchmarkCase, BenchmarkEntry, Calibration, CaseRef, DataSetSummary, EntryKind,
    GrayImage, Interval, Label, MapScale, ModelId, ModelInfo, Plane, Preset, Sample, SampleId, Split, SplitCounts,
    TrainingSettings,
};
use crate::engine::message::CaseImage;
use crate::ui::state::State;

pub const SIDE: u32 = 64;

/// A data set of 12 test images (6 healthy, then 6 diseased), 4 each of training, validation and development, and the
/// first `models` of an endless row of models. The first diseased test case is analysed by all.
pub fn state(models: usize) -> State {
    let mut state = State::default();
    state.data = Some(Arc::new(data()));
    state.models = (0..models).map(model).collect();
    let case = first_case(&state);
    add_case(&mut state, &case);
    for id in 0..state.data.as_ref().map_or(0, |data| data.samples.len()) {
        state.thumbnails.insert(SampleId(id as u32), Arc::new(thorax(48, id as f32 * 0.01)));
    }
    state
}

/// The case the screen begins with.
pub fn first_case(state: &State) -> CaseRef {
    let data = state.data.as_ref().expect("the fixture has data");
    CaseRef::Sample(data.ids(Split::Test, Some(Label::Diseased)).next().expect("the fixture has diseased cases"))
}

/// Adds the pixels of a case and what every loaded model makes of it.
pub fn add_case(state: &mut State, case: &CaseRef) {
    let image = CaseImage {
        image: thorax(224, 0.0),
        stored_width: 1_320,
        stored_height: 1_320,
        depth: "8 bit".to_owned(),
        file_name: "person111_bacteria_535.jpeg".to_owned(),
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
    let settings = TrainingSettings::preset(architecture, Preset::Recommended);
    let round = index / 4 + 1;
    Arc::new(ModelInfo {
        id: ModelId(format!("{}-{round}", architecture.slug())),
        folder: format!("models/{}-{round}", architecture.slug()).into(),
        bundled: true,
        architecture,
        name: if round == 1 {
            architecture.name().to_owned()
        } else {
            format!("{} · 2026-11-20 13:0{round}", architecture.name())
        },
        score: settings.score,
        settings,
        parameters: 301_000,
        training_secs: 112.0,
        best_epoch: 74,
        calibration: Arc::new(calibration()),
    })
}

/// 194 healthy scores as a normal distribution would have them: mean 0.04, deviation 0.01.
pub fn calibration() -> Calibration {
    let normal = Normal::new(0.04, 0.01).expect("a positive deviation");
    let healthy_scores: Vec<f64> = (0..194).map(|rank| normal.inverse_cdf((f64::from(rank) + 0.5) / 194.0)).collect();
    Calibration { healthy_scores, mean: 0.04, sd: 0.01, map_scale: MapScale { typical: 0.02, p999: 0.2 } }
}

pub fn analysis(model: &ModelInfo, case: &CaseRef, index: usize) -> Analysis {
    let input = thorax(SIDE, 0.0).to_plane();
    let reconstruction = thorax(SIDE, 0.12).to_plane();
    let score = 0.04 + 0.01 * (4.3 - 0.8 * index as f64);
    let calibration = &model.calibration;
    Analysis {
        model: model.id.clone(),
        case: case.clone(),
        input: Arc::new(input),
        reconstruction: Arc::new(reconstruction),
        map: Arc::new(blobs(SIDE, index)),
        score,
        sigma: calibration.sigma(score),
        p_value: calibration.conformal_p(score),
        share_lower: calibration.share_lower(score),
        threshold_sigma: calibration.percentile(95.0).map_or(0.0, |score| calibration.sigma(score)),
        seen_in_training: false,
        took_ms: 4.2,
    }
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
        kind: EntryKind::Model(Architecture::Autoencoder),
        score_description: String::new(),
        parameters: None,
        training_secs: None,
        ms_per_image: 4.0,
        calibration: calibration(),
        test_scores: (0..12).map(|case| 0.04 + 0.01 * f64::from(case % 6)).collect(),
        held_out_scores: Vec::new(),
        auroc: interval,
        auroc_bootstrap: interval,
        central_auroc: None,
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
                width: 1_320,
                height: 1_320,
                file_bytes: 6_000,
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

/// Two dark lungs in a light body; `haze` fills them.
pub fn thorax(side: u32, haze: f32) -> GrayImage {
    let shade = |x: f32, y: f32| {
        let lung = |center: f32| {
            let distance = ((x - center) / 0.17).powi(2) + ((y - 0.5) / 0.33).powi(2);
            (1.3 - distance).clamp(0.0, 1.0)
        };
        let ribs = 0.06 * (y * 60.0 + (x - 0.5).abs() * 20.0).sin();
        let body = 0.85 - 1.2 * ((x - 0.5).abs() - 0.38).max(0.0);
        let lungs = (lung(0.3) + lung(0.7)).min(1.0);
        body - (0.55 - haze) * lungs + ribs * lungs
    };
    let pixels = (0..side * side)
        .map(|index| {
            let (x, y) = ((index % side) as f32 / side as f32, (index / side) as f32 / side as f32);
            (shade(x, y).clamp(0.0, 1.0) * 255.0) as u8
        })
        .collect();
    GrayImage::new(side, side, pixels)
}

fn blobs(side: u32, seed: usize) -> Plane {
    let values = (0..side * side)
        .map(|index| {
            let (x, y) = ((index % side) as f32 / side as f32, (index / side) as f32 / side as f32);
            let blob = |cx: f32, cy: f32, size: f32| (-((x - cx).powi(2) + (y - cy).powi(2)) / (size * size)).exp();
            let shift = seed as f32 * 0.03;
            1.1 * blob(0.68, 0.45 + shift, 0.13) + 0.5 * blob(0.25, 0.75 - shift, 0.08)
        })
        .collect();
    Plane::new(side, side, values)
}
