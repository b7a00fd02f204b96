//! A small made-up world for the tests of panes.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{
    Abilities, Analysis, Architecture, Calibration, CaseRef, DataSetSummary, EnsembleInfo, EnsembleMember, JobId,
    JobKind, Label, MapScale, MapsPlacedBy, ModelId, ModelInfo, ModelKind, Plane, Preset, RunInfo, RunStatus, Sample,
    SampleId, Split, TrainingSettings,
};
use crate::engine::message::{EngineEvent, Failure};
use crate::ui::state::State;

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
        development_count: 1000,
        epochs: Arc::default(),
        best_epoch: None,
        parameters: 300_000,
        usable: false,
        calibrated: Arc::default(),
    }
}

pub fn model(id: &str, architecture: Architecture) -> Arc<ModelInfo> {
    let settings = TrainingSettings::preset(architecture, Preset::Recommended);
    let healthy_scores: Vec<f64> = (0..194).map(|index| f64::from(index) / 193.0).collect();
    Arc::new(ModelInfo {
        id: ModelId(id.to_owned()),
        folder: PathBuf::from("/models").join(id),
        bundled: true,
        kind: ModelKind::Network(architecture),
        name: architecture.name().to_owned(),
        members: Arc::default(),
        preprocessing: settings.preprocessing,
        latent: settings.has_code().then_some(settings.latent),
        own_score: settings.score.into(),
        own_residual: settings.score.residual,
        score: settings.score.into(),
        abilities: Abilities { code: true, pattern: true, divergence: false, variance: false, lungs: true },
        calibrated: Arc::default(),
        parameters: 300_000,
        training_secs: 120.0,
        training_cpu_secs: None,
        best_epoch: Some(97),
        calibration: Arc::new(Calibration {
            healthy_scores,
            mean: 0.5,
            sd: 0.25,
            map_scale: MapScale { typical: 0.01, p999: 0.2 },
        }),
    })
}

/// An ensemble of the user's, of networks of these architectures.
pub fn ensemble(name: &str, architectures: &[Architecture]) -> EnsembleInfo {
    let member = |(seed, &architecture): (u64, &Architecture)| EnsembleMember {
        run: format!("{}-{seed}", architecture.slug()),
        architecture,
        seed,
        checkpoint_blake3: format!("{seed}"),
        score: TrainingSettings::preset(architecture, Preset::Recommended).score.into(),
        weight: 1.0,
        data_name: "chest_xray".to_owned(),
        data_fingerprint: "f".to_owned(),
    };
    EnsembleInfo {
        id: ModelId(name.to_owned()),
        folder: PathBuf::from("/models").join(name),
        bundled: false,
        name: name.to_owned(),
        created_unix_secs: 1_760_000_000,
        maps: MapsPlacedBy::HealthyPixels,
        as_trained: true,
        members: (1..).zip(architectures).map(member).collect(),
    }
}

pub fn failure(message: &str) -> Failure {
    Failure { message: message.to_owned(), advice: "Try again.".to_owned() }
}

pub fn plane(side: u32) -> Arc<Plane> {
    Arc::new(Plane::new(side, side, vec![0.0; (side * side) as usize]))
}

pub fn analysis(sample: u32, model: &str, side: u32) -> Arc<Analysis> {
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
        disagreement: None,
        seen_in_training: false,
        took_ms: 3.0,
    })
}

pub fn start(state: &mut State, job: u64, kind: JobKind) {
    state.apply(EngineEvent::JobQueued { job: JobId(job), kind: kind.clone() });
    state.apply(EngineEvent::JobStarted { job: JobId(job), kind });
}
