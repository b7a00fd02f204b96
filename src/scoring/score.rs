//! From maps to one number an image.

use std::ops::Range;

use tch::{Device, Tensor, no_grad_guard};

use super::maps::calibrated_map;
use super::residual::ResidualMap;
use super::tensors::{Reconstruct, image_count, plane, values};
use crate::domain::{MapScale, Plane, Region, Score, Watch};
use crate::error::{Error, Result};
use crate::models::{guard::guarded, images_from_bytes};

/// Share of a side that the central region leaves out at each end.
const CENTRAL_MARGIN: f64 = 0.15;
/// Images a pass through the network: large enough to keep the cores busy, small enough to cancel quickly.
const BATCH: usize = 64;

/// Is given the raw maps of a batch, one after the other.
pub(super) type UseMaps<'a> = &'a mut dyn FnMut(&[f32]);

/// The scores of some images, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionScores {
    /// Over the region that the score asks for.
    pub own: Vec<f64>,
    /// The same score over the central 70 % of both sides only.
    pub central: Vec<f64>,
}

/// One image, scored and explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    pub score: f64,
    /// The same score over the central 70 % of both sides only.
    pub central_score: f64,
    /// [0, 1].
    pub reconstruction: Plane,
    /// On the calibrated scale, of the image in its own position (without jitter).
    pub map: Plane,
}

/// A score made ready for one image size on one device.
pub struct Scorer {
    side: u32,
    device: Device,
    region: Region,
    residual: ResidualMap,
    /// In pixels; 0 without jitter.
    shift: i64,
}

impl Scorer {
    /// # Errors
    /// When the device has no room.
    pub fn new(score: Score, side: u32, device: Device) -> Result<Self> {
        let shift = if score.jitter > 0.0 { (score.jitter * f64::from(side)).round().max(1.0) as i64 } else { 0 };
        let residual = guarded(device, 1, || ResidualMap::new(score.residual, side, device))?;
        Ok(Self { side, device, region: score.region, residual, shift })
    }

    /// Scores any number of images, `side * side` grey values each, in batches.
    ///
    /// # Errors
    /// `Cancelled` when the watch says so; when the network's output has another shape or is not finite.
    pub fn scores(&self, reconstruct: &Reconstruct<'_>, pixels: &[u8], watch: &dyn Watch) -> Result<RegionScores> {
        self.each_batch(reconstruct, pixels, watch, None)
    }

    /// Scores images and hands the raw maps of each batch, in the images' own position, to `use_maps`.
    ///
    /// # Errors
    /// As `scores`.
    pub(super) fn each_batch(
        &self,
        reconstruct: &Reconstruct<'_>,
        pixels: &[u8],
        watch: &dyn Watch,
        mut use_maps: Option<UseMaps<'_>>,
    ) -> Result<RegionScores> {
        let _no_grad = no_grad_guard();
        let count = image_count(pixels, self.side)?;
        let area = self.side as usize * self.side as usize;
        let mut scores = RegionScores { own: Vec::with_capacity(count), central: Vec::with_capacity(count) };
        for chunk in pixels.chunks(BATCH * area) {
            if watch.cancelled() {
                return Err(Error::Cancelled);
            }
            let input = images_from_bytes(chunk, self.side, self.device)?;
            let (maps, means) = guarded(self.device, input.size()[0] as u32, || {
                let batch = self.score_batch(reconstruct, &input);
                (use_maps.is_some().then(|| values(&batch.maps)), values(&batch.means))
            })?;
            if let (Some(use_maps), Some(maps)) = (use_maps.as_mut(), maps) {
                use_maps(&maps);
            }
            for pair in means.chunks_exact(2) {
                let (full, central) = (f64::from(pair[0]), f64::from(pair[1]));
                scores.own.push(if self.region == Region::Full { full } else { central });
                scores.central.push(central);
            }
            if scores.own.iter().any(|score| !score.is_finite()) {
                return Err(not_finite());
            }
            watch.progress("Scoring images", scores.own.len() as u64, count as u64);
        }
        Ok(scores)
    }

    /// Scores one image and draws its map on the scale of the healthy ones.
    ///
    /// # Errors
    /// As `scores`; when `pixels` is not exactly one image.
    pub fn analyse(&self, reconstruct: &Reconstruct<'_>, pixels: &[u8], scale: MapScale) -> Result<Scored> {
        let _no_grad = no_grad_guard();
        let count = image_count(pixels, self.side)?;
        if count != 1 {
            return Err(Error::Other(format!("one image was expected, not {count}")));
        }
        let input = images_from_bytes(pixels, self.side, self.device)?;
        let (reconstruction, raw, means) = guarded(self.device, 1, || {
            let batch = self.score_batch(reconstruct, &input);
            (plane(&batch.reconstruction, self.side), values(&batch.maps), values(&batch.means))
        })?;
        let (full, central_score) = (f64::from(means[0]), f64::from(means[1]));
        let score = if self.region == Region::Full { full } else { central_score };
        if !score.is_finite() {
            return Err(not_finite());
        }
        Ok(Scored { score, central_score, reconstruction, map: calibrated_map(&raw, self.side, scale) })
    }

    /// Called under `models::guard`.
    fn score_batch(&self, reconstruct: &Reconstruct<'_>, input: &Tensor) -> ScoredBatch {
        let reconstruction = checked(reconstruct(input), input);
        let maps = self.residual.of(input, &reconstruction);
        let mut means = self.region_means(&maps);
        if self.shift > 0 {
            for down in [-self.shift, 0, self.shift] {
                for right in [-self.shift, 0, self.shift] {
                    if (down, right) != (0, 0) {
                        let shifted = shift_repeating_edges(input, right, down);
                        let rebuilt = checked(reconstruct(&shifted), &shifted);
                        means = means.minimum(&self.region_means(&self.residual.of(&shifted, &rebuilt)));
                    }
                }
            }
        }
        ScoredBatch { reconstruction, maps, means }
    }

    /// # Shapes
    /// `[b, 1, side, side]` → `[b, 2]`: full, central.
    fn region_means(&self, maps: &Tensor) -> Tensor {
        let centre = central_span(self.side as usize);
        let (margin, inner) = (centre.start as i64, centre.len() as i64);
        let mean = |maps: &Tensor| maps.mean_dim([1i64, 2, 3].as_slice(), false, None);
        Tensor::stack(&[mean(maps), mean(&maps.narrow(2, margin, inner).narrow(3, margin, inner))], 1)
    }
}

/// What the network makes of a batch of `b` images.
struct ScoredBatch {
    /// `[b, 1, side, side]`
    reconstruction: Tensor,
    /// `[b, 1, side, side]`, raw, of the images in their own position.
    maps: Tensor,
    /// `[b, 2]`: mean of the map over the full image and over its centre, least of all shifts.
    means: Tensor,
}

/// The rows, and the columns, of the central region.
pub(super) fn central_span(side: usize) -> Range<usize> {
    let margin = (CENTRAL_MARGIN * side as f64).round() as usize;
    margin..side.saturating_sub(margin)
}

/// The image moved right and down by whole pixels (negative: left, up), the edge it leaves repeated.
fn shift_repeating_edges(images: &Tensor, right: i64, down: i64) -> Tensor {
    let (height, width) = (images.size()[2], images.size()[3]);
    images
        .replication_pad2d([right.max(0), (-right).max(0), down.max(0), (-down).max(0)])
        .narrow(2, (-down).max(0), height)
        .narrow(3, (-right).max(0), width)
}

/// libtorch would stretch a single row or column to the image's size without a word.
fn checked(reconstruction: Tensor, input: &Tensor) -> Tensor {
    assert_eq!(reconstruction.size(), input.size(), "the network answered with another size");
    reconstruction
}

fn not_finite() -> Error {
    Error::Other("the network's output is not a number: its weights are damaged or it diverged".to_owned())
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;
    use crate::domain::{Residual, Unwatched};

    const SCALE: MapScale = MapScale { typical: 0.0, p999: 1.0 };

    fn scorer(residual: Residual, region: Region, jitter: f64, side: u32) -> Scorer {
        Scorer::new(Score { residual, region, jitter }, side, Device::Cpu).expect("scorer")
    }

    fn black(images: &Tensor) -> Tensor {
        images.zeros_like()
    }

    struct AlwaysCancelled;

    impl Watch for AlwaysCancelled {
        fn progress(&self, _stage: &str, _done: u64, _total: u64) {}

        fn cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn not_a_number_is_an_error_and_never_a_score() {
        let scorer = scorer(Residual::Squared, Region::Full, 0.1, 10);
        let nan = |images: &Tensor| images * f64::NAN;
        let error = scorer.scores(&nan, &[9; 300], &Unwatched).expect_err("NaN");
        assert!(error.to_string().contains("not a number"), "{error}");
        assert!(scorer.analyse(&nan, &[9; 100], SCALE).is_err());
    }

    #[test]
    fn a_network_of_another_size_is_an_error() {
        let scorer = scorer(Residual::Squared, Region::Full, 0.0, 10);
        let smaller = |images: &Tensor| images.narrow(2, 0, 1);
        assert!(scorer.scores(&smaller, &[9; 100], &Unwatched).is_err());
    }

    #[test]
    fn cancelling_ends_at_once_and_torn_images_are_refused() {
        let scorer = scorer(Residual::Squared, Region::Full, 0.0, 10);
        assert!(matches!(scorer.scores(&black, &[9; 100], &AlwaysCancelled), Err(Error::Cancelled)));
        assert!(scorer.scores(&black, &[9; 99], &Unwatched).is_err());
        assert!(scorer.analyse(&black, &[9; 200], SCALE).is_err());
        assert_eq!(scorer.scores(&black, &[], &Unwatched).expect("no images"), RegionScores::default());
    }

    #[test]
    fn mean_squared_error_by_hand() {
        let scorer = scorer(Residual::Squared, Region::Full, 0.0, 2);
        let scores = scorer.scores(&black, &[0, 51, 102, 255, 255, 255, 255, 255], &Unwatched).expect("scores");
        assert!((scores.own[0] - (0.04 + 0.16 + 1.0) / 4.0).abs() < 1e-6);
        assert!((scores.own[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_central_region_leaves_out_the_margin() {
        // 20 px: a margin of 3, 14 × 14 inside. A white frame three wide is invisible there.
        let frame: Vec<u8> = (0..400)
            .map(|i| if [i / 20, i % 20].iter().all(|position| (3..17).contains(position)) { 0 } else { 255 })
            .collect();
        let full = scorer(Residual::Squared, Region::Full, 0.0, 20).scores(&black, &frame, &Unwatched).expect("full");
        assert!((full.own[0] - 204.0 / 400.0).abs() < 1e-6);
        assert!(full.central[0].abs() < 1e-9);
        let central =
            scorer(Residual::Squared, Region::Central, 0.0, 20).scores(&black, &frame, &Unwatched).expect("central");
        assert_eq!(central.own, central.central);
    }

    #[test]
    fn jitter_finds_the_most_healthy_position() {
        // The network knows one image; the same image moved by the jitter scores 0, moved further it does not.
        let known: Vec<u8> = (0..400)
            .map(|i| if (8..12).contains(&(i / 20)) && (8..12).contains(&(i % 20)) { 255 } else { 0 })
            .collect();
        let moved = |by: usize| -> Vec<u8> { (0..400).map(|i| if i % 20 >= by { known[i - by] } else { 0 }).collect() };
        let image = images_from_bytes(&known, 20, Device::Cpu).expect("image");
        let network = |images: &Tensor| image.expand_as(images);
        let (still, jittered) =
            (scorer(Residual::Squared, Region::Full, 0.0, 20), scorer(Residual::Squared, Region::Full, 0.1, 20));
        let score = |scorer: &Scorer, by| scorer.scores(&network, &moved(by), &Unwatched).expect("scores").own[0];
        assert!(score(&still, 2) > 0.01);
        assert!(score(&jittered, 2).abs() < 1e-9);
        assert!(score(&jittered, 3) > 0.01);
        assert!(score(&jittered, 3) < score(&still, 3));
    }

    #[test]
    fn edges_are_repeated_when_an_image_moves() {
        let image = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0]).view([1, 1, 2, 2]);
        let moved = |right, down| values(&shift_repeating_edges(&image, right, down));
        assert_eq!(moved(1, 0), [1.0, 1.0, 3.0, 3.0]);
        assert_eq!(moved(-1, 0), [2.0, 2.0, 4.0, 4.0]);
        assert_eq!(moved(0, 1), [1.0, 2.0, 1.0, 2.0]);
        assert_eq!(moved(-1, -1), [4.0, 4.0, 4.0, 4.0]);
    }

    #[test]
    fn one_image_scores_as_it_does_in_a_batch() {
        let pixels: Vec<u8> = (0..70 * 256u32).map(|i| (i * 37 % 251) as u8).collect();
        let scorer = scorer(Residual::BlurredSigned { sigma: 0.0625 }, Region::Central, 0.07, 16);
        let half = |images: &Tensor| images.full_like(0.5);
        let all = scorer.scores(&half, &pixels, &Unwatched).expect("more than one batch");
        assert_eq!(all.own.len(), 70);
        let one = scorer.analyse(&half, &pixels[66 * 256..67 * 256], SCALE).expect("one");
        assert!((one.score - all.own[66]).abs() < 1e-6);
        assert!((one.central_score - all.central[66]).abs() < 1e-6);
        assert_eq!(one.reconstruction, Plane::new(16, 16, vec![0.5; 256]));
        assert_eq!((one.map.width, one.map.height), (16, 16));
    }

    #[test]
    fn scoring_keeps_no_gradients() {
        let weight = Tensor::ones([1], (Kind::Float, Device::Cpu)).set_requires_grad(true);
        let network = |images: &Tensor| {
            let made = images * &weight;
            assert!(!made.requires_grad());
            made
        };
        let scorer = scorer(Residual::Squared, Region::Full, 0.0, 4);
        assert!(scorer.scores(&network, &[7; 16], &Unwatched).is_ok());
    }
}
