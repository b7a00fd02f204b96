//! Scores without a network, fitted on healthy training images in seconds. A network that cannot beat them is not worth its
//! electricity, so every leaderboard shows them.

mod gradient;
mod pca;
mod texture;

pub use gradient::gradient_scores;
pub use pca::Pca;
pub use texture::Texture;

use std::time::Instant;

use tch::Tensor;

use super::calibrator::calibration_of;
use super::maps::{Scale, place};
use super::score::{RegionScores, Scored, Scorer};
use crate::domain::{Calibration, MapScale, Preprocessing, Region, Residual, Score, Spread, Watch};
use crate::error::{Error, Result};

/// One of the one-line scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Baseline {
    Gradient,
    Pca,
    Fusion,
    Texture,
}

impl Baseline {
    /// In the order of leaderboards.
    pub const ALL: [Self; 4] = [Self::Gradient, Self::Pca, Self::Fusion, Self::Texture];

    /// The name in files.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Gradient => "gradient",
            Self::Pca => "pca",
            Self::Fusion => "pca_gradient",
            Self::Texture => "texture",
        }
    }

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gradient => "Blur of the image",
            Self::Pca => "PCA, 16 components",
            Self::Fusion => "PCA + blur",
            Self::Texture => "Texture",
        }
    }

    /// What it computes, in one line.
    pub fn description(self) -> &'static str {
        match self {
            Self::Gradient => "minus the mean gradient magnitude at 64 px; no training",
            Self::Pca => {
                "PCA reconstruction after CLAHE, signed difference, blurred over 6.3 % of the side, absolute mean"
            }
            Self::Fusion => "blur and PCA, each in standard deviations of healthy validation images, added",
            Self::Texture => {
                "energy of three frequency bands on an 8 × 8 grid after CLAHE: mean distance to the five nearest healthy training images; knows no shapes"
            }
        }
    }
}

/// Images as the baselines want them: in the same order, `Baselines::SIDE` px, preprocessed as
/// `Baselines::PLAIN` and `Baselines::EQUALISED` say.
#[derive(Clone, Copy, Debug)]
pub struct BaselineImages<'a> {
    pub plain: &'a [u8],
    pub equalised: &'a [u8],
}

/// The scores of some images by every baseline, in the order of `Baseline::ALL`.
#[derive(Clone, Debug, Default)]
pub struct BaselineScores {
    scores: [RegionScores; 4],
    secs: [f64; 4],
}

impl BaselineScores {
    /// One number an image.
    pub fn of(&self, baseline: Baseline) -> &[f64] {
        &self.scores[baseline as usize].own
    }

    /// The same score over the central 70 % of both sides only.
    pub fn central(&self, baseline: Baseline) -> &[f64] {
        &self.scores[baseline as usize].central
    }

    /// How long this baseline alone took for all the images, in seconds.
    pub fn secs(&self, baseline: Baseline) -> f64 {
        self.secs[baseline as usize]
    }
}

/// The blurred signed residual that the networks are scored with by default, without jitter.
const PCA_SCORE: Score =
    Score { residual: Residual::BlurredSigned { sigma: 0.0625 }, region: Region::Full, jitter: 0.0 };

/// All baselines, fitted.
pub struct Baselines {
    pca: Pca,
    texture: Texture,
    scorer: Scorer,
    /// Of the gradient and the PCA score: over the full image, over its centre.
    spreads: [[Spread; 2]; 2],
    calibrations: [Calibration; 4],
    /// Of the PCA's maps.
    scale: Scale,
}

impl Baselines {
    /// Side of the images all baselines look at.
    pub const SIDE: u32 = 64;
    /// For `BaselineImages::plain`.
    pub const PLAIN: Preprocessing = Preprocessing { image_size: Self::SIDE, clahe: false };
    /// For `BaselineImages::equalised`.
    pub const EQUALISED: Preprocessing = Preprocessing { image_size: Self::SIDE, clahe: true };

    /// Fits PCA and texture to healthy training images (`EQUALISED`) and places all scores among the healthy validation images.
    ///
    /// # Errors
    /// With fewer than two training images or no validation image; `Cancelled`.
    pub fn fit(train_equalised: &[u8], validation: BaselineImages<'_>, watch: &dyn Watch) -> Result<Self> {
        watch.progress("Fitting the baselines", 0, 0);
        let pca = Pca::fit(train_equalised, Self::SIDE, watch)?;
        let texture = Texture::fit(train_equalised, Self::SIDE, watch)?;
        let scorer = Scorer::new(PCA_SCORE, Self::SIDE, tch::Device::Cpu)?;
        let gradient = gradient_scores(validation.plain, Self::SIDE)?;
        let mut raw = Vec::new();
        let mut keep = |maps: &[f32]| raw.extend_from_slice(maps);
        let residual =
            scorer.each_batch(&|x: &Tensor| pca.reconstruct(x), validation.equalised, watch, Some(&mut keep))?;
        let spreads = [
            [Spread::of(&gradient.own), Spread::of(&gradient.central)],
            [Spread::of(&residual.own), Spread::of(&residual.central)],
        ];
        let placed = place(&raw, Self::SIDE);
        let scale = placed.everywhere;
        let fused = fuse(&spreads, &gradient, &residual)?;
        let calibrations = [
            calibration_of(gradient.own, MapScale::NONE)?,
            calibration_of(residual.own, scale)?,
            calibration_of(fused.own, scale)?,
            calibration_of(texture.scores(validation.equalised, Self::SIDE, watch)?.own, MapScale::NONE)?,
        ];
        Ok(Self { pca, texture, scorer, spreads, calibrations, scale: Scale::ByPlace(placed.by_place) })
    }

    /// Numbers that a baseline was fitted with.
    pub fn parameter_count(&self, baseline: Baseline) -> u64 {
        match baseline {
            Baseline::Gradient => 0,
            Baseline::Pca | Baseline::Fusion => self.pca.parameter_count(),
            Baseline::Texture => self.texture.parameter_count(),
        }
    }

    /// Where the validation images' scores lie.
    pub fn calibration(&self, baseline: Baseline) -> &Calibration {
        &self.calibrations[baseline as usize]
    }

    /// Scores images by every baseline.
    ///
    /// # Errors
    /// When the two versions are not of the same images; `Cancelled`.
    pub fn scores(&self, images: BaselineImages<'_>, watch: &dyn Watch) -> Result<BaselineScores> {
        let (gradient, gradient_secs) = timed(|| gradient_scores(images.plain, Self::SIDE))?;
        let reconstruct = |x: &Tensor| self.pca.reconstruct(x);
        let (residual, residual_secs) = timed(|| self.scorer.scores(&reconstruct, images.equalised, watch))?;
        let fused = fuse(&self.spreads, &gradient, &residual)?;
        let (texture, texture_secs) = timed(|| self.texture.scores(images.equalised, Self::SIDE, watch))?;
        Ok(BaselineScores {
            scores: [gradient, residual, fused, texture],
            secs: [gradient_secs, residual_secs, gradient_secs + residual_secs, texture_secs],
        })
    }

    /// One image (`EQUALISED`) by the PCA: its score, what the components make of it, and where the two differ.
    ///
    /// # Errors
    /// When `equalised` is not exactly one image.
    pub fn analyse(&self, equalised: &[u8]) -> Result<Scored> {
        let reconstruct = |x: &Tensor| self.pca.reconstruct(x);
        self.scorer.analyse(&reconstruct, equalised, &self.scale)
    }
}

/// What `compute` gives, and how long it took in seconds.
fn timed<T>(compute: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let started = Instant::now();
    Ok((compute()?, started.elapsed().as_secs_f64()))
}

/// Sums both scores, each in standard deviations of healthy images.
fn fuse(spreads: &[[Spread; 2]; 2], gradient: &RegionScores, residual: &RegionScores) -> Result<RegionScores> {
    if gradient.own.len() != residual.own.len() {
        let (plain, equalised) = (gradient.own.len(), residual.own.len());
        return Err(Error::Other(format!("{plain} plain images stand against {equalised} equalised ones")));
    }
    let sum = |region: usize, first: &[f64], second: &[f64]| {
        first
            .iter()
            .zip(second)
            .map(|(&first, &second)| spreads[0][region].sigma(first) + spreads[1][region].sigma(second))
            .collect()
    };
    Ok(RegionScores {
        own: sum(0, &gradient.own, &residual.own),
        central: sum(1, &gradient.central, &residual.central),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Unwatched;

    const AREA: usize = 64 * 64;

    /// Smooth "chests" of varying brightness and tilt; `haze` adds a bright, blurry patch and dulls the texture.
    fn images(count: usize, seed: usize, haze: bool) -> Vec<u8> {
        let wave = |i: usize, k: usize| ((i * k + seed * 7919) as f64 * 0.618_034).fract();
        (0..count)
            .flat_map(|i| {
                (0..AREA).map(move |p| {
                    let (y, x) = ((p / 64) as f64 / 64.0, (p % 64) as f64 / 64.0);
                    let texture = if haze { 4.0 } else { 16.0 } * ((x * 40.0 + wave(i, 5)).sin() * (y * 40.0).cos());
                    let patch = if haze { 60.0 * (-((x - 0.3).powi(2) + (y - 0.6).powi(2)) / 0.03).exp() } else { 0.0 };
                    (110.0 + 40.0 * wave(i, 3) * x + 40.0 * wave(i, 11) * y + texture + patch).clamp(0.0, 255.0) as u8
                })
            })
            .collect()
    }

    fn fitted() -> Baselines {
        let (train, validation) = (images(60, 1, false), images(20, 2, false));
        Baselines::fit(&train, BaselineImages { plain: &validation, equalised: &validation }, &Unwatched).expect("fit")
    }

    #[test]
    fn too_few_images_and_unequal_versions_are_errors() {
        let (train, validation) = (images(3, 1, false), images(2, 2, false));
        let both = BaselineImages { plain: &validation, equalised: &validation };
        assert!(Baselines::fit(&[], both, &Unwatched).is_err());
        assert!(Baselines::fit(&train, BaselineImages { plain: &[], equalised: &[] }, &Unwatched).is_err());
        assert!(Baselines::fit(&train, BaselineImages { plain: &validation, equalised: &train }, &Unwatched).is_err());
        assert!(Baselines::fit(&train, both, &Unwatched).is_ok());
    }

    #[test]
    fn haze_scores_higher_than_health_in_every_baseline() {
        let baselines = fitted();
        let (healthy, hazy) = (images(10, 3, false), images(10, 4, true));
        let score = |pixels: &[u8]| {
            baselines.scores(BaselineImages { plain: pixels, equalised: pixels }, &Unwatched).expect("scores")
        };
        let (healthy, hazy) = (score(&healthy), score(&hazy));
        for baseline in Baseline::ALL {
            let highest = healthy.of(baseline).iter().copied().fold(f64::MIN, f64::max);
            let lowest = hazy.of(baseline).iter().copied().fold(f64::MAX, f64::min);
            assert!(highest < lowest, "{baseline:?}: {highest} {lowest}");
            assert_eq!(hazy.central(baseline).len(), 10);
        }
    }

    #[test]
    fn fusion_is_the_sum_of_sigmas() {
        let baselines = fitted();
        let image = images(1, 5, true);
        let scores = baselines.scores(BaselineImages { plain: &image, equalised: &image }, &Unwatched).expect("scores");
        let sigma = |baseline| baselines.calibration(baseline).sigma(scores.of(baseline)[0]);
        let sum = sigma(Baseline::Gradient) + sigma(Baseline::Pca);
        assert!((scores.of(Baseline::Fusion)[0] - sum).abs() < 1e-9 * sum.abs().max(1.0));
    }

    #[test]
    fn healthy_maps_stay_dark_and_haze_lights_up_where_it_is() {
        let baselines = fitted();
        let healthy = baselines.analyse(&images(1, 6, false)).expect("healthy");
        let hazy = baselines.analyse(&images(1, 7, true)).expect("hazy");
        let mean = |scored: &Scored| scored.map.values.iter().sum::<f32>() / AREA as f32;
        assert!(mean(&healthy) < 0.5 && mean(&hazy) > 1.0, "{} {}", mean(&healthy), mean(&hazy));
        let at = |x, y| hazy.map.get(x, y).expect("inside");
        assert!(at(19, 38) > 5.0 * at(60, 4), "{} {}", at(19, 38), at(60, 4));
        assert!(baselines.analyse(&[0; 5]).is_err());
    }

    #[test]
    fn fitting_twice_gives_the_same_scores() {
        let image = images(2, 8, true);
        let pair = BaselineImages { plain: &image, equalised: &image };
        let scores = |baselines: &Baselines| baselines.scores(pair, &Unwatched).expect("scores").scores;
        assert_eq!(scores(&fitted()), scores(&fitted()));
    }
}
