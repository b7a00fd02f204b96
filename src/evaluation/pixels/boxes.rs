//! Maps against boxes that radiologists drew around findings.

use crate::domain::{BoxFigures, MarkedBox};
use crate::evaluation::wilson;

/// Pixels at or above this value of the calibrated map are marked: all but one of 1,000 pixels of healthy validation images
/// lie below. No label and no box takes part in choosing it.
pub const MARKED_FROM: f32 = 1.0;

/// A rectangle in pixels of a map; its right and lower edges are `x + width` and `y + height`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelBox {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl From<MarkedBox> for PixelBox {
    fn from(marked: MarkedBox) -> Self {
        let [x, y, width, height] = [marked.x, marked.y, marked.width, marked.height].map(f64::from);
        Self { x, y, width, height }
    }
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
}

/// A calibrated map and the boxes on its image, one at least, in the map's pixels.
#[derive(Clone, Copy, Debug)]
pub struct BoxedMap<'a> {
    pub values: &'a [f32],
    pub width: usize,
    pub boxes: &'a [PixelBox],
    /// How far each pixel is lung, where that is known.
    pub lungs: Option<&'a [f32]>,
}

impl BoxedMap<'_> {
    /// Which pixels some box covers; `None` without pixels or boxes, and when a value is NaN.
    fn covered(&self) -> Option<Vec<bool>> {
        let complete = self.width > 0 && !self.values.is_empty() && self.values.len().is_multiple_of(self.width);
        if !complete || self.boxes.is_empty() || self.values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let within = |index| self.boxes.iter().any(|within| within.contains(index % self.width, index / self.width));
        Some((0..self.values.len()).map(within).collect())
    }
}

/// One image.
struct Found {
    /// The highest pixel is in a box.
    hit: bool,
    /// Shares of the image.
    covered: f64,
    marked: f64,
    both: f64,
    /// Share of the lungs, where there are any.
    covered_lungs: Option<f64>,
}

impl Found {
    fn of(map: &BoxedMap<'_>) -> Option<Self> {
        let covered = map.covered()?;
        let highest = map.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let pixels = || map.values.iter().zip(&covered);
        let share = |count: usize| count as f64 / map.values.len() as f64;
        Some(Self {
            // Of several highest, all have to lie in boxes: a constant map points nowhere.
            hit: pixels().filter(|(value, _)| **value == highest).all(|(_, &covered)| covered),
            covered: share(covered.iter().filter(|&&covered| covered).count()),
            marked: share(pixels().filter(|(value, _)| **value >= MARKED_FROM).count()),
            both: share(pixels().filter(|(value, covered)| **value >= MARKED_FROM && **covered).count()),
            covered_lungs: map.lungs.and_then(|lungs| share_of(lungs, &covered)),
        })
    }

    fn iou(&self) -> f64 {
        intersection_over_union(self.both, self.covered, self.marked)
    }

    /// Of as many pixels anywhere: on average they meet the boxes in proportion.
    fn iou_by_chance(&self) -> f64 {
        intersection_over_union(self.covered * self.marked, self.covered, self.marked)
    }
}

/// Share of some weights that lies in the boxes; `None` of nothing.
fn share_of(weights: &[f32], covered: &[bool]) -> Option<f64> {
    let sum = |only_covered: bool| {
        let counted = weights.iter().zip(covered).filter(|(_, covered)| **covered || !only_covered);
        counted.map(|(&weight, _)| f64::from(weight)).sum::<f64>()
    };
    let all = sum(false);
    (all > 0.0).then(|| sum(true) / all)
}

/// 0 where neither has an area.
fn intersection_over_union(both: f64, first: f64, second: f64) -> f64 {
    let either = first + second - both;
    if either > 0.0 { both / either } else { 0.0 }
}

/// Pointing game without tolerance (Zhang et al. 2018) and intersection over union of marked pixels with the boxes. `None`
/// without maps, and when a map has no pixels, no boxes or a NaN.
pub fn box_figures(maps: &[BoxedMap<'_>]) -> Option<BoxFigures> {
    let found: Vec<Found> = maps.iter().map(Found::of).collect::<Option<_>>()?;
    let images = found.len() as u32;
    let mean = |of: &dyn Fn(&Found) -> f64| found.iter().map(of).sum::<f64>() / found.len() as f64;
    let reaching = |least: f64| mean(&|found| f64::from(u8::from(found.iou() >= least)));
    let in_lungs: Vec<f64> = found.iter().filter_map(|found| found.covered_lungs).collect();
    Some(BoxFigures {
        images,
        pointing: wilson(found.iter().filter(|found| found.hit).count() as u32, images)?,
        pointing_chance: mean(&|found| found.covered),
        pointing_chance_in_lungs: (in_lungs.len() == found.len())
            .then(|| in_lungs.iter().sum::<f64>() / found.len() as f64),
        iou: mean(&Found::iou),
        iou_chance: mean(&Found::iou_by_chance),
        iou_above_025: reaching(0.25),
        iou_above_050: reaching(0.5),
        marked: mean(&|found| found.marked),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: PixelBox = PixelBox { x: 1.0, y: 1.0, width: 2.0, height: 2.0 };

    /// 4 × 4.
    fn map(at: &[(usize, f32)]) -> Vec<f32> {
        let mut values = vec![0.0; 16];
        for &(index, value) in at {
            values[index] = value;
        }
        values
    }

    fn figures(values: &[f32], boxes: &[PixelBox]) -> Option<BoxFigures> {
        box_figures(&[BoxedMap { values, width: 4, boxes, lungs: None }])
    }

    #[test]
    fn the_highest_pixel_hits_or_misses() {
        let hit = |values: &[f32]| figures(values, &[BOX]).map(|figures| figures.pointing.value);
        assert_eq!(hit(&map(&[(5, 2.0), (0, 1.0)])), Some(1.0));
        assert_eq!(hit(&map(&[(5, 1.0), (0, 2.0)])), Some(0.0));
        assert_eq!(hit(&map(&[(5, 2.0), (10, 2.0)])), Some(1.0), "a tie within");
        assert_eq!(hit(&map(&[(5, 2.0), (0, 2.0)])), Some(0.0), "a tie with one outside");
        assert_eq!(hit(&[0.3; 16]), Some(0.0), "a constant map points nowhere");
    }

    #[test]
    fn overlaps_by_hand() {
        // Three of the box's four pixels and one beside it are marked; 0.9 is not.
        let values = map(&[(5, 1.0), (6, 3.0), (9, 1.5), (3, 2.0), (10, 0.9)]);
        let found = figures(&values, &[BOX]).unwrap();
        assert!((found.iou - 3.0 / 5.0).abs() < 1e-12 && (found.marked - 0.25).abs() < 1e-12);
        assert!((found.pointing_chance - 0.25).abs() < 1e-12);
        // A quarter of the marked quarter: 1/16 of 7/16.
        assert!((found.iou_chance - 1.0 / 7.0).abs() < 1e-12);
        assert_eq!((found.iou_above_025, found.iou_above_050), (1.0, 1.0));
        let none = figures(&map(&[]), &[BOX]).unwrap();
        assert_eq!((none.iou, none.iou_chance, none.marked), (0.0, 0.0, 0.0));
    }

    #[test]
    fn boxes_that_overlap_count_once_and_images_count_alike() {
        let (full, shifted) = (map(&[(5, 1.0), (6, 1.0), (9, 1.0), (10, 1.0)]), PixelBox { x: 0.0, ..BOX });
        let twice = BoxedMap { values: &full, width: 4, boxes: &[BOX, BOX], lungs: None };
        let two = BoxedMap { boxes: &[BOX, shifted], ..twice };
        let found = box_figures(&[twice, two]).unwrap();
        assert!((found.iou - f64::midpoint(1.0, 4.0 / 6.0)).abs() < 1e-12);
        assert!((found.pointing_chance - f64::midpoint(4.0 / 16.0, 6.0 / 16.0)).abs() < 1e-12);
        assert_eq!((found.images, found.iou_above_050), (2, 1.0));
        assert!(found.pointing.low > 0.3 && found.pointing.high > 0.999, "Wilson of 2 of 2");
    }

    #[test]
    fn chance_within_the_lungs_is_the_boxes_share_of_them() {
        let (values, lungs) = (map(&[(5, 1.0)]), map(&[(5, 1.0), (4, 0.5), (0, 0.5)]));
        let one = BoxedMap { values: &values, width: 4, boxes: &[BOX], lungs: Some(&lungs) };
        assert_eq!(box_figures(&[one]).unwrap().pointing_chance_in_lungs, Some(0.5));
        let nowhere = map(&[]);
        let without = BoxedMap { lungs: Some(&nowhere), ..one };
        assert_eq!(box_figures(&[one, without]).unwrap().pointing_chance_in_lungs, None, "not of some images only");
    }

    #[test]
    fn a_box_without_a_pixel_of_the_map_is_never_hit() {
        let thin = PixelBox { x: 1.6, y: 0.0, width: 0.5, height: 4.0 };
        let found = figures(&map(&[(5, 2.0)]), &[thin]).unwrap();
        assert_eq!((found.pointing.value, found.pointing_chance, found.iou), (0.0, 0.0, 0.0));
    }

    #[test]
    fn degenerate_input_is_refused() {
        assert_eq!(box_figures(&[]), None);
        assert_eq!(figures(&map(&[(5, f32::NAN)]), &[BOX]), None);
        assert_eq!(figures(&map(&[]), &[]), None);
        assert_eq!(figures(&[], &[BOX]), None);
        assert_eq!(figures(&[1.0; 3], &[BOX]), None);
    }

    #[test]
    fn boxes_are_scaled_from_the_image_to_the_map() {
        let marked = MarkedBox { x: 100, y: 40, width: 50, height: 20 };
        let scaled = PixelBox::from(marked).scaled(64.0 / 512.0, 64.0 / 256.0);
        assert_eq!(scaled, PixelBox { x: 12.5, y: 10.0, width: 6.25, height: 5.0 });
    }
}
