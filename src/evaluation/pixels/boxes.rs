//! Maps against boxes that radiologists drew around findings.

use super::regions::each_region;

/// A rectangle in pixels of a map; its right and lower edges are `x + width` and `y + height`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelBox {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl PixelBox {
    /// The same rectangle on a map of another size.
    #[must_use]
    pub fn scaled(self, across: f64, down: f64) -> Self {
        Self { x: self.x * across, y: self.y * down, width: self.width * across, height: self.height * down }
    }

    /// True where the middle of a pixel is inside.
    fn contains(&self, column: usize, row: usize) -> bool {
        let (x, y) = (column as f64 + 0.5, row as f64 + 0.5);
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }

    fn area(&self) -> f64 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Intersection over union, [0, 1]; 0 for two boxes without an area.
    pub fn overlap(&self, other: &Self) -> f64 {
        let shared = |from: f64, length: f64, other: f64, other_length: f64| {
            ((from + length).min(other + other_length) - from.max(other)).max(0.0)
        };
        let both =
            shared(self.x, self.width, other.x, other.width) * shared(self.y, self.height, other.y, other.height);
        let either = self.area() + other.area() - both;
        if either > 0.0 { both / either } else { 0.0 }
    }
}

/// Whether the map's highest pixel lies in one of the boxes (Zhang et al. 2018); of several highest, all have to. `None`
/// without pixels or boxes, and when a value is NaN.
pub fn pointing_game(values: &[f32], width: usize, boxes: &[PixelBox]) -> Option<bool> {
    let complete = width > 0 && !values.is_empty() && values.len().is_multiple_of(width) && !boxes.is_empty();
    if !complete || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut highest_pixels = (0..values.len()).filter(|&index| values[index] == highest);
    Some(highest_pixels.all(|index| boxes.iter().any(|within| within.contains(index % width, index / width))))
}

/// Intersection over union of a box with the one around the largest connected region of pixels at or above a threshold
/// (Zhou et al. 2016). 0 where no pixel reaches it; `None` without pixels and when a value is NaN.
pub fn box_overlap(values: &[f32], width: usize, threshold: f32, truth: &PixelBox) -> Option<f64> {
    let complete = width > 0 && !values.is_empty() && values.len().is_multiple_of(width) && !threshold.is_nan();
    if !complete || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let above: Vec<bool> = values.iter().map(|&value| value >= threshold).collect();
    let mut largest: Vec<usize> = Vec::new();
    each_region(&above, width, |region| {
        if region.len() > largest.len() {
            largest = region.to_vec();
        }
    });
    Some(around(&largest, width).map_or(0.0, |found| found.overlap(truth)))
}

/// The smallest box around some pixels.
fn around(pixels: &[usize], width: usize) -> Option<PixelBox> {
    let columns = || pixels.iter().map(|pixel| pixel % width);
    let rows = || pixels.iter().map(|pixel| pixel / width);
    let (left, right, top, bottom) = (columns().min()?, columns().max()?, rows().min()?, rows().max()?);
    let (across, down) = ((right - left + 1) as f64, (bottom - top + 1) as f64);
    Some(PixelBox { x: left as f64, y: top as f64, width: across, height: down })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: PixelBox = PixelBox { x: 1.0, y: 1.0, width: 2.0, height: 2.0 };

    fn map(at: &[(usize, f32)]) -> Vec<f32> {
        let mut values = vec![0.0; 16];
        for &(index, value) in at {
            values[index] = value;
        }
        values
    }

    #[test]
    fn the_highest_pixel_hits_or_misses() {
        assert_eq!(pointing_game(&map(&[(5, 2.0), (0, 1.0)]), 4, &[BOX]), Some(true));
        assert_eq!(pointing_game(&map(&[(5, 1.0), (0, 2.0)]), 4, &[BOX]), Some(false));
        assert_eq!(pointing_game(&map(&[(5, 2.0), (0, 2.0)]), 4, &[BOX]), Some(false), "a tie with one outside");
        assert_eq!(pointing_game(&[0.3; 16], 4, &[BOX]), Some(false), "a constant map points nowhere");
        assert_eq!(pointing_game(&map(&[(5, f32::NAN)]), 4, &[BOX]), None);
        assert_eq!(pointing_game(&map(&[]), 4, &[]), None);
        assert_eq!(pointing_game(&[], 4, &[BOX]), None);
    }

    #[test]
    fn overlaps_by_hand() {
        // The largest region covers columns 1 and 2 of rows 1 and 2; a lone pixel is higher, but smaller.
        let values = map(&[(5, 1.0), (6, 1.0), (9, 1.0), (10, 1.0), (3, 5.0)]);
        // Corners connect: 3 touches 6. Without it, they are apart.
        assert_eq!(box_overlap(&values, 4, 1.0, &BOX), Some(4.0 / 9.0));
        let apart = map(&[(5, 1.0), (9, 1.0), (10, 1.0), (3, 5.0)]);
        assert_eq!(box_overlap(&apart, 4, 1.0, &BOX), Some(1.0));
        assert_eq!(box_overlap(&apart, 4, 2.0, &BOX), Some(0.0));
        assert_eq!(box_overlap(&apart, 4, 9.0, &BOX), Some(0.0), "nothing reaches it");
        assert_eq!(box_overlap(&apart, 4, f32::NAN, &BOX), None);
        assert_eq!(box_overlap(&[], 4, 0.0, &BOX), None);
        let shifted = PixelBox { x: 2.0, ..BOX };
        assert!((BOX.overlap(&shifted) - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!(PixelBox { width: 0.0, ..BOX }.overlap(&PixelBox { width: 0.0, ..BOX }), 0.0);
        assert_eq!(BOX.scaled(2.0, 0.5), PixelBox { x: 2.0, y: 0.5, width: 4.0, height: 1.0 });
    }
}
