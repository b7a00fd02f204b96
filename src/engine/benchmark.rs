//! Benchmarks: models and one-line baselines score the same images.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::calibrating;
use super::concerns::{Concern, Concerns};
use super::detector::Detector;
use super::jobs::{Job, JobWatch};
use super::lungs::LungMasker;
use super::measured::{MOST_TIMED, Measured};
use super::message::EngineEvent;
use super::opener::tell_notices;
use super::part::{Aside, Part};
use super::shared::Shared;
use crate::dataset::{OpenDataSet, Pixels};
use crate::domain::{
    BenchmarkCase, BoxFigures, Contender, DataSetSummary, EntryKind, JobOutcome, Label, LungShares, Lungs, ModelInfo,
    NoLungs, Plane, Preprocessing, Sample, SampleId, Scoring, Split, SplitCounts, Unwatched, Watch as _, evenly,
};
use crate::error::{Error, Result};
use crate::evaluation::{self, BenchmarkInput, BoxedMap, EntryInput, PixelBox};
use crate::scoring::{Baseline, BaselineImages, BaselineScores, Baselines};
use crate::store::StoredModel;

/// Of more development images, so many are chosen by chance: they take time and change no reported figure but one, whose
/// standard error is below 0.02 with these.
const MOST_DEVELOPMENT: usize = 600;
/// Test images of each class, evenly spread, whose maps are held against their lungs: a mean share's standard error is then
/// about two points.
const MOST_AUDITED: usize = 50;
/// Test images with boxes, evenly spread, whose maps are held against these: a share's interval is then ±5 points at most.
const MOST_BOXED: usize = 400;
/// Same data, same choice.
const DEVELOPMENT_SEED: u64 = 7;

/// Runs on the trainer's thread.
pub(super) fn run(shared: &Shared, job: &Job, contenders: &[Contender]) -> Result<JobOutcome> {
    let started = Instant::now();
    let watch = JobWatch::new(job, &shared.outbox);
    let data = shared.need_data()?;
    let models = by_model(shared.contenders(contenders)?);
    let images = Images::choose(data.summary())?;
    let mut bench = Bench {
        shared,
        data,
        images,
        watch: &watch,
        cautions: Vec::new(),
        notes: Vec::new(),
        concerns: Concerns::default(),
        masker: None,
        done: 0,
        total: 0,
    };
    bench.total = bench.images.count() * (models.len() as u64 + 1);
    bench.caution_about_images();
    if !models.is_empty() {
        bench.find_lungs();
    }
    let mut entries = Vec::new();
    for (model, scores) in &models {
        match bench.model(model, scores) {
            Ok(rows) => entries.extend(rows),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // The others are worth having.
            Err(error) => bench.cautions.push(format!("{} is left out: {error}.", model.name)),
        }
        bench.done += bench.images.count();
    }
    entries.extend(bench.baselines()?);
    let Bench { data, images, cautions, notes, concerns, total, .. } = bench;
    // The gravest first: it is all that shows where there is room for one.
    let cautions = [concerns.sentences(), cautions].concat();
    let input = BenchmarkInput {
        data_name: data.summary().name.clone(),
        split: split_counts(data.summary()),
        cases: cases(data.summary(), &images.test),
        held_out: cases(data.summary(), &images.held_out),
        entries,
        finished_unix_secs: jiff::Timestamp::now().as_second(),
        took_secs: started.elapsed().as_secs_f64(),
        cautions,
        notes,
    };
    let aside = Aside { watch: &watch, done: total, total };
    let benchmark = Arc::new(shared.pool.install(|| evaluation::assemble(input, &aside))?);
    tell_notices(shared, job.id, &data);
    shared.outbox.send(EngineEvent::Benchmarked { job: job.id, benchmark });
    Ok(JobOutcome::Done)
}

/// Contenders of one model together, models in the order chosen.
fn by_model(contenders: Vec<(Arc<ModelInfo>, Scoring)>) -> Vec<(Arc<ModelInfo>, Vec<Scoring>)> {
    let mut models: Vec<(Arc<ModelInfo>, Vec<Scoring>)> = Vec::new();
    for (model, scoring) in contenders {
        match models.iter_mut().find(|(known, _)| known.id == model.id) {
            Some((_, scores)) => scores.push(scoring),
            None => models.push((model, vec![scoring])),
        }
    }
    models
}

/// Which images are scored.
struct Images {
    test: Vec<SampleId>,
    /// Validation normals, then development images.
    held_out: Vec<SampleId>,
    /// Development images that there are.
    development: usize,
}

impl Images {
    /// # Errors
    /// When the data set has no test images of one class.
    fn choose(data: &DataSetSummary) -> Result<Self> {
        let (healthy, diseased) = (data.count(Split::Test, Label::Healthy), data.count(Split::Test, Label::Diseased));
        if healthy == 0 || diseased == 0 {
            return Err(Error::DataSet {
                message: format!(
                    "a benchmark needs healthy and diseased test images; this data set has {healthy} healthy and {diseased} diseased ones"
                ),
                advice: "Open a data set with test/NORMAL and test/PNEUMONIA.".to_owned(),
                path: data.root.clone(),
            });
        }
        let labelled = |id: &SampleId| data.sample(*id).is_some_and(|sample| sample.label.is_some());
        let mut held_out: Vec<SampleId> = data.ids(Split::Validation, Some(Label::Healthy)).collect();
        let mut development: Vec<SampleId> = data.ids(Split::Development, Some(Label::Diseased)).collect();
        let found = development.len();
        if found > MOST_DEVELOPMENT {
            development.shuffle(&mut ChaCha8Rng::seed_from_u64(DEVELOPMENT_SEED));
            development.truncate(MOST_DEVELOPMENT);
            development.sort_unstable();
        }
        held_out.extend(development);
        Ok(Self { test: data.ids(Split::Test, None).filter(labelled).collect(), held_out, development: found })
    }

    fn count(&self) -> u64 {
        (self.test.len() + self.held_out.len()) as u64
    }
}

/// A benchmark while it is made.
struct Bench<'a> {
    shared: &'a Shared,
    data: OpenDataSet,
    images: Images,
    watch: &'a JobWatch<'a>,
    cautions: Vec<String>,
    notes: Vec<String>,
    /// What is to be said of the models.
    concerns: Concerns,
    /// Finds the lungs; `None` without a lung mask.
    masker: Option<LungMasker>,
    /// Images scored, and to be scored, by everyone together.
    done: u64,
    total: u64,
}

impl Bench<'_> {
    fn caution_about_images(&mut self) {
        let development = self.images.development;
        if development > MOST_DEVELOPMENT {
            self.notes.push(format!(
                "Development AUROC is from {MOST_DEVELOPMENT} of {development} development images, chosen by chance (seed {DEVELOPMENT_SEED})."
            ));
        }
    }

    /// A row a score. Everything that the model is calibrated for is measured in the same passes and kept, so that other
    /// scores of it can be shown at once; timed are only those shown.
    fn model(&mut self, model: &ModelInfo, scores: &[Scoring]) -> Result<Vec<EntryInput>> {
        let device = self.shared.compute_device(self.shared.config.device)?;
        self.watch.progress(&format!("Loading {}", model.name), self.done, self.total);
        let mut detector = Detector::load(self.shared, &model.folder, device)?;
        // As it is by now: a training that went on may have ended a moment ago.
        let model = &detector.describe(model.id.clone(), model.name.clone());
        let scores = self.calibrated(model, &mut detector, scores)?;
        let pixels = self.pixels(detector.preprocessing())?;
        let measures = detector.measures();
        let part = self.part(&model.name);
        let test = detector.table(&measures, &pixels.gather(self.images.test.iter().copied()), &part)?;
        let part = Part { before: part.before + self.images.test.len() as u64, ..part };
        let held_out = detector.table(&measures, &pixels.gather(self.images.held_out.iter().copied()), &part)?;
        let few = pixels.gather(self.images.test.iter().copied().take(MOST_TIMED));
        let measured = Arc::new(Measured {
            folder: model.folder.clone(),
            checkpoint: detector.checkpoint_hash().to_owned(),
            data: self.data.summary().fingerprint.clone(),
            calibrations: detector.calibrations().clone(),
            weights: detector.weights().clone(),
            measures,
            test,
            held_out,
            times: Mutex::default(),
        });
        self.shared.measured.keep(Arc::clone(&measured));
        self.caution_about(model, &detector);
        let mut row = |scoring: &Scoring| {
            detector.choose(scoring)?;
            measured.time(&detector, &few, &Unwatched)?;
            let (lungs, boxes) = self.maps(&detector, &pixels)?;
            Ok(EntryInput { lungs, boxes, ..measured.entry(model, scoring)? })
        };
        scores.iter().map(&mut row).collect()
    }

    /// The scores that the model can take part by; it is calibrated for them first where it is not yet. Those that it
    /// cannot are named in a caution.
    fn calibrated(&mut self, model: &ModelInfo, detector: &mut Detector, scores: &[Scoring]) -> Result<Vec<Scoring>> {
        let mut usable = Vec::with_capacity(scores.len());
        for scoring in scores {
            let ready = detector.check(scoring).and_then(|()| self.ensure(detector, scoring));
            match ready {
                Ok(()) => usable.push(scoring.clone()),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => self.cautions.push(format!("{} by {scoring} is left out: {error}.", model.name)),
            }
        }
        Ok(usable)
    }

    fn ensure(&self, detector: &mut Detector, scoring: &Scoring) -> Result<()> {
        if detector.is_calibrated(scoring) {
            return Ok(());
        }
        let images_of = |run: &StoredModel| calibrating::images_of(self.shared, run, Some(&self.data), self.watch);
        detector.calibrate(&images_of, Some(scoring), self.watch)
    }

    /// Makes the lung mask ready; without one, or where the images are no chest X-rays, there is a caution.
    fn find_lungs(&mut self) {
        self.watch.progress("Looking for lungs", 0, 0);
        let device = self.shared.compute_device(self.shared.config.device);
        let load = |device| LungMasker::load(&self.shared.config.lungs_dir, device);
        let suited = |mut masker: LungMasker| Ok(masker.suits(&self.data)?.then_some(masker));
        match device.and_then(load).and_then(suited) {
            Ok(Some(masker)) => self.masker = Some(masker),
            Ok(None) => {
                let reason = NoLungs::OtherImages.sentence();
                self.cautions.push(format!("{reason} How much of the maps lies in the lungs is therefore not said."));
            }
            Err(error) => {
                self.cautions.push(format!("How much of the maps lies in the lungs is not known: {error}."));
            }
        }
    }

    /// What the model's maps of test images say: how much of them lies in the lungs, and how well they find the boxes around
    /// findings; `None` where that cannot be told. An image that both are about is looked at once.
    fn maps(&mut self, detector: &Detector, pixels: &Pixels) -> Result<(Option<LungShares>, Option<BoxFigures>)> {
        let (audited, boxed) = (self.audited(), self.boxed());
        let wanted: BTreeSet<SampleId> = audited.iter().flatten().chain(&boxed).copied().collect();
        let (mut lungs_of, mut maps) = ([Vec::new(), Vec::new()], Vec::with_capacity(boxed.len()));
        for id in wanted {
            if self.watch.cancelled() {
                return Err(Error::Cancelled);
            }
            let image = pixels.gather([id]);
            let map = detector.analyse(&image)?.map;
            let lungs = self.masker.as_mut().map(|masker| masker.audit(&image, &map)).transpose()?;
            for (class, ids) in lungs_of.iter_mut().zip(&audited) {
                class.extend(lungs.clone().filter(|_| ids.contains(&id)));
            }
            if let Some(sample) = self.data.summary().sample(id).filter(|_| boxed.contains(&id)) {
                maps.push(BoxedImage::new(sample, map, lungs));
            }
        }
        let boxes = evaluation::box_figures(&maps.iter().map(BoxedImage::borrow).collect::<Vec<_>>());
        Ok((lung_shares(&lungs_of), boxes))
    }

    /// The test images whose maps are held against their lungs, by class; none without a lung mask.
    fn audited(&self) -> [BTreeSet<SampleId>; 2] {
        if self.masker.is_none() {
            return Default::default();
        }
        let summary = self.data.summary();
        [Label::Healthy, Label::Diseased].map(|label| {
            let is = |id: &&SampleId| summary.sample(**id).and_then(|sample| sample.label) == Some(label);
            let of_label: Vec<SampleId> = self.images.test.iter().filter(is).copied().collect();
            evenly(of_label.len(), MOST_AUDITED).map(|index| of_label[index]).collect()
        })
    }

    /// The test images whose maps are held against boxes around findings.
    fn boxed(&self) -> BTreeSet<SampleId> {
        let summary = self.data.summary();
        let is = |id: &&SampleId| summary.sample(**id).is_some_and(|sample| !sample.boxes.is_empty());
        let boxed: Vec<SampleId> = self.images.test.iter().filter(is).copied().collect();
        evenly(boxed.len(), MOST_BOXED).map(|index| boxed[index]).collect()
    }

    /// What a reader of the model's figures has to know.
    fn caution_about(&mut self, model: &ModelInfo, detector: &Detector) {
        let summary = self.data.summary();
        let mut concern = |concern: Concern| self.concerns.add(concern, &model.name);
        if let Some(other) = detector.trained_elsewhere(&summary.fingerprint) {
            concern(Concern::TrainedElsewhere(other.to_owned()));
        }
        let hash = |id: &SampleId| summary.sample(*id).map(|sample| sample.hash.as_str());
        let validation = &self.images.held_out[..self
            .images
            .held_out
            .partition_point(|id| summary.sample(*id).is_some_and(|sample| sample.split == Split::Validation))];
        let count = |ids: &[SampleId], known: fn(&Detector, &str) -> bool| {
            ids.iter().filter_map(hash).filter(|hash| known(detector, hash)).count()
        };
        let test = &self.images.test;
        let found = [
            Concern::FittedToTest(count(test, Detector::was_fitted_to)),
            Concern::CalibratedOnTest(count(test, Detector::was_calibrated_on)),
            Concern::FittedToValidation(count(validation, Detector::was_fitted_to)),
        ];
        found.into_iter().filter(Concern::is_of_any_image).for_each(concern);
    }

    /// The one-line scores, fitted here and now; none, with a caution, where there is nothing to fit them to.
    fn baselines(&mut self) -> Result<Vec<EntryInput>> {
        let summary = Arc::clone(self.data.summary());
        let train: Vec<SampleId> = summary.ids(Split::Train, Some(Label::Healthy)).collect();
        let validation: Vec<SampleId> = summary.ids(Split::Validation, Some(Label::Healthy)).collect();
        if train.len() < 2 || validation.is_empty() {
            self.cautions.push(format!(
                "The baselines are left out: they are fitted to healthy training images, of which there are {}, with {} for validation.",
                train.len(),
                validation.len(),
            ));
            return Ok(Vec::new());
        }
        let (plain, equalised) = (self.pixels(Baselines::PLAIN)?, self.pixels(Baselines::EQUALISED)?);
        let both = Versions { plain: &plain, equalised: &equalised };
        let started = Instant::now();
        let aside = Aside { watch: self.watch, done: self.done, total: self.total };
        let fitted = Baselines::fit(&equalised.gather(train), both.of(&validation).borrow(), &aside)?;
        let fitting_secs = started.elapsed().as_secs_f64();
        let part = self.part("the baselines");
        let test = fitted.scores(both.of(&self.images.test).borrow(), &part)?;
        let part = Part { before: part.before + self.images.test.len() as u64, ..part };
        let held_out = fitted.scores(both.of(&self.images.held_out).borrow(), &part)?;
        let entry = |baseline| {
            let ms_per_image = test.secs(baseline) * 1e3 / self.images.test.len().max(1) as f64;
            let timing = Timing { training_secs: fitting_secs, ms_per_image };
            baseline_entry(baseline, &fitted, &timing, &test, &held_out)
        };
        Ok(Baseline::ALL.into_iter().map(entry).collect())
    }

    /// All images as some model wants them.
    fn pixels(&self, how: Preprocessing) -> Result<Arc<Pixels>> {
        let Self { shared, data, watch, .. } = self;
        shared.pool.install(|| data.pixels(how, *watch))
    }

    fn part(&self, who: &str) -> Part<'_> {
        Part { watch: self.watch, stage: format!("Scoring by {who}"), before: self.done, total: self.total }
    }
}

/// A model's map of an image with boxes around findings, in the map's pixels.
struct BoxedImage {
    map: Plane,
    boxes: Vec<PixelBox>,
    lungs: Option<Arc<Plane>>,
}

impl BoxedImage {
    fn new(sample: &Sample, map: Plane, lungs: Option<Lungs>) -> Self {
        let scale = |of_map: u32, of_image: u32| f64::from(of_map) / f64::from(of_image.max(1));
        let (across, down) = (scale(map.width, sample.width), scale(map.height, sample.height));
        let boxes = sample.boxes.iter().map(|&marked| PixelBox::from(marked).scaled(across, down)).collect();
        Self { map, boxes, lungs: lungs.map(|lungs| lungs.mask) }
    }

    fn borrow(&self) -> BoxedMap<'_> {
        BoxedMap {
            values: &self.map.values,
            width: self.map.width as usize,
            boxes: &self.boxes,
            lungs: self.lungs.as_ref().map(|lungs| lungs.values.as_slice()),
        }
    }
}

/// The open data set's images as the baselines want them.
struct Versions<'a> {
    plain: &'a Pixels,
    equalised: &'a Pixels,
}

/// Some of them.
struct Gathered {
    plain: Vec<u8>,
    equalised: Vec<u8>,
}

impl Versions<'_> {
    fn of(&self, ids: &[SampleId]) -> Gathered {
        let gather = |pixels: &Pixels| pixels.gather(ids.iter().copied());
        Gathered { plain: gather(self.plain), equalised: gather(self.equalised) }
    }
}

impl Gathered {
    fn borrow(&self) -> BaselineImages<'_> {
        BaselineImages { plain: &self.plain, equalised: &self.equalised }
    }
}

struct Timing {
    training_secs: f64,
    ms_per_image: f64,
}

fn baseline_entry(
    baseline: Baseline,
    fitted: &Baselines,
    timing: &Timing,
    test: &BaselineScores,
    held_out: &BaselineScores,
) -> EntryInput {
    EntryInput {
        name: baseline.name().to_owned(),
        id: baseline.slug().to_owned(),
        kind: EntryKind::Baseline,
        score_description: baseline.description().to_owned(),
        parameters: Some(fitted.parameter_count(baseline)),
        training_secs: Some(if baseline == Baseline::Gradient { 0.0 } else { timing.training_secs }),
        training_cpu_secs: None,
        ms_per_image: Some(timing.ms_per_image),
        calibration: fitted.calibration(baseline).clone(),
        test_scores: test.of(baseline).to_vec(),
        test_spreads: None,
        held_out_scores: held_out.of(baseline).to_vec(),
        central_test_scores: Some(test.central(baseline).to_vec()),
        lungs: None,
        boxes: None,
    }
}

/// Means over healthy and over diseased images; `None` where a class has no map with anything on it.
fn lung_shares([healthy, diseased]: &[Vec<Lungs>; 2]) -> Option<LungShares> {
    let share = |lungs: &[Lungs]| mean(lungs.iter().filter_map(|lungs| lungs.share));
    let area = mean(healthy.iter().chain(diseased).map(|lungs| lungs.area))?;
    Some(LungShares { healthy: share(healthy)?, diseased: share(diseased)?, area })
}

/// `None` of no values.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

fn split_counts(data: &DataSetSummary) -> SplitCounts {
    let count = |split| data.ids(split, None).count() as u32;
    SplitCounts { train: count(Split::Train), val: count(Split::Validation), test: count(Split::Test) }
}

fn cases(data: &DataSetSummary, ids: &[SampleId]) -> Vec<BenchmarkCase> {
    let case = |&id: &SampleId| {
        let sample = data.sample(id)?;
        Some(BenchmarkCase {
            sample: id,
            path: sample.path.clone(),
            label: sample.label?,
            split: sample.split,
            finding: sample.finding.clone(),
        })
    };
    ids.iter().filter_map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MarkedBox;

    #[test]
    fn shares_in_the_lungs_are_means_of_maps_with_anything_on_them() {
        let of = |share: Option<f64>, area: f64| {
            let mask = Arc::new(Plane::new(1, 1, vec![1.0]));
            Lungs { mask, outline: Arc::default(), share, area }
        };
        let healthy = vec![of(Some(0.2), 0.1), of(None, 0.3), of(Some(0.4), 0.2)];
        let shares = lung_shares(&[healthy.clone(), vec![of(Some(0.9), 0.2)]]).unwrap();
        for (found, expected) in [(shares.healthy, 0.3), (shares.diseased, 0.9), (shares.area, 0.2)] {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(lung_shares(&[healthy, vec![of(None, 0.2)]]), None);
        assert_eq!(lung_shares(&[Vec::new(), Vec::new()]), None);
    }

    #[test]
    fn boxes_are_scaled_to_the_map() {
        let marked = MarkedBox { x: 100, y: 50, width: 200, height: 100 };
        let sample = Sample {
            path: "a.png".to_owned(),
            label: Some(Label::Diseased),
            split: Split::Test,
            patient: None,
            finding: None,
            width: 400,
            height: 200,
            file_bytes: 1,
            hash: String::new(),
            boxes: vec![marked],
        };
        let image = BoxedImage::new(&sample, Plane::new(40, 40, vec![0.0; 1_600]), None);
        assert_eq!(image.boxes, [PixelBox::from(MarkedBox { x: 10, y: 10, width: 20, height: 20 })]);
    }
}
