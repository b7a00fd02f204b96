//! The one path from a decoded image to what a network sees, for training, scoring and single images.
//!
//! Up to 128 px: the image is scaled to a 128-px square (the *base*, which the cache keeps), equalised there if asked
//! for, then averaged down. Above: scaled to the wanted side at once and equalised there. Aspect ratio is not kept, so
//! that it cannot give a label away.

use super::{area, clahe, resize};
use crate::domain::{GrayImage, Preprocessing};

/// Side of the base image, in pixels; also where CLAHE is computed for smaller sizes.
pub const BASE_SIDE: u32 = 128;

/// Clip limit of CLAHE, in multiples of a flat histogram's height.
const CLIP_LIMIT: f32 = 4.0;
/// Tiles of CLAHE, a side.
const TILES: u32 = 8;

/// What a network sees of an image: a square of `how.image_size` pixels a side.
///
/// # Panics
/// If the image is empty or `how.image_size` is 0.
pub fn preprocess(image: &GrayImage, how: Preprocessing) -> GrayImage {
    finish(&base(image, how), how)
}

/// The first half: scaling, which needs the whole image. The same for all sizes up to [`BASE_SIDE`].
pub fn base(image: &GrayImage, how: Preprocessing) -> GrayImage {
    let side = how.image_size.max(BASE_SIDE);
    resize(image, side, side)
}

/// The second half, from an image that [`base`] has made.
pub fn finish(base: &GrayImage, how: Preprocessing) -> GrayImage {
    if how.clahe { area(&clahe(base, CLIP_LIMIT, TILES), how.image_size) } else { area(base, how.image_size) }
}
