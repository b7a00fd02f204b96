//! Calibrating models that are trained already: every score they can be given, on the images of their own runs.

use super::detector::Detector;
use super::jobs::{Job, JobWatch};
use super::run_data::by_content;
use super::shared::Shared;
use super::viewer;
use crate::dataset::OpenDataSet;
use crate::domain::{JobOutcome, ModelId, SampleId, Split, Watch};
use crate::error::{Error, Result};
use crate::store::StoredModel;

/// Runs on the trainer's thread; the viewer takes up what it has written.
pub(super) fn run(shared: &Shared, job: &Job, models: &[ModelId]) -> Result<JobOutcome> {
    let watch = JobWatch::new(job, &shared.outbox);
    let device = shared.compute_device(shared.config.device)?;
    for info in shared.loaded_of(models)? {
        let mut detector = Detector::load(&info.folder, info.bundled, device)?;
        let images = images_of(shared, &detector.stored, &watch)?;
        detector.calibrate((&images.train, &images.validation), None, &watch)?;
        viewer::load(shared, info.folder.clone());
    }
    Ok(JobOutcome::Done)
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

fn find(data: &OpenDataSet, stored: &StoredModel, of: Split) -> Result<Vec<SampleId>> {
    let summary = data.summary();
    let by_hash = by_content(data);
    let wanted: Vec<&str> =
        stored.split.iter().filter(|entry| entry.split == of).map(|entry| entry.hash.as_str()).collect();
    let found: Vec<SampleId> = wanted.iter().filter_map(|hash| by_hash.get(hash)).copied().collect();
    if found.len() == wanted.len() && !found.is_empty() {
        return Ok(found);
    }
    let part = if of == Split::Train { "training" } else { "validation" };
    let (missing, all, name) = (wanted.len() - found.len(), wanted.len(), &stored.run.data_name);
    Err(Error::DataSet {
        message: format!("{missing} of the {all} {part} images of this model are not in {}", summary.name),
        advice: format!("Open {name}, which the model was trained with, and choose the score again."),
        path: summary.root.clone(),
    })
}
