//! Maps on one scale: 0 is a typical pixel of a healthy image, 1 what only one healthy pixel in a thousand reaches.

use crate::domain::{MapScale, Plane};

/// Share of healthy pixels below the map's 1.
const TOP_SHARE: f64 = 0.999;

/// Fits the scale to raw residuals of healthy images; reorders them.
///
/// Without values, or where all are equal, the scale still orders maps and stays finite.
pub fn fit_scale(healthy_residuals: &mut [f32]) -> MapScale {
    MapScale { typical: quantile(healthy_residuals, 0.5), p999: quantile(healthy_residuals, TOP_SHARE) }
}

/// A raw map on the scale, not clipped above.
///
/// # Panics
/// If `raw` does not hold `side * side` values.
pub fn calibrated_map(raw: &[f32], side: u32, scale: MapScale) -> Plane {
    Plane::new(side, side, raw.iter().map(|&value| scale.apply(f64::from(value)) as f32).collect())
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
        let map = calibrated_map(&healthy[..100], 10, scale);
        assert!(map.values.iter().all(|&value| value >= 0.0));
        let share =
            healthy.iter().filter(|&&raw| scale.apply(f64::from(raw)) > 1.0).count() as f64 / healthy.len() as f64;
        assert!((share - 0.001).abs() < 2e-4, "{share}");
        assert!(scale.apply(2.0) > 2.0, "not clipped");
    }
}
