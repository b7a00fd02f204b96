//! Scaling of grey images.

use std::cell::RefCell;

use wide::{i16x8, i32x4, u8x16};

use super::lanes::{factors, joined};
use crate::domain::GrayImage;

/// Values that are computed at once.
const LANES: usize = 16;
/// Fractional bits of a share, at most: a share below 1 then fits 16 bits.
const MOST_BITS: i32 = 21;

thread_local! {
    /// Of the last two scalings: images of one folder are often of one size.
    static FILTERS: RefCell<[Filter; 2]> = RefCell::default();
}

/// Scales to `width` × `height` with an antialiased triangle filter, as Pillow's and torchvision's bilinear does.
/// The aspect ratio is not kept.
///
/// # Panics
/// If `width` or `height` is 0, or the image is empty.
pub fn resize(image: &GrayImage, width: u32, height: u32) -> GrayImage {
    assert!(width > 0 && height > 0 && !image.pixels.is_empty(), "images of no size cannot be scaled");
    if (image.width, image.height) == (width, height) {
        return image.clone();
    }
    let (from_width, from_height) = (image.width as usize, image.height as usize);
    let (to_width, to_height) = (width as usize, height as usize);
    FILTERS.with_borrow_mut(|[across, down]| {
        let flat = down.of(from_height, to_height).apply(&image.pixels, from_width);
        let turned = transposed(&flat, from_width);
        let scaled = across.of(from_width, to_width).apply(&turned, to_height);
        GrayImage::new(width, height, transposed(&scaled, to_height))
    })
}

/// How rows are mixed to fewer or more rows.
#[derive(Default)]
struct Filter {
    from: usize,
    to: usize,
    /// Of each new row.
    mixes: Vec<Mix>,
    /// Fractional bits of shares.
    bits: i32,
}

/// What a new row is made of.
struct Mix {
    /// The first old row, and how many.
    first: usize,
    count: usize,
    /// The shares of the old rows, in twos; beside an odd one stands 0.
    shares: Vec<[i16; 2]>,
}

impl Filter {
    /// This filter for other numbers of rows.
    fn of(&mut self, from: usize, to: usize) -> &Self {
        if (self.from, self.to) != (from, to) {
            *self = Self::new(from, to);
        }
        self
    }

    fn new(from: usize, to: usize) -> Self {
        let shares: Vec<_> = (0..to).map(|row| triangle(row, from, to)).collect();
        let largest = shares.iter().flat_map(|(_, shares)| shares).copied().fold(0.0, f64::max);
        let is_most = |bits: &i32| (largest * f64::from(1 << (bits + 1))).round() >= f64::from(1 << 15);
        let bits = (0..MOST_BITS).find(is_most).unwrap_or(MOST_BITS);
        let whole = |share: &f64| (share * f64::from(1 << bits)).round() as i16;
        let mix = |(first, shares): (usize, Vec<f64>)| Mix {
            first,
            count: shares.len(),
            shares: shares.chunks(2).map(|two| [whole(&two[0]), two.get(1).map_or(0, whole)]).collect(),
        };
        Self { from, to, mixes: shares.into_iter().map(mix).collect(), bits }
    }

    /// Mixes rows of `width` values.
    fn apply(&self, source: &[u8], width: usize) -> Vec<u8> {
        let mut out = vec![0; width * self.to];
        for (out, mix) in out.chunks_exact_mut(width).zip(&self.mixes) {
            mix.apply(&source[mix.first * width..][..mix.count * width], self.bits, out);
        }
        out
    }
}

impl Mix {
    /// Mixes the rows of `source` to one.
    #[inline]
    fn apply(&self, source: &[u8], bits: i32, out: &mut [u8]) {
        let half = 1 << (bits - 1);
        let (width, last) = (out.len(), self.count - 1);
        let (chunks, rest) = out.as_chunks_mut::<LANES>();
        let done = chunks.len() * LANES;
        for (index, chunk) in chunks.iter_mut().enumerate() {
            let at = index * LANES;
            let mut sums = [i32x4::splat(half); 4];
            let values = |row: usize| {
                source[row * width + at..].first_chunk::<LANES>().map_or(u8x16::ZERO, |values| u8x16::new(*values))
            };
            for (pair, &two) in self.shares.iter().enumerate() {
                let (above, below) = (values(2 * pair), values((2 * pair + 1).min(last)));
                let factors = factors(two);
                let (left, right) = (u8x16::unpack_low(above, below), u8x16::unpack_high(above, below));
                sums[0] += i16x8::from_u8x16_low(left).dot(factors);
                sums[1] += i16x8::from_u8x16_high(left).dot(factors);
                sums[2] += i16x8::from_u8x16_low(right).dot(factors);
                sums[3] += i16x8::from_u8x16_high(right).dot(factors);
            }
            let [a, b, c, d] = sums;
            let (left, right) = (joined([a >> bits, b >> bits]), joined([c >> bits, d >> bits]));
            *chunk = u8x16::narrow_i16x8(left, right).to_array();
        }
        for (x, out) in (done..).zip(rest) {
            let values = source[x..].iter().step_by(width);
            let shares = self.shares.as_flattened();
            let sum: i32 = shares.iter().zip(values).map(|(&share, &value)| i32::from(share) * i32::from(value)).sum();
            *out = ((sum + half) >> bits).clamp(0, 255) as u8;
        }
    }
}

/// The shares of old rows in a new one, which sum to 1, and the first of them.
fn triangle(row: usize, from: usize, to: usize) -> (usize, Vec<f64>) {
    let scale = from as f64 / to as f64;
    // Enlarged, a pixel is mixed from its neighbours; made smaller, from all that it covers.
    let radius = scale.max(1.0);
    let center = (row as f64 + 0.5) * scale;
    let (begin, end) = ((center - radius).floor().max(0.0) as usize, ((center + radius).ceil() as usize).min(from));
    let share = |old: usize| (1.0 - ((old as f64 - (center - 0.5)) * (1.0 / radius)).abs()).max(0.0);
    let first = (begin..end).find(|&old| share(old) > 0.0).unwrap_or(begin);
    let mut shares: Vec<f64> = (first..end).map(share).collect();
    let sum: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    while shares.last() == Some(&0.0) {
        shares.pop();
    }
    (first, shares)
}

/// Rows of `width` values as columns.
fn transposed(pixels: &[u8], width: usize) -> Vec<u8> {
    let height = pixels.len() / width;
    let mut out = vec![0; pixels.len()];
    let (whole_width, whole_height) = (width - width % LANES, height - height % LANES);
    for y in (0..whole_height).step_by(LANES) {
        for x in (0..whole_width).step_by(LANES) {
            let mut square = [u8x16::ZERO; LANES];
            for (row, square) in square.iter_mut().enumerate() {
                if let Some(values) = pixels[(y + row) * width + x..].first_chunk() {
                    *square = u8x16::new(*values);
                }
            }
            for (column, values) in transposed_square(square).iter().enumerate() {
                out[(x + column) * height + y..][..LANES].copy_from_slice(values.as_array());
            }
        }
    }
    for y in 0..height {
        for x in if y < whole_height { whole_width..width } else { 0..width } {
            out[x * height + y] = pixels[y * width + x];
        }
    }
    out
}

/// Rows as columns, by four perfect shuffles.
#[inline]
fn transposed_square(mut rows: [u8x16; LANES]) -> [u8x16; LANES] {
    for _ in 0..4 {
        let mut shuffled = [u8x16::ZERO; LANES];
        for at in 0..LANES / 2 {
            let (first, second) = (rows[at], rows[at + LANES / 2]);
            shuffled[2 * at] = u8x16::unpack_low(first, second);
            shuffled[2 * at + 1] = u8x16::unpack_high(first, second);
        }
        rows = shuffled;
    }
    rows
}
/// Shrinks a square image to `side` by averaging the area under each new pixel, as OpenCV's `INTER_AREA`.
///
/// # Panics
/// If the image is not square or smaller than `side`, or `side` is 0.
pub fn area(image: &GrayImage, side: u32) -> GrayImage {
    assert!(side > 0 && image.width == image.height && image.width >= side, "area scaling shrinks squares");
    let (from, to) = (image.width as usize, side as usize);
    if from == to {
        return image.clone();
    }
    if from % to == 0 {
        return GrayImage::new(side, side, shrink_by(&image.pixels, from, from / to));
    }
    let weights = area_weights(from, to);
    // Rows first, into fractions; then columns.
    let mut rows = vec![0f32; from * to];
    for y in 0..from {
        for (x, (start, shares)) in weights.iter().enumerate() {
            let line = &image.pixels[y * from + start..];
            rows[y * to + x] = shares.iter().zip(line).map(|(share, &value)| share * f32::from(value)).sum();
        }
    }
    let mut pixels = Vec::with_capacity(to * to);
    for (start, shares) in &weights {
        for x in 0..to {
            let value: f32 = shares.iter().enumerate().map(|(row, share)| share * rows[(start + row) * to + x]).sum();
            pixels.push((value + 0.5) as u8);
        }
    }
    GrayImage::new(side, side, pixels)
}

/// Means of whole blocks of `factor` × `factor`.
fn shrink_by(pixels: &[u8], from: usize, factor: usize) -> Vec<u8> {
    let to = from / factor;
    let count = (factor * factor) as u32;
    let mut sums = vec![0u32; to];
    let mut out = Vec::with_capacity(to * to);
    for block in pixels.chunks_exact(from * factor) {
        sums.fill(0);
        for row in block.chunks_exact(from) {
            for (sum, values) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                *sum += values.iter().map(|&value| u32::from(value)).sum::<u32>();
            }
        }
        out.extend(sums.iter().map(|sum| ((sum + count / 2) / count) as u8));
    }
    out
}

/// For each new pixel the first old one under it and the shares of the old ones; shares sum to 1.
fn area_weights(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|index| {
            let (begin, end) = (index as f64 * scale, (index + 1) as f64 * scale);
            let first = begin.floor() as usize;
            let last = (end.ceil() as usize).min(from);
            let shares = (first..last)
                .map(|old| {
                    let covered = (end.min((old + 1) as f64) - begin.max(old as f64)).max(0.0);
                    (covered / scale) as f32
                })
                .collect();
            (first, shares)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use fast_image_resize::images::{Image, ImageRef};
    use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
    use proptest::prelude::*;

    use super::*;

    /// The same scaling by the library that does it in Pillow's way.
    fn reference(image: &GrayImage, width: u32, height: u32) -> GrayImage {
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
        let mut scaled = Image::new(width, height, PixelType::U8);
        let source = ImageRef::new(image.width, image.height, &image.pixels, PixelType::U8).unwrap();
        Resizer::new().resize(&source, &mut scaled, &options).unwrap();
        GrayImage::new(width, height, scaled.into_vec())
    }

    /// Noise with black and white edges.
    fn picture(width: u32, height: u32, seed: u32) -> GrayImage {
        let value = |at: u32| match (at ^ seed).wrapping_mul(2_654_435_761) >> 22 {
            0..200 => 0,
            200..400 => 255,
            other => (other >> 2) as u8,
        };
        GrayImage::new(width, height, (0..width * height).map(value).collect())
    }

    #[test]
    fn usual_sizes_give_the_reference_pixels() {
        for (from, to) in [((224, 224), 128), ((512, 512), 128), ((1000, 700), 64), ((100, 130), 128), ((128, 90), 128)]
        {
            let image = picture(from.0, from.1, 7);
            assert_eq!(resize(&image, to, to), reference(&image, to, to), "{from:?} to {to}");
        }
    }

    #[test]
    fn a_plain_image_stays_plain() {
        for value in [0, 1, 128, 255] {
            let image = GrayImage::new(77, 45, vec![value; 77 * 45]);
            assert!(resize(&image, 50, 90).pixels.iter().all(|&pixel| pixel == value), "{value}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_size_gives_the_reference_pixels(
            from in (1u32..90, 1u32..90), to in (1u32..90, 1u32..90), seed in any::<u32>(),
        ) {
            let image = picture(from.0, from.1, seed);
            prop_assert_eq!(resize(&image, to.0, to.1), reference(&image, to.0, to.1));
        }

        #[test]
        fn columns_become_rows(width in 1usize..70, height in 1usize..70) {
            let pixels: Vec<u8> = (0..width * height).map(|at| (at * 31 % 251) as u8).collect();
            let turned = transposed(&pixels, width);
            for at in 0..pixels.len() {
                prop_assert_eq!(turned[at % width * height + at / width], pixels[at]);
            }
        }
    }
}
