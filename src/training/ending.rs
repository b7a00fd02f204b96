//! What makes a trained network usable: where healthy images lie, and the final figures.

use serde::Serialize;
use tch::Tensor;

use super::development::{MOST_AT_END, scores};
use super::evaluate::{mean_losses, spread};
use super::observer::Observer;
use crate::domain::{
    Abilities, Calibration, Calibrations, LossComponents, RunStatus, Scoring, TrainingSettings, Unwatched,
    auroc_between,
};
use crate::error::{Error, Result};
use crate::models::checkpoint;
use crate::scoring::{self, Subject, WithLungs, calibrator};
use crate::store::{self, RunWriter, StoredBank};

use super::session::Images;

/// What `metrics.json` holds.
#[derive(Serialize)]
struct Metrics<'a> {
    architecture: &'a str,
    status: RunStatus,
    seed: u64,
    epochs: u32,
    best_epoch: u32,
    parameters: u64,
    training_s: f64,
    /// User and system time of the whole program; null where the system does not tell.
    training_cpu_s: Option<f64>,
    /// Median over the epochs: augmentation and learning, without validation and previews.
    images_per_s: f64,
    train_images: u32,
    /// Of the best epoch, on the validation normals.
    validation: LossComponents,
    validation_images: usize,
    score: String,
    healthy_mean: f64,
    healthy_sd: f64,
    healthy_p95: Option<f64>,
    /// Validation normals against diseased training images, all never fitted.
    development_auroc: Option<f64>,
    development_images: usize,
}

/// Loads the best checkpoint into the network and fits its calibration on the validation normals. Without any best
/// checkpoint there is nothing to do. `validation` holds the validation normals as bytes on the device, and with opacities
/// where the network learns from such. The final figures are written when the run has ended for good.
pub(super) fn calibrate_best(
    learnt: WithLungs<'_>,
    run: &RunWriter,
    images: &Images,
    (validation, painted): (&Tensor, Option<&Tensor>),
    status: RunStatus,
    observer: &dyn Observer,
) -> Result<()> {
    if run.best().is_none() {
        return Ok(());
    }
    observer.stage("Calibrating on healthy images");
    let calibration = fit(learnt, run, &images.train, &images.validation)?;
    let settings = run.settings();
    if status == RunStatus::Interrupted {
        return Ok(());
    }
    observer.stage("Measuring the final figures");
    let area = settings.preprocessing.image_size.pow(2) as usize;
    let diseased = spread(&images.development, area, MOST_AT_END);
    let diseased = scores(learnt, settings, settings.score, &diseased, &Unwatched)?;
    let validation = mean_losses(learnt.network, validation, painted)?;
    run.save_metrics(&metrics(run, settings, status, validation, &calibration, &diseased))
}

/// Loads the best checkpoint into the network, fits its calibrations on the validation normals and saves them: of every score
/// that the network can be given. Without training images those that compare with them are left out.
pub(super) fn fit(learnt: WithLungs<'_>, run: &RunWriter, train: &[u8], validation: &[u8]) -> Result<Calibration> {
    let settings = run.settings();
    checkpoint::load(&run.best_checkpoint(), learnt.network.weights())?;
    let (calibrations, bank) = place_all(learnt, settings, train, validation)?;
    let calibration = calibrations.of(&Scoring::from(settings.score)).map_err(Error::Other)?;
    run.save_calibration(&calibration)?;
    store::calibrations::write(run.folder(), &calibrations, &bank)?;
    Ok(calibration)
}

/// Where healthy images lie by every score that the network can be given; each batch passes through it once for all.
fn place_all(
    learnt: WithLungs<'_>,
    settings: &TrainingSettings,
    train: &[u8],
    validation: &[u8],
) -> Result<(Calibrations, StoredBank)> {
    let (side, device) = (settings.preprocessing.image_size, learnt.network.weights().device());
    let bank = calibrator::remember(&learnt, train, side, device, &Unwatched)?;
    let abilities = scoring::abilities(&learnt, side, device)?;
    let abilities = Abilities { code: bank.codes.is_some(), pattern: bank.patterns.is_some(), ..abilities };
    let measures = calibrator::measures_of(abilities, settings.score);
    let subject = Subject { learnt: &learnt, bank: &bank };
    let calibrations = calibrator::calibrate_all(subject, &measures, validation, (side, device), &Unwatched)?;
    Ok((calibrations, bank.to_stored()))
}

fn metrics<'a>(
    run: &RunWriter,
    settings: &'a TrainingSettings,
    status: RunStatus,
    validation: LossComponents,
    calibration: &Calibration,
    diseased: &[f64],
) -> Metrics<'a> {
    let mut speeds: Vec<f64> = run.epochs().iter().map(|epoch| epoch.images_per_s).collect();
    speeds.sort_unstable_by(f64::total_cmp);
    Metrics {
        architecture: settings.architecture.slug(),
        status,
        seed: settings.seed,
        epochs: run.record().epochs,
        best_epoch: run.best().map_or(0, |best| best.epoch),
        parameters: run.record().parameters,
        training_s: run.record().elapsed_secs,
        training_cpu_s: run.record().cpu_secs,
        images_per_s: speeds.get(speeds.len() / 2).copied().unwrap_or_default(),
        train_images: run.record().data.train_count,
        validation,
        validation_images: calibration.healthy_scores.len(),
        score: settings.score.describe(),
        healthy_mean: calibration.mean,
        healthy_sd: calibration.sd,
        healthy_p95: calibration.percentile(95.0),
        development_auroc: auroc_between(&calibration.healthy_scores, diseased),
        development_images: diseased.len(),
    }
}
