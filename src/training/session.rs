//! A training from its first or next epoch to its end.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tch::{Device, Tensor};

use super::clock::{Clock, Lap};
use super::development::Development;
use super::ending;
use super::epoch::Learned;
use super::evaluate::mean_losses;
use super::observer::{Observer, StopWatch, Wish};
use super::painter::Painter;
use super::plan::batches;
use super::previews::Previews;
use crate::domain::{CaseRef, EpochRecord, PinnedCase, RunStatus, Split, TrainingSettings, Unwatched};
use crate::error::{Error, Result};
use crate::models::checkpoint::{self, Metadata};
use crate::models::guard::guarded;
use crate::models::lungs::LungNet;
use crate::models::optimizer::Adam;
use crate::models::{Network, bytes_on_device};
use crate::scoring::WithLungs;
use crate::store::RunWriter;

/// How often a paused training looks whether it may go on.
const LOOK_UP: Duration = Duration::from_millis(30);
/// In the words of a checkpoint.
const EPOCH: &str = "epoch";
const ARCHITECTURE: &str = "architecture";
/// The chance of the opacities on validation images.
const VALIDATION_SEED: u64 = 1;

/// Images as networks see them: `side * side` bytes each, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// Healthy: what the network is fitted to.
    pub train: Vec<u8>,
    /// Healthy, of other patients: best checkpoint, early stopping, calibration.
    pub validation: Vec<u8>,
    /// Diseased, of the training folder: watched, never used.
    pub development: Vec<u8>,
    /// Cases to render after every epoch.
    pub pins: Vec<Pin>,
    /// For an architecture that learns from painted images.
    pub painter: Option<Arc<dyn Painter>>,
}

/// A case to watch.
#[derive(Clone, Debug)]
pub struct Pin {
    /// In the data set that is open.
    pub case: CaseRef,
    /// For the run's folder.
    pub named: PinnedCase,
    pub pixels: Vec<u8>,
}

/// Trains a network in its run folder, from the start or from the last checkpoint, and calibrates the best checkpoint.
/// The network has the run's settings and is on the device to use; so is the lung mask, which a score of the lungs needs.
///
/// # Errors
/// `Error::Diverged` when the loss became NaN or exploded; `Error::OutOfMemory` when not even one image fits;
/// `Error::Io` when the folder cannot be written. What was saved before stays, and the run's status says what happened.
pub fn train(
    network: Box<dyn Network>,
    lungs: Option<&LungNet>,
    run: &mut RunWriter,
    images: &Images,
    observer: &dyn Observer,
) -> Result<RunStatus> {
    let (device, batch_size) = (network.weights().device(), run.record().batch_size());
    let outcome = guarded(device, batch_size, || {
        let mut session = Session::start(network, lungs, run, images, observer)?;
        let outcome = session.learn();
        session.end(outcome)
    });
    let outcome = outcome.and_then(std::convert::identity);
    if let Err(error) = &outcome
        && run.record().status == RunStatus::Running
        && let Err(second) = run.finish(RunStatus::Interrupted, &error.to_string())
    {
        // The first error is the one to tell; a folder that cannot be written reads as interrupted by itself.
        tracing::warn!(error = %second, "cannot note how the run ended");
    }
    outcome
}

/// Makes the best checkpoint of an interrupted run usable without going on: fits its calibration on the validation
/// normals, as the end of a training does. The run stays interrupted and can be resumed.
///
/// # Errors
/// `Error::Checkpoint` when no epoch was whole yet or a checkpoint is damaged; `Error::OutOfMemory`; `Error::Io` when the
/// folder cannot be written.
pub fn calibrate_interrupted(learnt: WithLungs<'_>, run: &mut RunWriter, validation: &[u8]) -> Result<()> {
    let (device, batch_size) = (learnt.network.weights().device(), run.record().batch_size());
    let outcome = guarded(device, batch_size, || {
        take_up(learnt.network, &mut [], run)?;
        if run.best().is_none() {
            let message = "this run was interrupted before its first epoch was whole; resume it".to_owned();
            return Err(Error::Checkpoint { message, path: run.folder().to_path_buf() });
        }
        ending::fit(learnt, run, &[], validation)?;
        run.finish(RunStatus::Interrupted, "interrupted; calibrated afterwards")?;
        Ok(())
    });
    outcome.and_then(std::convert::identity)
}

/// Everything a training holds.
pub(super) struct Session<'a> {
    pub network: Box<dyn Network>,
    lungs: Option<&'a LungNet>,
    pub optimizers: Vec<Adam>,
    pub run: &'a mut RunWriter,
    pub settings: TrainingSettings,
    /// Bytes on the device.
    pub train: Tensor,
    validation: Tensor,
    /// The validation images with opacities, for an architecture that learns from such.
    painted_validation: Option<Tensor>,
    images: &'a Images,
    previews: Previews,
    development: Option<Development>,
    pub observer: &'a dyn Observer,
    pub batch_size: u32,
    clock: Clock,
}

impl<'a> Session<'a> {
    /// Puts the data on the device and takes up the last checkpoint.
    fn start(
        network: Box<dyn Network>,
        lungs: Option<&'a LungNet>,
        run: &'a mut RunWriter,
        images: &'a Images,
        observer: &'a dyn Observer,
    ) -> Result<Self> {
        let settings = run.settings().clone();
        let (side, device) = (settings.preprocessing.image_size, network.weights().device());
        if images.train.is_empty() || images.validation.is_empty() {
            return Err(Error::Other("training needs healthy images to fit and others to validate with".to_owned()));
        }
        let mut optimizers = Adam::for_weights(network.weights());
        take_up(network.as_ref(), &mut optimizers, run)?;
        let previews = Previews::new(&settings, &images.pins, &images.validation);
        previews.note(run)?;
        let train = bytes_on_device(&images.train, side, device)?;
        Ok(Self {
            painted_validation: painted_validation(&settings, images, device)?,
            validation: bytes_on_device(&images.validation, side, device)?,
            previews,
            development: Development::new(&settings, train.size()[0] as usize, &images.validation, &images.development),
            batch_size: run.record().batch_size(),
            clock: Clock::after(run.epochs()),
            network,
            lungs,
            optimizers,
            settings,
            train,
            images,
            observer,
            run,
        })
    }

    /// Epoch after epoch.
    fn learn(&mut self) -> Result<RunStatus> {
        self.observer.started(&self.run.info(), self.steps_per_epoch());
        if self.run.epochs().is_empty() {
            self.preview(0)?;
        }
        let first = self.run.epochs().len() as u32 + 1;
        for epoch in first..=self.settings.epochs {
            if self.is_patience_over() {
                return Ok(RunStatus::StoppedEarly);
            }
            let lap = Lap::begin();
            let Some(learned) = self.learn_epoch(epoch)? else { return Ok(RunStatus::Interrupted) };
            if epoch == self.settings.epochs {
                self.observer.stage("Measuring the last epoch");
            }
            self.conclude_epoch(epoch, &learned, lap)?;
        }
        Ok(RunStatus::Complete)
    }

    /// Validates, saves and tells.
    fn conclude_epoch(&mut self, epoch: u32, learned: &Learned, lap: Lap) -> Result<()> {
        let validation = mean_losses(self.network.as_ref(), &self.validation, self.painted_validation.as_ref())?;
        if !self.network.weights().is_finite() || !validation.total.is_finite() || !validation.recon.is_finite() {
            return Err(Error::Diverged { epoch, loss: f64::NAN });
        }
        let development_auroc = self.development_auroc(epoch)?;
        let best = self.run.best().is_none_or(|best| validation.recon < best.validation.recon);
        self.clock.add(lap, learned.paused);
        let record = EpochRecord {
            epoch,
            train: learned.loss,
            validation,
            development_auroc,
            learning_rate: learned.learning_rate,
            images_per_s: learned.images_per_s,
            elapsed_secs: self.clock.wall.as_secs_f64(),
            cpu_secs: self.clock.cpu.map(|cpu| cpu.as_secs_f64()),
            best,
        };
        self.save(record.clone())?;
        self.observer.epoch(&record);
        let lap = Lap::begin();
        self.preview(epoch)?;
        self.clock.add(lap, Duration::ZERO);
        Ok(())
    }

    fn save(&mut self, record: EpochRecord) -> Result<()> {
        let encode = |optimizers| encoded(self.network.as_ref(), optimizers, record.epoch, &self.settings);
        let last = encode(&self.optimizers)?;
        let best = if record.best { Some(encode(&[])?) } else { None };
        self.run.save_epoch(record, &last, best.as_deref())
    }

    fn development_auroc(&self, epoch: u32) -> Result<Option<f64>> {
        let Some(development) = self.development.as_ref().filter(|development| development.is_due(epoch)) else {
            return Ok(None);
        };
        // Not to be stopped: it takes a second, and what is noted of a whole epoch must not depend on a later wish.
        development.auroc(self.learnt(), &self.settings, &Unwatched)
    }

    fn learnt(&self) -> WithLungs<'_> {
        WithLungs { network: self.network.as_ref(), lungs: self.lungs }
    }

    fn preview(&self, epoch: u32) -> Result<()> {
        let previews = match self.previews.render(self.learnt(), epoch, &StopWatch(self.observer)) {
            Err(Error::Cancelled) => return Ok(()),
            other => other?,
        };
        self.previews.save(self.run, epoch, &previews)?;
        for preview in previews {
            self.observer.preview(preview);
        }
        Ok(())
    }

    fn is_patience_over(&self) -> bool {
        let Some(patience) = self.settings.patience else { return false };
        let best = self.run.best().map_or(0, |best| best.epoch);
        self.run.epochs().len() as u32 >= best.saturating_add(patience)
    }

    /// Calibrates the best checkpoint, whatever happened, so that it can be used; says how the run ended.
    fn end(&mut self, outcome: Result<RunStatus>) -> Result<RunStatus> {
        let status = match &outcome {
            Ok(status) => *status,
            Err(Error::Diverged { .. }) => RunStatus::Diverged,
            Err(_) => return outcome,
        };
        let why = match &outcome {
            Err(error) => error.to_string(),
            Ok(RunStatus::Interrupted) => "stopped on request".to_owned(),
            Ok(RunStatus::StoppedEarly) => "the validation error stopped falling".to_owned(),
            Ok(_) => "all epochs are done".to_owned(),
        };
        let learnt = WithLungs { network: self.network.as_ref(), lungs: self.lungs };
        let validation = (&self.validation, self.painted_validation.as_ref());
        ending::calibrate_best(learnt, self.run, self.images, validation, status, self.observer)?;
        self.run.finish(status, &why)?;
        outcome
    }

    /// Waits while the listener wants a pause; `None` when it wants to stop, else how long the pause was.
    pub fn hold(&self) -> Option<Duration> {
        let began = Instant::now();
        loop {
            match self.observer.wish() {
                Wish::GoOn => return Some(began.elapsed()),
                Wish::Stop => return None,
                Wish::Pause => std::thread::sleep(LOOK_UP),
            }
        }
    }

    /// The training images with the opacities of an epoch, bytes on the device, where the architecture learns from such.
    pub fn paint(&self, epoch: u32) -> Result<Option<Tensor>> {
        let Some(painter) = painter_of(&self.settings, self.images)? else { return Ok(None) };
        let painted = painter.paint(Split::Train, self.settings.seed, epoch)?;
        bytes_on_device(&painted, self.settings.preprocessing.image_size, self.train.device()).map(Some)
    }

    /// In batches of the settings' size, whatever the memory allowed.
    pub fn steps_per_epoch(&self) -> u32 {
        batches(self.train.size()[0] as usize, self.settings.batch_size) as u32
    }
}

/// The one who paints, where the architecture learns from painted images.
fn painter_of<'a>(settings: &TrainingSettings, images: &'a Images) -> Result<Option<&'a dyn Painter>> {
    if !settings.architecture.learns_from_painted() {
        return Ok(None);
    }
    let missing = || Error::Other("this architecture learns from painted images, and nobody paints them".to_owned());
    images.painter.as_deref().map(Some).ok_or_else(missing)
}

/// The validation images with opacities: the same in every run and epoch, so that errors can be compared. Of untouched
/// images the best would be to change nothing.
fn painted_validation(settings: &TrainingSettings, images: &Images, device: Device) -> Result<Option<Tensor>> {
    let Some(painter) = painter_of(settings, images)? else { return Ok(None) };
    let painted = painter.paint(Split::Validation, VALIDATION_SEED, 0)?;
    bytes_on_device(&painted, settings.preprocessing.image_size, device).map(Some)
}

/// Reads the last checkpoint, where there is one, and brings the folder in line with it, whenever its writer was killed.
fn take_up(network: &dyn Network, optimizers: &mut [Adam], run: &mut RunWriter) -> Result<()> {
    let epoch = match run.last_checkpoint() {
        Some(path) => restored_epoch(&path, network, optimizers)?,
        None => 0,
    };
    run.rewind(epoch)?;
    if run.best().is_some_and(|best| best.epoch == epoch) {
        run.save_best(&encoded(network, &[], epoch, run.settings())?)?;
    }
    Ok(())
}

/// A checkpoint's bytes, with the epoch it is of.
fn encoded(network: &dyn Network, optimizers: &[Adam], epoch: u32, settings: &TrainingSettings) -> Result<Vec<u8>> {
    let words = Metadata::from([
        (EPOCH.to_owned(), epoch.to_string()),
        (ARCHITECTURE.to_owned(), settings.architecture.slug().to_owned()),
    ]);
    checkpoint::encode(network.weights(), optimizers, &words)
}

/// Reads the last checkpoint and says which epoch it is of.
fn restored_epoch(path: &Path, network: &dyn Network, optimizers: &mut [Adam]) -> Result<u32> {
    let words = checkpoint::load_with(path, network.weights(), optimizers)?;
    words.get(EPOCH).and_then(|text| text.parse().ok()).ok_or_else(|| Error::Checkpoint {
        message: "the checkpoint does not say which epoch it is of".to_owned(),
        path: path.to_path_buf(),
    })
}
