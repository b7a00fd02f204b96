//! Folders as they are found in the wild: every file is either used rightly or listed with its reason. None is dropped
//! silently, none ends the program.

#![expect(clippy::unwrap_used, reason = "a test may end at what it does not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat};
use neuroscan::dataset::{self, CacheDir, OpenDataSet, OpenOptions};
use neuroscan::domain::RejectReason as Reason;
use neuroscan::domain::{Label, Preprocessing, SampleId, Severity, Split, Unwatched};
use neuroscan::error::{Error, Result};

const SIDE: u32 = 48;

/// A picture that no other seed gives, as an X-ray might be: bright in the middle, with texture.
fn picture(seed: u32) -> image::GrayImage {
    image::GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let noise = (x * 7 + y * 13 + seed * 31).wrapping_mul(2_654_435_761) >> 27;
        let middle = 24u32.abs_diff(x) + 24u32.abs_diff(y);
        image::Luma([(200 - 3 * middle.min(60) + noise) as u8])
    })
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(seed: u32) -> Vec<u8> {
    encode(&picture(seed).into(), ImageFormat::Jpeg)
}

fn png(seed: u32) -> Vec<u8> {
    encode(&picture(seed).into(), ImageFormat::Png)
}

/// A folder in Kaggle's layout with a few good images of each kind.
struct Kaggle {
    folder: tempfile::TempDir,
}

impl Kaggle {
    fn new() -> Self {
        let kaggle = Self { folder: tempfile::tempdir().unwrap() };
        for seed in 0..10 {
            kaggle.put(&format!("train/NORMAL/IM-{seed:04}-0001.jpeg"), &jpeg(seed));
        }
        for seed in 10..14 {
            kaggle.put(&format!("train/PNEUMONIA/person{seed}_virus_1.jpeg"), &jpeg(seed));
            kaggle.put(&format!("test/NORMAL/IM-{seed:04}-0001.jpeg"), &jpeg(seed + 10));
            kaggle.put(&format!("test/PNEUMONIA/person{}_bacteria_1.jpeg", seed + 10), &jpeg(seed + 20));
        }
        kaggle
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        put(self.root(), path, bytes)
    }

    fn open(&self) -> OpenDataSet {
        open(self.root()).unwrap()
    }
}

fn put(root: &Path, path: &str, bytes: &[u8]) -> PathBuf {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn open(root: &Path) -> Result<OpenDataSet> {
    dataset::open(root, &OpenOptions::default(), &CacheDir::memory_only(), &Unwatched)
}

/// Good images of `Kaggle::new`.
const GOOD: usize = 22;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Used,
    Listed(Reason),
    /// Rubbish of systems and archives, and what is plainly no image: not looked at, not counted.
    Ignored,
}

fn fate(data: &OpenDataSet, path: &str) -> Fate {
    let summary = data.summary();
    let used = summary.samples.iter().filter(|sample| sample.path == path).count();
    let listed: Vec<Reason> =
        summary.rejected.iter().filter(|file| file.path == path).map(|file| file.reason).collect();
    match (used, listed.as_slice()) {
        (1, []) => Fate::Used,
        (0, [reason]) => Fate::Listed(*reason),
        (0, []) => Fate::Ignored,
        both => panic!("{path}: {both:?}"),
    }
}

/// A PNG chunk with its checksum.
fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut body = kind.to_vec();
    body.extend_from_slice(data);
    let mut crc = !0u32;
    for &byte in &body {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
    }
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(body);
    chunk.extend((!crc).to_be_bytes());
    chunk
}

/// The header of a grey 8-bit PNG that promises a size, with hardly any data.
fn png_that_promises(width: u32, height: u32) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 0, 0, 0, 0]);
    let data = [0x78, 0x9C, 0x63, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(*b"IHDR", &header), chunk(*b"IDAT", &data), chunk(*b"IEND", &[])].concat()
}

/// A PNG with an animation control chunk for some frames.
fn animated_png(frames: u32) -> Vec<u8> {
    let still = png(77);
    let after_header = 8 + 25;
    let control = chunk(*b"acTL", &[frames.to_be_bytes(), 0u32.to_be_bytes()].concat());
    [&still[..after_header], &control, &still[after_header..]].concat()
}

fn gif(frames: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for seed in 0..frames as u32 {
        let frame = DynamicImage::from(picture(500 + seed)).to_rgba8();
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    bytes
}

/// An extended WebP whose header says that frames follow.
fn animated_webp() -> Vec<u8> {
    let mut body = b"WEBPVP8X".to_vec();
    body.extend(10u32.to_le_bytes());
    body.extend([0x02, 0, 0, 0, 47, 0, 0, 47, 0, 0]);
    for _ in 0..2 {
        body.extend(b"ANMF");
        body.extend(16u32.to_le_bytes());
        body.extend([0; 16]);
    }
    [b"RIFF".to_vec(), (body.len() as u32).to_le_bytes().to_vec(), body].concat()
}

/// A little-endian TIFF with these entries `(tag, type, count, value)` and the pixels after its directory.
fn tiff(entries: &[(u16, u16, u32, u32)], pixels: &[u8]) -> Vec<u8> {
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    bytes.extend((entries.len() as u16 + 1).to_le_bytes());
    let pixels_at = 8 + 2 + 12 * (entries.len() as u32 + 1) + 4;
    let mut all = entries.to_vec();
    all.push((273, 4, 1, pixels_at));
    all.sort_unstable();
    for (tag, kind, count, value) in all {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(0u32.to_le_bytes());
    bytes.extend_from_slice(pixels);
    bytes
}

/// Grey, 32-bit floating point, every pixel NaN.
fn tiff_of_nan() -> Vec<u8> {
    let pixels = f32::NAN.to_le_bytes().repeat((SIDE * SIDE) as usize);
    let size = pixels.len() as u32;
    let entries = [
        (256, 4, 1, SIDE),
        (257, 4, 1, SIDE),
        (258, 3, 1, 32),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (277, 3, 1, 1),
        (278, 4, 1, SIDE),
        (279, 4, 1, size),
        (339, 3, 1, 3),
    ];
    tiff(&entries, &pixels)
}

/// A TIFF that promises 60,000 channels.
fn tiff_of_many_channels() -> Vec<u8> {
    let entries = [
        (256, 4, 1, SIDE),
        (257, 4, 1, SIDE),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (277, 3, 1, 60_000),
        (278, 4, 1, SIDE),
        (279, 4, 1, SIDE * SIDE),
    ];
    tiff(&entries, &[128; (SIDE * SIDE) as usize])
}

/// A JPEG as a camera held sideways writes it: EXIF orientation 6.
fn turned_jpeg() -> Vec<u8> {
    let tall = image::GrayImage::from_fn(64, 40, |x, y| image::Luma([(x * 3 + y) as u8]));
    let plain = encode(&tall.into(), ImageFormat::Jpeg);
    let exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut segment = vec![0xFF, 0xE1];
    segment.extend((exif.len() as u16 + 2).to_be_bytes());
    segment.extend_from_slice(exif);
    [&plain[..2], &segment, &plain[2..]].concat()
}

/// The files of the table below that are made of bytes: name below `train/NORMAL`, content, fate.
#[rustfmt::skip]
fn oddities() -> Vec<(&'static str, Vec<u8>, Fate)> {
    use Fate::{Ignored, Listed, Used};
    let gray16 = image::ImageBuffer::from_fn(SIDE, SIDE, |x, y| image::Luma([(x * 40 + y) as u16]));
    let alpha = image::ImageBuffer::from_fn(SIDE, SIDE, |x, y| image::LumaA([(x * 5) as u8, (y * 5) as u8]));
    let color = image::RgbImage::from_fn(SIDE, SIDE, |x, y| image::Rgb([x as u8, y as u8, 99]));
    let tiny = image::GrayImage::new(1, 1);
    let strip = image::GrayImage::new(4000, 8);
    let (whole_jpeg, whole_png) = (jpeg(300), png(301));
    let mut broken_header = whole_png.clone();
    broken_header[16] ^= 0x40;
    let mut flipped = whole_png.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    vec![
        ("zero bytes.jpeg", vec![], Listed(Reason::Empty)),
        ("half a jpeg.jpeg", whole_jpeg[..whole_jpeg.len() / 2].to_vec(), Listed(Reason::Truncated)),
        ("jpeg without its last two bytes.jpeg", whole_jpeg[..whole_jpeg.len() - 2].to_vec(), Listed(Reason::Truncated)),
        ("three bytes of a jpeg.jpeg", whole_jpeg[..3].to_vec(), Listed(Reason::Truncated)),
        ("half a png.png", whole_png[..whole_png.len() / 2].to_vec(), Listed(Reason::Truncated)),
        ("png with a flipped bit.png", flipped, Listed(Reason::Truncated)),
        ("png with a broken header.png", broken_header, Listed(Reason::Truncated)),
        ("text.jpg", b"Patient was not available.".to_vec(), Listed(Reason::NotAnImage)),
        ("page.jpg", b"<!DOCTYPE html><title>404 Not Found</title>".to_vec(), Listed(Reason::NotAnImage)),
        ("letter.jpg", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), Listed(Reason::NotAnImage)),
        ("archive.png", b"PK\x03\x04\x14\0\0\0".to_vec(), Listed(Reason::NotAnImage)),
        ("zeros.png", vec![0; 4096], Listed(Reason::NotAnImage)),
        ("noise.jpeg", (0..4096u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect(), Listed(Reason::NotAnImage)),
        ("slice.dcm", [vec![0; 128], b"DICM\x02\0".to_vec()].concat(), Listed(Reason::Unsupported)),
        ("slice without its mark.dcm", b"\x08\0\x05\0CS\x0a\0ISO_IR 100\x08\0\x08\0CS\x02\0OR".to_vec(), Listed(Reason::Unsupported)),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), Listed(Reason::Unsupported)),
        ("scan.jp2", b"\0\0\0\x0cjP  \r\n\x87\n".to_vec(), Listed(Reason::Unsupported)),
        ("animated.gif", gif(3), Listed(Reason::Animated)),
        ("animated.png", animated_png(4), Listed(Reason::Animated)),
        ("animated.webp", animated_webp(), Listed(Reason::Animated)),
        ("bomb.png", png_that_promises(100_000, 100_000), Listed(Reason::TooLarge)),
        ("bomb within the sides.png", png_that_promises(16_000, 16_000), Listed(Reason::TooLarge)),
        ("promises more than it holds.png", png_that_promises(2_000, 2_000), Listed(Reason::Truncated)),
        ("no pixels.png", png_that_promises(0, 0), Listed(Reason::Truncated)),
        ("one pixel.png", encode(&tiny.into(), ImageFormat::Png), Listed(Reason::TooSmall)),
        ("strip.png", encode(&strip.into(), ImageFormat::Png), Listed(Reason::TooSmall)),
        ("not a number.tiff", tiff_of_nan(), Listed(Reason::Unsupported)),
        ("many channels.tiff", tiff_of_many_channels(), Listed(Reason::Unsupported)),
        ("tiff of four bytes.tif", b"II\x2a\0".to_vec(), Listed(Reason::Truncated)),
        // Used, each as described in `imaging::decode`.
        ("sixteen bits.png", encode(&DynamicImage::ImageLuma16(gray16), ImageFormat::Png), Used),
        ("transparent.png", encode(&DynamicImage::ImageLumaA8(alpha), ImageFormat::Png), Used),
        ("colour.png", encode(&color.clone().into(), ImageFormat::Png), Used),
        ("colour.jpg", encode(&color.into(), ImageFormat::Jpeg), Used),
        ("a png.jpeg", png(302), Used),
        ("a jpeg.png", jpeg(303), Used),
        ("no ending", jpeg(304), Used),
        ("still.gif", gif(1), Used),
        ("still.png", animated_png(1), Used),
        ("picture.BMP", encode(&picture(305).into(), ImageFormat::Bmp), Used),
        ("picture.tif", encode(&picture(306).into(), ImageFormat::Tiff), Used),
        ("picture.pgm", encode(&picture(307).into(), ImageFormat::Pnm), Used),
        ("picture.webp", encode(&DynamicImage::from(picture(308)).to_rgb8().into(), ImageFormat::WebP), Used),
        ("bytes after the end.jpeg", [jpeg(309), b"left over".to_vec()].concat(), Used),
        ("turned.jpeg", turned_jpeg(), Used),
        ("deeper/and deeper/x.jpeg", jpeg(310), Used),
        ("Ümläut 写真 🫁.jpeg", jpeg(311), Used),
        // Not looked at.
        (".DS_Store", vec![0, 0, 0, 1], Ignored),
        ("._IM-0001-0001.jpeg", vec![0, 5, 22, 7], Ignored),
        ("__MACOSX/._x.jpg", vec![0, 5, 22, 7], Ignored),
        ("Thumbs.db", vec![1], Ignored),
        ("notes.txt", b"notes".to_vec(), Ignored),
    ]
}

#[test]
fn every_odd_file_is_used_listed_or_rubbish() {
    let kaggle = Kaggle::new();
    let table = oddities();
    for (name, bytes, _) in &table {
        kaggle.put(&format!("train/NORMAL/{name}"), bytes);
    }
    let data = kaggle.open();
    for (name, _, expected) in &table {
        let found = fate(&data, &format!("train/NORMAL/{name}"));
        assert_eq!(found, *expected, "{name}: {:?}", data.summary().rejected);
    }
    let count = |wanted: fn(&Fate) -> bool| table.iter().filter(|(_, _, fate)| wanted(fate)).count();
    let (used, listed) = (count(|fate| *fate == Fate::Used), count(|fate| matches!(fate, Fate::Listed(_))));
    assert!(listed >= 17, "{listed} kinds of bad files");
    assert_eq!((data.summary().samples.len(), data.summary().rejected.len()), (GOOD + used, listed));
    for file in &data.summary().rejected {
        assert!(file.detail.ends_with('.') && file.detail.len() > 4, "{file:?}");
    }
    the_check_lists(&data, listed);
    // What is used can be prepared and shown.
    let pixels = data.pixels(Preprocessing { image_size: 64, clahe: true }, &Unwatched).unwrap();
    assert_eq!(pixels.bytes().len(), data.summary().samples.len() * 64 * 64);
    for index in 0..data.summary().samples.len() {
        data.thumbnail(SampleId(index as u32), 256).unwrap();
    }
}

/// The check names every file that is not used, under its reason.
fn the_check_lists(data: &OpenDataSet, listed: usize) {
    let findings = dataset::check(data, &Unwatched).unwrap();
    let mut by_title: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &data.summary().rejected {
        *by_title.entry(file.reason.title()).or_default() += 1;
    }
    let mut seen = 0;
    for (title, count) in by_title {
        let finding = findings.iter().find(|finding| finding.title == title).expect(title);
        assert_eq!(finding.details.len(), count, "{title}");
        assert_eq!(finding.severity, Severity::Problem, "a third of the files is many");
        seen += count;
    }
    assert_eq!(seen, listed);
    assert!(!findings.iter().any(|finding| finding.title == "Every file can be read"));
}

#[test]
fn a_turned_photograph_stands_upright_and_transparency_is_black() {
    let kaggle = Kaggle::new();
    kaggle.put("train/NORMAL/turned.jpeg", &turned_jpeg());
    let clear = image::ImageBuffer::from_pixel(SIDE, SIDE, image::LumaA([255u8, 0]));
    kaggle.put("train/NORMAL/clear.png", &encode(&DynamicImage::ImageLumaA8(clear), ImageFormat::Png));
    let data = kaggle.open();
    let id = |path: &str| {
        let position = data.summary().samples.iter().position(|sample| sample.path == path).unwrap();
        SampleId(position as u32)
    };
    let turned = data.summary().sample(id("train/NORMAL/turned.jpeg")).unwrap();
    assert_eq!((turned.width, turned.height), (40, 64));
    assert!(data.base(id("train/NORMAL/clear.png")).unwrap().pixels.iter().all(|&value| value == 0));
}

#[test]
fn cmyk_jpegs_are_used_as_grey() {
    // Adobe CMYK as ImageMagick writes it: 48 × 48, a diagonal ramp.
    let kaggle = Kaggle::new();
    kaggle.put("train/NORMAL/cmyk.jpg", include_bytes!("fixtures/cmyk.jpg"));
    let data = kaggle.open();
    assert_eq!(fate(&data, "train/NORMAL/cmyk.jpg"), Fate::Used);
    let index = data.summary().samples.iter().position(|sample| sample.path.ends_with("cmyk.jpg")).unwrap();
    let base = data.base(SampleId(index as u32)).unwrap();
    let (first, last) = (base.pixels[0], base.pixels[base.pixels.len() - 1]);
    assert!(last > first.saturating_add(100), "dark to bright: {first} to {last}");
}

#[test]
fn any_damage_to_a_file_costs_that_file_at_most() {
    let kaggle = Kaggle::new();
    let originals = [
        ("jpeg", jpeg(400)),
        ("png", png(401)),
        ("gif", gif(1)),
        ("tif", { encode(&picture(402).into(), ImageFormat::Tiff) }),
        ("webp", encode(&DynamicImage::from(picture(403)).to_rgb8().into(), ImageFormat::WebP)),
    ];
    let mut count = 0;
    for (ending, whole) in &originals {
        for step in 0..24usize {
            let mut damaged = whole.clone();
            let at = step * whole.len() / 24;
            damaged[at] = damaged[at].wrapping_add(1 + step as u8 * 9);
            kaggle.put(&format!("train/PNEUMONIA/{ending} changed at {at}.{ending}"), &damaged);
            kaggle.put(&format!("train/PNEUMONIA/{ending} cut at {at}.{ending}"), &whole[..at]);
            count += 2;
        }
    }
    let data = kaggle.open();
    assert_eq!(data.summary().samples.len() + data.summary().rejected.len(), GOOD + count);
    let cut = data.summary().samples.iter().find(|sample| sample.path.contains(" cut at "));
    assert!(cut.is_none(), "used although its end is missing: {cut:?}");
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::io::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// Straight to standard error, which the test harness does not hide.
    fn skipped(test: &str, why: &str) {
        std::io::stderr().write_all(format!("SKIPPED {test}: {why}\n").as_bytes()).unwrap();
    }

    #[test]
    fn folders_links_and_names_that_are_not_files() {
        let kaggle = Kaggle::new();
        let normal = kaggle.root().join("train/NORMAL");
        fs::create_dir(normal.join("folder.jpg")).unwrap();
        fs::write(normal.join("folder.jpg/inside.jpg"), jpeg(320)).unwrap();
        symlink("nowhere.jpeg", normal.join("dangling.jpeg")).unwrap();
        symlink("itself.jpeg", normal.join("itself.jpeg")).unwrap();
        symlink(kaggle.root(), normal.join("back to the root")).unwrap();
        symlink(normal.join("IM-0000-0001.jpeg"), normal.join("link.jpeg")).unwrap();
        fs::write(normal.join(OsStr::from_bytes(b"not \xFF unicode.jpeg")), jpeg(321)).unwrap();
        let data = kaggle.open();
        assert_eq!(fate(&data, "train/NORMAL/folder.jpg/inside.jpg"), Fate::Used);
        assert_eq!(fate(&data, "train/NORMAL/dangling.jpeg"), Fate::Listed(Reason::Unreadable));
        assert_eq!(fate(&data, "train/NORMAL/itself.jpeg"), Fate::Listed(Reason::Unreadable));
        assert_eq!(fate(&data, "train/NORMAL/link.jpeg"), Fate::Used);
        assert_eq!(fate(&data, "train/NORMAL/not \u{FFFD} unicode.jpeg"), Fate::Used);
        let from_the_circle = data.summary().samples.iter().find(|sample| sample.path.contains("back to the root"));
        assert!(from_the_circle.is_none(), "{from_the_circle:?}");
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let kaggle = Kaggle::new();
        let pipe = kaggle.root().join("train/NORMAL/pipe.jpeg");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            skipped("a_pipe_is_not_waited_for", "there is no mkfifo");
            return;
        }
        assert_eq!(fate(&kaggle.open(), "train/NORMAL/pipe.jpeg"), Fate::Listed(Reason::Unreadable));
    }

    #[test]
    fn files_that_may_not_be_read_are_listed() {
        let kaggle = Kaggle::new();
        let locked = kaggle.put("train/NORMAL/locked.jpeg", &jpeg(322));
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::File::open(&locked).is_ok() {
            skipped("files_that_may_not_be_read_are_listed", "this user may read everything");
            return;
        }
        assert_eq!(fate(&kaggle.open(), "train/NORMAL/locked.jpeg"), Fate::Listed(Reason::Unreadable));
    }
}

#[test]
fn a_file_that_vanishes_later_is_an_error_and_no_more() {
    let kaggle = Kaggle::new();
    let data = kaggle.open();
    fs::remove_file(data.path(SampleId(0)).unwrap()).unwrap();
    assert!(matches!(data.read(SampleId(0)), Err(Error::Image { .. } | Error::Io { .. })));
    assert!(data.thumbnail(SampleId(0), 96).is_ok(), "the small picture was kept");
}

/// Layouts: where the images are put, and how many are then healthy and diseased, by split.
#[test]
fn layouts_of_the_wild_are_understood() {
    let classes = |train: &str, test: &str, healthy: &str, diseased: &str| {
        let mut files = Vec::new();
        for (index, (folder, class)) in
            [(train, healthy), (train, diseased), (test, healthy), (test, diseased)].into_iter().enumerate()
        {
            for seed in 0..8 {
                let ending = ["jpeg", "JPG", "png", "jpg"][seed % 4];
                files.push((format!("{folder}/{class}/{index}{seed}.{ending}"), index as u32 * 100 + seed as u32));
            }
        }
        files
    };
    for (train, test, healthy, diseased) in [
        ("train", "test", "NORMAL", "PNEUMONIA"),
        ("Train", "Test", "normal", "pneumonia"),
        ("TRAINING", "TESTING", "notumor", "glioma"),
        ("chest_xray/train", "chest_xray/test", "NORMAL", "PNEUMONIA"),
        ("chest_xray/chest_xray/train", "chest_xray/chest_xray/test", "NORMAL", "PNEUMONIA"),
        ("a folder/archive (1)/chest_xray/train", "a folder/archive (1)/chest_xray/test", "0_NORMAL", "1_PNEUMONIA"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (path, seed) in classes(train, test, healthy, diseased) {
            let bytes = if path.to_lowercase().ends_with("png") { png(seed) } else { jpeg(seed) };
            put(folder.path(), &path, &bytes);
            put(folder.path(), &format!("__MACOSX/{path}"), b"rubbish");
        }
        put(folder.path(), ".DS_Store", b"rubbish");
        put(folder.path(), "README.md", b"text");
        let data = open(folder.path()).unwrap_or_else(|error| panic!("{train}: {error}"));
        let summary = data.summary();
        let fitted = summary.count(Split::Train, Label::Healthy) + summary.count(Split::Validation, Label::Healthy);
        assert_eq!(fitted, 8, "{train}");
        assert!(summary.count(Split::Validation, Label::Healthy) > 0, "{train}");
        assert_eq!(summary.count(Split::Development, Label::Diseased), 8, "{train}");
        assert_eq!(summary.count(Split::Test, Label::Healthy), 8, "{train}");
        assert_eq!(summary.count(Split::Test, Label::Diseased), 8, "{train}");
        assert!(summary.rejected.is_empty(), "{train}: {:?}", summary.rejected);
    }
}

#[test]
fn class_folders_only_get_a_test_split_and_the_check_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..20 {
        put(folder.path(), &format!("NORMAL/IM-{seed:04}-0001.png"), &png(seed));
        put(folder.path(), &format!("PNEUMONIA/person{seed}_virus_1.jpg"), &jpeg(seed));
    }
    let data = open(folder.path()).unwrap();
    assert_eq!(data.summary().count(Split::Test, Label::Healthy), 4);
    assert_eq!(data.summary().count(Split::Test, Label::Diseased), 10);
    let findings = dataset::check(&data, &Unwatched).unwrap();
    let titles: Vec<&str> = findings.iter().map(|finding| finding.title.as_str()).collect();
    assert!(titles.contains(&"No test folder") && titles.contains(&"File format gives the label away"), "{titles:?}");
}

#[test]
fn a_flat_folder_is_for_scoring_only() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..5 {
        put(folder.path(), &format!("image {seed}.png"), &png(seed));
    }
    let data = open(folder.path()).unwrap();
    assert!(data.summary().samples.iter().all(|sample| sample.split == Split::Unlabelled && sample.label.is_none()));
    let findings = dataset::check(&data, &Unwatched).unwrap();
    assert!(findings.iter().any(|finding| finding.title == "No class folders"), "{findings:?}");
}

#[test]
fn a_folder_that_is_no_data_set_says_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let message = |root: &Path| {
        let error = open(root).map(|_| ()).expect_err("nothing to open");
        (error.to_string(), error.advice())
    };
    let (empty, expected) = message(folder.path());
    assert!(empty.contains("no images") && expected.contains("train/NORMAL"), "{empty} {expected}");
    put(folder.path(), "train/PNEUMONIA/x.png", &png(1));
    let (lacking, expected) = message(folder.path());
    assert!(lacking.contains("PNEUMONIA") && expected.contains("train/NORMAL"), "{lacking} {expected}");
    let file = put(folder.path(), "file.png", &png(2));
    assert!(message(&file).0.contains("a file, not a folder"));
    let (missing, advice) = message(&folder.path().join("gone"));
    assert!(missing.contains("gone") && !advice.is_empty(), "{missing} {advice}");
    let bad = tempfile::tempdir().unwrap();
    put(bad.path(), "train/NORMAL/a.jpeg", b"");
    put(bad.path(), "train/NORMAL/b.jpeg", b"text");
    let (unusable, _) = message(bad.path());
    assert!(unusable.contains("Empty file: 1") && unusable.contains("Not an image: 1"), "{unusable}");
}
