//! The scale of maps, place by place.

use super::Plane;

/// What a residual is at each place of healthy images: a map value is 0 where the residual is typical *of its place*, and 1
/// where it departs from that further than all but one healthy pixel in a thousand, in units of the place's own spread.
///
/// Kept on a grid that may be coarser than the map and is read between its points.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceScale {
    /// Points a side.
    pub side: u32,
    /// Mean residual of healthy images, `side * side` values.
    pub typical: Vec<f32>,
    /// Standard deviation of it, above 0.
    pub spread: Vec<f32>,
    /// So many spreads above typical is a map's 1: the 99.9th percentile of healthy pixels that the two were not fitted to.
    pub top: f64,
}

impl PlaceScale {
    /// Numbers that can be divided by, and as many as the side says.
    pub fn is_sound(&self) -> bool {
        let area = self.side as usize * self.side as usize;
        area > 0
            && self.typical.len() == area
            && self.spread.len() == area
            && self.typical.iter().all(|value| value.is_finite())
            && self.spread.iter().all(|value| value.is_finite() && *value > 0.0)
            && self.top.is_finite()
            && self.top > 0.0
    }

    /// A raw map on the scale, not clipped above.
    ///
    /// # Panics
    /// If `raw` does not hold `side * side` values.
    pub fn apply(&self, raw: &[f32], side: u32) -> Plane {
        let values = self.departures(raw, side).into_iter().map(|value| (value / self.top as f32).max(0.0)).collect();
        Plane::new(side, side, values)
    }

    /// How many spreads each pixel of a raw map of `side * side` values lies above what is typical of its place.
    pub fn departures(&self, raw: &[f32], side: u32) -> Vec<f32> {
        let lines = Line::all(side as usize, self.side as usize);
        let mut values = Vec::with_capacity(raw.len());
        for (row, pixels) in lines.iter().zip(raw.chunks_exact((side as usize).max(1))) {
            for (column, &pixel) in lines.iter().zip(pixels) {
                let typical = self.between(&self.typical, row, column);
                values.push((pixel - typical) / self.between(&self.spread, row, column));
            }
        }
        values
    }

    /// Bilinear.
    fn between(&self, grid: &[f32], row: &Line, column: &Line) -> f32 {
        let at = |y: usize, x: usize| grid[y * self.side as usize + x];
        let line = |y: usize| at(y, column.low) * (1.0 - column.share) + at(y, column.high) * column.share;
        line(row.low) * (1.0 - row.share) + line(row.high) * row.share
    }
}

/// Where a pixel's middle lies between two points of a grid.
struct Line {
    low: usize,
    high: usize,
    share: f32,
}

impl Line {
    fn all(pixels: usize, points: usize) -> Vec<Self> {
        let last = points.saturating_sub(1);
        let one = |pixel: usize| {
            let at = (pixel as f32 + 0.5) * points as f32 / pixels as f32 - 0.5;
            let at = at.clamp(0.0, last as f32);
            let low = at.floor() as usize;
            Self { low, high: (low + 1).min(last), share: at - low as f32 }
        };
        (0..pixels).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_own_zero_and_unit() {
        let scale =
            PlaceScale { side: 2, typical: vec![0.0, 1.0, 2.0, 3.0], spread: vec![1.0, 1.0, 2.0, 2.0], top: 2.0 };
        assert!(scale.is_sound());
        let map = scale.apply(&[2.0, 1.0, 2.0, 7.0], 2);
        assert_eq!(map.values, [1.0, 0.0, 0.0, 1.0]);
        assert!(scale.apply(&[-5.0; 4], 2).values.iter().all(|&value| value.abs() < 1e-9), "never below 0");
    }

    #[test]
    fn a_coarse_grid_is_read_between_its_points() {
        let scale = PlaceScale { side: 2, typical: vec![0.0, 4.0, 0.0, 4.0], spread: vec![1.0; 4], top: 1.0 };
        let departures = scale.departures(&[4.0; 16], 4);
        // Middles at 0.25, 0.75, 1.25, 1.75 of two points whose own middles are 0.5 and 1.5.
        assert_eq!(departures[..4], [4.0, 3.0, 1.0, 0.0]);
        let one = PlaceScale { side: 1, typical: vec![1.0], spread: vec![2.0], top: 1.0 };
        assert_eq!(one.departures(&[3.0; 9], 3), [1.0; 9]);
    }

    #[test]
    fn nothing_to_divide_by_is_not_sound() {
        let sound = PlaceScale { side: 1, typical: vec![0.0], spread: vec![1.0], top: 1.0 };
        assert!(!PlaceScale { top: 0.0, ..sound.clone() }.is_sound());
        assert!(!PlaceScale { spread: vec![0.0], ..sound.clone() }.is_sound());
        assert!(!PlaceScale { typical: vec![f32::NAN], ..sound.clone() }.is_sound());
        assert!(!PlaceScale { side: 2, ..sound }.is_sound());
    }
}
