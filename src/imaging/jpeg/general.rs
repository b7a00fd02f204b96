//! Any JPEG that zune-jpeg reads: what the fast decoder leaves, among it all damaged files.

use image::ImageFormat;
use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use crate::domain::{GrayImage, RejectReason};
use crate::imaging::decode::{Decoded, Rejection, check_size, format_name, rgb_to_gray, sentence, upright};

/// Decodes a JPEG whose structure has been checked.
///
/// zune-jpeg's lenient mode fills what it cannot decode with grey; its strict mode also refuses harmless oddities. So:
/// strict first, lenient only for those oddities.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Rejection> {
    match decode_as(bytes, true) {
        Err(error) if is_harmless(&error) => decode_as(bytes, false),
        result => result,
    }
    .map_err(|failure| match failure {
        Failure::Rejected(rejection) => rejection,
        Failure::Decoder(error) => explain(&error),
    })
}

enum Failure {
    Rejected(Rejection),
    Decoder(DecodeErrors),
}

fn decode_as(bytes: &[u8], strict: bool) -> Result<Decoded, Failure> {
    let options =
        DecoderOptions::default().set_strict_mode(strict).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(Failure::Decoder)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let (width, height) = (width as u32, height as u32);
    check_size(width, height).map_err(Failure::Rejected)?;
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Luma);
    let wanted = match stored {
        ColorSpace::Luma | ColorSpace::YCbCr => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(wanted));
    let pixels = decoder.decode().map_err(Failure::Decoder)?;
    let pixels = if wanted == ColorSpace::RGB { rgb_to_gray(&pixels) } else { pixels };
    if pixels.len() != width as usize * height as usize {
        let detail = format!("It holds {} pixels instead of {width} × {height}.", pixels.len());
        return Err(Failure::Rejected((RejectReason::Truncated, detail)));
    }
    let orientation =
        decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms);
    let image = upright(GrayImage::new(width, height, pixels), orientation);
    let format = match stored {
        ColorSpace::CMYK | ColorSpace::YCCK => "CMYK JPEG".to_owned(),
        other => format_name(ImageFormat::Jpeg, other != ColorSpace::Luma),
    };
    Ok(Decoded { image, depth: "8 bit".to_owned(), format })
}

/// Padding between header segments: seen in files of old scanners, loses nothing.
fn is_harmless(failure: &Failure) -> bool {
    matches!(failure, Failure::Decoder(DecodeErrors::FormatStatic(message)) if message.contains("Extra bytes between headers"))
}

fn explain(error: &DecodeErrors) -> Rejection {
    match error {
        DecodeErrors::Unsupported(scheme) => {
            (RejectReason::Unsupported, sentence(&format!("A JPEG variant that is not read: {scheme:?}")))
        }
        // The decoder's Debug is its message; Display adds nothing but "Error".
        other => (RejectReason::Truncated, sentence(&format!("{other:?}"))),
    }
}
