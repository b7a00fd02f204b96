//! Any image file as one 8-bit grey channel, or the reason why not.
//!
//! Decisions, so that they are made once:
//! - Colour becomes grey by ITU-R BT.601 luma, as JPEG itself and Pillow do.
//! - 16 bits become 8 by the smallest of 10, 12, 14 or 16 bits that holds the brightest pixel: radiographs stored with
//!   12 bits in a 16-bit file would otherwise be black.
//! - Transparency is laid over black, the background of a radiograph.
//! - EXIF orientation is applied.
//! - A file with more than one frame or page is refused: which one is meant would be a guess.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{jpeg, structure};
use crate::domain::{GrayImage, RejectReason};
use crate::error::{Error, Result};

/// Smaller images hold nothing to look at, in pixels a side.
pub const MIN_SIDE: u32 = 32;
/// Longest side that is decoded, in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels that are decoded: four times a digital mammogram.
pub const MAX_PIXELS: u64 = 80_000_000;
/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 256 << 20;
/// Most memory that one decoder may ask for, in bytes.
const MAX_ALLOC: u64 = 768 << 20;

/// Why bytes are not usable, and the particulars in a sentence.
pub(super) type Rejection = (RejectReason, String);

/// A file as pixels, turned upright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub image: GrayImage,
    /// "8 bit", "16 bit, 12 used".
    pub depth: String,
    /// "grey JPEG", "colour PNG".
    pub format: String,
}

/// Reads and decodes one image file.
///
/// # Errors
/// `Error::Io` when it cannot be read, `Error::Image` with the reason when it is no usable image.
pub fn read_image(path: &Path) -> Result<Decoded> {
    let bytes = read_bytes(path).map_err(|(reason, detail)| reject(path, reason, &detail))?;
    decode(&bytes).map_err(|(reason, detail)| reject(path, reason, &detail))
}

/// [`read_image`] with the BLAKE3 of the file's bytes, hexadecimal: the same as a sample's of a data set.
pub fn read_hashed(path: &Path) -> Result<(String, Decoded)> {
    let bytes = read_bytes(path).map_err(|(reason, detail)| reject(path, reason, &detail))?;
    let decoded = decode(&bytes).map_err(|(reason, detail)| reject(path, reason, &detail))?;
    Ok((blake3::hash(&bytes).to_hex().to_string(), decoded))
}

fn reject(path: &Path, reason: RejectReason, detail: &str) -> Error {
    Error::Image { reason: format!("{}: {detail}", reason.title().to_lowercase()), path: path.to_path_buf() }
}

/// Reads a whole regular file of sensible size. Pipes and devices are refused: reading them may never end.
pub fn read_bytes(path: &Path) -> std::result::Result<Vec<u8>, (RejectReason, String)> {
    let unreadable = |error: std::io::Error| (RejectReason::Unreadable, sentence(&error.to_string()));
    // Before opening: merely opening a pipe waits for its other end.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err((RejectReason::Unreadable, "Not a regular file.".to_owned()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err((
            RejectReason::TooLarge,
            format!("{} MB; at most {} MB are read.", metadata.len() >> 20, MAX_FILE_BYTES >> 20),
        ));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    // The limit again, because a file may grow while it is read.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Decodes a whole file. Never panics, whatever the bytes.
///
/// # Errors
/// The reason, and a sentence with the particulars.
pub fn decode(bytes: &[u8]) -> std::result::Result<Decoded, (RejectReason, String)> {
    // Decoders of other people's formats: a panic in one costs that file, not the program.
    catch_unwind(AssertUnwindSafe(|| decode_unguarded(bytes)))
        .unwrap_or_else(|_| Err((RejectReason::Truncated, "Its decoder failed on it.".to_owned())))
}

fn decode_unguarded(bytes: &[u8]) -> std::result::Result<Decoded, Rejection> {
    if bytes.is_empty() {
        return Err((RejectReason::Empty, "The file has 0 bytes.".to_owned()));
    }
    let Ok(format) = image::guess_format(bytes) else {
        return Err(structure::name_unknown(bytes));
    };
    if format == ImageFormat::Jpeg {
        return jpeg::decode(bytes);
    }
    structure::check(format, bytes)?;
    decode_with_image(format, bytes)
}

/// Refuses sizes that are too small or too large to decode.
pub(super) fn check_size(width: u32, height: u32) -> std::result::Result<(), Rejection> {
    if width < MIN_SIDE || height < MIN_SIDE {
        return Err((
            RejectReason::TooSmall,
            format!("{width} × {height} pixels; at least {MIN_SIDE} a side are needed."),
        ));
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err((
            RejectReason::TooLarge,
            format!(
                "{width} × {height} pixels; at most {MAX_SIDE} a side and {} million in all are decoded.",
                MAX_PIXELS / 1_000_000
            ),
        ));
    }
    Ok(())
}

fn decode_with_image(format: ImageFormat, bytes: &[u8]) -> std::result::Result<Decoded, Rejection> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| explain(&error))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if decoder.total_bytes() > MAX_ALLOC {
        return Err((RejectReason::TooLarge, format!("It needs {} MB of memory.", decoder.total_bytes() >> 20)));
    }
    let bits_per_pixel = decoder.original_color_type().bits_per_pixel();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| explain(&error))?;
    let has_color = decoded.color().has_color();
    let bits = if bits_per_pixel < 8 {
        bits_per_pixel
    } else {
        bits_per_pixel / u16::from(decoded.color().channel_count()).max(1)
    };
    let (image, used) = to_gray(decoded)?;
    let image = upright(image, orientation);
    let depth = match used {
        Some(used) if used < 16 => format!("16 bit, {used} used"),
        _ => format!("{} bit", bits.max(1)),
    };
    Ok(Decoded { image, depth, format: format_name(format, has_color) })
}

/// "grey PNG".
pub(super) fn format_name(format: ImageFormat, has_color: bool) -> String {
    let name = match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Pnm => "PNM",
        _ => "image",
    };
    format!("{} {name}", if has_color { "colour" } else { "grey" })
}

/// Grey values, and for 16-bit images the bits that are in use.
fn to_gray(image: DynamicImage) -> std::result::Result<(GrayImage, Option<u32>), Rejection> {
    let (width, height) = (image.width(), image.height());
    let (pixels, used) = match image {
        DynamicImage::ImageLuma8(buffer) => (buffer.into_raw(), None),
        DynamicImage::ImageLumaA8(buffer) => {
            (buffer.as_raw().chunks_exact(2).map(|pixel| over_black(pixel[0], pixel[1])).collect(), None)
        }
        DynamicImage::ImageRgb8(buffer) => (rgb_to_gray(buffer.as_raw()), None),
        DynamicImage::ImageRgba8(buffer) => (
            buffer
                .as_raw()
                .chunks_exact(4)
                .map(|pixel| over_black(luma(pixel[0], pixel[1], pixel[2]), pixel[3]))
                .collect(),
            None,
        ),
        DynamicImage::ImageLuma16(buffer) => narrow(buffer.into_raw()),
        DynamicImage::ImageLumaA16(buffer) => {
            narrow(buffer.as_raw().chunks_exact(2).map(|pixel| over_black_16(pixel[0], pixel[1])).collect())
        }
        DynamicImage::ImageRgb16(buffer) => {
            narrow(buffer.as_raw().chunks_exact(3).map(|pixel| luma_16(pixel[0], pixel[1], pixel[2])).collect())
        }
        DynamicImage::ImageRgba16(buffer) => narrow(
            buffer
                .as_raw()
                .chunks_exact(4)
                .map(|pixel| over_black_16(luma_16(pixel[0], pixel[1], pixel[2]), pixel[3]))
                .collect(),
        ),
        _ => {
            return Err((
                RejectReason::Unsupported,
                "Floating-point pixels: their black and white are not known.".to_owned(),
            ));
        }
    };
    Ok((GrayImage::new(width, height, pixels), used))
}

/// BT.601 luma with Pillow's fixed-point weights.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000) >> 16) as u8
}

fn luma_16(red: u16, green: u16, blue: u16) -> u16 {
    ((u64::from(red) * 19_595 + u64::from(green) * 38_470 + u64::from(blue) * 7_471 + 0x8000) >> 16) as u16
}

/// Interleaved RGB as grey.
pub(super) fn rgb_to_gray(rgb: &[u8]) -> Vec<u8> {
    rgb.chunks_exact(3).map(|pixel| luma(pixel[0], pixel[1], pixel[2])).collect()
}

fn over_black(value: u8, alpha: u8) -> u8 {
    ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8
}

fn over_black_16(value: u16, alpha: u16) -> u16 {
    ((u64::from(value) * u64::from(alpha) + 32_767) / 65_535) as u16
}

/// 16-bit values as 8-bit ones, by the bits that are in use.
fn narrow(values: Vec<u16>) -> (Vec<u8>, Option<u32>) {
    let brightest = values.iter().copied().max().unwrap_or(0);
    let used = [10u32, 12, 14].into_iter().find(|&bits| u32::from(brightest) < 1 << bits).unwrap_or(16);
    let white = (1u32 << used) - 1;
    let pixels = values.into_iter().map(|value| ((u32::from(value) * 255 + white / 2) / white) as u8).collect();
    (pixels, Some(used))
}

/// Turns an image as its EXIF orientation asks.
pub(super) fn upright(image: GrayImage, orientation: Orientation) -> GrayImage {
    if orientation == Orientation::NoTransforms {
        return image;
    }
    let (width, height) = (image.width, image.height);
    let Some(buffer) = image::GrayImage::from_raw(width, height, image.pixels) else {
        unreachable!("GrayImage::new checked the pixel count")
    };
    let mut turned = DynamicImage::ImageLuma8(buffer);
    turned.apply_orientation(orientation);
    let (width, height) = (turned.width(), turned.height());
    GrayImage::new(width, height, turned.into_bytes())
}

/// A decoder's error as a reason and a sentence.
fn explain(error: &ImageError) -> Rejection {
    let reason = match error {
        ImageError::Limits(_) => RejectReason::TooLarge,
        ImageError::Unsupported(_) => RejectReason::Unsupported,
        _ => RejectReason::Truncated,
    };
    (reason, sentence(&error.to_string()))
}

/// The first line of somebody else's message, as a sentence of bearable length.
pub(super) fn sentence(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let mut text: String = line.chars().take(160).collect();
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    text.push('.');
    text
}
