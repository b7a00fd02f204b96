//! Blends lesions into an image.

use super::noise::smooth;
use super::shape::Shape;
use crate::domain::{GrayImage, Lesion};
use crate::imaging::resize;

/// What ribs and vessels are told from, as a share of the shorter side: the local mean is over a square of about twice
/// a rib's width.
const LOCAL_SHARE: f32 = 0.08;
/// The local white is this percentile of the grey values around the lesion.
const WHITE_SHARE: f64 = 0.95;
/// Around means within this share of the shorter side, which reaches the heart or the spine from anywhere in a lung.
const WHITE_REACH: f32 = 0.2;
/// A pixel is in the mask from this share of the lesion's greatest effect on.
const MASK_FROM: f32 = 0.5;
/// In grey values: what is less than this everywhere is not there.
const LEAST_LIFT: f32 = 0.5;

/// An image with lesions, and where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Painted {
    pub image: GrayImage,
    /// 255 in a lesion, else 0; the image's size.
    pub mask: GrayImage,
}

/// Paints lesions, the first below. One that makes nothing whiter, because it has no contrast or all is white already,
/// changes no pixel and has no mask.
pub fn paint(image: &GrayImage, lesions: &[Lesion]) -> Painted {
    let mask = GrayImage::new(image.width, image.height, vec![0; image.pixels.len()]);
    let mut painted = Painted { image: image.clone(), mask };
    for lesion in lesions {
        paint_one(&mut painted, lesion);
    }
    painted
}

/// A mask as it lies on a square of `side` pixels: those at least half covered; the most covered one where a small
/// lesion covers half of none.
pub fn mask_at(mask: &GrayImage, side: u32) -> Vec<bool> {
    if side == 0 || mask.pixels.is_empty() {
        return Vec::new();
    }
    let covered = resize(mask, side, side).pixels;
    let most = covered.iter().copied().max().unwrap_or(0);
    let from = most.clamp(1, 128);
    covered.iter().map(|&share| share >= from).collect()
}

/// A rectangle of whole pixels within an image.
#[derive(Clone, Copy)]
pub(super) struct Window {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Window {
    /// The pixels of `image` in these bounds, grown by `margin` on all sides; `None` where there are none.
    pub fn new([left, top, right, bottom]: [f32; 4], margin: f32, image: &GrayImage) -> Option<Self> {
        let within = |value: f32, size: u32| value.clamp(0.0, size as f32) as usize;
        let window = Self {
            left: within((left - margin).floor(), image.width),
            top: within((top - margin).floor(), image.height),
            right: within((right + margin).ceil(), image.width),
            bottom: within((bottom + margin).ceil(), image.height),
        };
        (window.left < window.right && window.top < window.bottom).then_some(window)
    }

    fn width(self) -> usize {
        self.right - self.left
    }

    /// Column and row of every pixel, row by row.
    pub fn pixels(self) -> impl Iterator<Item = (usize, usize)> {
        (self.top..self.bottom).flat_map(move |row| (self.left..self.right).map(move |column| (column, row)))
    }
}

fn paint_one(painted: &mut Painted, lesion: &Lesion) {
    let Painted { image, mask } = painted;
    let shape = Shape::new(lesion, image.width, image.height);
    let Some(window) = Window::new(shape.bounds(), 0.0, image) else { return };
    let shorter = image.width.min(image.height) as f32;
    let white = Window::new(shape.bounds(), WHITE_REACH * shorter, image).map_or(255.0, |around| white(image, around));
    let means = LocalMeans::new(image, window);
    let effects: Vec<Effect> =
        window.pixels().map(|at| Effect::new(&shape, lesion, at, means.at(at.0, at.1), white)).collect();
    let greatest = effects.iter().map(|effect| effect.lift).fold(0.0, f32::max);
    if greatest < LEAST_LIFT {
        return;
    }
    for ((column, row), effect) in window.pixels().zip(effects) {
        let at = row * image.width as usize + column;
        image.pixels[at] = effect.on(image.pixels[at]);
        if effect.lift >= MASK_FROM * greatest {
            mask.pixels[at] = 255;
        }
    }
}

/// 0 for the black around the body, 1 for all that is not as dark. Lungs are mostly above a fifth of the local white.
fn body(mean: f32) -> f32 {
    smooth((mean - 0.03) / 0.07)
}

/// What a lesion does to one pixel.
struct Effect {
    /// The grey value around it.
    mean: f32,
    /// What is added to the mean, in grey values.
    lift: f32,
    /// Share of the difference from the mean that is lost.
    hidden: f32,
}

impl Effect {
    fn new(shape: &Shape, lesion: &Lesion, (column, row): (usize, usize), mean: f32, white: f32) -> Self {
        let strength = shape.weight(column as f32 + 0.5, row as f32 + 0.5) * lesion.contrast.share();
        // Where the surroundings are as white already, nothing is added and nothing hidden.
        let lift = strength * (white - mean).max(0.0) * body(mean / white.max(1.0));
        Self { mean, lift, hidden: if lift > 0.0 { shape.hides() * strength } else { 0.0 } }
    }

    fn on(&self, pixel: u8) -> u8 {
        if self.lift <= 0.0 {
            return pixel;
        }
        let detail = (f32::from(pixel) - self.mean) * (1.0 - self.hidden);
        (self.mean + self.lift + detail).round().clamp(0.0, 255.0) as u8
    }
}

/// The grey value that all but the whitest pixels of a window stay below.
pub(super) fn white(image: &GrayImage, window: Window) -> f32 {
    let mut counts = [0u32; 256];
    for row in window.top..window.bottom {
        let start = row * image.width as usize;
        for &value in &image.pixels[start + window.left..start + window.right] {
            counts[usize::from(value)] += 1;
        }
    }
    let wanted = WHITE_SHARE * f64::from(counts.iter().sum::<u32>());
    let mut seen = 0u32;
    let found = counts.iter().position(|count| {
        seen += count;
        f64::from(seen) >= wanted
    });
    found.unwrap_or(255) as f32
}

/// Means over squares around pixels, from sums of all that lies above and left (Crow 1984).
pub(super) struct LocalMeans {
    /// What is summed: the window and half a square around it.
    window: Window,
    radius: usize,
    /// One row and one column more than the window, of zeros.
    sums: Vec<u64>,
}

impl LocalMeans {
    pub fn new(image: &GrayImage, window: Window) -> Self {
        let radius = ((LOCAL_SHARE * image.width.min(image.height) as f32 / 2.0) as usize).max(1);
        let window = Window {
            left: window.left.saturating_sub(radius),
            top: window.top.saturating_sub(radius),
            right: (window.right + radius).min(image.width as usize),
            bottom: (window.bottom + radius).min(image.height as usize),
        };
        let stride = window.width() + 1;
        let mut sums = vec![0u64; stride * (window.bottom - window.top + 1)];
        for row in window.top..window.bottom {
            let start = row * image.width as usize;
            let below = (row - window.top + 1) * stride;
            let mut line = 0u64;
            for (column, &value) in image.pixels[start + window.left..start + window.right].iter().enumerate() {
                line += u64::from(value);
                sums[below + column + 1] = sums[below - stride + column + 1] + line;
            }
        }
        Self { window, radius, sums }
    }

    pub fn at(&self, column: usize, row: usize) -> f32 {
        let (window, radius) = (self.window, self.radius);
        let left = column.saturating_sub(radius).max(window.left) - window.left;
        let top = row.saturating_sub(radius).max(window.top) - window.top;
        let right = (column + radius + 1).min(window.right) - window.left;
        let bottom = (row + radius + 1).min(window.bottom) - window.top;
        let stride = window.width() + 1;
        let sum = self.sums[bottom * stride + right] + self.sums[top * stride + left]
            - self.sums[top * stride + right]
            - self.sums[bottom * stride + left];
        sum as f32 / ((right - left) * (bottom - top)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{LesionKind, Permille};
    use crate::imaging::lesion::place;

    /// Dark with a bright band in the middle, and stripes for ribs.
    fn chest(width: u32, height: u32) -> GrayImage {
        let value = |index: u32| {
            let (x, y) = (index % width, index / width);
            let spine = (x * 10).abs_diff(width * 5) < width;
            if spine { 200 } else { 60 + 20 * u8::from((y * 40 / height.max(1)).is_multiple_of(2)) }
        };
        GrayImage::new(width, height, (0..width * height).map(value).collect())
    }

    fn lesion(kind: LesionKind, x: f32, y: f32, size: f32, contrast: f32) -> Lesion {
        let [x, y, size, contrast] = [x, y, size, contrast].map(Permille::of);
        Lesion { kind, x, y, size, contrast, seed: 5 }
    }

    #[test]
    fn a_seed_gives_the_same_pixels_and_another_one_others() {
        let image = chest(160, 140);
        for kind in LesionKind::ALL {
            let paint_at = |seed| paint(&image, &[place(kind, seed)]);
            assert_eq!(paint_at(3), paint_at(3));
            assert_ne!(paint_at(3), paint_at(4));
        }
    }

    #[test]
    fn no_contrast_changes_nothing() {
        let image = chest(120, 100);
        let painted = paint(&image, &[lesion(LesionKind::Consolidation, 0.3, 0.5, 0.3, 0.0)]);
        assert_eq!(painted.image, image);
        assert!(painted.mask.pixels.iter().all(|&value| value == 0));
        assert_eq!(paint(&image, &[]).image, image);
    }

    #[test]
    fn the_mask_lies_where_the_image_grew_lighter() {
        let image = chest(160, 160);
        for kind in LesionKind::ALL {
            for seed in 0..10 {
                let painted = paint(&image, &[place(kind, seed)]);
                let gain: Vec<i32> = painted
                    .image
                    .pixels
                    .iter()
                    .zip(&image.pixels)
                    .map(|(a, b)| i32::from(*a) - i32::from(*b))
                    .collect();
                let mean = |inside: bool| {
                    let chosen: Vec<i32> = gain
                        .iter()
                        .zip(&painted.mask.pixels)
                        .filter(|(_, mask)| (**mask > 0) == inside)
                        .map(|(gain, _)| *gain)
                        .collect();
                    f64::from(chosen.iter().sum::<i32>()) / chosen.len().max(1) as f64
                };
                assert!(mean(true) > 10.0 && mean(false) < 4.0, "{kind:?} {seed}: {} {}", mean(true), mean(false));
                assert!(painted.mask.pixels.iter().all(|&value| value == 0 || value == 255));
            }
        }
    }

    #[test]
    fn ribs_show_through_haze_more_than_through_fluid() {
        let image = chest(200, 200);
        let ribs = |kind| {
            let painted = paint(&image, &[lesion(kind, 0.25, 0.45, 0.4, 1.0)]).image;
            let column: Vec<f32> = (98..112).map(|y| f32::from(painted.pixels[y * 200 + 50])).collect();
            column.windows(2).map(|pair| (pair[0] - pair[1]).abs()).fold(0.0, f32::max)
        };
        let (haze, fluid) = (ribs(LesionKind::SoftOpacity), ribs(LesionKind::Effusion));
        assert!(haze > 12.0 && fluid < haze - 5.0, "{haze} {fluid}");
    }

    #[test]
    fn the_edge_of_the_image_and_odd_sizes_are_no_trouble() {
        for (width, height) in [(1, 1), (2, 300), (300, 3), (64, 64)] {
            let image = chest(width, height);
            for kind in LesionKind::ALL {
                for [x, y] in [[0.0, 0.0], [1.0, 1.0], [0.5, 0.0]] {
                    for size in [0.0, 0.05, 1.0] {
                        let painted = paint(&image, &[lesion(kind, x, y, size, 1.0)]);
                        assert_eq!(painted.image.pixels.len(), image.pixels.len());
                    }
                }
            }
        }
        let nothing = GrayImage::new(0, 0, Vec::new());
        assert_eq!(paint(&nothing, &[lesion(LesionKind::Nodule, 0.5, 0.5, 0.1, 1.0)]).image, nothing);
        let white = GrayImage::new(50, 50, vec![255; 2500]);
        assert_eq!(paint(&white, &[lesion(LesionKind::Effusion, 0.3, 0.7, 0.3, 1.0)]).image, white);
    }

    #[test]
    fn a_lesion_smaller_than_a_pixel_keeps_one() {
        let painted = paint(&chest(400, 400), &[lesion(LesionKind::Nodule, 0.3, 0.4, 0.01, 0.5)]);
        assert_eq!(mask_at(&painted.mask, 16).iter().filter(|inside| **inside).count(), 1);
        assert!(mask_at(&paint(&chest(50, 50), &[]).mask, 16).iter().all(|inside| !inside));
        assert!(mask_at(&GrayImage::new(0, 0, Vec::new()), 16).is_empty());
    }

    #[test]
    #[ignore = "writes a picture for looking at"]
    fn contact_sheet() {
        let folder = format!("{}/assets/sample/test/NORMAL", env!("CARGO_MANIFEST_DIR"));
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let mut sheet = image::GrayImage::new(224 * 8, 224 * 5);
        for (column, path) in (0u32..).zip(paths.iter().skip(4).step_by(6).take(8)) {
            let original = crate::imaging::read_image(path).unwrap().image;
            let rows = LesionKind::ALL.map(|kind| paint(&original, &[place(kind, 10 + column)]).image);
            for (row, image) in (0u32..).zip([original].into_iter().chain(rows)) {
                let picture = image::GrayImage::from_raw(image.width, image.height, image.pixels).unwrap();
                image::imageops::replace(&mut sheet, &picture, i64::from(column * 224), i64::from(row * 224));
            }
        }
        sheet.save(std::env::temp_dir().join("neuroscan-lesions.png")).unwrap();
    }
}
