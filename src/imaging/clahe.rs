//! Contrast-limited adaptive histogram equalisation.
//!
//! Karel Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV (1994), in the form of
//! OpenCV's `createCLAHE(clipLimit, (tiles, tiles))`, whose results it equals.

use crate::domain::GrayImage;

const LEVELS: usize = 256;

/// Equalises an image in `tiles` × `tiles` tiles, each histogram clipped at `clip_limit` times its mean height.
///
/// # Panics
/// If `tiles` is 0 or the image is empty.
pub fn clahe(image: &GrayImage, clip_limit: f32, tiles: u32) -> GrayImage {
    assert!(tiles > 0 && !image.pixels.is_empty(), "an empty image cannot be equalised");
    let tiles = tiles as usize;
    let (width, height) = (image.width as usize, image.height as usize);
    let (padded_width, padded_height) = padded_size(width, height, tiles);
    let padded;
    let source = if (padded_width, padded_height) == (width, height) {
        &image.pixels
    } else {
        padded = reflect(image, padded_width, padded_height);
        &padded
    };
    let tables = lookup_tables(source, padded_width, padded_height, clip_limit, tiles);
    interpolate(image, &tables, padded_width / tiles, padded_height / tiles, tiles)
}

/// OpenCV pads both sides as soon as one does not divide, by a whole row of tiles where the other does.
fn padded_size(width: usize, height: usize, tiles: usize) -> (usize, usize) {
    if width.is_multiple_of(tiles) && height.is_multiple_of(tiles) {
        (width, height)
    } else {
        (width + tiles - width % tiles, height + tiles - height % tiles)
    }
}

/// Extends to the right and below by mirroring about the last pixel (`BORDER_REFLECT_101`).
fn reflect(image: &GrayImage, padded_width: usize, padded_height: usize) -> Vec<u8> {
    let (width, height) = (image.width as usize, image.height as usize);
    let mirror = |at: usize, length: usize| {
        let period = (2 * length).saturating_sub(2).max(1);
        let at = at % period;
        if at < length { at } else { period - at }
    };
    let mut padded = Vec::with_capacity(padded_width * padded_height);
    for y in 0..padded_height {
        let row = &image.pixels[mirror(y, height) * width..][..width];
        padded.extend((0..padded_width).map(|x| row[mirror(x, width)]));
    }
    padded
}

/// For each tile, row-major, the new value of each old one.
fn lookup_tables(source: &[u8], width: usize, height: usize, clip_limit: f32, tiles: usize) -> Vec<[u8; LEVELS]> {
    let (tile_width, tile_height) = (width / tiles, height / tiles);
    let tile_pixels = tile_width * tile_height;
    let scale = (LEVELS - 1) as f32 / tile_pixels as f32;
    let clip = ((clip_limit * tile_pixels as f32 / LEVELS as f32) as u32).max(1);
    let mut tables = Vec::with_capacity(tiles * tiles);
    for tile_y in 0..tiles {
        for tile_x in 0..tiles {
            let mut histogram = [0u32; LEVELS];
            for y in 0..tile_height {
                let start = (tile_y * tile_height + y) * width + tile_x * tile_width;
                for &value in &source[start..start + tile_width] {
                    histogram[usize::from(value)] += 1;
                }
            }
            clip_histogram(&mut histogram, clip);
            let mut table = [0u8; LEVELS];
            let mut sum = 0u32;
            for (new, count) in table.iter_mut().zip(histogram) {
                sum += count;
                *new = rounded((sum as f32 * scale).min(255.0));
            }
            tables.push(table);
        }
    }
    tables
}

/// Cuts the peaks and spreads what was cut evenly; the remainder goes to levels at equal steps, as OpenCV does.
fn clip_histogram(histogram: &mut [u32; LEVELS], clip: u32) {
    let mut clipped = 0;
    for count in histogram.iter_mut() {
        clipped += count.saturating_sub(clip);
        *count = (*count).min(clip);
    }
    let share = clipped / LEVELS as u32;
    let remainder = (clipped % LEVELS as u32) as usize;
    for count in histogram.iter_mut() {
        *count += share;
    }
    if let Some(step) = LEVELS.checked_div(remainder) {
        let step = step.max(1);
        for count in histogram.iter_mut().step_by(step).take(remainder) {
            *count += 1;
        }
    }
}

/// Where a pixel lies between two tile centres: both tiles, and the weight of the second.
fn between(position: usize, tile_length: usize, tiles: usize) -> (usize, usize, f32) {
    // As OpenCV: multiply by the reciprocal, not divide.
    let centre = position as f32 * (1.0 / tile_length as f32) - 0.5;
    let floor = centre.floor();
    let first = floor as isize;
    let clamp = |tile: isize| tile.clamp(0, tiles as isize - 1) as usize;
    (clamp(first), clamp(first + 1), centre - floor)
}

/// Each pixel by the tables of the four nearest tiles, weighted by distance.
fn interpolate(
    image: &GrayImage,
    tables: &[[u8; LEVELS]],
    tile_width: usize,
    tile_height: usize,
    tiles: usize,
) -> GrayImage {
    let width = image.width as usize;
    let columns: Vec<_> = (0..width).map(|x| between(x, tile_width, tiles)).collect();
    let mut pixels = Vec::with_capacity(image.pixels.len());
    for (y, row) in image.pixels.chunks_exact(width).enumerate() {
        let (above, below, weight_below) = between(y, tile_height, tiles);
        let above = &tables[above * tiles..][..tiles];
        let below = &tables[below * tiles..][..tiles];
        for (&(left, right, weight_right), &value) in columns.iter().zip(row) {
            let level = usize::from(value);
            let at = |tile: &[u8; LEVELS]| f32::from(tile[level]);
            let weight_left = 1.0 - weight_right;
            let top = at(&above[left]) * weight_left + at(&above[right]) * weight_right;
            let bottom = at(&below[left]) * weight_left + at(&below[right]) * weight_right;
            let new = top * (1.0 - weight_below) + bottom * weight_below;
            pixels.push(rounded(new));
        }
    }
    GrayImage::new(image.width, image.height, pixels)
}

/// A value from 0 to 255 as the nearest whole number, of two equally near ones the even one. Adding 1.5 · 2²³ leaves no room
/// for fractional bits, so that the sum's last bits are the number; `round_ties_even` is a call to the mathematics library
/// where it is not one instruction.
#[inline]
fn rounded(value: f32) -> u8 {
    (value + 12_582_912.0).to_bits() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_the_nearest_and_of_two_to_the_even_one() {
        for step in 0..=255 * 64 {
            let value = step as f32 / 64.0;
            assert_eq!(rounded(value), value.round_ties_even() as u8, "{value}");
        }
        assert_eq!([0.499_999_97, 254.500_02].map(rounded), [0, 255]);
    }
}
