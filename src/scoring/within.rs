//! Means of maps within the image's own lungs.

use tch::Tensor;

use super::panel::{central_span, shift_repeating_edges};
use crate::domain::LEAST_LUNG_AREA;

/// Where the lungs of a batch of `b` images are, found once for all scores and shifts.
pub(super) struct Within {
    /// `[b, 1, side, side]`: 0 elsewhere, 1 lung.
    masks: Tensor,
    /// `[1, 1, side, side]`: 1 in the central region.
    centre: Tensor,
}

impl Within {
    /// # Shapes
    /// `masks` `[b, 1, side, side]`
    pub fn new(masks: Tensor) -> Self {
        let side = masks.size()[2];
        let span = central_span(side as usize);
        let (margin, inner) = (span.start as i64, span.len() as i64);
        let centre = masks.narrow(0, 0, 1).zeros_like();
        let _ = centre.narrow(2, margin, inner).narrow(3, margin, inner).fill_(1.0);
        Self { masks, centre }
    }

    /// How much each pixel counts when the images are moved by whole pixels: 1 in all for each image. The lungs move with
    /// their image. Where they are less than [`LEAST_LUNG_AREA`] of it, which are none, the central region counts instead.
    ///
    /// # Shapes
    /// → `[b, 1, side, side]`
    pub fn weights(&self, right: i64, down: i64) -> Tensor {
        let masks = shift_repeating_edges(&self.masks, right, down);
        let over_image = [1i64, 2, 3];
        let plausible = masks.mean_dim(over_image.as_slice(), true, None).ge(LEAST_LUNG_AREA);
        let weights = masks.where_self(&plausible, &self.centre);
        let sum = weights.sum_dim_intlist(over_image.as_slice(), true, None);
        weights / sum
    }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::super::tensors::values;
    use super::*;

    fn mask(ones: &[i64], side: i64) -> Tensor {
        let mut mask = vec![0f32; (side * side) as usize];
        for &index in ones {
            mask[index as usize] = 1.0;
        }
        Tensor::from_slice(&mask).view([1, 1, side, side])
    }

    #[test]
    fn lungs_share_the_weight_and_move_with_the_image() {
        let within = Within::new(mask(&[5, 6], 4));
        let weights = values(&within.weights(0, 0));
        assert_eq!((weights[5], weights[6], weights[9]), (0.5, 0.5, 0.0));
        let moved = values(&within.weights(1, 1));
        assert_eq!((moved[10], moved[11], moved[5]), (0.5, 0.5, 0.0));
    }

    #[test]
    fn an_unsure_mask_counts_as_much_as_it_is_sure() {
        let halves = mask(&[0, 1, 2, 3], 4) * Tensor::from_slice(&[1f32, 1.0, 0.5, 0.5]).view([1, 1, 1, 4]);
        let weights = values(&Within::new(halves).weights(0, 0));
        assert!((weights[0] - 1.0 / 3.0).abs() < 1e-6 && (weights[3] - 1.0 / 6.0).abs() < 1e-6, "{weights:?}");
    }

    #[test]
    fn of_too_little_lung_the_centre_counts_image_by_image() {
        // 10 px: 4 of 100 are too few, 5 are enough; the centre is 6 × 6 (a margin of 2).
        let masks = Tensor::cat(&[mask(&[0, 1, 2, 3], 10), mask(&[0, 1, 2, 3, 4], 10)], 0);
        let weights = values(&Within::new(masks).weights(0, 0));
        let (few, enough) = weights.split_at(100);
        assert_eq!((few[0], few[55]), (0.0, 1.0 / 36.0));
        assert_eq!((enough[0], enough[55]), (0.2, 0.0));
        let none = Tensor::zeros([1, 1, 10, 10], (Kind::Float, Device::Cpu));
        assert!((values(&Within::new(none).weights(3, -3)).iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
