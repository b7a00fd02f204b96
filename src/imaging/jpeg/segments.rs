//! What stands between scans: marker segments (ITU-T T.81 annex B).

use super::huffman::Definition;
use super::idct::NATURAL;

/// A reader of big-endian numbers. Everything is `None` past the end.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub fn number(&mut self) -> Option<usize> {
        self.take(2).map(|bytes| usize::from(bytes[0]) << 8 | usize::from(bytes[1]))
    }

    /// A marker without its 0xFF; fill bytes may stand before it (B.1.1.2).
    pub fn marker(&mut self) -> Option<u8> {
        if self.byte()? != 0xFF {
            return None;
        }
        loop {
            match self.byte()? {
                0xFF => {}
                marker => return Some(marker),
            }
        }
    }

    /// The contents of a segment that says its length.
    pub fn segment(&mut self) -> Option<Reader<'a>> {
        let length = self.number()?;
        self.take(length.checked_sub(2)?).map(Reader)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One colour channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    pub id: u8,
    /// Blocks of a minimum coded unit, across and down.
    pub across: usize,
    pub down: usize,
    /// Which quantisation table.
    pub quantisation: usize,
}

/// The frame header (B.2.2), of a kind that is decoded here.
#[derive(Debug)]
pub(super) struct Frame {
    pub progressive: bool,
    pub width: usize,
    pub height: usize,
    /// Luma first; one or three.
    pub components: Vec<Component>,
}

impl Frame {
    pub fn read(mut segment: Reader, progressive: bool) -> Option<Self> {
        if segment.byte()? != 8 {
            return None;
        }
        let (height, width) = (segment.number()?, segment.number()?);
        let count = segment.byte()?;
        let mut components = Vec::with_capacity(3);
        for _ in 0..count {
            let (id, sampling, table) = (segment.byte()?, segment.byte()?, segment.byte()?);
            let (across, down) = (usize::from(sampling >> 4), usize::from(sampling & 15));
            components.push(Component { id, across, down, quantisation: usize::from(table) });
        }
        let allowed = |part: &Component| (1..=2).contains(&part.across) && (1..=2).contains(&part.down);
        if !segment.is_empty() || !matches!(count, 1 | 3) || !components.iter().all(allowed) {
            return None;
        }
        if let [only] = &mut components[..] {
            // Alone, it is not sub-sampled, whatever the header says (A.2.2).
            (only.across, only.down) = (1, 1);
        }
        let luma = components[0];
        let ids: Vec<u8> = components.iter().map(|part| part.id).collect();
        let full = components.iter().all(|part| part.across <= luma.across && part.down <= luma.down);
        let distinct = count == 1 || (ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
        // These three letters stand for a file that was not converted to YCbCr.
        (full && distinct && ids != *b"RGB").then_some(Self { progressive, width, height, components })
    }
}

/// One component in a scan, by its place in the frame, with its Huffman tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub component: usize,
    pub dc: usize,
    pub ac: usize,
}

/// The scan header (B.2.3).
#[derive(Debug)]
pub(super) struct Scan {
    pub parts: Vec<Part>,
    /// First and last coefficient in zigzag order.
    pub first: usize,
    pub last: usize,
    /// The bit that was sent last of each coefficient, 0 for none, and the one that is sent now.
    pub high: u32,
    pub low: u32,
}

impl Scan {
    pub fn read(mut segment: Reader, frame: &Frame) -> Option<Self> {
        let count = segment.byte()?;
        let mut parts: Vec<Part> = Vec::with_capacity(3);
        for _ in 0..count {
            let (id, tables) = (segment.byte()?, segment.byte()?);
            let component = frame.components.iter().position(|part| part.id == id)?;
            // In the order of the frame (B.2.3), hence none twice.
            if parts.last().is_some_and(|before| before.component >= component) {
                return None;
            }
            parts.push(Part { component, dc: usize::from(tables >> 4), ac: usize::from(tables & 15) });
        }
        let (first, last, bits) = (usize::from(segment.byte()?), usize::from(segment.byte()?), segment.byte()?);
        let scan = Self { parts, first, last, high: u32::from(bits >> 4), low: u32::from(bits & 15) };
        (segment.is_empty() && !scan.parts.is_empty() && scan.is_legal(frame.progressive)).then_some(scan)
    }

    /// Table B.3 and G.1.1.1.
    fn is_legal(&self, progressive: bool) -> bool {
        let bits = (self.first, self.last, self.high, self.low);
        if !progressive {
            return bits == (0, 63, 0, 0);
        }
        let band = if self.first == 0 {
            self.last == 0
        } else {
            self.parts.len() == 1 && self.first <= self.last && self.last <= 63
        };
        // Further left, not every value would fit 16 bits.
        band && self.low <= 5 && (self.high == 0 || self.high == self.low + 1)
    }
}

/// Quantisation steps in zigzag order.
pub(super) type Steps = [i32; 64];

/// Tables by the places that files give them.
#[derive(Default)]
pub(super) struct Tables {
    pub quantisation: [Option<Box<Steps>>; 4],
    pub dc: [Option<Definition>; 4],
    pub ac: [Option<Definition>; 4],
}

impl Tables {
    /// Quantisation tables (B.2.4.1).
    pub fn read_quantisation(&mut self, mut segment: Reader) -> Option<()> {
        while !segment.is_empty() {
            let kind = segment.byte()?;
            let mut steps = Box::new([0; NATURAL.len()]);
            for step in steps.iter_mut() {
                *step = match kind >> 4 {
                    0 => i32::from(segment.byte()?),
                    1 => segment.number()? as i32,
                    _ => return None,
                };
            }
            *self.quantisation.get_mut(usize::from(kind & 15))? = Some(steps);
        }
        Some(())
    }

    /// Huffman tables (B.2.4.2).
    pub fn read_huffman(&mut self, mut segment: Reader) -> Option<()> {
        while !segment.is_empty() {
            let kind = segment.byte()?;
            let counts: [u8; 16] = segment.take(16)?.try_into().ok()?;
            let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let symbols = segment.take(total)?.to_vec();
            let class = match kind >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *class.get_mut(usize::from(kind & 15))? = Some(Definition { counts, symbols });
        }
        Some(())
    }
}
