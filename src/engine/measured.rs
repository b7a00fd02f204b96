//! What benchmarks have measured, kept so that another score of the same images needs no network.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::detector::{Agreed, Detector, MemberTables, agreed, in_sigma};
use crate::domain::{
    BenchmarkEntry, Calibrations, EnsembleMember, EntryKind, Measure, ModelInfo, ModelKind, Scoring, Watch, Weights,
};
use crate::error::{Error, Result};
use crate::evaluation::EntryInput;

/// Models kept at most; each holds a few numbers an image.
const MOST: usize = 24;
/// Images that a score is timed on.
pub(super) const MOST_TIMED: usize = 32;
/// Images between two looks at whether something else is to be done: well below a tenth of a second.
const AT_ONCE: usize = 8;

/// One model on the images of one benchmark.
#[derive(Debug)]
pub(crate) struct Measured {
    pub folder: PathBuf,
    /// Of its checkpoint, and of the data set's images with their splits.
    pub checkpoint: String,
    pub data: String,
    pub calibrations: Calibrations,
    /// How much each of its networks counts.
    pub weights: Weights,
    pub measures: Vec<Measure>,
    pub test: MemberTables,
    pub held_out: MemberTables,
    /// Milliseconds an image, by the slug of a score; of those that were timed.
    pub times: Mutex<BTreeMap<String, f64>>,
}

/// Of several benchmarks, newest last.
#[derive(Debug, Default)]
pub(crate) struct MeasuredModels {
    kept: Mutex<Vec<Arc<Measured>>>,
}

impl MeasuredModels {
    pub fn keep(&self, measured: Arc<Measured>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.folder != measured.folder || other.data != measured.data);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(measured);
    }

    /// What is known of a model on a data set.
    pub fn of(&self, model: &ModelInfo, data: &str) -> Option<Arc<Measured>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|measured| measured.folder == model.folder && measured.data == data).cloned()
    }

    /// Forgets a model: it was loaded again and may be another.
    pub fn forget(&self, model: &ModelInfo, checkpoint: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|measured| measured.folder != model.folder || measured.checkpoint == checkpoint);
    }
}

/// Scores prepared images and keeps nothing: the first pass sets up, it is not the network's speed.
///
/// # Errors
/// As [`Measured::time`].
pub(super) fn rehearse(detector: &Detector, pixels: &[u8], watch: &dyn Watch) -> Result<()> {
    pixels.chunks(AT_ONCE * area_of(detector)).try_for_each(|piece| detector.scores(piece, watch).map(|_| ()))
}

/// Pixels of an image as the detector sees it, at least one.
fn area_of(detector: &Detector) -> usize {
    detector.preprocessing().image_size.pow(2).max(1) as usize
}

impl Measured {
    /// How many test images were measured.
    pub fn images(&self) -> usize {
        self.test.first().and_then(|table| table.first()).map_or(0, Vec::len)
    }

    /// Times the model by the score that the detector has, on prepared images. All else about it is measured by then, so that
    /// nothing is set up for the first time meanwhile.
    ///
    /// # Errors
    /// When the device has no room; `Cancelled` soon after the watch says so.
    pub fn time(&self, detector: &Detector, pixels: &[u8], watch: &dyn Watch) -> Result<()> {
        let count = (pixels.len() / area_of(detector)).max(1);
        let started = Instant::now();
        rehearse(detector, pixels, watch)?;
        let ms = started.elapsed().as_secs_f64() * 1e3 / count as f64;
        self.times.lock().unwrap_or_else(PoisonError::into_inner).insert(detector.scoring().slug(), ms);
        Ok(())
    }

    /// Milliseconds an image takes by a score, where it was timed.
    pub fn time_of(&self, scoring: &Scoring) -> Option<f64> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).get(&scoring.slug()).copied()
    }

    /// The model's row of a benchmark by a score.
    ///
    /// # Errors
    /// When a part of the score was not measured or is not calibrated.
    pub fn entry(&self, model: &ModelInfo, scoring: &Scoring) -> Result<EntryInput> {
        let calibration = self.calibrations.of(scoring).map_err(Error::Other)?;
        let central = scoring.central().filter(|central| self.knows(central));
        let own = *scoring == model.own_score();
        let test = self.agreed(scoring, &self.test)?;
        let spreads: Option<Vec<f64>> =
            test.iter().map(|agreed| agreed.spread.map(|spread| in_sigma(&calibration, spread))).collect();
        Ok(EntryInput {
            name: if own { model.name.clone() } else { format!("{} · {}", model.name, scoring.name()) },
            id: BenchmarkEntry::id_of(model, scoring),
            kind: EntryKind::Model(model.kind),
            score_description: describe(model, scoring),
            parameters: Some(model.parameters),
            training_secs: Some(model.training_secs),
            training_cpu_secs: model.training_cpu_secs,
            ms_per_image: self.time_of(scoring),
            calibration,
            test_scores: scores(&test),
            test_spreads: spreads,
            held_out_scores: scores(&self.agreed(scoring, &self.held_out)?),
            central_test_scores: central
                .map(|central| self.agreed(&central, &self.test).map(|agreed| scores(&agreed)))
                .transpose()?,
            lungs: None,
            boxes: None,
        })
    }

    /// A measure alone need not be calibrated to be read off; to be added to others it must.
    fn knows(&self, scoring: &Scoring) -> bool {
        self.columns(scoring).is_ok() && (scoring.single().is_some() || self.calibrations.has(scoring))
    }

    fn columns(&self, scoring: &Scoring) -> Result<Vec<usize>> {
        let find = |measure: Measure| {
            let known = self.measures.iter().position(|other| *other == measure);
            known.ok_or_else(|| Error::Other(format!("{measure} was not measured; run the benchmark again")))
        };
        scoring.parts().iter().map(|part| find(part.measure)).collect()
    }

    fn agreed(&self, scoring: &Scoring, tables: &MemberTables) -> Result<Vec<Agreed>> {
        let columns = self.columns(scoring)?;
        let spreads = if scoring.single().is_some() {
            Vec::new()
        } else {
            self.calibrations.spreads(scoring).map_err(Error::Other)?
        };
        Ok(agreed(scoring, &spreads, &self.weights, tables, &columns))
    }
}

fn scores(agreed: &[Agreed]) -> Vec<f64> {
    agreed.iter().map(|agreed| agreed.score).collect()
}

/// What a score is; of an ensemble, of how many networks it is the mean, and of which where they differ by it.
fn describe(model: &ModelInfo, scoring: &Scoring) -> String {
    if model.kind != ModelKind::Ensemble {
        return scoring.describe();
    }
    let members = &model.members;
    let weighted = !EnsembleMember::all_count_the_same(members);
    let own = scoring.parts().iter().any(|part| part.measure == Measure::Own);
    let which =
        if weighted || own { format!(" ({})", EnsembleMember::sum_up(members, scoring)) } else { String::new() };
    format!(
        "{}; {} of {} networks{which}, each in standard deviations of healthy validation images",
        scoring.describe(),
        if weighted { "weighted mean" } else { "mean" },
        members.len()
    )
}
