//! Where healthy images lie, measured on the validation normals: images the network was not fitted to, of other patients.

use tch::Device;

use super::learnt::Learnt;
use super::maps::fit_scale;
use super::score::Scorer;
use crate::domain::{Calibration, MapScale, Score, Spread, Watch};
use crate::error::{Error, Result};

/// At most so many healthy pixels are kept for the map's scale; of more, every n-th is taken.
const MOST_PIXELS: usize = 4_000_000;

/// Scores the validation normals and fits the scale of maps to them.
///
/// `pixels` holds whole images of `side * side` grey values, as the network sees them.
///
/// # Errors
/// Without images; `Cancelled`; when the network's output is not finite.
pub fn calibrate(
    learnt: &dyn Learnt,
    score: Score,
    pixels: &[u8],
    side: u32,
    device: Device,
    watch: &dyn Watch,
) -> Result<Calibration> {
    let scorer = Scorer::new(score, side, device)?;
    let stride = pixels.len().div_ceil(MOST_PIXELS).max(1) | 1; // odd: no column of an even-sided image is taken twice as often
    let mut kept = Vec::with_capacity(pixels.len() / stride + 1);
    let mut seen = 0usize;
    let mut keep = |raw: &[f32]| {
        let first = (stride - seen % stride) % stride;
        kept.extend(raw.iter().skip(first).step_by(stride));
        seen += raw.len();
    };
    let scores = scorer.each_batch(learnt, pixels, watch, Some(&mut keep))?;
    calibration_of(scores.own, fit_scale(&mut kept))
}

/// The calibration of scores that are already computed.
///
/// # Errors
/// Without scores, or when one is not finite.
pub fn calibration_of(mut healthy_scores: Vec<f64>, map_scale: MapScale) -> Result<Calibration> {
    if healthy_scores.is_empty() {
        return Err(Error::Other("there are no healthy validation images to calibrate with".to_owned()));
    }
    if healthy_scores.iter().any(|score| !score.is_finite()) {
        return Err(Error::Other("a healthy validation image has no finite score".to_owned()));
    }
    healthy_scores.sort_unstable_by(f64::total_cmp);
    let Spread { mean, sd } = Spread::of(&healthy_scores);
    Ok(Calibration { healthy_scores, mean, sd, map_scale })
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::domain::Unwatched;

    const SCALE: MapScale = MapScale { typical: 0.0, p999: 1.0 };

    #[test]
    fn no_images_and_no_numbers_are_errors() {
        assert!(calibration_of(Vec::new(), SCALE).is_err());
        assert!(calibration_of(vec![0.1, f64::NAN], SCALE).is_err());
        let black = |images: &Tensor| images.zeros_like();
        assert!(calibrate(&black, Score::MSE, &[], 8, Device::Cpu, &Unwatched).is_err());
    }

    #[test]
    fn mean_and_spread_by_hand() {
        let calibration = calibration_of(vec![4.0, 1.0, 7.0], SCALE).expect("calibration");
        assert_eq!(calibration.healthy_scores, [1.0, 4.0, 7.0]);
        assert!((calibration.mean - 4.0).abs() < 1e-12);
        assert!((calibration.sd - 3.0).abs() < 1e-12);
        assert!((calibration.sigma(10.0) - 2.0).abs() < 1e-12);
        let one = calibration_of(vec![2.0], SCALE).expect("one image");
        assert!(one.sd.abs() < 1e-12 && one.sigma(9.0).is_finite());
    }

    #[test]
    fn images_are_scored_and_their_pixels_set_the_scale() {
        // 80 images (more than one batch) of constant grey g against black: score and every pixel are (g/255)².
        let pixels: Vec<u8> = (0..80u8).flat_map(|grey| [grey; 64]).collect();
        let black = |images: &Tensor| images.zeros_like();
        let calibration = calibrate(&black, Score::MSE, &pixels, 8, Device::Cpu, &Unwatched).expect("calibration");
        assert_eq!(calibration.healthy_scores.len(), 80);
        assert!((calibration.healthy_scores[79] - (79.0f64 / 255.0).powi(2)).abs() < 1e-6);
        let median = f64::midpoint((39.0f64 / 255.0).powi(2), (40.0f64 / 255.0).powi(2));
        assert!((calibration.map_scale.typical - median).abs() < 1e-6);
        assert!((calibration.map_scale.p999 - (79.0f64 / 255.0).powi(2)).abs() < 1e-4);
    }
}
