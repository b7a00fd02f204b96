//! Lesions from end to end: real engine, real images, a bundled model.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::message::{CaseImage, DataOptions, DataSource, EngineCommand, EngineEvent};
use super::{Engine, EngineConfig, EngineHandle, channel};
use crate::domain::{
    Analysis, Benchmark, BenchmarkCase, CaseRef, DataSetSummary, DevicePreference, EntryKind, HeatmapEntry, JobId,
    JobOutcome, Label, LesionKind, ModelInfo, Permille, Split, SplitCounts,
};
use crate::imaging::lesion::place;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(12);

struct Desk {
    engine: EngineHandle,
    events: Receiver<EngineEvent>,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let config = EngineConfig {
            models_dir: folder.path().join("models"),
            bundled_models_dir: repository.join("models/bundled"),
            lungs_dir: repository.join("models/lungs"),
            sample_dir: repository.join("assets/sample"),
            cache_dir: folder.path().join("cache"),
            threads: 2,
            device: DevicePreference::Cpu,
        };
        let (sender, events) = channel();
        let engine = Engine::start(config, sender, Arc::new(|| {})).unwrap();
        Self { engine, events, folder }
    }

    fn wait<T>(&self, what: &str, mut pick: impl FnMut(EngineEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let event = self.events.recv_deadline(deadline).unwrap_or_else(|_| panic!("no {what}"));
            if let EngineEvent::Failed(failure) | EngineEvent::JobFailed { error: failure, .. } = &event {
                panic!("instead of {what}: {failure:?}");
            }
            if let Some(found) = pick(event) {
                return found;
            }
        }
    }

    fn open(&self, source: DataSource) -> Arc<DataSetSummary> {
        self.engine.send(EngineCommand::OpenData { job: JobId(1), source, options: DataOptions::default() });
        self.wait("data", |event| match event {
            EngineEvent::DataOpened { data, .. } => Some(data),
            _ => None,
        })
    }

    /// A few images of the bundled sample in a folder of their own.
    fn open_some(&self, healthy: usize) -> Arc<DataSetSummary> {
        let (source, target) =
            (Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample"), self.folder.path().join("some"));
        for (class, count) in [("train/NORMAL", 12), ("test/NORMAL", healthy), ("test/PNEUMONIA", 2)] {
            std::fs::create_dir_all(target.join(class)).unwrap();
            let mut files: Vec<PathBuf> =
                std::fs::read_dir(source.join(class)).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            for file in files.iter().take(count) {
                std::fs::copy(file, target.join(class).join(file.file_name().unwrap())).unwrap();
            }
        }
        self.open(DataSource::Folder(target))
    }

    fn load(&self, name: &str) -> Arc<ModelInfo> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/bundled").join(name);
        self.engine.send(EngineCommand::LoadModel { path });
        self.wait("model", |event| match event {
            EngineEvent::ModelLoaded(model) => Some(model),
            _ => None,
        })
    }

    fn analyse(&self, case: &CaseRef, model: &ModelInfo) -> Arc<Analysis> {
        self.engine.send(EngineCommand::Analyse { case: case.clone(), models: vec![model.id.clone()] });
        self.wait("analysis", |event| match event {
            EngineEvent::Analysed(analysis) if analysis.case == *case => Some(analysis),
            EngineEvent::CaseFailed { error, .. } => panic!("{error:?}"),
            _ => None,
        })
    }

    fn picture(&self, case: &CaseRef) -> Arc<CaseImage> {
        self.engine.send(EngineCommand::LoadCase { case: case.clone() });
        self.wait("picture", |event| match event {
            EngineEvent::CaseLoaded { case: loaded, image } if loaded == *case => Some(image),
            EngineEvent::CaseFailed { error, .. } => panic!("{error:?}"),
            _ => None,
        })
    }

    fn measure(&self, benchmark: &Arc<Benchmark>, models: &[Arc<ModelInfo>]) -> Arc<Benchmark> {
        let models = models.iter().map(|model| model.id.clone()).collect();
        let benchmark = Arc::clone(benchmark);
        self.engine.send(EngineCommand::MeasureHeatmaps { job: JobId(5), benchmark, models });
        self.wait("heatmaps", |event| match event {
            EngineEvent::Benchmarked { benchmark, .. } => Some(benchmark),
            _ => None,
        })
    }
}

/// Of the data set's test images, without entries.
fn benchmark(data: &DataSetSummary) -> Arc<Benchmark> {
    let case = |sample| {
        let found = data.sample(sample)?;
        let (path, finding) = (found.path.clone(), found.finding.clone());
        Some(BenchmarkCase { sample, path, label: found.label?, split: found.split, finding })
    };
    Arc::new(Benchmark {
        data_name: data.name.clone(),
        split: SplitCounts::default(),
        cases: data.ids(Split::Test, None).filter_map(case).collect(),
        held_out: Vec::new(),
        entries: Vec::new(),
        paired: Vec::new(),
        verdict: String::new(),
        finished_unix_secs: 0,
        took_secs: 0.0,
        cautions: Vec::new(),
        heatmaps: None,
        elsewhere: Vec::new(),
    })
}

fn autoencoder() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/bundled");
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().find(|name| name.starts_with("ae")).unwrap()
}

#[test]
fn a_painted_lesion_is_seen_by_picture_map_and_score() {
    let desk = Desk::new();
    let data = desk.open_some(5);
    let model = desk.load(&autoencoder());
    let case = CaseRef::Sample(data.ids(Split::Test, Some(Label::Healthy)).next().unwrap());
    let mut lesion = place(LesionKind::Consolidation, 3);
    lesion.contrast = Permille::of(0.9);
    let painted = case.painted(&[lesion]);
    let (before, after) = (desk.analyse(&case, &model), desk.analyse(&painted, &model));
    assert!(after.score > before.score, "{} {}", after.score, before.score);
    let most = |analysis: &Analysis| analysis.map.values.iter().copied().fold(0.0, f32::max);
    assert!(most(&after) > most(&before));
    // The file is read for painting, the cache is not: both are the same image.
    let mut nothing = lesion;
    nothing.contrast = Permille::default();
    assert_eq!(desk.analyse(&case.painted(&[nothing]), &model).map, before.map);
    let (plain, shown) = (desk.picture(&case), desk.picture(&painted));
    assert!(plain.outline.is_empty() && !shown.outline.is_empty());
    assert_ne!(plain.image, shown.image);
    // A file of one's own can be painted as well.
    let file = CaseRef::File(data.root.join(&data.sample(data.ids(Split::Test, None).next().unwrap()).unwrap().path));
    let own = file.painted(&[lesion]);
    assert!(desk.analyse(&own, &model).score > desk.analyse(&file, &model).score);
    assert!(!desk.picture(&own).outline.is_empty());
}

fn is_sound(entry: &HeatmapEntry) {
    for figures in entry.by_lesion.iter().map(|kind| kind.pixels).chain([entry.all]) {
        for interval in [figures.auroc, figures.average_precision, figures.aupro] {
            assert!(0.0 <= interval.low && interval.low <= interval.value, "{interval:?}");
            assert!(interval.value <= interval.high && interval.high <= 1.0, "{interval:?}");
        }
        assert!(figures.lesion_share > 0.0 && figures.lesion_share < 0.2, "{}", figures.lesion_share);
    }
    assert_eq!((entry.by_lesion.len(), entry.examples.len()), (4, 4));
    assert!(entry.examples.iter().all(|example| !example.outline.is_empty()));
}

#[test]
fn maps_are_measured_on_painted_images_and_against_an_untrained_network() {
    let desk = Desk::new();
    let data = desk.open_some(5);
    let model = desk.load(&autoencoder());
    let before = benchmark(&data);
    let measured = desk.measure(&before, std::slice::from_ref(&model));
    assert_eq!(measured.cases, before.cases, "the same benchmark");
    let heatmaps = measured.heatmaps.clone().unwrap();
    assert_eq!((heatmaps.images, heatmaps.entries.len(), heatmaps.chest), (5, 2, Some(true)));
    heatmaps.entries.iter().for_each(is_sound);
    let [network, brightness] = &heatmaps.entries[..] else { panic!("a model and the baseline") };
    assert_eq!(network.id, model.id.0);
    assert!(network.all.auroc.value > 0.7, "{:?}", network.all);
    assert!(network.healthy_above_one.is_some_and(|share| share < 0.1));
    let sanity = network.sanity.unwrap();
    assert!(sanity.spearman < 0.9 && sanity.untrained_auroc < network.all.auroc.value, "{sanity:?}");
    assert!(brightness.sanity.is_none() && brightness.kind == EntryKind::Baseline);
    // The same again is the same.
    let again = desk.measure(&before, &[model]).heatmaps.clone().unwrap();
    assert_eq!(again.entries, heatmaps.entries);
}

#[test]
fn measuring_can_be_cancelled_and_needs_the_benchmarks_own_data() {
    let desk = Desk::new();
    let data = desk.open_some(5);
    let model = desk.load(&autoencoder());
    let mut other = (*benchmark(&data)).clone();
    other.cases[0].path = "test/NORMAL/elsewhere.jpeg".to_owned();
    let ended = |desk: &Desk, benchmark: Benchmark, stop: bool| {
        let (benchmark, models) = (Arc::new(benchmark), vec![model.id.clone()]);
        desk.engine.send(EngineCommand::MeasureHeatmaps { job: JobId(9), benchmark, models });
        if stop {
            desk.engine.send(EngineCommand::Stop { job: JobId(9) });
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match desk.events.recv_deadline(deadline).expect("an end") {
                EngineEvent::JobEnded { job: JobId(9), outcome } => return Ok(outcome),
                EngineEvent::JobFailed { job: JobId(9), error } => return Err(error.message),
                _ => {}
            }
        }
    };
    let refused = ended(&desk, other, false).unwrap_err();
    assert!(refused.contains("another data set"), "{refused}");
    assert_eq!(ended(&desk, (*benchmark(&data)).clone(), true), Ok(JobOutcome::Cancelled));
}

#[test]
#[ignore = "prints the figures of the bundled models on the bundled sample"]
fn figures_of_the_bundled_models() {
    let desk = Desk::new();
    let count = std::env::var("NEUROSCAN_IMAGES").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    let data = desk.open_some(count);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/bundled");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.contains('.')).collect();
    names.sort();
    let models: Vec<Arc<ModelInfo>> = names.iter().map(|name| desk.load(name)).collect();
    let measured = desk.measure(&benchmark(&data), &models);
    let heatmaps = measured.heatmaps.clone().unwrap();
    eprintln!("{} images, {:.0} s", heatmaps.images, heatmaps.took_secs);
    for entry in &heatmaps.entries {
        let text = |i: crate::domain::Interval| format!("{:.3} [{:.3}–{:.3}]", i.value, i.low, i.high);
        eprintln!("{}: above one {:?}, sanity {:?}", entry.name, entry.healthy_above_one, entry.sanity);
        let all = std::iter::once(("all", entry.all, None));
        let kinds = entry.by_lesion.iter().map(|kind| (kind.lesion.name(), kind.pixels, kind.image_auroc));
        for (kind, figures, image) in all.chain(kinds) {
            eprintln!(
                "  {kind:14} AUROC {} AP {} AUPRO {} share {:.4} image {image:?}",
                text(figures.auroc),
                text(figures.average_precision),
                text(figures.aupro),
                figures.lesion_share
            );
        }
    }
}
