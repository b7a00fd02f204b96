//! From maps to one number an image.

use tch::{Device, Tensor, no_grad_guard};

use super::learnt::Learnt;
use super::maps::Scale;
use super::panel::{Panel, PanelBatch};
use super::tensors::{image_count, plane, values};
use crate::domain::{Plane, Region, Score, Watch};
use crate::error::{Error, Result};
use crate::models::{guard::guarded, images_from_bytes};

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
    /// Of the score's own region, then of the central one.
    panel: Panel,
}

impl Scorer {
    /// # Errors
    /// When the device has no room.
    pub fn new(score: Score, side: u32, device: Device) -> Result<Self> {
        let panel = Panel::new(&[score, Score { region: Region::Central, ..score }], side, device)?;
        Ok(Self { side, device, panel })
    }

    /// Scores any number of images, `side * side` grey values each, in batches.
    ///
    /// # Errors
    /// `Cancelled` when the watch says so; when the network's output has another shape or is not finite.
    pub fn scores(&self, learnt: &dyn Learnt, pixels: &[u8], watch: &dyn Watch) -> Result<RegionScores> {
        self.each_batch(learnt, pixels, watch, None)
    }

    /// Scores images and hands the raw maps of each batch, in the images' own position, to `use_maps`.
    ///
    /// # Errors
    /// As `scores`.
    pub(super) fn each_batch(
        &self,
        learnt: &dyn Learnt,
        pixels: &[u8],
        watch: &dyn Watch,
        mut use_maps: Option<UseMaps<'_>>,
    ) -> Result<RegionScores> {
        let count = image_count(pixels, self.side)?;
        let mut scores = RegionScores { own: Vec::with_capacity(count), central: Vec::with_capacity(count) };
        in_batches(pixels, self.side, self.device, watch, |input| {
            let batch = self.panel.look(learnt, input, use_maps.is_some());
            if let Some(use_maps) = use_maps.as_mut() {
                use_maps(&values(&batch.maps[0]));
            }
            for pair in values(&batch.scores).chunks_exact(2) {
                scores.own.push(f64::from(pair[0]));
                scores.central.push(f64::from(pair[1]));
            }
            if scores.own.iter().all(|score| score.is_finite()) { Ok(()) } else { Err(not_finite()) }
        })?;
        Ok(scores)
    }

    /// Scores one image and draws its map on the scale of the healthy ones.
    ///
    /// # Errors
    /// As `scores`; when `pixels` is not exactly one image.
    pub fn analyse(&self, learnt: &dyn Learnt, pixels: &[u8], scale: &Scale) -> Result<Scored> {
        let _no_grad = no_grad_guard();
        let input = one_image(pixels, self.side, self.device)?;
        let (reconstruction, raw, means) = guarded(self.device, 1, || {
            let PanelBatch { reconstruction, maps, scores } = self.panel.look(learnt, &input, true);
            (plane(&reconstruction, self.side), values(&maps[0]), values(&scores))
        })?;
        let (score, central_score) = (f64::from(means[0]), f64::from(means[1]));
        if !score.is_finite() {
            return Err(not_finite());
        }
        Ok(Scored { score, central_score, reconstruction, map: scale.map(&raw, self.side) })
    }
}

/// Hands images to `look` in batches, `[b, 1, side, side]`, under `models::guard` and without gradients.
///
/// # Errors
/// `Cancelled` when the watch says so; what `look` and libtorch say.
pub(super) fn in_batches(
    pixels: &[u8],
    side: u32,
    device: Device,
    watch: &dyn Watch,
    mut look: impl FnMut(&Tensor) -> Result<()>,
) -> Result<()> {
    let _no_grad = no_grad_guard();
    let count = image_count(pixels, side)? as u64;
    let area = side as usize * side as usize;
    let mut done = 0;
    for chunk in pixels.chunks(BATCH * area) {
        if watch.cancelled() {
            return Err(Error::Cancelled);
        }
        let input = images_from_bytes(chunk, side, device)?;
        guarded(device, input.size()[0] as u32, || look(&input))??;
        done += (chunk.len() / area) as u64;
        watch.progress("Scoring images", done, count);
    }
    Ok(())
}

/// # Errors
/// When `pixels` is not exactly one image.
pub(super) fn one_image(pixels: &[u8], side: u32, device: Device) -> Result<Tensor> {
    match image_count(pixels, side)? {
        1 => images_from_bytes(pixels, side, device),
        count => Err(Error::Other(format!("one image was expected, not {count}"))),
    }
}

pub(super) fn not_finite() -> Error {
    Error::Other("the network's output is not a number: its weights are damaged or it diverged".to_owned())
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;
    use crate::domain::{MapScale, Residual, Unwatched};

    const SCALE: Scale = Scale::Everywhere(MapScale::NONE);

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
        assert!(scorer.analyse(&nan, &[9; 100], &SCALE).is_err());
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
        assert!(scorer.analyse(&black, &[9; 200], &SCALE).is_err());
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
    fn one_image_scores_as_it_does_in_a_batch() {
        let pixels: Vec<u8> = (0..70 * 256u32).map(|i| (i * 37 % 251) as u8).collect();
        let scorer = scorer(Residual::BlurredSigned { sigma: 0.0625 }, Region::Central, 0.07, 16);
        let half = |images: &Tensor| images.full_like(0.5);
        let all = scorer.scores(&half, &pixels, &Unwatched).expect("more than one batch");
        assert_eq!(all.own.len(), 70);
        let one = scorer.analyse(&half, &pixels[66 * 256..67 * 256], &SCALE).expect("one");
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
