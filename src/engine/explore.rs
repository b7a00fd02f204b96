//! A model's latent space: the open data set as codes, and their principal components.

use std::sync::Arc;
use std::time::Instant;

use super::detector::Detector;
use super::jobs::{Job, JobWatch};
use super::message::EngineEvent;
use super::opener::tell_notices;
use super::part::Part;
use super::shared::Shared;
use crate::dataset::Pixels;
use crate::domain::{
    Architecture, DataSetSummary, JobOutcome, LatentMap, LatentPoint, ModelId, ModelInfo, ModelKind, Pca, Prior,
    SampleId, Split, Watch, evenly,
};
use crate::error::{Error, Result};
use crate::scoring::latent::principal_components;

/// Of a larger split so many images are chosen evenly: they take time, and more points hide each other.
const MOST_OF_A_SPLIT: usize = 4_000;
/// Development images are for looking only.
const MOST_DEVELOPMENT: usize = 600;
/// Images held as pixels at a time.
const BATCH: usize = 256;

/// Runs on the trainer's thread.
pub(super) fn run(shared: &Shared, job: &Job, model: &ModelId) -> Result<JobOutcome> {
    let started = Instant::now();
    let watch = JobWatch::new(job, &shared.outbox);
    let data = shared.need_data()?;
    let loaded = shared.loaded_of(std::slice::from_ref(model))?;
    let info = loaded.first().ok_or_else(|| Error::Other(format!("the model {} is not loaded", model.0)))?;
    let latent = info.latent.ok_or_else(|| Error::Other(no_latent_space(info)))? as usize;
    let chosen = Chosen::of(data.summary())?;
    let detector = Detector::load(shared, &info.folder, shared.compute_device(shared.config.device)?)?;
    let preprocessing = detector.preprocessing();
    let pixels = shared.pool.install(|| data.pixels(preprocessing, &watch))?;
    let seen = see(&detector, &pixels, &chosen.samples, &info.name, &watch)?;
    let pca = principal_components(&seen.codes[..chosen.train * latent], latent)?;
    let map = LatentMap {
        model: info.id.clone(),
        points: chosen.samples.iter().zip(&seen.scores).map(|(&id, &score)| point(&detector, id, score)).collect(),
        projections: project(&pca, &seen.codes),
        codes: seen.codes,
        pca,
        prior: prior(info.kind),
        left_out: chosen.left_out,
        trained_on: detector.trained_elsewhere(&data.summary().fingerprint).map(str::to_owned),
        took_secs: started.elapsed().as_secs_f64(),
    };
    tell_notices(shared, job.id, &data);
    shared.send_about(&data, EngineEvent::Explored { job: job.id, map: Arc::new(map) });
    Ok(JobOutcome::Done)
}

/// Which images are encoded: training images first.
struct Chosen {
    samples: Vec<SampleId>,
    /// So many of them are training images.
    train: usize,
    left_out: u32,
}

impl Chosen {
    /// # Errors
    /// When there are fewer than two training images.
    fn of(data: &DataSetSummary) -> Result<Self> {
        let mut samples = Vec::new();
        let (mut train, mut found) = (0, 0);
        for split in [Split::Train, Split::Validation, Split::Development, Split::Test] {
            let of_split: Vec<SampleId> = data.ids(split, None).collect();
            let most = if split == Split::Development { MOST_DEVELOPMENT } else { MOST_OF_A_SPLIT };
            found += of_split.len();
            samples.extend(evenly(of_split.len(), most).map(|index| of_split[index]));
            if split == Split::Train {
                train = samples.len();
            }
        }
        if train < 2 {
            return Err(Error::DataSet {
                message: format!(
                    "the components of a latent space are fitted to healthy training images, of which this data set has {train}"
                ),
                advice: "Open a data set with healthy training images, such as train/NORMAL.".to_owned(),
                path: data.root.clone(),
            });
        }
        let left_out = (found - samples.len()) as u32;
        Ok(Self { samples, train, left_out })
    }
}

/// What the model makes of images.
struct Seen {
    /// `images × latent`, row-major.
    codes: Vec<f32>,
    scores: Vec<f64>,
}

fn see(detector: &Detector, pixels: &Pixels, ids: &[SampleId], name: &str, watch: &dyn Watch) -> Result<Seen> {
    let mut seen = Seen { codes: Vec::new(), scores: Vec::with_capacity(ids.len()) };
    for chunk in ids.chunks(BATCH) {
        if watch.cancelled() {
            return Err(Error::Cancelled);
        }
        let images = pixels.gather(chunk.iter().copied());
        seen.codes.extend(detector.encode(&images)?);
        let (before, total) = (seen.scores.len() as u64, ids.len() as u64);
        let part = Part { watch, stage: format!("Encoding by {name}"), before, total };
        seen.scores.extend(detector.scores(&images, &part)?.iter().map(|agreed| agreed.score));
    }
    Ok(seen)
}

fn project(pca: &Pca, codes: &[f32]) -> Vec<f32> {
    codes.chunks_exact(pca.latent().max(1)).flat_map(|code| pca.project(code)).collect()
}

/// Why there is nothing to explore.
fn no_latent_space(model: &ModelInfo) -> String {
    match model.kind {
        ModelKind::Ensemble => {
            format!("{} is an ensemble: each of its members has a latent space, it has none", model.name)
        }
        ModelKind::Network(_) => format!("{} has no single code for the whole image, so no latent space", model.name),
    }
}

fn prior(kind: ModelKind) -> Prior {
    match kind {
        ModelKind::Network(Architecture::Vae | Architecture::BetaVae) => Prior::StandardNormal,
        _ => Prior::Fitted,
    }
}

fn point(detector: &Detector, sample: SampleId, score: f64) -> LatentPoint {
    LatentPoint { sample, score, sigma: detector.calibration().sigma(score) }
}
