//! How much fine, middle and coarse structure an image has at each place, held against that of healthy images. It knows no
//! shapes, so what it tells apart may be how and where images were taken: a warning as much as a rival.

use tch::{Device, Tensor};

use super::super::codes::{HealthyCodes, MOST_CODES};
use super::super::panel::central_span;
use super::super::score::{RegionScores, in_batches};
use super::super::tensors::{image_count, values};
use crate::domain::{CodeMeasure, Watch, evenly};
use crate::error::Result;

/// Levels of the pyramid (Burt and Adelson 1983): changes over one, two and four pixels.
const BANDS: usize = 3;
/// Places along each side.
const GRID: usize = 8;
/// Energies of an image.
const NUMBERS: usize = BANDS * GRID * GRID;
/// Energy of a flat place, of which there is no logarithm otherwise: a deviation of 0.003 of the grey range.
const LEAST_ENERGY: f64 = 1e-5;

/// The energies of healthy training images: over all places, and over the central ones.
pub struct Texture {
    whole: HealthyCodes,
    central: HealthyCodes,
    numbers: u64,
}

impl Texture {
    /// Keeps the energies of healthy images of `side` pixels, a multiple of 32; of more than 2,000 images an even choice.
    ///
    /// # Errors
    /// Without images, or when `pixels` is not a whole number of them; `Cancelled`.
    pub fn fit(pixels: &[u8], side: u32, watch: &dyn Watch) -> Result<Self> {
        let area = side as usize * side as usize;
        let chosen: Vec<u8> =
            evenly(image_count(pixels, side)?, MOST_CODES).flat_map(|i| &pixels[i * area..][..area]).copied().collect();
        let energies = energies(&chosen, side, watch)?;
        let central: Vec<f32> = energies.chunks_exact(NUMBERS).flat_map(central_ones).collect();
        let numbers = energies.len() as u64;
        let width = central_span(GRID).len().pow(2) * BANDS;
        let whole = HealthyCodes::fit(energies, NUMBERS)?;
        Ok(Self { whole, central: HealthyCodes::fit(central, width)?, numbers })
    }

    /// Numbers kept of the training images.
    pub fn parameter_count(&self) -> u64 {
        self.numbers
    }

    /// The mean distance of each image to the five nearest healthy ones, each energy in its standard deviations.
    ///
    /// # Errors
    /// When `pixels` is not a whole number of images; `Cancelled`.
    pub fn scores(&self, pixels: &[u8], side: u32, watch: &dyn Watch) -> Result<RegionScores> {
        let mut scores = RegionScores::default();
        for one in energies(pixels, side, watch)?.chunks_exact(NUMBERS) {
            scores.own.push(self.whole.measure(CodeMeasure::Neighbours, one));
            scores.central.push(self.central.measure(CodeMeasure::Neighbours, &central_ones(one)));
        }
        Ok(scores)
    }
}

/// Of one image, the energies of the places in the centre.
fn central_ones(energies: &[f32]) -> Vec<f32> {
    let span = central_span(GRID);
    let central = |index: usize| span.contains(&(index % GRID)) && span.contains(&(index / GRID % GRID));
    energies.iter().enumerate().filter(|(index, _)| central(*index)).map(|(_, &energy)| energy).collect()
}

/// Logarithms of the mean square of every band at every place: `NUMBERS` an image, band by band.
fn energies(pixels: &[u8], side: u32, watch: &dyn Watch) -> Result<Vec<f32>> {
    let mut all = Vec::new();
    in_batches(pixels, side, Device::Cpu, watch, |images| {
        all.extend(values(&of_batch(images)));
        Ok(())
    })?;
    Ok(all)
}

/// `[b, 1, side, side]` → `[b, BANDS, GRID, GRID]`
fn of_batch(images: &Tensor) -> Tensor {
    let mut rest = images.shallow_clone();
    let mut bands = Vec::with_capacity(BANDS);
    for _ in 0..BANDS {
        let side = rest.size()[2];
        let coarser = mean_of_cells(&rest, 2);
        let band = (&rest - coarser.upsample_nearest2d([side, side], None, None)).square();
        bands.push(mean_of_cells(&band, side / GRID as i64));
        rest = coarser;
    }
    (Tensor::cat(&bands, 1) + LEAST_ENERGY).log()
}

fn mean_of_cells(images: &Tensor, cell: i64) -> Tensor {
    images.avg_pool2d([cell, cell], [cell, cell], [0, 0], false, true, None::<i64>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Unwatched;

    /// Stripes of a width and strength in the left half, nothing in the right.
    fn stripes(width: usize, strength: u8) -> Vec<u8> {
        let pixel = |x: usize| 100 + if x < 32 && (x / width) % 2 == 1 { strength } else { 0 };
        (0..64 * 64).map(|index| pixel(index % 64)).collect()
    }

    #[test]
    fn energies_stand_where_and_in_the_band_in_which_structure_is() {
        for (band, width) in [1, 2, 4].into_iter().enumerate() {
            let found = energies(&stripes(width, 51), 64, &Unwatched).unwrap();
            // Half the stripes' height to both sides of their mean: a square of 0.1².
            let flat = LEAST_ENERGY.ln() as f32;
            for (index, &energy) in found.iter().enumerate() {
                let (of, x) = (index / (GRID * GRID), index % GRID);
                let expected = if of == band && x < GRID / 2 { (0.01f32 + 1e-5).ln() } else { flat };
                assert!((energy - expected).abs() < 1e-3, "band {of} of stripes {width} wide, column {x}: {energy}");
            }
        }
    }

    #[test]
    fn other_texture_lies_farther_away_than_the_known_one() {
        let train: Vec<u8> = (40..60).flat_map(|strength| stripes(2, strength)).collect();
        let texture = Texture::fit(&train, 64, &Unwatched).unwrap();
        let of = |pixels: &[u8]| texture.scores(pixels, 64, &Unwatched).unwrap();
        let (known, fainter, finer) = (of(&stripes(2, 50)), of(&stripes(2, 20)), of(&stripes(1, 50)));
        assert!(known.own[0] < fainter.own[0] && known.own[0] < finer.own[0]);
        assert!(known.central[0] < fainter.central[0]);
        assert_eq!(texture.parameter_count(), 20 * 192);
    }

    #[test]
    fn torn_and_missing_images_are_errors() {
        assert!(Texture::fit(&[], 64, &Unwatched).is_err());
        assert!(Texture::fit(&[0; 100], 64, &Unwatched).is_err());
        let texture = Texture::fit(&stripes(2, 50), 64, &Unwatched).unwrap();
        assert!(texture.scores(&[0; 100], 64, &Unwatched).is_err());
        assert_eq!(texture.scores(&[], 64, &Unwatched).unwrap(), RegionScores::default());
        assert!(texture.scores(&[255; 64 * 64], 64, &Unwatched).unwrap().own[0].is_finite());
    }
}
