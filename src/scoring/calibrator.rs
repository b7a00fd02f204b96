//! Places every measure of a detector among healthy images, in one pass over the validation normals.

use std::sync::Arc;

use tch::{Device, Tensor};

use super::codes::{HealthyCodes, MOST_CODES, MemoryBank, patterns_of};
use super::gauge::{Gauge, Subject};
use super::learnt::Learnt;
use super::maps::{Scale, place};
use super::score::in_batches;
use super::tensors::{image_count, values};
use crate::domain::{
    Abilities, Calibration, Calibrations, MapScale, Measure, MeasuredHealthy, Region, Residual, Score, Spread, Watch,
    evenly,
};
use crate::error::{Error, Result};

/// Pixels of healthy maps that a scale is fitted to, at most; of more images, those that are evenly spread.
pub const MOST_PIXELS: usize = 4_000_000;

/// Everything that a detector with these abilities can be scored by: the catalogue, and its own score with its centre and its
/// lungs, which may have a blur or shifts of their own.
pub fn measures_of(abilities: Abilities, own: Score) -> Vec<Measure> {
    let [central, lungs] = [Region::Central, Region::Lungs].map(|region| Score { region, ..own });
    let mut measures = Measure::catalogue();
    for measure in [own, central, lungs].map(Measure::Map) {
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    measures.retain(|measure| measure.lacking(abilities).is_none());
    measures
}

/// What is kept of healthy training images; of none nothing. Of very many an even choice.
///
/// # Errors
/// `Cancelled`; when a code or an error is not finite.
pub fn remember(learnt: &dyn Learnt, train: &[u8], side: u32, device: Device, watch: &dyn Watch) -> Result<MemoryBank> {
    let area = side as usize * side as usize;
    let count = image_count(train, side)?;
    let chosen = evenly(count, MOST_CODES);
    let pixels: Vec<u8> = chosen.flat_map(|index| &train[index * area..(index + 1) * area]).copied().collect();
    let (mut codes, mut patterns) = (Rows::default(), Rows::default());
    in_batches(&pixels, side, device, watch, |input| {
        if let Some(batch) = learnt.encode(input) {
            codes.add(&batch);
        }
        patterns.add(&patterns_of(input, &learnt.reconstruct(input)));
        Ok(())
    })?;
    Ok(MemoryBank { codes: codes.fit()?, patterns: patterns.fit()? })
}

/// Rows of one width, gathered batch by batch.
#[derive(Default)]
struct Rows {
    width: Option<usize>,
    values: Vec<f32>,
}

impl Rows {
    /// `[b, width]`
    fn add(&mut self, batch: &Tensor) {
        self.width = Some(batch.size()[1] as usize);
        self.values.extend(values(batch));
    }

    fn fit(self) -> Result<Option<HealthyCodes>> {
        self.width.map(|width| HealthyCodes::fit(self.values, width)).transpose()
    }
}

/// The calibration of scores that are already computed.
///
/// # Errors
/// Without scores, or when one is not finite.
pub(super) fn calibration_of(mut healthy_scores: Vec<f64>, map_scale: MapScale) -> Result<Calibration> {
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

/// Measures the validation normals by everything at once.
///
/// # Errors
/// Without images; `Cancelled`; when the network's output is not finite.
pub fn calibrate_all(
    subject: Subject<'_>,
    measures: &[Measure],
    validation: &[u8],
    (side, device): (u32, Device),
    watch: &dyn Watch,
) -> Result<Calibrations> {
    let count = image_count(validation, side)?;
    if count == 0 {
        return Err(Error::Other("there are no healthy validation images to calibrate with".to_owned()));
    }
    let area = side as usize * side as usize;
    let step = (count * area).div_ceil(MOST_PIXELS);
    let gauge = Gauge::new(measures, &[], side, device)?;
    let residuals = gauge.residuals();
    let mut maps: Vec<Vec<f32>> = vec![Vec::new(); residuals.len()];
    let mut seen = vec![0usize; residuals.len()];
    let mut keep = |index: usize, batch: &[f32]| {
        for map in batch.chunks_exact(area) {
            if seen[index].is_multiple_of(step) {
                maps[index].extend_from_slice(map);
            }
            seen[index] += 1;
        }
    };
    let table = gauge.table(subject, validation, watch, Some(&mut keep))?;
    let images: Arc<str> = blake3::hash(validation).to_hex().as_str().into();
    let measured = |scores| MeasuredHealthy { images: images.clone(), scores };
    Ok(Calibrations {
        measures: measures.iter().zip(table).map(|(measure, scores)| (measure.slug(), measured(scores))).collect(),
        maps: residuals.iter().zip(maps).map(|(residual, maps)| (residual.slug(), place(&maps, side))).collect(),
    })
}

/// The scale of a residual's maps from a few healthy images, for pictures while a network learns.
///
/// # Errors
/// As [`calibrate_all`].
pub fn scale_of(
    learnt: &dyn Learnt,
    residual: Residual,
    healthy: &[u8],
    (side, device): (u32, Device),
    watch: &dyn Watch,
) -> Result<Scale> {
    let measure = Measure::Map(Score { residual, ..Score::MSE });
    let subject = Subject { learnt, bank: &MemoryBank::default() };
    let mut known = calibrate_all(subject, &[measure], healthy, (side, device), watch)?;
    let placement = known.maps.pop_first().map(|(_, placement)| placement.by_place);
    Ok(placement.map_or(Scale::Everywhere(MapScale::NONE), Scale::ByPlace))
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::domain::{Scoring, Unwatched};
    use crate::scoring::{Scorer, fit_scale};

    const SCALE: MapScale = MapScale { typical: 0.0, p999: 1.0 };

    #[test]
    fn no_scores_and_no_numbers_are_errors() {
        assert!(calibration_of(Vec::new(), SCALE).is_err());
        assert!(calibration_of(vec![0.1, f64::NAN], SCALE).is_err());
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
        // 80 images (more than one batch) of constant grey g against black: the score is (g/255)², every pixel drawn g/255.
        let pixels: Vec<u8> = (0..80u8).flat_map(|grey| [grey; 64]).collect();
        let black = |images: &Tensor| images.zeros_like();
        let bank = MemoryBank::default();
        let subject = Subject { learnt: &black, bank: &bank };
        let measures = [Measure::Map(Score::MSE)];
        let all = calibrate_all(subject, &measures, &pixels, (8, Device::Cpu), &Unwatched).expect("calibrated");
        let calibration = all.of(&Scoring::from(Score::MSE)).expect("calibrated");
        assert_eq!(calibration.healthy_scores.len(), 80);
        assert!((calibration.healthy_scores[79] - (79.0f64 / 255.0).powi(2)).abs() < 1e-6);
        let median = 39.5f64 / 255.0;
        assert!((calibration.map_scale.typical - median).abs() < 1e-6);
        assert!((calibration.map_scale.p999 - 79.0f64 / 255.0).abs() < 1e-4);
    }

    #[test]
    fn the_own_score_is_calibrated_as_it_always_was() {
        let pixels: Vec<u8> = (0..80 * 400u32).map(|i| (i * 37 % 251) as u8).collect();
        let half = |images: &Tensor| images.full_like(0.5);
        let own = Score { jitter: 0.07, ..Score::MSE };
        let measures = measures_of(Abilities::default(), own);
        assert_eq!(measures.len(), 22);
        let bank = MemoryBank::default();
        let subject = Subject { learnt: &half, bank: &bank };
        let all = calibrate_all(subject, &measures, &pixels, (20, Device::Cpu), &Unwatched).expect("calibrated");
        let scorer = Scorer::new(own, 20, Device::Cpu).expect("made");
        let mut raw = Vec::new();
        let mut keep = |batch: &[f32]| raw.extend_from_slice(batch);
        let scores = scorer.each_batch(&half, &pixels, &Unwatched, Some(&mut keep)).expect("scored");
        let alone = calibration_of(scores.own, fit_scale(&mut raw)).expect("calibrated");
        let together = all.of(&Scoring::from(own)).expect("calibrated");
        assert_eq!(together.healthy_scores.len(), 80);
        for (a, b) in together.healthy_scores.iter().zip(&alone.healthy_scores) {
            assert!((a - b).abs() < 1e-7);
        }
        assert!((together.map_scale.p999 - alone.map_scale.p999).abs() < 1e-6);
        assert_eq!(all.maps.len(), 5);
    }

    #[test]
    fn one_image_is_enough_and_none_is_an_error() {
        let black = |images: &Tensor| images.zeros_like();
        let bank = MemoryBank::default();
        let subject = Subject { learnt: &black, bank: &bank };
        let measures = measures_of(Abilities::default(), Score::MSE);
        let one = calibrate_all(subject, &measures, &[9; 64], (8, Device::Cpu), &Unwatched).expect("one image");
        let calibration = one.of(&Scoring::from(Score::MSE)).expect("calibrated");
        assert!(calibration.sigma(1.0).is_finite());
        assert!(one.maps.values().all(|placed| placed.by_place.is_sound()));
        assert!(calibrate_all(subject, &measures, &[], (8, Device::Cpu), &Unwatched).is_err());
    }

    #[test]
    fn a_detector_without_codes_keeps_patterns_and_nothing_is_kept_of_no_images() {
        let black = |images: &Tensor| images.zeros_like();
        let bank = remember(&black, &[1; 128], 8, Device::Cpu, &Unwatched).expect("bank");
        assert!(bank.codes.is_none());
        assert_eq!(bank.patterns.map(|patterns| patterns.width()), Some(64));
        assert_eq!(remember(&black, &[], 8, Device::Cpu, &Unwatched).expect("none"), MemoryBank::default());
    }

    #[test]
    fn an_error_at_an_unusual_place_is_far_from_healthy_patterns_and_the_same_one_at_a_usual_place_is_not() {
        // 16 × 16: a white corner of varying grey is never rebuilt. 40 healthy images, then one with as much error elsewhere.
        let image = |row: usize, column: usize, grey: u8| -> Vec<u8> {
            (0..256).map(|i| if (i / 16 / 2, i % 16 / 2) == (row, column) { grey } else { 0 }).collect()
        };
        let healthy: Vec<u8> = (0..40u8).flat_map(|index| image(0, 0, 150 + index)).collect();
        let black = |images: &Tensor| images.zeros_like();
        let bank = remember(&black, &healthy, 16, Device::Cpu, &Unwatched).expect("bank");
        let gauge = Gauge::new(&[Measure::parse("pattern").expect("slug")], &[], 16, Device::Cpu).expect("gauge");
        let images = [image(0, 0, 170), image(5, 3, 170)].concat();
        let subject = Subject { learnt: &black, bank: &bank };
        let measured = gauge.table(subject, &images, &Unwatched, None).expect("measured").remove(0);
        assert!(measured[0] < 0.5 && measured[1] > 5.0 * measured[0].max(0.1), "{measured:?}");
    }
}
