//! Several scores of maps at once: what is dear, the passes through the network, is done once for all of them.

use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::learnt::Learnt;
use super::residual::ResidualMap;
use super::within::Within;
use crate::domain::{Region, Residual, Score};
use crate::error::Result;
use crate::models::guard::guarded;

/// Share of a side that the central region leaves out at each end.
const CENTRAL_MARGIN: f64 = 0.15;

/// Scores made ready for one image size on one device.
pub(super) struct Panel {
    side: u32,
    /// Each once.
    residuals: Vec<(Residual, ResidualMap)>,
    wanted: Vec<Wanted>,
    /// In pixels, each once, above 0.
    shifts: Vec<i64>,
    needs_variance: bool,
    needs_lungs: bool,
}

/// A score in terms of the panel.
struct Wanted {
    residual: usize,
    region: Region,
    /// In pixels; 0 without jitter.
    shift: i64,
}

/// What becomes of a batch of `b` images.
pub(super) struct PanelBatch {
    /// `[b, 1, side, side]`
    pub reconstruction: Tensor,
    /// `[b, 1, side, side]` each, raw, as they are drawn, of the images in their own position; in the order of
    /// [`Panel::residuals`]. None where they were not asked for.
    pub maps: Vec<Tensor>,
    /// `[b, scores]`: means over the region, least of all shifts.
    pub scores: Tensor,
}

impl Panel {
    /// # Errors
    /// When the device has no room.
    pub fn new(scores: &[Score], side: u32, device: Device) -> Result<Self> {
        let mut distinct: Vec<Residual> = Vec::new();
        let mut wanted = Vec::with_capacity(scores.len());
        for score in scores {
            let known = distinct.iter().position(|residual| *residual == score.residual);
            let residual = known.unwrap_or_else(|| {
                distinct.push(score.residual);
                distinct.len() - 1
            });
            wanted.push(Wanted { residual, region: score.region, shift: pixels(score.jitter, side) });
        }
        let mut shifts: Vec<i64> = wanted.iter().map(|wanted| wanted.shift).filter(|shift| *shift > 0).collect();
        shifts.sort_unstable();
        shifts.dedup();
        let needs_variance = distinct.contains(&Residual::Aleatoric);
        let ready = |residual: &Residual| (*residual, ResidualMap::new(*residual, side, device));
        let residuals = guarded(device, 1, || distinct.iter().map(ready).collect())?;
        let needs_lungs = wanted.iter().any(|wanted| wanted.region == Region::Lungs);
        Ok(Self { side, residuals, wanted, shifts, needs_variance, needs_lungs })
    }

    /// Whose maps [`PanelBatch`] has.
    pub fn residuals(&self) -> impl Iterator<Item = Residual> {
        self.residuals.iter().map(|(residual, _)| *residual)
    }

    /// Called under `models::guard`. Draws maps where they are asked for.
    ///
    /// # Shapes
    /// `input` `[b, 1, side, side]`
    pub fn look(&self, learnt: &dyn Learnt, input: &Tensor, draw: bool) -> PanelBatch {
        let reconstruction = checked(learnt.reconstruct(input), input);
        let variance = self.variance(learnt, input);
        let measure = |(_, map): &(Residual, ResidualMap)| map.of(input, &reconstruction, variance.as_ref());
        let measured: Vec<Tensor> = self.residuals.iter().map(measure).collect();
        let within = self.within(learnt, input);
        let weights = within.as_ref().map(|within| within.weights(0, 0));
        let mean = |wanted: &Wanted| self.mean(&measured[wanted.residual], wanted.region, weights.as_ref());
        let mut columns: Vec<Tensor> = self.wanted.iter().map(mean).collect();
        for &shift in &self.shifts {
            for down in [-shift, 0, shift] {
                for right in [-shift, 0, shift] {
                    if (down, right) != (0, 0) {
                        let shifted = shift_repeating_edges(input, right, down);
                        let weights = within.as_ref().map(|within| within.weights(right, down));
                        self.lower(learnt, (&shifted, weights.as_ref()), shift, &mut columns);
                    }
                }
            }
        }
        let maps = if draw {
            let residuals = self.residuals.iter().zip(&measured);
            residuals.map(|((_, map), raw)| map.drawn(raw, input, &reconstruction, variance.as_ref())).collect()
        } else {
            Vec::new()
        };
        // Measures of codes alone leave nothing to stack.
        let none = || Tensor::zeros([input.size()[0], 0], (Kind::Float, input.device()));
        let scores = if columns.is_empty() { none() } else { Tensor::stack(&columns, 1) };
        PanelBatch { reconstruction, maps, scores }
    }

    /// Lowers those scores that are jittered by `shift` to what they are of `shifted`, where that is less; with it the weights
    /// of its lungs.
    fn lower(
        &self,
        learnt: &dyn Learnt,
        (shifted, weights): (&Tensor, Option<&Tensor>),
        shift: i64,
        columns: &mut [Tensor],
    ) {
        let reconstruction = checked(learnt.reconstruct(shifted), shifted);
        let concerns = |index: usize| {
            move |(_, wanted): &(&mut Tensor, &Wanted)| wanted.residual == index && wanted.shift == shift
        };
        let mut variance = None;
        for (index, (residual, map)) in self.residuals.iter().enumerate() {
            let mut concerned = columns.iter_mut().zip(&self.wanted).filter(concerns(index)).peekable();
            if concerned.peek().is_none() {
                continue;
            }
            if *residual == Residual::Aleatoric && variance.is_none() {
                variance = self.variance(learnt, shifted);
            }
            let map = map.of(shifted, &reconstruction, variance.as_ref());
            for (column, wanted) in concerned {
                *column = column.minimum(&self.mean(&map, wanted.region, weights));
            }
        }
    }

    fn variance(&self, learnt: &dyn Learnt, images: &Tensor) -> Option<Tensor> {
        let variance = if self.needs_variance { learnt.log_variance(images) } else { None };
        variance.map(|variance| checked(variance, images))
    }

    /// Finds the lungs, where a score asks for them.
    fn within(&self, learnt: &dyn Learnt, images: &Tensor) -> Option<Within> {
        let masks = if self.needs_lungs { learnt.lungs(images) } else { None };
        masks.map(|masks| Within::new(checked(masks, images)))
    }

    /// # Shapes
    /// `maps` and `weights` `[b, 1, side, side]` → `[b]`
    ///
    /// # Panics
    /// Without the weights of lungs where the region is theirs.
    fn mean(&self, maps: &Tensor, region: Region, weights: Option<&Tensor>) -> Tensor {
        let mean = |maps: &Tensor| maps.mean_dim([1i64, 2, 3].as_slice(), false, None);
        match region {
            Region::Full => mean(maps),
            Region::Central => {
                let centre = central_span(self.side as usize);
                let (margin, inner) = (centre.start as i64, centre.len() as i64);
                mean(&maps.narrow(2, margin, inner).narrow(3, margin, inner))
            }
            Region::Lungs => {
                let weights = weights.unwrap_or_else(|| panic!("there is no lung mask"));
                (maps * weights).sum_dim_intlist([1i64, 2, 3].as_slice(), false, None)
            }
        }
    }
}

/// A share of the side in whole pixels, at least one where there is any.
fn pixels(jitter: f64, side: u32) -> i64 {
    if jitter > 0.0 { (jitter * f64::from(side)).round().max(1.0) as i64 } else { 0 }
}

/// The rows, and the columns, of the central region.
pub(super) fn central_span(side: usize) -> Range<usize> {
    let margin = (CENTRAL_MARGIN * side as f64).round() as usize;
    margin..side.saturating_sub(margin)
}

/// The image moved right and down by whole pixels (negative: left, up), the edge it leaves repeated.
pub(super) fn shift_repeating_edges(images: &Tensor, right: i64, down: i64) -> Tensor {
    let (height, width) = (images.size()[2], images.size()[3]);
    images
        .replication_pad2d([right.max(0), (-right).max(0), down.max(0), (-down).max(0)])
        .narrow(2, (-down).max(0), height)
        .narrow(3, (-right).max(0), width)
}

/// libtorch would stretch a single row or column to the image's size without a word.
fn checked(made: Tensor, input: &Tensor) -> Tensor {
    assert_eq!(made.size(), input.size(), "the network answered with another size");
    made
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::tensors::values;
    use super::*;
    use crate::models::images_from_bytes;

    #[test]
    fn edges_are_repeated_when_an_image_moves() {
        let image = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0]).view([1, 1, 2, 2]);
        let moved = |right, down| values(&shift_repeating_edges(&image, right, down));
        assert_eq!(moved(1, 0), [1.0, 1.0, 3.0, 3.0]);
        assert_eq!(moved(-1, 0), [2.0, 2.0, 4.0, 4.0]);
        assert_eq!(moved(0, 1), [1.0, 2.0, 1.0, 2.0]);
        assert_eq!(moved(-1, -1), [4.0, 4.0, 4.0, 4.0]);
    }

    /// Rebuilds mirror images, takes the upper half for lungs, and counts how often it is asked.
    #[derive(Default)]
    struct Mirror {
        passes: Cell<u32>,
        masks: Cell<u32>,
    }

    impl Learnt for Mirror {
        fn reconstruct(&self, images: &Tensor) -> Tensor {
            self.passes.set(self.passes.get() + 1);
            images.flip([3]) * 0.5
        }

        fn lungs(&self, images: &Tensor) -> Option<Tensor> {
            self.masks.set(self.masks.get() + 1);
            let masks = images.zeros_like();
            let _ = masks.narrow(2, 0, masks.size()[2] / 2).fill_(1.0);
            Some(masks)
        }
    }

    /// Nine passes for all of them, not nine each, and one look for the lungs.
    #[test]
    fn the_passes_are_shared_and_the_scores_are_those_of_each_alone() {
        let pixels: Vec<u8> = (0..3 * 400u32).map(|i| (i * 37 % 251) as u8).collect();
        let input = images_from_bytes(&pixels, 20, Device::Cpu).expect("images");
        let network = Mirror::default();
        let scores: Vec<Score> = Residual::ALL[..5].iter().flat_map(|residual| Score::variants(*residual)).collect();
        let together = Panel::new(&scores, 20, Device::Cpu).expect("panel");
        assert_eq!(together.residuals().count(), 5);
        let all = values(&together.look(&network, &input, false).scores);
        assert_eq!((network.passes.get(), network.masks.get()), (9, 1));
        for (index, score) in scores.iter().enumerate() {
            let alone = Panel::new(&[*score], 20, Device::Cpu).expect("panel");
            let alone = values(&alone.look(&network, &input, false).scores);
            for (image, value) in alone.iter().enumerate() {
                assert!((value - all[image * scores.len() + index]).abs() < 1e-6, "{}", score.slug());
            }
        }
    }

    #[test]
    fn the_lungs_alone_are_averaged() {
        let mut pixels = [0u8; 100];
        pixels[..50].fill(51);
        let input = images_from_bytes(&pixels, 10, Device::Cpu).expect("image");
        let of = |region| {
            let score = Score { residual: Residual::Absolute, region, jitter: 0.0 };
            let panel = Panel::new(&[score], 10, Device::Cpu).expect("panel");
            values(&panel.look(&Mirror::default(), &input, false).scores)[0]
        };
        assert!((of(Region::Lungs) - 0.1).abs() < 1e-6);
        assert!((of(Region::Full) - 0.05).abs() < 1e-6);
    }
}
