//! The maps of several networks as one: their mean, how far they differ, and the place of that mean among healthy images.

use std::collections::BTreeMap;

use super::member::Member;
use super::{Detector, Turn, pooled};
use crate::domain::{MapPlacement, MapsPlacedBy, Plane, Residual, Watch, Weights};
use crate::error::Result;
use crate::scoring::calibrator::MOST_PIXELS;
use crate::scoring::{Gauge, place};
use crate::store;

/// What an ensemble's map is of: `None` is each member's own score.
pub(super) fn slug(wanted: Option<Residual>) -> String {
    wanted.map_or_else(|| "own".to_owned(), Residual::slug)
}

/// Weighted, pixel by pixel; of no planes an empty one. The only one stays as it is.
pub(super) fn mean(planes: &[&Plane], weights: &Weights) -> Plane {
    match planes {
        [only] => (*only).clone(),
        several => by_pixel(several, |values| weights.mean(values)),
    }
}

/// Weighted standard deviation, pixel by pixel; zeros of a single plane.
pub(super) fn deviation(planes: &[Plane], weights: &Weights) -> Plane {
    by_pixel(&planes.iter().collect::<Vec<_>>(), |values| weights.mean_and_spread(values).1.unwrap_or(0.0))
}

fn by_pixel(planes: &[&Plane], of: impl Fn(&[f64]) -> f64) -> Plane {
    let Some(first) = planes.first() else { return Plane::new(0, 0, Vec::new()) };
    let mut column = vec![0.0; planes.len()];
    let one = |index: usize| {
        for (value, plane) in column.iter_mut().zip(planes) {
            *value = f64::from(plane.values[index]);
        }
        of(&column) as f32
    };
    Plane::new(first.width, first.height, (0..first.values.len()).map(one).collect())
}

/// Planes of one size, each times its share, added up.
pub(super) fn sum(planes: impl Iterator<Item = (Plane, f32)>) -> Plane {
    let mut total: Option<Plane> = None;
    for (mut plane, share) in planes {
        plane.values.iter_mut().for_each(|value| *value *= share);
        match &mut total {
            None => total = Some(plane),
            Some(total) => total.values.iter_mut().zip(plane.values).for_each(|(sum, value)| *sum += value),
        }
    }
    total.unwrap_or_else(|| Plane::new(0, 0, Vec::new()))
}

impl Detector {
    /// Places the averaged maps of an ensemble among those of the healthy validation images, in one pass a member, and
    /// returns whether that could be kept. Before, what its members know is taken in.
    ///
    /// # Errors
    /// `Cancelled`; when the members do not go together any more; when a network's output is not finite.
    pub fn place_maps(&mut self, validation: &[u8], watch: &dyn Watch) -> Result<Result<()>> {
        let maps = self.fit_maps(validation, watch)?;
        let Some(together) = &mut self.together else { return Ok(Ok(())) };
        let mut calibrations = pooled(&self.members, &together.info)?;
        let written = store::write_maps(&together.info, &maps);
        together.info.maps = MapsPlacedBy::HealthyPixels;
        calibrations.maps = maps;
        together.calibrations = calibrations;
        Ok(written)
    }

    /// By what all members have maps of.
    fn fit_maps(&self, validation: &[u8], watch: &dyn Watch) -> Result<BTreeMap<String, MapPlacement>> {
        let side = self.preprocessing().image_size;
        let area = (side as usize * side as usize).max(1);
        let step = validation.len().div_ceil(MOST_PIXELS).max(1);
        let wanted = self.shared_maps();
        let kept = (validation.len() / area).div_ceil(step) * area;
        let mut means: Vec<Vec<f32>> = vec![vec![0.0; kept]; wanted.len()];
        let of = self.members.len() as u64;
        for ((member, share), before) in self.members.iter().zip(self.weights.shares()).zip(0..) {
            let residuals = member_residuals(member, &wanted);
            let gauge = Gauge::new(&[], &residuals, side, self.device)?;
            let scales: Vec<_> = residuals.iter().map(|&residual| member.scale(residual)).collect();
            let mut seen = vec![0usize; residuals.len()];
            let mut add = |index: usize, batch: &[f32]| {
                for raw in batch.chunks_exact(area) {
                    let image = seen[index];
                    seen[index] += 1;
                    if !image.is_multiple_of(step) {
                        continue;
                    }
                    let placed = scales[index].map(raw, side);
                    for (mean, want) in means.iter_mut().zip(&wanted) {
                        let part: f32 = member.drawn_share(*want, residuals[index]) * share as f32;
                        if part > 0.0 {
                            let place = &mut mean[image / step * area..][..area];
                            place.iter_mut().zip(&placed.values).for_each(|(sum, value)| *sum += value * part);
                        }
                    }
                }
            };
            let turn = Turn { watch, before, of };
            gauge.table(member.subject(&member.learnt()), validation, &turn, Some(&mut add))?;
        }
        Ok(wanted.iter().zip(means).map(|(want, maps)| (slug(*want), place(&maps, side))).collect())
    }

    /// Each own, and the residuals that all members place.
    fn shared_maps(&self) -> Vec<Option<Residual>> {
        let known =
            |slug: &String| self.members.iter().all(|member| member.stored.calibrations.maps.contains_key(slug));
        let first = &self.first().stored.calibrations.maps;
        let residuals = first.keys().filter(|slug| known(slug)).filter_map(|slug| Residual::parse(slug));
        std::iter::once(None).chain(residuals.map(Some)).collect()
    }
}

/// Each once.
fn member_residuals(member: &Member, wanted: &[Option<Residual>]) -> Vec<Residual> {
    let mut residuals: Vec<Residual> = Vec::new();
    for (residual, _) in wanted.iter().flat_map(|&want| member.drawn(want)) {
        if !residuals.contains(&residual) {
            residuals.push(residual);
        }
    }
    residuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(values: &[f32]) -> Plane {
        Plane::new(values.len() as u32, 1, values.to_vec())
    }

    #[test]
    fn means_deviations_and_sums_by_hand() {
        let (a, b) = (plane(&[1.0, 0.0]), plane(&[3.0, 0.0]));
        let [one, equal, unequal] =
            [&[1.0][..], &[1.0, 1.0], &[3.0, 1.0]].map(|each| Weights::new(each.iter().copied()));
        assert_eq!(mean(&[&a, &b], &equal), plane(&[2.0, 0.0]));
        assert_eq!(mean(&[&a, &b], &unequal), plane(&[1.5, 0.0]));
        assert_eq!(deviation(&[a.clone(), b.clone()], &equal), plane(&[1.0, 0.0]));
        // 3/4 · 0.5² + 1/4 · 1.5²
        assert_eq!(deviation(&[a.clone(), b.clone()], &unequal), plane(&[0.75f32.sqrt(), 0.0]));
        assert_eq!(deviation(std::slice::from_ref(&a), &one), plane(&[0.0, 0.0]));
        assert_eq!(sum([(a.clone(), 0.5), (b, 1.0)].into_iter()), plane(&[3.5, 0.0]));
        assert_eq!(mean(&[&a], &one), a);
        assert_eq!(mean(&[], &Weights::new([])).values.len(), 0);
        assert_eq!(sum(std::iter::empty()).values.len(), 0);
    }
}
