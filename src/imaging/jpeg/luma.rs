//! A strict, fast JPEG decoder for the luma channel.
//!
//! `None` everywhere means: not of the kind that is decoded here, or not as it should be. The reason does not matter,
//! because another decoder looks at the file then.

use std::cell::RefCell;

use image::ImageFormat;
use image::metadata::Orientation;

use super::bits::{Bits, before_0xff, unstuff};
use super::idct::{Samples, inverse};
use super::scans::{Blocks, Decoding, Grid};
use super::segments::{Frame, Reader, Scan, Steps, Tables};
use crate::domain::GrayImage;
use crate::imaging::decode::{Decoded, check_size, format_name, upright};

/// The most scans of a file; progressive files have about ten.
const MOST_SCANS: usize = 100;
/// Buffers up to this number of blocks (4 megapixels) and bytes are kept from one image to the next.
const KEPT_BLOCKS: usize = 1 << 16;
const KEPT_BYTES: usize = 1 << 20;

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::default();
}

/// Memory that is used again.
#[derive(Default)]
struct Buffers {
    /// One restart interval without stuffed bytes.
    coded: Vec<u8>,
    blocks: Blocks,
}

/// The luma of a whole file.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded> {
    BUFFERS.with_borrow_mut(|buffers| {
        let decoded = Decoder::new(bytes).decode(buffers);
        buffers.blocks.shrink_to(KEPT_BLOCKS);
        buffers.coded.clear();
        buffers.coded.shrink_to(KEPT_BYTES);
        decoded
    })
}

/// A file as far as it was read.
struct Decoder<'a> {
    rest: Reader<'a>,
    tables: Tables,
    frame: Option<Frame>,
    /// Of luma, as they were at its first scan.
    steps: Option<Box<Steps>>,
    /// Of each coefficient of luma the bit that was sent last.
    sent: [Option<u32>; 64],
    /// Minimum coded units between restarts, 0 for all.
    interval: usize,
    orientation: Orientation,
    /// The samples, as soon as they are known.
    pixels: Vec<u8>,
}

impl<'a> Decoder<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: Reader(bytes),
            tables: Tables::default(),
            frame: None,
            steps: None,
            sent: [None; 64],
            interval: 0,
            orientation: Orientation::NoTransforms,
            pixels: Vec::new(),
        }
    }

    fn decode(mut self, buffers: &mut Buffers) -> Option<Decoded> {
        if self.rest.take(2)? != [0xFF, 0xD8] {
            return None;
        }
        let mut scans = 0;
        loop {
            match self.rest.marker()? {
                0xD9 => break,
                0xDA => {
                    scans += 1;
                    if scans > MOST_SCANS {
                        return None;
                    }
                    self.scan(buffers)?;
                }
                marker => self.segment(marker)?,
            }
        }
        let frame = self.frame.as_ref()?;
        if frame.progressive {
            self.pixels = samples(frame, &buffers.blocks, self.steps.as_deref()?)?;
        }
        let has_color = frame.components.len() > 1;
        if self.pixels.is_empty() {
            return None;
        }
        let image = GrayImage::new(frame.width as u32, frame.height as u32, self.pixels);
        Some(Decoded {
            image: upright(image, self.orientation),
            depth: "8 bit".to_owned(),
            format: format_name(ImageFormat::Jpeg, has_color),
        })
    }

    /// Any segment but a scan.
    fn segment(&mut self, marker: u8) -> Option<()> {
        let mut segment = self.rest.segment()?;
        match marker {
            0xC0..=0xC2 if self.frame.is_none() => {
                let frame = Frame::read(segment, marker == 0xC2)?;
                check_size(frame.width as u32, frame.height as u32).ok()?;
                self.frame = Some(frame);
            }
            0xC4 => self.tables.read_huffman(segment)?,
            // Between scans a table would be another's.
            0xDB if self.steps.is_none() => self.tables.read_quantisation(segment)?,
            0xDD => {
                self.interval = segment.number()?;
                segment.is_empty().then_some(())?;
            }
            0xE1 => {
                if let Some(exif) = segment.0.strip_prefix(b"Exif\0\0") {
                    self.orientation = Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms);
                }
            }
            // Adobe's: 1 is YCbCr.
            0xEE if segment.0.starts_with(b"Adobe") && segment.0.get(11) != Some(&1) => return None,
            // Motion JPEG has tables of its own.
            0xE0 if segment.0.starts_with(b"AVI1") => return None,
            0xE0..=0xEF | 0xFE => {}
            _ => return None,
        }
        Some(())
    }

    /// A scan with its entropy-coded bytes.
    fn scan(&mut self, buffers: &mut Buffers) -> Option<()> {
        let segment = self.rest.segment()?;
        let frame = self.frame.as_ref()?;
        let scan = Scan::read(segment, frame)?;
        if scan.parts[0].component != 0 {
            return skip(&mut self.rest);
        }
        if self.steps.is_none() {
            self.steps = self.tables.quantisation.get(frame.components[0].quantisation)?.clone();
            if frame.progressive {
                buffers.blocks.clear(Grid::of(frame).count());
            }
        }
        let steps = self.steps.as_deref()?;
        note(&scan, &mut self.sent)?;
        let decoding = Decoding::new(frame, &scan, &self.tables)?;
        let mut canvas = (!frame.progressive).then(|| Canvas::new(frame));
        let units = decoding.units();
        let (mut begin, mut restarts) = (0, 0u8);
        while begin < units {
            let end = if self.interval == 0 { units } else { units.min(begin + self.interval) };
            let interval = unstuff(self.rest.0, &mut buffers.coded)?;
            self.rest.take(interval.read)?;
            let mut bits = Bits::new(&buffers.coded);
            match &mut canvas {
                None => decoding.progressive(&mut bits, begin..end, &mut buffers.blocks)?,
                Some(canvas) => decoding.sequential(&mut bits, begin..end, |x, y, block, nonzero| {
                    canvas.put(x, y, &inverse(block, nonzero, steps)?);
                    Some(())
                })?,
            }
            bits.is_at_end().then_some(())?;
            begin = end;
            if begin < units {
                // Restarts are counted from 0 to 7 (B.2.1).
                (interval.marker == 0xD0 + restarts).then_some(())?;
                self.rest.take(2)?;
                restarts = (restarts + 1) % 8;
            }
        }
        if let Some(canvas) = canvas {
            self.pixels = canvas.pixels;
        }
        Some(())
    }
}

/// Goes to the marker after the entropy-coded bytes of a scan.
fn skip(rest: &mut Reader) -> Option<()> {
    loop {
        rest.take(before_0xff(rest.0))?;
        match *rest.0.get(1)? {
            0x00 | 0xD0..=0xD7 => rest.take(2)?,
            _ => return Some(()),
        };
    }
}

/// Notes which bits of which coefficients a scan of luma sends. `None` when they are not the next ones.
fn note(scan: &Scan, sent: &mut [Option<u32>; 64]) -> Option<()> {
    // The first scan has the DC coefficients (G.1.1.1.1).
    if scan.first > 0 && sent[0].is_none() {
        return None;
    }
    let before = (scan.high > 0).then_some(scan.high);
    let band = &mut sent[scan.first..=scan.last];
    if band.iter().any(|&bit| bit != before) {
        return None;
    }
    band.fill(Some(scan.low));
    Some(())
}

/// The samples of all blocks.
fn samples(frame: &Frame, blocks: &Blocks, steps: &Steps) -> Option<Vec<u8>> {
    let grid = Grid::of(frame);
    let mut canvas = Canvas::new(frame);
    for y in 0..grid.rows {
        for x in 0..grid.columns {
            let (coefficients, nonzero) = blocks.get(y * grid.stride + x);
            canvas.put(x, y, &inverse(coefficients, nonzero, steps)?);
        }
    }
    Some(canvas.pixels)
}

/// An image that is put together from blocks.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(frame: &Frame) -> Self {
        let (width, height) = (frame.width, frame.height);
        Self { width, height, pixels: vec![0; width * height] }
    }

    /// Puts the block in this column and row of blocks in its place, as far as it lies in the image.
    #[inline]
    fn put(&mut self, column: usize, row: usize, samples: &Samples) {
        let (x, y) = (8 * column, 8 * row);
        if x >= self.width || y >= self.height {
            return;
        }
        let rows = self.pixels[y * self.width..].chunks_exact_mut(self.width);
        if x + 8 <= self.width {
            for (row, samples) in rows.zip(samples) {
                row[x..x + 8].copy_from_slice(samples);
            }
        } else {
            for (row, samples) in rows.zip(samples) {
                let cut = self.width - x;
                row[x..].copy_from_slice(&samples[..cut]);
            }
        }
    }
}
