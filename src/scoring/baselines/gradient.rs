//! Pneumonia makes lungs hazy: how little an image changes from pixel to pixel is a detector, without any training.

use super::super::panel::central_span;
use super::super::score::RegionScores;
use super::super::tensors::image_count;
use crate::error::Result;

/// Minus the mean gradient magnitude of each image in [0, 1], by central differences (one-sided at the edges).
///
/// # Errors
/// When `pixels` is not a whole number of `side * side` images.
pub fn gradient_scores(pixels: &[u8], side: u32) -> Result<RegionScores> {
    image_count(pixels, side)?;
    let side = side as usize;
    let centre = central_span(side);
    let mut scores = RegionScores::default();
    for image in pixels.chunks_exact(side * side) {
        let (mut all, mut central) = (0.0, 0.0);
        for y in 0..side {
            for x in 0..side {
                let magnitude = slope(side, x, |x| image[y * side + x]).hypot(slope(side, y, |y| image[y * side + x]));
                all += magnitude;
                if centre.contains(&x) && centre.contains(&y) {
                    central += magnitude;
                }
            }
        }
        scores.own.push(-all / (side * side) as f64);
        scores.central.push(-central / (centre.len() * centre.len()) as f64);
    }
    Ok(scores)
}

/// Change a pixel along a line of `count` grey values, as numpy's `gradient`.
fn slope(count: usize, position: usize, grey: impl Fn(usize) -> u8) -> f64 {
    let (low, high) = (position.saturating_sub(1), (position + 1).min(count - 1));
    let change = f64::from(grey(high)) - f64::from(grey(low));
    change / 255.0 / (high - low).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_image_is_refused_and_a_flat_one_scores_zero() {
        assert!(gradient_scores(&[1, 2, 3], 2).is_err());
        assert_eq!(gradient_scores(&[], 4).expect("none"), RegionScores::default());
        let flat = gradient_scores(&[77; 64], 8).expect("flat");
        assert!(flat.own[0].abs() < 1e-12 && flat.central[0].abs() < 1e-12);
        assert!(gradient_scores(&[5], 1).expect("one pixel").own[0].is_finite());
    }

    #[test]
    fn gradients_are_those_of_numpy() {
        // gy, gx = numpy.gradient(a / 255.); -numpy.hypot(gx, gy).mean(), a = [[0, 51, 255], [102, 0, 51], [255, 204, 0]]
        let scores = gradient_scores(&[0, 51, 255, 102, 0, 51, 255, 204, 0], 3).expect("scores");
        assert!((scores.own[0] + 0.668_070_262_994_258_5).abs() < 1e-9, "{}", scores.own[0]);
    }

    #[test]
    fn a_ramp_has_its_slope_everywhere_also_at_the_edges() {
        let ramp: Vec<u8> = (0..400).map(|i| (i % 20 * 3) as u8).collect();
        let scores = gradient_scores(&ramp, 20).expect("ramp");
        assert!((scores.own[0] + 3.0 / 255.0).abs() < 1e-12);
        assert!((scores.central[0] + 3.0 / 255.0).abs() < 1e-12);
    }
}
