//! Whole trainings of tiny networks: stopped, killed, paused, diverged, short of memory, out of disk.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use tch::{Device, Kind, Tensor};

use super::*;
use crate::domain::{
    Architecture, CaseRef, Component, EpochRecord, Loss, PinnedCase, Preset, Preview, RunInfo, RunStatus, SampleId,
    Schedule, Split, TrainingSettings,
};
use crate::error::{Error, Result};
use crate::models::weights::Weights;
use crate::models::{self, Network, Step};
use crate::store::{self, DataRecord, NewRun, RunWriter, Versions};

const SIDE: u32 = 32;
const TRAIN: u32 = 21;
const BATCHES: u32 = 3;

fn tiny(architecture: Architecture) -> TrainingSettings {
    let mut settings = TrainingSettings::preset(architecture, Preset::Custom);
    settings.preprocessing.image_size = SIDE;
    settings.epochs = 4;
    settings.batch_size = 8;
    settings.latent = 6;
    settings.tokens = 3;
    settings.codebook = 7;
    settings.channels = vec![4, 8];
    settings.patch = 16;
    settings.token_width = 8;
    settings.heads = 2;
    settings.encoder_layers = 1;
    settings.decoder_layers = 1;
    settings
}

/// Blobs at different places: something to learn.
fn pictures(count: u32, from: u32) -> Vec<u8> {
    let side = SIDE as i32;
    (from..from + count)
        .flat_map(|index| {
            let (cx, cy) = ((index * 7 % SIDE) as i32, (index * 13 % SIDE) as i32);
            (0..side * side).map(move |at| {
                let (dx, dy) = (at % side - cx, at / side - cy);
                (255 - (dx * dx + dy * dy).min(250)) as u8
            })
        })
        .collect()
}

fn images() -> Images {
    let pin = Pin { case: CaseRef::Sample(SampleId(0)), named: PinnedCase::default(), pixels: pictures(1, 500) };
    Images {
        train: pictures(TRAIN, 0),
        validation: pictures(9, 100),
        development: pictures(5, 200),
        pins: vec![pin.clone(), pin],
        painter: Some(Arc::new(Smudges)),
    }
}

/// Puts a spot on every image, at another place in every epoch.
#[derive(Debug)]
struct Smudges;

impl Painter for Smudges {
    fn paint(&self, split: Split, seed: u64, epoch: u32) -> Result<Vec<u8>> {
        let mut images = if split == Split::Train { pictures(TRAIN, 0) } else { pictures(9, 100) };
        let at = (seed as usize + 40 * epoch as usize) % (SIDE * SIDE - 70) as usize;
        for image in images.chunks_exact_mut((SIDE * SIDE) as usize) {
            image[at..at + 6].fill(255);
            image[at + 32..at + 38].fill(255);
        }
        Ok(images)
    }
}

/// What a listener does at the n-th time it is asked (from 0).
type Plan = fn(u32) -> Wish;

#[derive(Default)]
struct Heard {
    epochs: Vec<EpochRecord>,
    steps: Vec<u64>,
    previews: Vec<(u32, usize)>,
    notices: Vec<String>,
}

struct Listener<P> {
    plan: P,
    asked: AtomicU32,
    heard: Mutex<Heard>,
}

impl<P: Fn(u32) -> Wish + Sync> Listener<P> {
    fn new(plan: P) -> Self {
        Self { plan, asked: AtomicU32::new(0), heard: Mutex::default() }
    }

    fn heard(self) -> Heard {
        self.heard.into_inner().unwrap()
    }
}

impl<P: Fn(u32) -> Wish + Sync> Observer for Listener<P> {
    fn started(&self, run: &RunInfo, steps_per_epoch: u32) {
        assert!(run.folder.is_dir());
        assert_eq!(steps_per_epoch, BATCHES);
    }

    fn batch(&self, report: &BatchReport) {
        assert!(report.images <= report.images_total && report.images_per_s > 0.0);
        self.heard.lock().unwrap().steps.push(report.step);
    }

    fn epoch(&self, record: &EpochRecord) {
        self.heard.lock().unwrap().epochs.push(record.clone());
    }

    fn preview(&self, preview: Preview) {
        self.heard.lock().unwrap().previews.push((preview.epoch, preview.pin));
    }

    fn notice(&self, message: &str) {
        self.heard.lock().unwrap().notices.push(message.to_owned());
    }

    fn stage(&self, _what: &str) {}

    fn wish(&self) -> Wish {
        (self.plan)(self.asked.fetch_add(1, Ordering::Relaxed))
    }
}

fn always(wish: Wish) -> impl Fn(u32) -> Wish + Sync {
    move |_| wish
}

fn new_run(models: &Path, settings: &TrainingSettings) -> RunWriter {
    let data = DataRecord {
        name: "blobs".to_owned(),
        fingerprint: String::new(),
        root: None,
        split_seed: 7,
        without_copies: false,
        train_count: TRAIN,
        validation_count: 9,
        development_count: 5,
    };
    let entry =
        |index| store::SplitEntry { path: format!("{index}.png"), hash: format!("{index}"), split: Split::Train };
    let new = NewRun {
        settings: settings.clone(),
        data,
        split: (0..TRAIN).map(entry).collect(),
        versions: Versions::default(),
        parameters: 1,
    };
    RunWriter::create(models, None, new).unwrap()
}

fn network(settings: &TrainingSettings) -> Box<dyn Network> {
    // Tests run beside each other, and threads that wait for each other on a busy machine cost more than they give.
    tch::set_num_threads(1);
    models::build(settings, Device::Cpu).unwrap()
}

/// Goes on until the run has ended.
fn go_on(folder: &Path) -> Heard {
    let mut run = RunWriter::resume(folder, Versions::default()).unwrap();
    let listener = Listener::new(always(Wish::GoOn));
    let network = network(run.settings());
    train(network, None, &mut run, &images(), &listener).unwrap();
    listener.heard()
}

fn uninterrupted(models: &Path, settings: &TrainingSettings) -> PathBuf {
    let mut run = new_run(models, settings);
    let status = train(network(settings), None, &mut run, &images(), &Listener::new(always(Wish::GoOn))).unwrap();
    assert_eq!(status, RunStatus::Complete);
    run.folder().to_path_buf()
}

/// All that must not depend on interruptions, with every bit of the numbers.
fn essence(folder: &Path) -> (Vec<String>, Vec<[String; 4]>, String) {
    let hash = |name: &str| blake3::hash(&std::fs::read(folder.join(name)).unwrap()).to_hex().to_string();
    let (info, _) = store::open(folder, false).unwrap();
    let row = |epoch: &EpochRecord| {
        [
            format!("{:?} {:?}", epoch.train, epoch.validation),
            format!("{:?}", epoch.development_auroc),
            format!("{:?}", epoch.learning_rate),
            format!("{:?}", epoch.best),
        ]
    };
    let calibration = store::open_model(folder, false).unwrap().calibration;
    let rows = info.epochs.iter().map(row).collect();
    (vec![hash("last.safetensors"), hash("best.safetensors")], rows, format!("{calibration:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However often and wherever a run is stopped or breaks off, it ends at the same bits.
    #[test]
    fn a_run_goes_on_to_the_same_bits(
        which in 0..Architecture::ALL.len(),
        stops in prop::collection::vec((1u32..20, any::<bool>()), 1..4),
        one_cycle in any::<bool>(),
    ) {
        let models = tempfile::tempdir().unwrap();
        let schedule = if one_cycle { Schedule::OneCycle } else { Schedule::Constant };
        let settings = TrainingSettings { schedule, ..tiny(Architecture::ALL[which]) };
        let whole = uninterrupted(models.path(), &settings);
        let folder = new_run(models.path(), &settings).folder().to_path_buf();
        for (after, killed) in stops {
            let Ok(mut run) = RunWriter::resume(&folder, Versions::default()) else { break };
            let listener = Listener::new(|asked| match asked {
                asked if asked < after => Wish::GoOn,
                _ if killed => panic!("killed"),
                _ => Wish::Stop,
            });
            let outcome = train(network(&settings), None, &mut run, &images(), &listener);
            prop_assert_eq!(outcome.is_err(), killed && run.info().status != RunStatus::Complete);
            prop_assert!(run.info().status != RunStatus::Running);
        }
        if store::open(&folder, false).unwrap().0.status != RunStatus::Complete {
            go_on(&folder);
        }
        prop_assert_eq!(essence(&whole), essence(&folder));
    }
}

/// Of every architecture, with what is saved beside weights (a codebook's running means), and of every loss.
#[test]
fn every_architecture_goes_on_to_the_same_bits() {
    let own = Architecture::ALL.map(tiny).into_iter();
    let losses = Loss::ALL.map(|loss| TrainingSettings { loss, ..tiny(Architecture::Autoencoder) });
    for settings in own.chain(losses) {
        let models = tempfile::tempdir().unwrap();
        let whole = uninterrupted(models.path(), &settings);
        let mut run = new_run(models.path(), &settings);
        let plan: Plan = |asked| if asked < 2 * BATCHES + 2 { Wish::GoOn } else { Wish::Stop };
        let status = train(network(&settings), None, &mut run, &images(), &Listener::new(plan)).unwrap();
        assert_eq!(status, RunStatus::Interrupted);
        let folder = run.folder().to_path_buf();
        drop(run);
        go_on(&folder);
        assert_eq!(essence(&whole), essence(&folder), "{:?} {:?}", settings.architecture, settings.loss);
    }
}

#[test]
fn learning_lowers_the_error_and_everything_is_reported() {
    let models = tempfile::tempdir().unwrap();
    let settings = TrainingSettings { epochs: 6, learning_rate: 1e-2, ..tiny(Architecture::Autoencoder) };
    let mut run = new_run(models.path(), &settings);
    let listener = Listener::new(always(Wish::GoOn));
    assert_eq!(train(network(&settings), None, &mut run, &images(), &listener).unwrap(), RunStatus::Complete);
    let heard = listener.heard();
    assert_eq!(heard.steps, (1..=u64::from(6 * BATCHES)).collect::<Vec<_>>());
    let previews: Vec<_> = (0..=6).flat_map(|epoch| [(epoch, 0), (epoch, 1)]).collect();
    assert_eq!(heard.previews, previews);
    assert!(run.folder().join("previews/epoch_0006.png").is_file());
    let errors: Vec<f64> = heard.epochs.iter().map(|epoch| epoch.validation.recon).collect();
    assert!(errors[5] < errors[0] * 0.9, "{errors:?}");
    assert!(heard.epochs[5].development_auroc.is_some());
    assert!(heard.epochs.windows(2).all(|pair| pair[0].elapsed_secs < pair[1].elapsed_secs));
    assert!(run.folder().join("metrics.json").is_file() && run.info().usable);
    drop(run);
    let listing = store::list(models.path(), Path::new("/nowhere"));
    assert_eq!((listing.runs.len(), listing.damaged.len()), (1, 0));
}

#[test]
fn a_pause_changes_nothing() {
    let models = tempfile::tempdir().unwrap();
    let settings = tiny(Architecture::Vae);
    let whole = uninterrupted(models.path(), &settings);
    let mut run = new_run(models.path(), &settings);
    let plan: Plan = |asked| if (4..9).contains(&asked) { Wish::Pause } else { Wish::GoOn };
    train(network(&settings), None, &mut run, &images(), &Listener::new(plan)).unwrap();
    assert_eq!(essence(&whole), essence(run.folder()));
}

#[test]
fn a_stopped_run_can_be_used_and_resumed() {
    let models = tempfile::tempdir().unwrap();
    let settings = tiny(Architecture::Gan);
    let mut run = new_run(models.path(), &settings);
    let images = Images { pins: Vec::new(), development: Vec::new(), ..images() };
    let plan: Plan = |asked| if asked < 7 { Wish::GoOn } else { Wish::Stop };
    let status = train(network(&settings), None, &mut run, &images, &Listener::new(plan)).unwrap();
    assert_eq!(status, RunStatus::Interrupted);
    let info = run.info();
    assert_eq!((info.epochs.len(), info.usable), (2, true));
    assert!(!run.folder().join("metrics.json").exists(), "it has not ended");
    let folder = run.folder().to_path_buf();
    drop(run);
    assert_eq!(go_on(&folder).epochs.len(), 2);
}

/// A network whose learning goes wrong in a way of choice.
struct Faulty {
    inner: Box<dyn Network>,
    fault: Fault,
    learned: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    NanAtBatch(u32),
    MostAtOnce(i64),
    ValidationNeverFalls,
}

fn faulty(settings: &TrainingSettings, fault: Fault) -> Box<dyn Network> {
    Box::new(Faulty { inner: network(settings), fault, learned: 0 })
}

impl Network for Faulty {
    fn weights(&self) -> &Weights {
        self.inner.weights()
    }

    fn reconstruct(&self, images: &Tensor) -> Tensor {
        self.inner.reconstruct(images)
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        self.inner.encode(images)
    }

    fn decode(&self, codes: &Tensor) -> Option<Tensor> {
        self.inner.decode(codes)
    }

    fn components(&self) -> &'static [Component] {
        self.inner.components()
    }

    fn learn(&mut self, images: &Tensor, step: &mut Step) -> Tensor {
        self.learned += 1;
        match self.fault {
            Fault::NanAtBatch(batch) if batch == self.learned => self.inner.learn(&(images * f64::NAN), step),
            // What libtorch itself says.
            Fault::MostAtOnce(most) if images.size()[0] > most => Tensor::zeros([1 << 50], (Kind::Float, Device::Cpu)),
            _ => self.inner.learn(images, step),
        }
    }

    fn losses(&self, images: &Tensor) -> Tensor {
        let losses = self.inner.losses(images);
        if self.fault == Fault::ValidationNeverFalls { losses.ones_like() } else { losses }
    }
}

#[test]
fn a_run_that_diverges_keeps_its_last_good_checkpoint_and_says_what_to_try() {
    let models = tempfile::tempdir().unwrap();
    let settings = tiny(Architecture::Autoencoder);
    let mut run = new_run(models.path(), &settings);
    let network = faulty(&settings, Fault::NanAtBatch(2 * BATCHES + 2));
    let error = train(network, None, &mut run, &images(), &Listener::new(always(Wish::GoOn))).unwrap_err();
    assert!(matches!(error, Error::Diverged { epoch: 3, .. }), "{error}");
    assert!(error.advice().contains("learning rate"));
    let info = run.info();
    assert_eq!((info.status, info.epochs.len(), info.usable), (RunStatus::Diverged, 2, true));
    let folder = run.folder().to_path_buf();
    drop(run);
    assert!(store::open_model(&folder, false).is_ok());
    let refused = RunWriter::resume(&folder, Versions::default()).unwrap_err();
    assert!(refused.to_string().contains("diverged"), "{refused}");
}

#[test]
fn a_run_that_diverges_at_once_is_not_usable() {
    let models = tempfile::tempdir().unwrap();
    let settings = TrainingSettings { kl_weight: 1e300, ..tiny(Architecture::Vae) };
    let mut run = new_run(models.path(), &settings);
    let error = train(network(&settings), None, &mut run, &images(), &Listener::new(always(Wish::GoOn))).unwrap_err();
    assert!(matches!(error, Error::Diverged { epoch: 1, .. }), "{error}");
    assert_eq!((run.info().status, run.info().usable), (RunStatus::Diverged, false));
}

#[test]
fn too_large_a_batch_is_halved_and_said() {
    let models = tempfile::tempdir().unwrap();
    let settings = TrainingSettings { epochs: 2, ..tiny(Architecture::Autoencoder) };
    let mut run = new_run(models.path(), &settings);
    let listener = Listener::new(always(Wish::GoOn));
    train(faulty(&settings, Fault::MostAtOnce(2)), None, &mut run, &images(), &listener).unwrap();
    let heard = listener.heard();
    assert_eq!(heard.notices.len(), 2, "{:?}", heard.notices);
    assert!(heard.notices[1].contains("batches of 2"), "{:?}", heard.notices);
    assert_eq!(run.record().batch_size(), 2);
    assert_eq!(heard.epochs.len(), 2);
    assert!(heard.steps.is_sorted() && *heard.steps.last().unwrap() == u64::from(2 * BATCHES), "{:?}", heard.steps);
    drop(run);
    let mut run = new_run(models.path(), &settings);
    let error =
        train(faulty(&settings, Fault::MostAtOnce(0)), None, &mut run, &images(), &Listener::new(always(Wish::GoOn)));
    assert!(matches!(error, Err(Error::OutOfMemory { batch_size: 1, .. })), "{error:?}");
    assert_eq!(run.info().status, RunStatus::Interrupted);
}

#[test]
fn training_stops_when_the_validation_error_no_longer_falls() {
    let models = tempfile::tempdir().unwrap();
    let settings = TrainingSettings { epochs: 9, patience: Some(2), ..tiny(Architecture::Vit) };
    let mut run = new_run(models.path(), &settings);
    let network = faulty(&settings, Fault::ValidationNeverFalls);
    let status = train(network, None, &mut run, &images(), &Listener::new(always(Wish::GoOn))).unwrap();
    assert_eq!(status, RunStatus::StoppedEarly);
    assert_eq!((run.epochs().len(), run.info().best_epoch), (3, Some(1)));
}

#[test]
fn a_folder_that_vanishes_is_named() {
    let models = tempfile::tempdir().unwrap();
    let settings = tiny(Architecture::Autoencoder);
    let mut run = new_run(models.path(), &settings);
    let folder = run.folder().to_path_buf();
    let gone = folder.clone();
    let listener = Listener::new(move |asked| {
        if asked == 2 * BATCHES {
            std::fs::remove_dir_all(&gone).unwrap();
            std::fs::write(&gone, b"in the way").unwrap();
        }
        Wish::GoOn
    });
    let outcome: Result<RunStatus> = train(network(&settings), None, &mut run, &images(), &listener);
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains(&folder.display().to_string()), "{error}");
}
