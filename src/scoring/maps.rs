//! Maps on one scale: 0 is a typical pixel of a healthy image, 1 what only one healthy pixel in a thousand reaches.

use std::sync::Arc;

use crate::domain::{MapPlacement, MapScale, PlaceScale, Plane};

/// Share of healthy pixels below the map's 1.
const TOP_SHARE: f64 = 0.999;

/// Fits the scale to raw residuals of healthy images; reorders them.
///
/// Without values, or where all are equal, the scale still orders maps and stays finite.
pub fn fit_scale(healthy_residuals: &mut [f32]) -> MapScale {
    MapScale { typical: quantile(healthy_residuals, 0.5), p999: quantile(healthy_residuals, TOP_SHARE) }
}

/// What raw maps are placed by.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// One scale for all places: that of runs calibrated before places were, and of previews.
    Everywhere(MapScale),
    /// Each place by its own.
    ByPlace(Arc<PlaceScale>),
}

impl Scale {
    /// A raw map on the scale, not clipped above.
    ///
    /// # Panics
    /// If `raw` does not hold `side * side` values.
    pub fn map(&self, raw: &[f32], side: u32) -> Plane {
        match self {
            Self::Everywhere(scale) => {
                Plane::new(side, side, raw.iter().map(|&value| scale.apply(f64::from(value)) as f32).collect())
            }
            Self::ByPlace(places) => places.apply(raw, side),
        }
    }
}

/// Points a side of the grid on which places are kept, at most.
const MOST_POINTS: usize = 32;
/// Parts of the healthy images; the map's 1 is measured on each part with the places of the others.
const FOLDS: usize = 5;
/// Where healthy images hardly differ a place's spread is no less than this share of the usual one, so that nothing glows
/// for want of anything to compare with.
const LEAST_SPREAD: f32 = 0.5;

/// Places raw maps of healthy images, `side * side` values each, one image after the other.
///
/// Without images, or where all are equal, the scale still orders maps and stays finite.
pub fn place(healthy: &[f32], side: u32) -> MapPlacement {
    let area = (side as usize * side as usize).max(1);
    let count = healthy.len() / area;
    let all = places(healthy, side, 1.0);
    let folds = if count < 2 { 1 } else { FOLDS.min(count) };
    let mut departures = Vec::with_capacity(healthy.len());
    for fold in 0..folds {
        let of = |wanted: bool| -> Vec<f32> {
            let images = healthy.chunks_exact(area).enumerate();
            images
                .filter(|(index, _)| (index % folds == fold) == wanted)
                .flat_map(|(_, image)| image)
                .copied()
                .collect()
        };
        let fitted = if folds == 1 { all.clone() } else { places(&of(false), side, 1.0) };
        for image in of(true).chunks_exact(area) {
            departures.extend(fitted.departures(image, side));
        }
    }
    let top = quantile(&mut departures, TOP_SHARE);
    let top = if top.is_finite() && top > 1e-6 { top } else { 1.0 };
    MapPlacement { everywhere: fit_scale(&mut healthy.to_vec()), by_place: Arc::new(PlaceScale { top, ..all }) }
}

/// Mean and deviation of healthy images on a grid: of all pixels that are nearer to a point than to any other.
fn places(healthy: &[f32], side: u32, top: f64) -> PlaceScale {
    let side = (side as usize).max(1);
    let points = side.div_ceil(side.div_ceil(MOST_POINTS));
    let point = |pixel: usize| pixel * points / side;
    let mut sums = vec![(0f64, 0f64, 0f64); points * points];
    for image in healthy.chunks_exact(side * side) {
        for (row, pixels) in image.chunks_exact(side).enumerate() {
            for (column, &pixel) in pixels.iter().enumerate() {
                let (count, sum, squares) = &mut sums[point(row) * points + point(column)];
                *count += 1.0;
                *sum += f64::from(pixel);
                *squares += f64::from(pixel) * f64::from(pixel);
            }
        }
    }
    let typical = sums.iter().map(|(count, sum, _)| (sum / count.max(1.0)) as f32).collect();
    let deviation = |(count, sum, squares): &(f64, f64, f64)| {
        let mean = sum / count.max(1.0);
        (squares / count.max(1.0) - mean * mean).max(0.0).sqrt() as f32
    };
    let mut spread: Vec<f32> = sums.iter().map(deviation).collect();
    let usual = quantile(&mut spread.clone(), 0.5) as f32;
    let least = (usual * LEAST_SPREAD).max(1e-6);
    for value in &mut spread {
        *value = value.max(least);
    }
    PlaceScale { side: points as u32, typical, spread, top }
}

/// Linear between ranks, as numpy's default; 0 without values. Selects instead of sorting: there are millions.
fn quantile(values: &mut [f32], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let rank = share * last as f64;
    let (_, low, above) = values.select_nth_unstable_by(rank.floor() as usize, f32::total_cmp);
    let low = f64::from(*low);
    let high = above.iter().copied().min_by(f32::total_cmp).map_or(low, f64::from);
    low + (high - low) * rank.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_healthy_gives_a_finite_scale() {
        let scale = fit_scale(&mut []);
        assert!(scale.apply(0.3).is_finite());
        assert!(fit_scale(&mut [0.2; 50]).apply(0.2).abs() < 1e-9);
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], [0, .25, .5, .9, 1])
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        for (share, wanted) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.5), (0.9, 6.9), (1.0, 9.0)] {
            assert!((quantile(&mut values.clone(), share) - wanted).abs() < 1e-9, "{share}");
        }
    }

    #[test]
    fn half_of_the_healthy_pixels_are_dark_and_one_in_a_thousand_is_above_one() {
        let mut healthy: Vec<f32> = (0..=10_000u16).map(|i| f32::from(i) / 10_000.0).collect();
        let scale = fit_scale(&mut healthy);
        assert!((scale.typical - 0.5).abs() < 1e-6);
        assert!((scale.p999 - 0.999).abs() < 1e-6);
        let map = Scale::Everywhere(scale).map(&healthy[..100], 10);
        assert!(map.values.iter().all(|&value| value >= 0.0));
        let share =
            healthy.iter().filter(|&&raw| scale.apply(f64::from(raw)) > 1.0).count() as f64 / healthy.len() as f64;
        assert!((share - 0.001).abs() < 2e-4, "{share}");
        assert!(scale.apply(2.0) > 2.0, "not clipped");
    }

    /// Healthy images whose edge is brighter and varies more than their middle.
    fn healthy(count: usize) -> Vec<f32> {
        (0..count * 256)
            .map(|i| {
                let (y, x) = (i % 256 / 16, i % 16);
                let noise = ((i * 7919) as f32 * 0.618_034).fract();
                if y.min(x).min(15 - y).min(15 - x) < 2 { 5.0 + 3.0 * noise } else { 0.5 + 0.2 * noise }
            })
            .collect()
    }

    #[test]
    fn an_edge_that_is_always_bright_stays_dark() {
        let healthy = healthy(60);
        let placed = place(&healthy, 16);
        assert!(placed.by_place.is_sound());
        assert_eq!(placed.by_place.side, 16);
        let above = |scale: &Scale, image: &[f32]| {
            let map = scale.map(image, 16).values;
            map.iter().filter(|&&value| value > 1.0).count()
        };
        let by_place = Scale::ByPlace(placed.by_place);
        let glowing: usize = healthy.chunks_exact(256).map(|image| above(&by_place, image)).sum();
        assert!((glowing as f64) < 0.01 * healthy.len() as f64, "{glowing}");
        // A departure in the middle that the scale of all places does not see.
        let mut hazy = healthy[..256].to_vec();
        hazy[8 * 16 + 8] = 2.0;
        assert!(by_place.map(&hazy, 16).get(8, 8).is_some_and(|value| value > 2.0));
        let everywhere = Scale::Everywhere(placed.everywhere);
        assert!(everywhere.map(&hazy, 16).get(8, 8).is_some_and(|value| value < 0.5));
    }

    #[test]
    fn one_image_equal_images_and_none_give_finite_scales() {
        for healthy in [Vec::new(), vec![0.5; 64], vec![0.0; 640], healthy(1)[..64].to_vec()] {
            let placed = place(&healthy, 8);
            assert!(placed.by_place.is_sound(), "{placed:?}");
            assert!(placed.by_place.apply(&[0.7; 64], 8).values.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn large_maps_are_kept_on_a_coarser_grid() {
        assert_eq!(places(&vec![0.0; 64 * 64], 64, 1.0).side, 32);
        assert_eq!(places(&vec![0.0; 100 * 100], 100, 1.0).side, 25);
        assert_eq!(places(&vec![0.0; 33 * 33], 33, 1.0).side, 17);
    }
}
