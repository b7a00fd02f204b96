//! JPEG straight to grey: of a colour file only the luma channel is reconstructed.
//!
//! Two decoders. `luma` is fast and strict: Huffman-coded files of 8 bits, baseline or progressive, grey or YCbCr,
//! without the least irregularity. Everything else, and every complaint, is `general`'s. Of a whole file both give the
//! same pixels. Scans of colour alone are skipped by `luma`: damage in them goes unnoticed.

mod bits;
mod general;
mod huffman;
mod idct;
mod luma;
mod scans;
mod segments;

use image::ImageFormat;

use super::decode::{Decoded, Rejection};
use super::structure;

/// Decodes a whole JPEG.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Rejection> {
    if let Some(decoded) = luma::decode(bytes) {
        return Ok(decoded);
    }
    structure::check(ImageFormat::Jpeg, bytes)?;
    general::decode(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, RgbImage};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::RejectReason;

    fn root() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }

    /// Grey progressive files of the bundled sample.
    fn samples() -> Vec<Vec<u8>> {
        let folder = root().join("assets/sample/test/NORMAL");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().take(4).map(|path| std::fs::read(path).unwrap()).collect()
    }

    /// What the other decoder alone makes of a file.
    fn general(bytes: &[u8]) -> Result<Decoded, Rejection> {
        structure::check(ImageFormat::Jpeg, bytes)?;
        general::decode(bytes)
    }

    fn assert_same(bytes: &[u8], what: &str) {
        let fast = luma::decode(bytes).unwrap_or_else(|| panic!("{what} is not decoded"));
        assert!(fast == general(bytes).unwrap(), "{what} is decoded otherwise");
    }

    /// An encoded picture with smooth parts, edges and noise.
    fn baseline(width: u32, height: u32, quality: u8, grey: bool) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            let noise = ((x * 7 + y * 13).wrapping_mul(2_654_435_761) >> 24) as u8;
            let red = if x > y { noise } else { (x * 3) as u8 };
            image::Rgb([red, (y * 5) as u8, noise / 2])
        });
        let picture = DynamicImage::ImageRgb8(picture);
        let picture = if grey { picture.grayscale() } else { picture };
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).unwrap();
        bytes
    }

    #[test]
    fn progressive_files_give_the_same_pixels() {
        for (index, bytes) in samples().iter().enumerate() {
            assert_same(bytes, &format!("sample {index}"));
        }
    }

    #[test]
    fn baseline_files_of_any_size_give_the_same_pixels() {
        for (width, height) in [(32, 32), (33, 47), (64, 40), (95, 71)] {
            for quality in [1, 40, 90, 100] {
                for grey in [true, false] {
                    let what = format!("{width} x {height}, quality {quality}, grey {grey}");
                    assert_same(&baseline(width, height, quality, grey), &what);
                }
            }
        }
    }

    #[test]
    fn sampled_colour_and_restarts_give_the_same_pixels() {
        for name in ["restarts_grey", "restarts_progressive_grey", "half_colour", "half_progressive_colour"] {
            let bytes = std::fs::read(root().join(format!("tests/fixtures/{name}.jpg"))).unwrap();
            assert_same(&bytes, name);
        }
    }

    #[test]
    fn other_kinds_are_left_to_the_other_decoder() {
        let cmyk = std::fs::read(root().join("tests/fixtures/cmyk.jpg")).unwrap();
        assert!(luma::decode(&cmyk).is_none());
        let mut lossless = samples().remove(0);
        let frame = lossless.windows(2).position(|pair| pair == [0xFF, 0xC2]).unwrap();
        lossless[frame + 1] = 0xC3;
        assert!(luma::decode(&lossless).is_none());
        assert_eq!(decode(&lossless).map(|_| ()), general(&lossless).map(|_| ()));
    }

    #[test]
    fn a_cut_file_is_told_as_before() {
        let whole = samples().remove(0);
        for end in (0..whole.len()).step_by(97) {
            assert!(luma::decode(&whole[..end]).is_none(), "cut to {end}");
        }
        let (reason, detail) = decode(&whole[..whole.len() / 2]).unwrap_err();
        assert_eq!((reason, detail.as_str()), (RejectReason::Truncated, "The file ends before its end mark."));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever happens to a grey file: no panic, and an image of the size that the other decoder sees. Its pixels can be others:
        /// where one byte of a Huffman table is wrong and yet all bits are used up, each decoder makes of it what it will.
        #[test]
        fn damage_does_no_harm(
            which in 0usize..6,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
        ) {
            let mut bytes = match which {
                0..4 => samples().remove(which),
                4 => baseline(64, 48, 80, true),
                _ => std::fs::read(root().join("tests/fixtures/restarts_progressive_grey.jpg")).unwrap(),
            };
            for (place, value, kind) in changes {
                let at = place.index(bytes.len());
                match kind {
                    0 => bytes[at] = value,
                    1 => bytes[at] ^= 1 << (value % 8),
                    2 => bytes.insert(at, value),
                    _ if bytes.len() > 64 => drop(bytes.remove(at)),
                    _ => {}
                }
            }
            if let Some(fast) = luma::decode(&bytes) {
                // zune-jpeg is known to panic on some damaged files; `decode::decode` catches that.
                if let Ok(Ok(general)) = std::panic::catch_unwind(|| general(&bytes)) {
                    let size = |decoded: &Decoded| (decoded.image.width, decoded.image.height);
                    prop_assert_eq!(size(&fast), size(&general));
                }
            }
        }
    }
}
