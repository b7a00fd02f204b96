//! Scaling of grey images.

use std::cell::RefCell;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::domain::GrayImage;

thread_local! {
    /// Keeps its buffers from one image to the next.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
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
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
    let mut scaled = Image::new(width, height, PixelType::U8);
    let source = ImageRef::new(image.width, image.height, &image.pixels, PixelType::U8);
    let done = source.map(|source| RESIZER.with_borrow_mut(|resizer| resizer.resize(&source, &mut scaled, &options)));
    assert!(matches!(done, Ok(Ok(()))), "sizes and pixel types were checked");
    GrayImage::new(width, height, scaled.into_vec())
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
