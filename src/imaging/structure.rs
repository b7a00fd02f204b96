//! Is the whole file there, and is it one picture? Looked up in the container, before any pixel is decoded.
//!
//! Decoders forgive files that end early and pick the first of many frames. For measuring, both are errors.

use image::ImageFormat;

use super::decode::Rejection;
use crate::domain::RejectReason;

/// Checks the end of the file and the number of frames.
pub(super) fn check(format: ImageFormat, bytes: &[u8]) -> Result<(), Rejection> {
    match format {
        ImageFormat::Jpeg => check_jpeg(bytes),
        ImageFormat::Png => check_png(bytes),
        ImageFormat::Gif => check_gif(bytes),
        ImageFormat::WebP => check_webp(bytes),
        ImageFormat::Tiff => check_tiff(bytes),
        ImageFormat::Bmp | ImageFormat::Pnm => Ok(()),
        other => Err(unsupported(&format!("{other:?} files are not read"))),
    }
}

/// Whether a file begins as DICOM does, with or without the mark that part 10 asks for; its first 132 bytes will do.
pub fn is_dicom(bytes: &[u8]) -> bool {
    has_dicom_mark(bytes) || begins_as_data_set(bytes)
}

fn has_dicom_mark(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// Whether a DICOM data set begins without preamble and mark, as older scanners wrote them: an element of the group 0002 or
/// 0008, little endian, with its kind in two letters or without (part 5, section 7.1), and one of a higher tag behind it.
fn begins_as_data_set(bytes: &[u8]) -> bool {
    const SHORT_KINDS: [&[u8; 2]; 9] = [b"UL", b"UI", b"CS", b"SH", b"LO", b"DA", b"TM", b"PN", b"US"];
    let tag = |at: usize| Some((u16_le(bytes, at)?, u16_le(bytes, at + 2)?));
    let follows = || {
        let first = tag(0).filter(|(group, _)| matches!(group, 0x0002 | 0x0008))?;
        let kind = bytes.get(4..6)?;
        let length = if SHORT_KINDS.iter().any(|known| kind == *known) {
            usize::from(u16_le(bytes, 6)?)
        } else {
            usize::from(u16_le(bytes, 4)?) + (usize::from(u16_le(bytes, 6)?) << 16)
        };
        let next = tag(8 + length).filter(|_| length > 0 && length.is_multiple_of(2))?;
        Some(next > first && next.0 <= 0x0010)
    };
    follows().unwrap_or(false)
}

/// Says what bytes that are no known image are.
pub(super) fn name_unknown(bytes: &[u8]) -> Rejection {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if has_dicom_mark(bytes) {
        return unsupported("A DICOM file: export it as PNG first");
    }
    if begins_as_data_set(bytes) {
        return unsupported("A DICOM file without the mark DICM: export it as PNG first");
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return unsupported("A HEIF, AVIF or video file");
    }
    if starts(b"\0\0\0\x0cjP  ") || starts(&[0xFF, 0x4F, 0xFF, 0x51]) {
        return unsupported("A JPEG 2000 file");
    }
    if starts(b"%PDF") {
        return (RejectReason::NotAnImage, "A PDF document.".to_owned());
    }
    if starts(b"PK\x03\x04") {
        return (RejectReason::NotAnImage, "A ZIP archive.".to_owned());
    }
    if bytes.iter().take(512).all(|&byte| byte == 0) {
        return (RejectReason::NotAnImage, "It holds only zeros.".to_owned());
    }
    let start = bytes.get(..512).unwrap_or(bytes);
    if start.trim_ascii_start().starts_with(b"<") {
        return (RejectReason::NotAnImage, "A web page or XML: perhaps a download that failed.".to_owned());
    }
    if start.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return (RejectReason::NotAnImage, "Text.".to_owned());
    }
    (RejectReason::NotAnImage, "Its first bytes are those of no image format, nor of DICOM.".to_owned())
}

fn unsupported(detail: &str) -> Rejection {
    (RejectReason::Unsupported, format!("{detail}."))
}

fn cut_short() -> Rejection {
    (RejectReason::Truncated, "The file ends before its end mark.".to_owned())
}

fn animated(frames: usize, what: &str) -> Rejection {
    (RejectReason::Animated, format!("It holds {frames} {what}; a single one is needed."))
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

fn u16_be(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 2).map(|pair| usize::from(pair[0]) << 8 | usize::from(pair[1]))
}

fn u32_be(bytes: &[u8], at: usize) -> Option<usize> {
    let quad: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(quad) as usize)
}

/// Follows the marker segments of ITU-T T.81 annex B up to EOI.
fn check_jpeg(bytes: &[u8]) -> Result<(), Rejection> {
    let mut at = 2;
    loop {
        // Fill bytes 0xFF before a marker are legal; anything else between segments is skipped as decoders do.
        while *bytes.get(at).ok_or_else(cut_short)? != 0xFF {
            at += 1;
        }
        while *bytes.get(at).ok_or_else(cut_short)? == 0xFF {
            at += 1;
        }
        let marker = bytes[at];
        at += 1;
        match marker {
            0xD9 => return Ok(()),
            // Stuffed zero, TEM, restarts and a stray SOI carry no length.
            0x00 | 0x01 | 0xD0..=0xD8 => {}
            _ => at += u16_be(bytes, at).ok_or_else(cut_short)?.max(2),
        }
        // After a scan's header its entropy-coded bytes follow; the loop above runs over them, because within them every
        // 0xFF is followed by 0x00 or a restart.
    }
}

/// Follows the chunks up to IEND.
fn check_png(bytes: &[u8]) -> Result<(), Rejection> {
    let mut at = 8;
    loop {
        let length = u32_be(bytes, at).ok_or_else(cut_short)?;
        let kind = bytes.get(at + 4..at + 8).ok_or_else(cut_short)?;
        if kind == b"acTL" {
            let frames = u32_be(bytes, at + 8).ok_or_else(cut_short)?;
            if frames > 1 {
                return Err(animated(frames, "frames"));
            }
        }
        at = at.checked_add(length).and_then(|at| at.checked_add(12)).ok_or_else(cut_short)?;
        if at > bytes.len() {
            return Err(cut_short());
        }
        if kind == b"IEND" {
            return Ok(());
        }
    }
}

/// Follows the blocks of a GIF up to the trailer.
fn check_gif(bytes: &[u8]) -> Result<(), Rejection> {
    let byte = |at: usize| bytes.get(at).copied().ok_or_else(cut_short);
    let table = |flags: u8| if flags & 0x80 != 0 { 3 << ((flags & 7) + 1) } else { 0 };
    let skip_sub_blocks = |mut at: usize| -> Result<usize, Rejection> {
        loop {
            let length = usize::from(byte(at)?);
            at += 1 + length;
            if length == 0 {
                return Ok(at);
            }
        }
    };
    let mut at = 13 + table(byte(10)?);
    let mut frames = 0;
    loop {
        match byte(at)? {
            0x3B => break,
            0x21 => at = skip_sub_blocks(at + 2)?,
            0x2C => {
                frames += 1;
                at = skip_sub_blocks(at + 10 + table(byte(at + 9)?) + 1)?;
            }
            _ => return Err((RejectReason::Truncated, "Its blocks do not follow each other.".to_owned())),
        }
    }
    if frames > 1 { Err(animated(frames, "frames")) } else { Ok(()) }
}

/// Compares the RIFF length with the file's, and reads the animation flag of the extended header.
fn check_webp(bytes: &[u8]) -> Result<(), Rejection> {
    let length: [u8; 4] = bytes.get(4..8).and_then(|quad| quad.try_into().ok()).ok_or_else(cut_short)?;
    if (u32::from_le_bytes(length) as usize).saturating_add(8) > bytes.len() {
        return Err(cut_short());
    }
    if bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 0x02 != 0) {
        let frames = bytes.windows(4).filter(|tag| tag == b"ANMF").count();
        return Err(animated(frames, "frames"));
    }
    Ok(())
}

/// Counts the directories of a TIFF that are not marked as thumbnails (`NewSubfileType` bit 0).
fn check_tiff(bytes: &[u8]) -> Result<(), Rejection> {
    let little = bytes.starts_with(b"II");
    let read = |at: usize, count: usize| -> Result<usize, Rejection> {
        let slice = at.checked_add(count).and_then(|end| bytes.get(at..end)).ok_or_else(cut_short)?;
        let fold = |value: usize, &byte: &u8| value << 8 | usize::from(byte);
        Ok(if little { slice.iter().rev().fold(0, fold) } else { slice.iter().fold(0, fold) })
    };
    if read(2, 2)? != 42 {
        // BigTIFF: left to the decoder, which counts for itself.
        return Ok(());
    }
    let mut directory = read(4, 4)?;
    let (mut pages, mut seen) = (0, Vec::new());
    while directory != 0 && seen.len() < 1000 && !seen.contains(&directory) {
        seen.push(directory);
        let entries = read(directory, 2)?;
        let mut reduced = false;
        for entry in 0..entries {
            let at = directory + 2 + entry * 12;
            if read(at, 2)? == 254 {
                reduced = read(at + 8, 4)? & 1 == 1;
            }
        }
        pages += usize::from(!reduced);
        directory = read(directory + 2 + entries * 12, 4)?;
    }
    if pages > 1 { Err(animated(pages, "pages")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dicom_is_known_with_and_without_its_mark() {
        let explicit = b"\x08\0\x05\0CS\x0a\0ISO_IR 100\x08\0\x16\0UI\x02\x001\0";
        let implicit = b"\x08\0\0\0\x04\0\0\0\x80\0\0\0\x08\0\x05\0\x0a\0\0\0ISO_IR 100";
        let marked = [vec![0; 128], b"DICM".to_vec()].concat();
        assert!(is_dicom(explicit) && is_dicom(implicit) && is_dicom(&marked));
        assert!(name_unknown(explicit).1.contains("without the mark"));
        for other in
            [&explicit[..20], b"", b"\x08\0", &[8; 300], &[0; 300], b"\x08\0\x05\0\xff\xff\xff\xff", &explicit[2..]]
        {
            assert!(!is_dicom(other), "{other:?}");
        }
    }
}
