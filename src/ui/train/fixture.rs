//! A made-up world for the tests of this screen: losses that fall as losses do, pictures made from the bundled sample.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::domain::{
    Architecture, CaseRef, DataSetSummary, EpochRecord, FilmRow, GrayImage, JobId, JobKind, JobOutcome, JobProgress,
    Label, LossComponents, ModelId, PinnedCase, Plane, Preset, Preview, RunInfo, RunStatus, Sample, SampleId, Split,
    TrainingSettings,
};
use crate::engine::message::{EngineEvent, MachineInfo, MemoryInfo, Notice};
use crate::ui::state::State;

/// Batches an epoch: 1,147 images, 64 at a time.
pub const STEPS: u32 = 18;
pub const EPOCHS: u32 = 50;

/// The same moment in all worlds of a test.
fn now() -> i64 {
    static NOW: OnceLock<i64> = OnceLock::new();
    *NOW.get_or_init(|| jiff::Timestamp::now().as_second())
}

/// Nothing has happened yet.
pub fn empty() -> State {
    let mut state = State::default();
    state.machine = Some(Arc::new(MachineInfo { device_name: "CPU · 2 cores".to_owned(), ..MachineInfo::default() }));
    state.memory = MemoryInfo { used_bytes: 700 << 20, total_bytes: 7_900 << 20, gpu_bytes: None };
    state
}

/// A data set is open, nothing has been trained.
pub fn opened() -> State {
    let mut state = empty();
    let data = data();
    state.apply(EngineEvent::DataOpened { job: JobId(900), data: data.clone() });
    for split in [Split::Development, Split::Validation] {
        for (index, id) in data.ids(split, None).enumerate() {
            state.thumbnails.insert(id, thumbnail(split, index));
        }
    }
    state
}

/// Four runs of earlier days; nothing is being trained.
pub fn idle() -> State {
    let mut state = opened();
    let day = 86_400;
    let now = now();
    state.runs = Arc::new(vec![
        stored(Architecture::Autoencoder, now - 300, 50),
        stored(Architecture::Gan, now - day, 50),
        stored(Architecture::Vit, now - day - 3_600, 50),
        stored(Architecture::Vae, now - 4 * day, 40),
    ]);
    state
}

/// A VAE is in its thirteenth epoch of fifty; GAN and ViT wait.
pub fn running() -> State {
    let mut state = idle();
    state.memory.used_bytes = 1_945 << 20;
    let job = JobId(1_000);
    for (id, architecture) in
        [(job, Architecture::Vae), (JobId(1_001), Architecture::Gan), (JobId(1_002), Architecture::Vit)]
    {
        state.apply(EngineEvent::JobQueued { job: id, kind: JobKind::Train(architecture) });
    }
    state.apply(EngineEvent::JobStarted { job, kind: JobKind::Train(Architecture::Vae) });
    let run = Arc::new(live_run());
    state.apply(EngineEvent::TrainingStarted { job, run: run.clone(), steps_per_epoch: STEPS });
    train(&mut state, job, &run, 12);
    progress(&mut state, job, 12);
    state
}

/// The same, paused.
pub fn paused() -> State {
    let mut state = running();
    state.apply(EngineEvent::JobPaused { job: JobId(1_000), paused: true });
    state
}

/// The same at its end.
pub fn ended() -> State {
    let mut state = idle();
    let job = JobId(1_000);
    state.apply(EngineEvent::JobStarted { job, kind: JobKind::Train(Architecture::Vae) });
    let run = live_run();
    state.apply(EngineEvent::TrainingStarted { job, run: Arc::new(run.clone()), steps_per_epoch: STEPS });
    train(&mut state, job, &run, EPOCHS);
    state.apply(EngineEvent::Notice(Notice {
        warning: true,
        job: Some(job),
        message: "Memory ran out: batch halved to 32".to_owned(),
    }));
    let epochs: Vec<EpochRecord> = state.live[0].epochs.iter().map(|record| (**record).clone()).collect();
    let best_epoch = epochs.iter().rfind(|record| record.best).map(|record| record.epoch);
    let run = RunInfo { status: RunStatus::Complete, epochs: Arc::new(epochs), best_epoch, usable: true, ..run };
    state.apply(EngineEvent::TrainingEnded { job, run: Arc::new(run) });
    state.apply(EngineEvent::JobEnded { job, outcome: JobOutcome::Done });
    state
}

/// A VAE was stopped after 12 epochs in an earlier session.
pub fn interrupted() -> State {
    let mut state = idle();
    let run =
        RunInfo { status: RunStatus::Interrupted, epochs: Arc::new(records(Architecture::Vae, 12, 7)), ..live_run() };
    state.runs = Arc::new(std::iter::once(run).chain(state.runs.iter().cloned()).collect());
    state
}

/// Another window has trained a VAE for 12 epochs so far.
pub fn elsewhere() -> State {
    let mut state = interrupted();
    Arc::make_mut(&mut state.runs)[0].status = RunStatus::Running;
    state
}

/// What the folder of a run keeps of two cases: one of the open data set, one that is not named.
pub fn film() -> Arc<Vec<FilmRow>> {
    let data = data();
    let pinned = crate::ui::train::pins::balanced(&data);
    let row = |pin: usize, named: bool| {
        let sample = data.sample(pinned[pin]).unwrap();
        let case = PinnedCase { path: sample.path.clone(), hash: sample.hash.clone() };
        let saved = |epoch| Arc::new(Preview { case: None, ..preview(epoch, pin, pinned[pin]) });
        FilmRow { case: named.then_some(case), previews: (0..=20).chain([30, 40, 50]).map(saved).collect() }
    };
    Arc::new(vec![row(0, true), row(2, false)])
}

/// Goes on by whole epochs.
fn train(state: &mut State, job: JobId, run: &RunInfo, epochs: u32) {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let records = records(run.architecture(), epochs, 7);
    let id = run.id.clone();
    previews(state, job, &id, 0);
    for record in records {
        for step in 1..=STEPS {
            let step = u64::from(record.epoch - 1) * u64::from(STEPS) + u64::from(step);
            let loss = losses(run.architecture(), step as f64 / f64::from(STEPS), 0.16, &mut random);
            state.apply(EngineEvent::TrainingBatch { job, run: id.clone(), epoch: record.epoch, step, loss });
        }
        let epoch = record.epoch;
        state.apply(EngineEvent::TrainingEpoch { job, run: id.clone(), record: Arc::new(record) });
        previews(state, job, &id, epoch);
    }
}

fn progress(state: &mut State, job: JobId, epochs: u32) {
    let progress = JobProgress {
        stage: format!("Epoch {} of {EPOCHS}", epochs + 1),
        done: u64::from(epochs) * 1147,
        total: u64::from(EPOCHS) * 1147,
        images_per_s: Some(218.0),
        left_secs: Some(204.0),
    };
    state.apply(EngineEvent::JobProgress { job, progress });
}

fn previews(state: &mut State, job: JobId, run: &ModelId, epoch: u32) {
    static MADE: Mutex<BTreeMap<(u32, usize), Arc<Preview>>> = Mutex::new(BTreeMap::new());
    for (pin, id) in crate::ui::train::pins::balanced(&data()).into_iter().enumerate() {
        let mut made = MADE.lock().unwrap();
        let preview = made.entry((epoch, pin)).or_insert_with(|| Arc::new(preview(epoch, pin, id))).clone();
        state.apply(EngineEvent::TrainingPreview { job, run: run.clone(), preview });
    }
}

fn live_run() -> RunInfo {
    let settings =
        TrainingSettings { epochs: EPOCHS, ..TrainingSettings::preset(Architecture::Vae, Preset::Recommended) };
    RunInfo {
        status: RunStatus::Running,
        usable: false,
        epochs: Arc::default(),
        settings,
        ..stored(Architecture::Vae, now() - 70, 0)
    }
}

/// A finished run, read from its folder.
pub fn stored(architecture: Architecture, began: i64, epochs: u32) -> RunInfo {
    let settings = TrainingSettings::preset(architecture, Preset::Recommended);
    let records = records(architecture, epochs, began as u64);
    let calibrated =
        ["blurred-central-jitter", "gradient-lungs-jitter", "knn", "mse-lungs-jitter", "ssim-lungs-jitter"];
    let id = format!("2026-11-20_{}_{began}", architecture.slug());
    RunInfo {
        folder: PathBuf::from("/home/someone/neuroscan/runs").join(&id),
        id: ModelId(id),
        bundled: false,
        parameters: settings.parameter_count().unwrap_or(0),
        settings: TrainingSettings { epochs: epochs.max(1), ..settings },
        status: RunStatus::Complete,
        started_unix_secs: began,
        data_name: "chest_xray".to_owned(),
        train_count: 1147,
        validation_count: 194,
        development_count: 1000,
        best_epoch: records.iter().rfind(|record| record.best).map(|record| record.epoch),
        epochs: Arc::new(records),
        usable: true,
        calibrated: Arc::new(calibrated.map(str::to_owned).into()),
    }
}

/// Losses as they fall: fast, then slowly, with noise.
fn losses(architecture: Architecture, epoch: f64, noise: f64, random: &mut ChaCha8Rng) -> LossComponents {
    let (start, end, pace) = match architecture {
        Architecture::Autoencoder | Architecture::AeU | Architecture::Denoiser => (0.055, 0.0045, 1.7),
        Architecture::Vae | Architecture::BetaVae | Architecture::VqVae => (0.080, 0.0060, 1.9),
        Architecture::Gan => (0.072, 0.0038, 2.1),
        Architecture::Vit | Architecture::Inpainter | Architecture::Restorer => (0.095, 0.0080, 4.2),
    };
    let mut noisy = |value: f64| value * (noise * (random.random::<f64>() + random.random::<f64>() - 1.0) * 2.0).exp();
    let recon = noisy(end + (start - end) * (1.0 + epoch / pace).powf(-1.35));
    let kl = matches!(architecture, Architecture::Vae | Architecture::BetaVae)
        .then(|| noisy(2.0 + 9.0 * (1.0 - (-epoch / 6.0).exp())));
    let gan = architecture == Architecture::Gan;
    let generator = gan.then(|| noisy(0.7 + 1.4 * (1.0 - (-epoch / 9.0).exp())));
    let discriminator = gan.then(|| noisy(0.5 + 0.9 * (-epoch / 12.0).exp()));
    let total = match (kl, generator) {
        (Some(kl), _) => recon * 4096.0 + 0.0256 * kl,
        (_, Some(generator)) => 100.0 * recon + 0.5 * generator,
        _ => recon,
    };
    LossComponents { total, recon, kl, generator, discriminator }
}

fn records(architecture: Architecture, epochs: u32, seed: u64) -> Vec<EpochRecord> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut least = f64::INFINITY;
    (1..=epochs)
        .map(|epoch| {
            let validation = losses(architecture, f64::from(epoch), 0.015, &mut random);
            let worse = 1.04 + 0.0025 * f64::from(epoch);
            let validation = LossComponents { recon: validation.recon * worse, ..validation };
            let best = validation.recon < least;
            least = least.min(validation.recon);
            let auroc = 0.955 - 0.36 * (-f64::from(epoch) / 7.0).exp() + 0.008 * (random.random::<f64>() - 0.5);
            EpochRecord {
                epoch,
                train: losses(architecture, f64::from(epoch) - 0.5, 0.03, &mut random),
                validation,
                development_auroc: Some(auroc),
                learning_rate: 2e-3,
                images_per_s: 214.0 + 12.0 * (random.random::<f64>() - 0.5),
                elapsed_secs: f64::from(epoch) * 5.35,
                cpu_secs: Some(f64::from(epoch) * 4.9),
                best,
            }
        })
        .collect()
}

/// 1,147 + 194 healthy and 3,875 diseased training images, 624 test images; the first of some are real files.
pub fn data() -> Arc<DataSetSummary> {
    static DATA: OnceLock<Arc<DataSetSummary>> = OnceLock::new();
    DATA.get_or_init(|| Arc::new(made_up())).clone()
}

fn made_up() -> DataSetSummary {
    let kinds = [
        (Split::Train, Label::Healthy, "train/NORMAL/IM-0", 1147u32),
        (Split::Validation, Label::Healthy, "train/NORMAL/NORMAL2-IM-0", 194),
        (Split::Development, Label::Diseased, "train/PNEUMONIA/person1_bacteria_", 3875),
        (Split::Test, Label::Healthy, "test/NORMAL/IM-9", 234),
        (Split::Test, Label::Diseased, "test/PNEUMONIA/person2_virus_", 390),
    ];
    let samples = kinds.into_iter().flat_map(|(split, label, stem, count)| {
        (0..count).map(move |index| Sample {
            path: format!("{stem}{index:03}.jpeg"),
            label: Some(label),
            split,
            patient: Some(format!("{stem}{index}")),
            finding: None,
            width: 224,
            height: 224,
            file_bytes: 9_000,
            hash: format!("{stem}{index}"),
            boxes: Vec::new(),
        })
    });
    DataSetSummary {
        root: PathBuf::from("chest_xray"),
        name: "chest_xray".to_owned(),
        bundled: false,
        samples: samples.collect(),
        rejected: Vec::new(),
        split_seed: 7,
        without_copies: false,
        opened_in_secs: 0.4,
        fingerprint: "fixture".to_owned(),
    }
}

/// Real images of the bundled sample, in turn.
fn picture(split: Split, index: usize) -> GrayImage {
    static PICTURES: OnceLock<[Vec<GrayImage>; 2]> = OnceLock::new();
    let pictures = PICTURES.get_or_init(|| ["train/PNEUMONIA", "test/NORMAL"].map(|folder| read(folder, 8)));
    let kind = &pictures[usize::from(split != Split::Development)];
    kind[index % kind.len()].clone()
}

fn thumbnail(split: Split, index: usize) -> Arc<GrayImage> {
    static SMALL: OnceLock<[Vec<Arc<GrayImage>>; 2]> = OnceLock::new();
    let small = SMALL.get_or_init(|| {
        [Split::Development, Split::Validation]
            .map(|split| (0..8).map(|index| Arc::new(resized(&picture(split, index), 96))).collect())
    });
    let kind = &small[usize::from(split != Split::Development)];
    kind[index % kind.len()].clone()
}

fn read(folder: &str, count: usize) -> Vec<GrayImage> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .take(count)
        .map(|file| {
            let image = image::open(file).unwrap().to_luma8();
            resized(&GrayImage::new(image.width(), image.height(), image.into_raw()), 128)
        })
        .collect()
}

fn resized(image: &GrayImage, side: u32) -> GrayImage {
    let buffer = image::GrayImage::from_raw(image.width, image.height, image.pixels.clone()).unwrap();
    let small = image::imageops::resize(&buffer, side, side, image::imageops::FilterType::Triangle);
    GrayImage::new(side, side, small.into_raw())
}

/// What a network might make of a case: grey at first, then an ever sharper mean lung with something of the case.
fn preview(epoch: u32, pin: usize, id: SampleId) -> Preview {
    let split = data().sample(id).unwrap().split;
    let index = data().ids(split, None).position(|other| other == id).unwrap();
    let input = resized(&picture(split, index), 64).to_plane();
    let progress = 1.0 - (-f64::from(epoch) / 6.0).exp() as f32;
    let of_case = blurred(&input, 3);
    let mean = mean_lung();
    let values = of_case.values.iter().zip(&mean.values).map(|(case, mean)| {
        let known = 0.35 * progress;
        let made = known * case + (1.0 - known) * mean;
        0.5 + (made - 0.5) * progress.sqrt()
    });
    let reconstruction = blurred(&Plane::new(64, 64, values.collect()), (4.0 * (1.0 - progress)) as usize);
    let difference = input.values.iter().zip(&reconstruction.values).map(|(case, made)| case - made);
    let map = blurred(&Plane::new(64, 64, difference.collect()), 4);
    let map = Plane::new(64, 64, map.values.iter().map(|value| (value.abs() - 0.05).max(0.0) * 6.5).collect());
    Preview {
        epoch,
        pin,
        case: Some(CaseRef::Sample(id)),
        input: Arc::new(input),
        reconstruction: Arc::new(reconstruction),
        map: Arc::new(map),
    }
}

fn mean_lung() -> &'static Plane {
    static MEAN: OnceLock<Plane> = OnceLock::new();
    MEAN.get_or_init(|| {
        let mut sum = vec![0.0; 64 * 64];
        for index in 0..8 {
            let plane = resized(&picture(Split::Validation, index), 64).to_plane();
            sum.iter_mut().zip(&plane.values).for_each(|(sum, value)| *sum += value / 8.0);
        }
        Plane::new(64, 64, sum)
    })
}

/// Three box filters, almost a Gaussian.
fn blurred(plane: &Plane, radius: usize) -> Plane {
    let (width, height) = (plane.width as usize, plane.height as usize);
    let mut values = plane.values.clone();
    for _ in 0..3 {
        for (stride, along, lines, line_stride) in [(1, width, height, width), (width, height, width, 1)] {
            let before = values.clone();
            for line in 0..lines {
                for at in 0..along {
                    let (from, to) = (at.saturating_sub(radius), (at + radius).min(along - 1));
                    let sum: f32 = (from..=to).map(|near| before[line * line_stride + near * stride]).sum();
                    values[line * line_stride + at * stride] = sum / (to - from + 1) as f32;
                }
            }
        }
    }
    Plane::new(plane.width, plane.height, values)
}
