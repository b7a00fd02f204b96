//! How well maps show *where*: pixel by pixel against masks, region by region, and against boxes.
//!
//! All pixels of all images are pooled, as on `MVTec AD` (Bergmann et al. 2019): a map that is bright on the wrong image is
//! as wrong as one that is bright in the wrong place. A higher value means less healthy.

mod boxes;
mod likeness;
mod regions;

pub use boxes::{BoxedMap, MARKED_FROM, PixelBox, box_figures};
pub use likeness::{pearson, spearman, structural_similarity};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use self::regions::regions;
use super::bootstrap::central_95;
use crate::domain::{Interval, PixelFigures};

/// AUPRO is the area up to this false-positive rate, as a share of it (Bergmann et al. 2020).
pub const AUPRO_LIMIT: f64 = 0.3;
/// Resamples of the images for intervals.
pub const PIXEL_RESAMPLES: u32 = 500;
/// For resampling, pixels are put into so many bins: the first half of their steps divides the lesions' pixels, the
/// second the healthy ones. The figures themselves are exact.
const BINS: usize = 512;

/// A map and which of its pixels are in a lesion, row by row.
#[derive(Clone, Copy, Debug)]
pub struct MaskedMap<'a> {
    pub values: &'a [f32],
    pub mask: &'a [bool],
    pub width: usize,
}

/// Pixel AUROC, average precision and AUPRO over all maps, each with a 95 % bootstrap interval over images. `None` when a
/// map and its mask differ in size, a value is NaN, or there are no lesion pixels or none beside them.
///
/// The same seed gives the same intervals on any number of threads. With one image the interval is the value.
pub fn pixel_figures(maps: &[MaskedMap<'_>], seed: u64) -> Option<PixelFigures> {
    let pixels = Pixels::sorted(maps)?;
    let exact = figures(pixels.steps());
    let images = pixels.binned(maps.len());
    let resampled: Vec<Figures> = (0..PIXEL_RESAMPLES)
        .into_par_iter()
        .filter_map(|resample| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(u64::from(resample));
            resampled(&images, &mut random)
        })
        .collect();
    let interval = |value: f64, of: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = resampled.iter().map(of).collect();
        if values.is_empty() {
            return Interval { value, low: value, high: value };
        }
        let (low, high) = central_95(&mut values);
        // Binning moves the ends by a little, never past the figure itself.
        Interval { value, low: low.min(value), high: high.max(value) }
    };
    let lesion = pixels.list.iter().filter(|pixel| pixel.region_share > 0.0).count();
    Some(PixelFigures {
        auroc: interval(exact.auroc, |figures| figures.auroc),
        average_precision: interval(exact.average_precision, |figures| figures.average_precision),
        aupro: interval(exact.aupro, |figures| figures.aupro),
        lesion_share: lesion as f64 / pixels.list.len() as f64,
    })
}

#[derive(Clone, Copy)]
struct Pixel {
    value: f32,
    image: u32,
    /// What this pixel is of its region, 1 ÷ the region's pixels; 0 outside lesions.
    region_share: f64,
}

/// All pixels, highest value first.
struct Pixels {
    list: Vec<Pixel>,
}

/// Pixels of one value, or of one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Step {
    lesion: f64,
    healthy: f64,
    /// Sum of the shares of their regions.
    overlap: f64,
}

impl Step {
    fn add(&mut self, pixel: &Pixel) {
        if pixel.region_share > 0.0 {
            self.lesion += 1.0;
            self.overlap += pixel.region_share;
        } else {
            self.healthy += 1.0;
        }
    }

    fn sum(self, other: Self) -> Self {
        Self {
            lesion: self.lesion + other.lesion,
            healthy: self.healthy + other.healthy,
            overlap: self.overlap + other.overlap,
        }
    }
}

impl Pixels {
    fn sorted(maps: &[MaskedMap<'_>]) -> Option<Self> {
        let mut list = Vec::with_capacity(maps.iter().map(|map| map.values.len()).sum());
        for (image, map) in (0u32..).zip(maps) {
            let uneven = map.width == 0 || !map.values.len().is_multiple_of(map.width);
            if map.values.len() != map.mask.len() || uneven || map.values.iter().any(|value| value.is_nan()) {
                return None;
            }
            let shares = regions(map.mask, map.width);
            let pixels = map.values.iter().zip(shares);
            list.extend(pixels.map(|(&value, region_share)| Pixel { value, image, region_share }));
        }
        let lesion = list.iter().filter(|pixel| pixel.region_share > 0.0).count();
        if lesion == 0 || lesion == list.len() {
            return None;
        }
        list.sort_unstable_by(|a, b| b.value.total_cmp(&a.value));
        Some(Self { list })
    }

    /// One step a distinct value.
    fn steps(&self) -> impl Iterator<Item = Step> + Clone {
        // `==` rather than `total_cmp`, so that 0.0 and -0.0 are one value.
        self.list.chunk_by(|a, b| a.value == b.value).map(|equal| {
            let mut step = Step::default();
            for pixel in equal {
                step.add(pixel);
            }
            step
        })
    }

    /// By image, then by bin. Pixels of one value share a bin.
    fn binned(&self, images: usize) -> Vec<Vec<Step>> {
        let total = self.steps().fold(Step::default(), Step::sum);
        let mut binned = vec![vec![Step::default(); BINS]; images];
        let mut before = Step::default();
        for equal in self.list.chunk_by(|a, b| a.value == b.value) {
            let mass = f64::midpoint(before.lesion / total.lesion, before.healthy / total.healthy);
            let bin = ((mass * BINS as f64) as usize).min(BINS - 1);
            for pixel in equal {
                binned[pixel.image as usize][bin].add(pixel);
                before.add(pixel);
            }
        }
        binned
    }
}

/// The figures of as many images as there are, drawn with replacement; `None` when there is nothing to tell apart.
fn resampled(images: &[Vec<Step>], random: &mut ChaCha8Rng) -> Option<Figures> {
    let mut sum = vec![Step::default(); BINS];
    for _ in images {
        let drawn = &images[random.random_range(0..images.len())];
        for (sum, step) in sum.iter_mut().zip(drawn) {
            *sum = sum.sum(*step);
        }
    }
    let total = sum.iter().copied().fold(Step::default(), Step::sum);
    (total.lesion > 0.0 && total.healthy > 0.0).then(|| figures(sum.into_iter()))
}

struct Figures {
    auroc: f64,
    average_precision: f64,
    aupro: f64,
}

/// All three areas in one pass over steps, highest value first; pixels of one step are ties.
fn figures(steps: impl Iterator<Item = Step> + Clone) -> Figures {
    let total = steps.clone().fold(Step::default(), Step::sum);
    // Every region's shares add up to 1.
    let region_count = total.overlap.max(f64::MIN_POSITIVE);
    let (mut above, mut auroc, mut average_precision, mut aupro) = (Step::default(), 0.0, 0.0, 0.0);
    for step in steps {
        let next = above.sum(step);
        auroc += step.healthy * f64::midpoint(above.lesion, next.lesion);
        if step.lesion > 0.0 {
            average_precision += step.lesion * next.lesion / (next.lesion + next.healthy);
        }
        let limit = AUPRO_LIMIT * total.healthy;
        if step.healthy > 0.0 && above.healthy < limit {
            let share = ((limit - above.healthy) / step.healthy).min(1.0);
            let end = above.overlap + share * step.overlap;
            aupro += share * step.healthy * f64::midpoint(above.overlap, end);
        }
        above = next;
    }
    Figures {
        auroc: auroc / (total.lesion * total.healthy),
        average_precision: average_precision / total.lesion,
        aupro: aupro / (region_count * AUPRO_LIMIT * total.healthy),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// `tests/fixtures/pixels.json`; the script beside it says how it was made.
    #[derive(Deserialize)]
    pub(super) struct Reference {
        width: usize,
        maps: Vec<Vec<f32>>,
        masks: Vec<Vec<bool>>,
        auroc: f64,
        average_precision: f64,
        aupro: f64,
        regions: usize,
        bootstrap_auroc: [f64; 2],
        pub spearman: f64,
        pub pearson: f64,
        pub ssim: f64,
    }

    pub(super) fn reference() -> Reference {
        serde_json::from_str(include_str!("../../../tests/fixtures/pixels.json")).unwrap()
    }

    impl Reference {
        fn masked(&self) -> Vec<MaskedMap<'_>> {
            let pairs = self.maps.iter().zip(&self.masks);
            pairs.map(|(values, mask)| MaskedMap { values, mask, width: self.width }).collect()
        }

        pub fn first_two(&self) -> (&[f32], &[f32], usize) {
            (&self.maps[0], &self.maps[1], self.width)
        }
    }

    #[test]
    fn agrees_with_scikit_learn_and_the_definition_of_aupro() {
        let reference = reference();
        let figures = pixel_figures(&reference.masked(), 1).unwrap();
        assert!((figures.auroc.value - reference.auroc).abs() < 1e-10, "{figures:?}");
        assert!((figures.average_precision.value - reference.average_precision).abs() < 1e-10, "{figures:?}");
        assert!((figures.aupro.value - reference.aupro).abs() < 1e-10, "{} {}", figures.aupro.value, reference.aupro);
        let regions: f64 = Pixels::sorted(&reference.masked()).unwrap().list.iter().map(|p| p.region_share).sum();
        assert!((regions - reference.regions as f64).abs() < 1e-9);
        // Both are simulations.
        let [low, high] = reference.bootstrap_auroc;
        assert!((figures.auroc.low - low).abs() < 0.02 && (figures.auroc.high - high).abs() < 0.02, "{figures:?}");
    }

    #[test]
    fn by_hand() {
        // Two regions: one pixel of value 4, and two pixels of values 3 and 1; healthy: 2, 0, 0, 0, 0 and 0.
        let values = [4.0, 0.0, 3.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0];
        let mask = [true, false, true, false, false, true, false, false, false];
        let figures = pixel_figures(&[MaskedMap { values: &values, mask: &mask, width: 3 }], 1).unwrap();
        // Of 18 pairs, only 1 against 2 is lost.
        assert!((figures.auroc.value - 17.0 / 18.0).abs() < 1e-12);
        assert!((figures.average_precision.value - (1.0 + 1.0 + 3.0 / 4.0) / 3.0).abs() < 1e-12);
        // (0, 3/4) with both first pixels; a false positive, 1/6 of all, at 3/4; then (1/6, 1) with the last one, and a
        // straight line to (1, 1), since the rest are ties.
        let expected = (0.75 / 6.0 + 1.0 * (0.3 - 1.0 / 6.0)) / 0.3;
        assert!((figures.aupro.value - expected).abs() < 1e-12, "{} {expected}", figures.aupro.value);
        assert!((figures.lesion_share - 1.0 / 3.0).abs() < 1e-12);
        // One image, drawn once, is itself.
        assert!(figures.auroc.low <= figures.auroc.value && figures.auroc.high >= figures.auroc.value);
    }

    #[test]
    fn a_constant_map_is_chance() {
        let mask: Vec<bool> = (0..100).map(|index| index % 10 == 0).collect();
        let figures = pixel_figures(&[MaskedMap { values: &[0.5; 100], mask: &mask, width: 10 }], 1).unwrap();
        assert!((figures.auroc.value - 0.5).abs() < 1e-12);
        assert!((figures.average_precision.value - 0.1).abs() < 1e-12);
        assert!((figures.aupro.value - 0.15).abs() < 1e-12);
    }

    #[test]
    fn degenerate_input_is_refused() {
        let map = |values, mask, width| pixel_figures(&[MaskedMap { values, mask, width }], 1);
        assert!(pixel_figures(&[], 1).is_none());
        assert!(map(&[1.0, 2.0], &[false, false], 2).is_none(), "no lesion");
        assert!(map(&[1.0, 2.0], &[true, true], 2).is_none(), "nothing but lesion");
        assert!(map(&[1.0, f32::NAN], &[true, false], 2).is_none());
        assert!(map(&[1.0, 2.0], &[true], 2).is_none());
        assert!(map(&[1.0, 2.0], &[true, false], 0).is_none());
        assert!(map(&[1.0, 2.0, 3.0], &[true, false, false], 2).is_none());
        assert!(map(&[f32::INFINITY, -0.0], &[true, false], 2).is_some());
    }

    #[test]
    fn the_seed_decides_the_intervals_on_any_number_of_threads() {
        let reference = reference();
        let run = |threads: usize, seed| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| pixel_figures(&reference.masked(), seed))
        };
        assert_eq!(run(1, 7), run(3, 7));
        assert_ne!(run(1, 7), run(1, 8));
    }
}
