//! A few numbers an image: what anyone could tell the classes apart by without looking at a lung.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::dataset::OpenDataSet;
use crate::domain::{GrayImage, SampleId, Watch};
use crate::error::{Error, Result};
use crate::imaging;

/// Side at which images are measured, as the gradient baseline does.
const SIDE: u32 = 64;
/// Width of the outer ring as a share of the side: what the central 70 % of scores leaves out.
const RING: f64 = 0.15;

/// Of a region of an image, grey values in [0, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Look {
    /// Mean grey value.
    pub brightness: f64,
    /// Standard deviation of grey values.
    pub contrast: f64,
    /// Mean gradient magnitude, a pixel.
    pub sharpness: f64,
}

/// Of one image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Features {
    pub whole: Look,
    /// The outer 15 % on each side, where there is little lung.
    pub ring: Look,
    /// Of one grey all over.
    pub flat: bool,
}

/// Of all samples, in their order.
///
/// # Errors
/// `Error::Cancelled`.
pub(super) fn of(data: &OpenDataSet, watch: &dyn Watch) -> Result<Vec<Features>> {
    let total = data.summary().samples.len();
    let done = AtomicU64::new(0);
    (0..total)
        .into_par_iter()
        .map(|index| {
            if watch.cancelled() {
                return Err(Error::Cancelled);
            }
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            if count.is_multiple_of(256) || count == total as u64 {
                watch.progress("Checking images", count, total as u64);
            }
            let base = data.base(SampleId(index as u32));
            Ok(base.map_or_else(Features::default, |base| measure(&imaging::area(&base, SIDE))))
        })
        .collect()
}

#[derive(Default)]
struct Sums {
    count: f64,
    grey: f64,
    squares: f64,
    slopes: f64,
}

impl Sums {
    fn look(&self) -> Look {
        let count = self.count.max(1.0);
        let brightness = self.grey / count;
        let variance = (self.squares / count - brightness * brightness).max(0.0);
        Look { brightness, contrast: variance.sqrt(), sharpness: self.slopes / count }
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            grey: self.grey + other.grey,
            squares: self.squares + other.squares,
            slopes: self.slopes + other.slopes,
        }
    }
}

fn measure(image: &GrayImage) -> Features {
    let side = image.width as usize;
    let margin = (RING * side as f64).round() as usize;
    let inner = margin..side - margin;
    let (mut ring, mut centre) = (Sums::default(), Sums::default());
    for y in 0..side {
        for x in 0..side {
            let grey = f64::from(image.pixels[y * side + x]) / 255.0;
            let across = slope(side, x, |x| image.pixels[y * side + x]);
            let down = slope(side, y, |y| image.pixels[y * side + x]);
            let sums = if inner.contains(&x) && inner.contains(&y) { &mut centre } else { &mut ring };
            sums.count += 1.0;
            sums.grey += grey;
            sums.squares += grey * grey;
            sums.slopes += (across * across + down * down).sqrt();
        }
    }
    Features { whole: ring.plus(&centre).look(), ring: ring.look(), flat: !imaging::has_contrast(image) }
}

/// Change a pixel along a line of `count` grey values: central differences, one-sided at the ends.
fn slope(count: usize, position: usize, grey: impl Fn(usize) -> u8) -> f64 {
    let (low, high) = (position.saturating_sub(1), (position + 1).min(count - 1));
    (f64::from(grey(high)) - f64::from(grey(low))) / 255.0 / (high - low).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sharpness_is_the_gradient_baseline() {
        let pixels: Vec<u8> = (0..SIDE * SIDE).map(|index| (index * 37 % 251) as u8).collect();
        let scores = crate::scoring::baselines::gradient_scores(&pixels, SIDE).unwrap();
        let features = measure(&GrayImage::new(SIDE, SIDE, pixels));
        assert!((features.whole.sharpness + scores.own[0]).abs() < 1e-9);
    }

    #[test]
    fn the_ring_is_outside_and_the_centre_is_not_in_it() {
        let mut pixels = vec![255; (SIDE * SIDE) as usize];
        for y in 10..54 {
            pixels[y * 64 + 10..y * 64 + 54].fill(0);
        }
        let features = measure(&GrayImage::new(SIDE, SIDE, pixels));
        assert!((features.ring.brightness - 1.0).abs() < 1e-12, "{features:?}");
        let share = 1.0 - 44.0 * 44.0 / 4096.0;
        assert!((features.whole.brightness - share).abs() < 1e-12);
        assert!((features.whole.contrast - (share * (1.0 - share)).sqrt()).abs() < 1e-9);
        assert!(features.ring.contrast < 1e-6);
    }
}
