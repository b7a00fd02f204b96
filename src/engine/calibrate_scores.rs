//! Calibrating models that are trained already: every score they can be given, on the images of their own runs.

use std::sync::Arc;

use super::detector::Detector;
use super::jobs::{Job, JobWatch};
use super::message::{EngineEvent, ScoreWorth};
use super::run_data::by_content;
use super::shared::Shared;
use super::viewer;
use crate::dataset::OpenDataSet;
use crate::domain::{JobOutcome, Measure, ModelId, SampleId, Split, Watch};
use crate::error::{Error, Result};
use crate::evaluation::DeLong;
use crate::store::StoredModel;

/// Runs on the trainer's thread; the viewer takes up what it has written.
pub(super) fn run(shared: &Shared, job: &Job, models: &[ModelId]) -> Result<JobOutcome> {
    let watch = JobWatch::new(job, &shared.outbox);
    let device = shared.compute_device(shared.config.device)?;
    for info in shared.loaded_of(models)? {
        let mut detector = Detector::load(shared, &info.folder, device)?;
        let images = images_of(shared, &detector.stored, &watch)?;
        detector.calibrate((&images.train, &images.validation), None, &watch)?;
        viewer::load(shared, info.folder.clone());
        let worth = worth(shared, &detector, &watch)?;
        shared.outbox.send(EngineEvent::ScoresCalibrated {
            job: job.id,
            model: info.id.clone(),
            worth: Arc::new(worth),
        });
    }
    Ok(JobOutcome::Done)
}

/// How well each measure alone tells the run's development images from its validation normals: what a score may be chosen
/// by, since neither are test images. Nothing where the open data set has none of them.
fn worth(shared: &Shared, detector: &Detector, watch: &dyn Watch) -> Result<Vec<ScoreWorth>> {
    let stored = &detector.stored;
    let Some(data) = shared.open_data() else { return Ok(Vec::new()) };
    let diseased = present(&data, stored, Split::Development);
    if diseased.is_empty() {
        return Ok(Vec::new());
    }
    let pixels = shared.pool.install(|| data.pixels(stored.run.settings.preprocessing, watch))?;
    let measures = detector.measures();
    let table = detector.table(&measures, &pixels.gather(diseased), watch)?;
    let one = |(measure, diseased): (&Measure, &Vec<f64>)| {
        let healthy = &stored.calibrations.measures.get(&measure.slug())?.scores;
        let positive: Vec<bool> = healthy.iter().map(|_| false).chain(diseased.iter().map(|_| true)).collect();
        let ranked = DeLong::new(&[healthy.as_slice(), diseased].concat(), &positive)?;
        let (healthy, diseased) = (healthy.len() as u32, diseased.len() as u32);
        Some(ScoreWorth { measure: *measure, auroc: ranked.interval(), healthy, diseased })
    };
    Ok(measures.iter().zip(&table).filter_map(one).collect())
}

/// The images that a run was fitted to and calibrated on, as its network sees them, in the run's order.
pub(super) struct RunImages {
    pub train: Vec<u8>,
    pub validation: Vec<u8>,
}

/// Finds a run's images in the open data set, by content.
///
/// # Errors
/// Names the data set to open when the open one lacks some, or none is open; `Cancelled`.
pub(super) fn images_of(shared: &Shared, stored: &StoredModel, watch: &dyn Watch) -> Result<RunImages> {
    let Some(data) = shared.open_data() else {
        return Err(Error::Other(format!(
            "calibrating takes the images that the model learnt from; open {} first",
            stored.run.data_name
        )));
    };
    let train = find(&data, stored, Split::Train)?;
    let validation = find(&data, stored, Split::Validation)?;
    let pixels = shared.pool.install(|| data.pixels(stored.run.settings.preprocessing, watch))?;
    Ok(RunImages { train: pixels.gather(train), validation: pixels.gather(validation) })
}

/// Those images of a part of a run that the data set has, in the run's order.
fn present(data: &OpenDataSet, stored: &StoredModel, of: Split) -> Vec<SampleId> {
    let by_hash = by_content(data);
    let wanted = stored.split.iter().filter(|entry| entry.split == of);
    wanted.filter_map(|entry| by_hash.get(entry.hash.as_str())).copied().collect()
}

fn find(data: &OpenDataSet, stored: &StoredModel, of: Split) -> Result<Vec<SampleId>> {
    let summary = data.summary();
    let found = present(data, stored, of);
    let all = stored.split.iter().filter(|entry| entry.split == of).count();
    if found.len() == all && !found.is_empty() {
        return Ok(found);
    }
    let part = if of == Split::Train { "training" } else { "validation" };
    let (missing, name) = (all - found.len(), &stored.run.data_name);
    Err(Error::DataSet {
        message: format!("{missing} of the {all} {part} images of this model are not in {}", summary.name),
        advice: format!("Open {name}, which the model was trained with, and choose the score again."),
        path: summary.root.clone(),
    })
}
