//! How well maps show lesions: paints every kind of lesion onto healthy images and compares maps with masks.
//!
//! The images are healthy *test* images, since the figures are reported. The lesions' strength was chosen on others
//! (`LesionKind::usual_contrast`), before any model saw one.

use std::sync::Arc;
use std::time::Instant;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::detector::Detector;
use super::jobs::{Job, JobWatch};
use super::lungs::LungMasker;
use super::message::EngineEvent;
use super::shared::Shared;
use crate::dataset::OpenDataSet;
use crate::domain::{
    Benchmark, EntryKind, GrayImage, HeatmapEntry, HeatmapExample, Heatmaps, JobOutcome, Label, LesionFigures,
    LesionKind, ModelId, ModelInfo, PixelFigures, Plane, Preprocessing, SampleId, Sanity, Segment, Split, Watch,
    auroc_between,
};
use crate::error::{Error, Result};
use crate::evaluation::{self, MaskedMap};
use crate::imaging::{self, lesion};
use crate::scoring::Baselines;

/// Of more healthy test images, so many are chosen by chance: an interval over them is about ±0.02 wide.
const MOST_IMAGES: usize = 60;
/// Same data, same images, same lesions.
const SEED: u64 = 7;
const KINDS: usize = LesionKind::ALL.len();

/// Runs on the trainer's thread.
pub(super) fn run(shared: &Shared, job: &Job, benchmark: &Arc<Benchmark>, models: &[ModelId]) -> Result<JobOutcome> {
    let started = Instant::now();
    let watch = JobWatch::new(job, &shared.outbox);
    let data = shared.need_data()?;
    check_same_data(benchmark, &data)?;
    let ids = choose(&data)?;
    let mut measuring = Measuring { shared, watch: &watch, sheets: Vec::new(), done: 0, total: 0 };
    let models = shared.loaded_of(models)?;
    // Painting, then one look a lesion and one without, by the network and, at lesions only, by the untrained one.
    measuring.total = ids.len() as u64 * (1 + models.len() as u64 * (2 * KINDS as u64 + 1));
    measuring.paint(&data, &ids, &models)?;
    let mut entries = Vec::with_capacity(models.len() + 1);
    for model in &models {
        entries.push(measuring.model(model)?);
    }
    entries.push(measuring.brightness()?);
    let heatmaps = Heatmaps {
        split: Split::Test,
        images: ids.len() as u32,
        seed: SEED,
        chest: show_chests(shared, &data),
        entries,
        took_secs: started.elapsed().as_secs_f64(),
    };
    let benchmark = Benchmark { heatmaps: Some(Arc::new(heatmaps)), ..(**benchmark).clone() };
    shared.outbox.send(EngineEvent::Benchmarked { job: job.id, benchmark: Arc::new(benchmark) });
    Ok(JobOutcome::Done)
}

/// Whether the images look like those whose lungs lesions are placed in; `None` without a lung mask.
fn show_chests(shared: &Shared, data: &OpenDataSet) -> Option<bool> {
    let device = shared.compute_device(shared.config.device).ok()?;
    LungMasker::load(&shared.config.lungs_dir, device).and_then(|mut masker| masker.suits(data)).ok()
}

/// Figures of two data sets do not belong into one report.
fn check_same_data(benchmark: &Benchmark, data: &OpenDataSet) -> Result<()> {
    let known = benchmark.cases.iter().all(|case| {
        let sample = data.summary().sample(case.sample);
        sample.is_some_and(|sample| sample.path == case.path)
    });
    if known {
        return Ok(());
    }
    let name = &data.summary().name;
    Err(Error::Other(format!("this benchmark is of another data set than {name}; run it again first")))
}

/// # Errors
/// When there is no healthy test image.
fn choose(data: &OpenDataSet) -> Result<Vec<SampleId>> {
    let mut ids: Vec<SampleId> = data.summary().ids(Split::Test, Some(Label::Healthy)).collect();
    if ids.is_empty() {
        return Err(Error::DataSet {
            message: "lesions are painted onto healthy test images; this data set has none".to_owned(),
            advice: "Open a data set with test/NORMAL.".to_owned(),
            path: data.summary().root.clone(),
        });
    }
    ids.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
    ids.truncate(MOST_IMAGES);
    ids.sort_unstable();
    Ok(ids)
}

/// All images as some models get them.
struct Sheet {
    how: Preprocessing,
    /// Before painting.
    clean: Vec<GrayImage>,
    /// By kind, then by image.
    painted: [Vec<Shot>; KINDS],
}

/// An image with a lesion, as a network gets it.
struct Shot {
    image: GrayImage,
    mask: Vec<bool>,
    /// The image's path, relative to the data set's root, and the lesion's outline; for the first ones, which are shown.
    shown: Option<(String, Arc<Vec<Segment>>)>,
}

/// One image in all the ways it is wanted: clean, then painted by kind.
struct Prepared {
    clean: Vec<GrayImage>,
    painted: [Vec<Shot>; KINDS],
}

struct Measuring<'a> {
    shared: &'a Shared,
    watch: &'a JobWatch<'a>,
    sheets: Vec<Sheet>,
    /// Images painted or looked at, and to be.
    done: u64,
    total: u64,
}

impl Measuring<'_> {
    /// Reads every image once, paints each kind of lesion onto it and prepares all for all models and the baseline.
    fn paint(&mut self, data: &OpenDataSet, ids: &[SampleId], models: &[Arc<ModelInfo>]) -> Result<()> {
        let mut ways = vec![Baselines::PLAIN];
        for model in models {
            if !ways.contains(&model.preprocessing) {
                ways.push(model.preprocessing);
            }
        }
        let empty = |&how| Sheet { how, clean: Vec::new(), painted: Default::default() };
        self.sheets = ways.iter().map(empty).collect();
        // A few at a time: bounds the memory, and how long a cancelled job goes on.
        for chunk in ids.chunks(8) {
            self.step("Painting lesions", 0)?;
            let prepared: Vec<Result<Prepared>> = self
                .shared
                .pool
                .install(|| chunk.par_iter().map(|&id| prepare(data, id, &ways, id == ids[0])).collect());
            for image in prepared {
                self.sort_in(image?);
            }
            self.step("Painting lesions", chunk.len())?;
        }
        Ok(())
    }

    fn sort_in(&mut self, image: Prepared) {
        for (sheet, clean) in self.sheets.iter_mut().zip(image.clean) {
            sheet.clean.push(clean);
        }
        for (kind, shots) in image.painted.into_iter().enumerate() {
            for (sheet, shot) in self.sheets.iter_mut().zip(shots) {
                sheet.painted[kind].push(shot);
            }
        }
    }

    fn step(&mut self, stage: &str, images: usize) -> Result<()> {
        if self.watch.cancelled() {
            return Err(Error::Cancelled);
        }
        self.done += images as u64;
        self.watch.progress(stage, self.done, self.total);
        Ok(())
    }

    fn sheet(&self, how: Preprocessing) -> Result<usize> {
        let found = self.sheets.iter().position(|sheet| sheet.how == how);
        found.ok_or_else(|| Error::Other("the model was loaded anew meanwhile; measure again".to_owned()))
    }

    fn model(&mut self, model: &ModelInfo) -> Result<HeatmapEntry> {
        let device = self.shared.compute_device(self.shared.config.device)?;
        let detector = Detector::load(self.shared, &model.folder, device)?;
        let untrained = detector.untrained()?;
        let sheet = self.sheet(detector.preprocessing())?;
        let stage = format!("Looking at lesions with {}", model.name);
        let clean = self.look(sheet, None, &detector, &stage)?;
        let mut maps: [Vec<Plane>; KINDS] = Default::default();
        let mut random_maps: [Vec<Plane>; KINDS] = Default::default();
        let mut image_aurocs = [None; KINDS];
        for (kind, maps) in maps.iter_mut().enumerate() {
            let looked = self.look(sheet, Some(kind), &detector, &stage)?;
            image_aurocs[kind] = auroc_between(&clean.scores, &looked.scores);
            *maps = looked.maps;
            random_maps[kind] = self.look(sheet, Some(kind), &untrained, &stage)?.maps;
        }
        let sheet = &self.sheets[sheet];
        let figures = self.figures(sheet, &maps)?;
        let untrained_auroc = self.pixels(sheet, &random_maps, 0..KINDS)?.auroc.value;
        Ok(HeatmapEntry {
            name: model.name.clone(),
            id: model.id.0.clone(),
            kind: EntryKind::Model(model.kind),
            all: figures.0,
            by_lesion: by_lesion(&figures.1, &image_aurocs),
            healthy_above_one: Some(share_above_one(&clean.maps)),
            sanity: sanity(&maps, &random_maps, untrained_auroc),
            examples: examples(sheet, &maps),
        })
    }

    /// What no network is needed for: lesions are light, so is the image there.
    fn brightness(&self) -> Result<HeatmapEntry> {
        let sheet = &self.sheets[self.sheet(Baselines::PLAIN)?];
        let maps: [Vec<Plane>; KINDS] =
            std::array::from_fn(|kind| sheet.painted[kind].iter().map(|shot| shot.image.to_plane()).collect());
        let figures = self.figures(sheet, &maps)?;
        Ok(HeatmapEntry {
            name: "Image brightness".to_owned(),
            id: "brightness".to_owned(),
            kind: EntryKind::Baseline,
            all: figures.0,
            by_lesion: by_lesion(&figures.1, &[None; KINDS]),
            healthy_above_one: None,
            sanity: None,
            examples: examples(sheet, &maps),
        })
    }

    /// Shows all images with one kind of lesion, or all without, to a model.
    fn look(&mut self, sheet: usize, kind: Option<usize>, detector: &Detector, stage: &str) -> Result<Looked> {
        let mut looked = Looked::default();
        for index in 0..self.sheets[sheet].clean.len() {
            let sheet = &self.sheets[sheet];
            let image = kind.map_or(&sheet.clean[index], |kind| &sheet.painted[kind][index].image);
            let scored = detector.analyse(&image.pixels)?;
            looked.scores.push(scored.score.score);
            looked.maps.push(scored.map);
            self.step(stage, 1)?;
        }
        Ok(looked)
    }

    /// Over all kinds together, then by kind.
    fn figures(&self, sheet: &Sheet, maps: &[Vec<Plane>; KINDS]) -> Result<(PixelFigures, Vec<PixelFigures>)> {
        let all = self.pixels(sheet, maps, 0..KINDS)?;
        let by_kind = (0..KINDS).map(|kind| self.pixels(sheet, maps, kind..kind + 1)).collect::<Result<_>>()?;
        Ok((all, by_kind))
    }

    fn pixels(&self, sheet: &Sheet, maps: &[Vec<Plane>; KINDS], kinds: std::ops::Range<usize>) -> Result<PixelFigures> {
        let masked: Vec<MaskedMap<'_>> = kinds
            .flat_map(|kind| maps[kind].iter().zip(&sheet.painted[kind]))
            .map(|(map, shot)| MaskedMap { values: &map.values, mask: &shot.mask, width: map.width as usize })
            .collect();
        let figures = self.shared.pool.install(|| evaluation::pixel_figures(&masked, SEED));
        figures.ok_or_else(|| Error::Other("no painted lesion is lighter than the image around it".to_owned()))
    }
}

/// What a model makes of some images, in their order.
#[derive(Default)]
struct Looked {
    scores: Vec<f64>,
    maps: Vec<Plane>,
}

fn prepare(data: &OpenDataSet, id: SampleId, ways: &[Preprocessing], shown: bool) -> Result<Prepared> {
    let original = data.read(id)?.image;
    let clean = ways.iter().map(|&how| imaging::preprocess(&original, how)).collect();
    let path = data.summary().sample(id).map(|sample| sample.path.clone()).unwrap_or_default();
    let painted = LesionKind::ALL.map(|kind| {
        let painted = lesion::paint(&original, &[lesion::place(kind, id.0.wrapping_add(SEED as u32))]);
        let outline = shown.then(|| Arc::new(lesion::outline(&painted.mask)));
        let shot = |&how: &Preprocessing| Shot {
            image: imaging::preprocess(&painted.image, how),
            mask: lesion::mask_at(&painted.mask, how.image_size),
            shown: outline.clone().map(|outline| (path.clone(), outline)),
        };
        ways.iter().map(shot).collect()
    });
    Ok(Prepared { clean, painted })
}

fn by_lesion(figures: &[PixelFigures], image_aurocs: &[Option<f64>; KINDS]) -> Vec<LesionFigures> {
    let kinds = LesionKind::ALL.into_iter().zip(figures).zip(image_aurocs);
    kinds.map(|((lesion, &pixels), &image_auroc)| LesionFigures { lesion, pixels, image_auroc }).collect()
}

fn share_above_one(maps: &[Plane]) -> f64 {
    let pixels: usize = maps.iter().map(|map| map.values.len()).sum();
    let above: usize = maps.iter().map(|map| map.values.iter().filter(|value| **value > 1.0).count()).sum();
    above as f64 / pixels.max(1) as f64
}

/// `None` when no map of both networks can be compared, such as when all are constant.
fn sanity(maps: &[Vec<Plane>; KINDS], random: &[Vec<Plane>; KINDS], untrained_auroc: f64) -> Option<Sanity> {
    let mean = |measure: &dyn Fn(&Plane, &Plane) -> Option<f64>| {
        let pairs = maps.iter().flatten().zip(random.iter().flatten());
        let values: Vec<f64> = pairs.filter_map(|(map, random)| measure(map, random)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Some(Sanity {
        spearman: mean(&|a, b| evaluation::spearman(&a.values, &b.values))?,
        pearson: mean(&|a, b| evaluation::pearson(&a.values, &b.values))?,
        ssim: mean(&|a, b| evaluation::structural_similarity(&a.values, &b.values, a.width as usize))?,
        untrained_auroc,
    })
}

fn examples(sheet: &Sheet, maps: &[Vec<Plane>; KINDS]) -> Vec<HeatmapExample> {
    let example = |(kind, lesion): (usize, LesionKind)| {
        let (shot, map) = (sheet.painted[kind].first()?, maps[kind].first()?);
        let (path, outline) = shot.shown.clone()?;
        let input = Arc::new(shot.image.to_plane());
        Some(HeatmapExample { lesion, path, input, outline, map: Arc::new(map.clone()) })
    };
    LesionKind::ALL.into_iter().enumerate().filter_map(example).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_scores_by_hand() {
        let map = |values: &[f32]| Plane::new(values.len() as u32, 1, values.to_vec());
        assert!((share_above_one(&[map(&[0.5, 1.5]), map(&[1.0, 0.0])]) - 0.25).abs() < 1e-12);
        assert_eq!(share_above_one(&[]), 0.0);
        assert_eq!(auroc_between(&[1.0, 2.0], &[3.0, 2.0]), Some(3.5 / 4.0));
        assert_eq!(auroc_between(&[], &[]), None);
    }

    #[test]
    fn constant_maps_have_no_sanity_check() {
        let flat: [Vec<Plane>; KINDS] = std::array::from_fn(|_| vec![Plane::new(8, 8, vec![0.0; 64])]);
        assert_eq!(sanity(&flat, &flat, 0.5), None);
        let map = |seed: usize| Plane::new(8, 8, (0..64).map(|i| ((i * 7 + seed) % 13) as f32).collect());
        let some: [Vec<Plane>; KINDS] = std::array::from_fn(|kind| vec![map(kind)]);
        let own = sanity(&some, &some, 0.5).unwrap();
        assert!((own.spearman - 1.0).abs() < 1e-9 && (own.ssim - 1.0).abs() < 1e-9);
    }
}
