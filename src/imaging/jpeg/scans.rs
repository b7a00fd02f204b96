//! Entropy-coded data as coefficients: sequential (ITU-T T.81 F.2.2) and progressive (G.1.2 and G.2).

use std::ops::Range;

use super::bits::{Bits, REFILLED};
use super::huffman::{Coding, Table};
use super::segments::{Frame, Scan, Tables};

/// How the blocks of luma lie in the image, row after row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Blocks that hold a part of the image.
    pub columns: usize,
    pub rows: usize,
    /// Blocks of a row with those that only complete a minimum coded unit.
    pub stride: usize,
    padded_rows: usize,
}

impl Grid {
    pub fn of(frame: &Frame) -> Self {
        let luma = frame.components[0];
        let (columns, rows) = (frame.width.div_ceil(8), frame.height.div_ceil(8));
        Self {
            columns,
            rows,
            stride: columns.next_multiple_of(luma.across),
            padded_rows: rows.next_multiple_of(luma.down),
        }
    }

    pub fn count(&self) -> usize {
        self.stride * self.padded_rows
    }
}

/// The coefficients of all blocks.
#[derive(Default)]
pub(super) struct Blocks {
    /// In zigzag order. Only the first and those whose bit is set in `nonzero` mean something.
    coefficients: Vec<[i16; 64]>,
    /// For each block the AC coefficients that are not zero: bit 1 to bit 63.
    nonzero: Vec<u64>,
}

impl Blocks {
    /// Makes `count` blocks without AC coefficients. The DC coefficients are whatever they were.
    pub fn clear(&mut self, count: usize) {
        self.coefficients.resize(count, [0; 64]);
        self.nonzero.clear();
        self.nonzero.resize(count, 0);
    }

    pub fn get(&self, index: usize) -> (&[i16; 64], u64) {
        (&self.coefficients[index], self.nonzero[index])
    }

    /// Gives back the memory of more than `count` blocks.
    pub fn shrink_to(&mut self, count: usize) {
        if self.coefficients.len() > count {
            *self = Self::default();
        }
    }
}

/// One component's part in a minimum coded unit.
struct Share {
    component: usize,
    across: usize,
    down: usize,
    dc: Option<Table>,
    ac: Option<Table>,
}

/// A scan with its tables made ready. Luma is its first component.
pub(super) struct Decoding<'a> {
    scan: &'a Scan,
    shares: Vec<Share>,
    grid: Grid,
    /// Minimum coded units, across and down.
    columns: usize,
    rows: usize,
}

impl<'a> Decoding<'a> {
    pub fn new(frame: &Frame, scan: &'a Scan, tables: &Tables) -> Option<Self> {
        let grid = Grid::of(frame);
        let alone = scan.parts.len() == 1;
        let mut shares = Vec::with_capacity(scan.parts.len());
        for part in &scan.parts {
            let component = frame.components[part.component];
            let ready = |tables: &[Option<_>; 4], at: usize, coding| {
                Table::new(tables.get(at).and_then(Option::as_ref)?, coding)
            };
            let coding = if frame.progressive { Coding::AcProgressive } else { Coding::AcSequential };
            let (needs_dc, needs_ac) = (scan.first == 0 && scan.high == 0, scan.last > 0);
            shares.push(Share {
                component: part.component,
                // Alone, a component is coded block by block (A.2.2).
                across: if alone { 1 } else { component.across },
                down: if alone { 1 } else { component.down },
                dc: if needs_dc { Some(ready(&tables.dc, part.dc, Coding::Dc)?) } else { None },
                ac: if needs_ac { Some(ready(&tables.ac, part.ac, coding)?) } else { None },
            });
        }
        let luma = &shares[0];
        let (columns, rows) = (grid.columns.div_ceil(luma.across), grid.rows.div_ceil(luma.down));
        Some(Self { scan, shares, grid, columns, rows })
    }

    /// Minimum coded units of the scan.
    pub fn units(&self) -> usize {
        self.columns * self.rows
    }

    /// A restart interval of a sequential scan. Each block of luma is handed on with its column, its row and the set of
    /// its AC coefficients that are not zero.
    pub fn sequential(
        &self,
        bits: &mut Bits,
        units: Range<usize>,
        mut put: impl FnMut(usize, usize, &[i16; 64], u64) -> Option<()>,
    ) -> Option<()> {
        let mut predictions = [0; 3];
        let mut block = [0; 64];
        for unit in units {
            for (share, prediction) in self.shares.iter().zip(&mut predictions) {
                let (dc, ac) = (share.dc.as_ref()?, share.ac.as_ref()?);
                for (x, y) in self.places(unit, share) {
                    block[0] = difference(bits, dc, prediction, 0)?;
                    let nonzero = band(bits, ac, &mut block, 1, 63, 0)?.nonzero;
                    if share.component == 0 {
                        put(x, y, &block, nonzero)?;
                    }
                }
            }
        }
        Some(())
    }

    /// A restart interval of a progressive scan.
    pub fn progressive(&self, bits: &mut Bits, units: Range<usize>, blocks: &mut Blocks) -> Option<()> {
        match (self.scan.first, self.scan.high) {
            (0, 0) => self.dc_first(bits, units, blocks),
            (0, _) => {
                self.dc_refine(bits, units, blocks);
                Some(())
            }
            (_, 0) => self.ac_first(bits, units, blocks),
            _ => self.ac_refine(bits, units, blocks),
        }
    }

    /// G.1.2.1 with the low bits left out.
    fn dc_first(&self, bits: &mut Bits, units: Range<usize>, blocks: &mut Blocks) -> Option<()> {
        let mut predictions = [0; 3];
        for unit in units {
            for (share, prediction) in self.shares.iter().zip(&mut predictions) {
                let table = share.dc.as_ref()?;
                for (x, y) in self.places(unit, share) {
                    let value = difference(bits, table, prediction, self.scan.low)?;
                    if share.component == 0 {
                        blocks.coefficients[y * self.grid.stride + x][0] = value;
                    }
                }
            }
        }
        Some(())
    }

    /// One more bit of each DC coefficient.
    fn dc_refine(&self, bits: &mut Bits, units: Range<usize>, blocks: &mut Blocks) {
        for unit in units {
            for share in &self.shares {
                for (x, y) in self.places(unit, share) {
                    bits.need(1);
                    let bit = (bits.window() >> 63) as i16;
                    bits.skip(1);
                    if share.component == 0 {
                        blocks.coefficients[y * self.grid.stride + x][0] |= bit << self.scan.low;
                    }
                }
            }
        }
    }

    /// G.1.2.2.
    fn ac_first(&self, bits: &mut Bits, units: Range<usize>, blocks: &mut Blocks) -> Option<()> {
        let table = self.shares[0].ac.as_ref()?;
        let mut unit = units.start;
        while unit < units.end {
            let index = self.index(unit);
            let block = &mut blocks.coefficients[index];
            let Band { nonzero, ended } = band(bits, table, block, self.scan.first, self.scan.last, self.scan.low)?;
            blocks.nonzero[index] |= nonzero;
            unit += ended.max(1);
        }
        (unit == units.end).then_some(())
    }

    /// G.1.2.3: one more bit of the coefficients that are known, and new ones among them.
    fn ac_refine(&self, bits: &mut Bits, units: Range<usize>, blocks: &mut Blocks) -> Option<()> {
        let table = self.shares[0].ac.as_ref()?;
        let (first, last, low) = (self.scan.first, self.scan.last, self.scan.low);
        let mut ended = 0;
        for unit in units {
            let index = self.index(unit);
            let (block, nonzero) = (&mut blocks.coefficients[index], &mut blocks.nonzero[index]);
            let known = *nonzero & set(first, last);
            let mut zeros = !*nonzero & set(first, last);
            // The bits of known coefficients come in their order, between the codes of new ones: they are gathered.
            let mut gathered = Gathered::default();
            let mut k = first;
            while ended == 0 && k <= last {
                let entry = table.next(bits)?;
                let window = bits.window();
                bits.skip(entry.total());
                let (run, size) = (entry.run(), entry.size());
                if size == 0 && run < 15 {
                    ended = (1 << run) + entry.run_bits(window);
                    break;
                }
                // The run counts zeros only; what is not zero and lies between them is refined.
                zeros = without_lowest(zeros, run);
                if zeros == 0 || size > 1 {
                    return None;
                }
                let at = zeros.trailing_zeros() as usize;
                gathered.take(bits, (at - k - run) as u32);
                if size == 1 {
                    block[at] = (entry.value(window) as i16) << low;
                    *nonzero |= 1 << at;
                }
                zeros &= zeros - 1;
                k = at + 1;
            }
            if ended > 0 {
                ended -= 1;
                gathered.take(bits, known.count_ones() - gathered.count);
            }
            gathered.add_to(block, known, low);
        }
        (ended == 0).then_some(())
    }

    /// The column and row of each block of a component in a unit (A.2.3).
    #[inline]
    fn places(&self, unit: usize, share: &Share) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (x, y) = (unit % self.columns * share.across, unit / self.columns * share.down);
        let across = share.across;
        (0..across * share.down).map(move |block| (x + block % across, y + block / across))
    }

    /// Where the luma block of a unit is kept, in a scan of luma alone.
    #[inline]
    fn index(&self, unit: usize) -> usize {
        if self.grid.stride == self.columns {
            unit
        } else {
            unit / self.columns * self.grid.stride + unit % self.columns
        }
    }
}

/// A DC coefficient by its difference from the last (F.2.2.1). `None` when it does not fit.
#[inline]
fn difference(bits: &mut Bits, table: &Table, prediction: &mut i32, low: u32) -> Option<i16> {
    let entry = table.next(bits)?;
    if entry.size() > 0 {
        *prediction = prediction.wrapping_add(entry.value(bits.window()));
    }
    bits.skip(entry.total());
    i16::try_from(prediction.checked_mul(1 << low)?).ok()
}

/// What one block's part of a band told.
struct Band {
    nonzero: u64,
    /// The blocks that end with this one; 0 when its last coefficient was coded.
    ended: usize,
}

/// The coefficients from `first` to `last` of one block (F.2.2.2 and G.1.2.2).
#[inline]
fn band(bits: &mut Bits, table: &Table, block: &mut [i16; 64], first: usize, last: usize, low: u32) -> Option<Band> {
    let mut nonzero = 0;
    let mut k = first;
    while k <= last {
        let entry = table.next(bits)?;
        let window = bits.window();
        bits.skip(entry.total());
        let (run, size) = (entry.run(), entry.size());
        if size > 0 {
            k += run;
            if k > last {
                return None;
            }
            block[k & 63] = (entry.value(window) << low) as i16;
            nonzero |= 1 << k;
            k += 1;
        } else if run == 15 {
            k += 16;
        } else {
            return Some(Band { nonzero, ended: (1 << run) + entry.run_bits(window) });
        }
    }
    (k == last + 1).then_some(Band { nonzero, ended: 0 })
}

/// The numbers from `first` to `last`, both at most 63.
#[inline]
fn set(first: usize, last: usize) -> u64 {
    (u64::MAX << first) & (u64::MAX >> (63 - last))
}

/// A set without its `count` lowest members, at most 15.
#[inline]
fn without_lowest(mut set: u64, count: usize) -> u64 {
    let less = |set: u64| set & set.wrapping_sub(1);
    // Counts are mostly small and never foreseen: up to three without a branch.
    let one = less(set);
    set = if count & 1 == 0 { set } else { one };
    let two = less(less(set));
    set = if count & 2 == 0 { set } else { two };
    for _ in 0..count >> 2 {
        set = less(less(less(less(set))));
    }
    set
}

/// One more bit of each of a block's coefficients that are not zero, the first one on top.
#[derive(Default)]
struct Gathered {
    bits: u64,
    count: u32,
}

impl Gathered {
    /// Takes the next `count` bits, with those before at most 64.
    #[inline]
    fn take(&mut self, bits: &mut Bits, count: u32) {
        let mut left = count;
        while left > REFILLED {
            self.take_few(bits, REFILLED);
            left -= REFILLED;
        }
        self.take_few(bits, left);
    }

    #[inline]
    fn take_few(&mut self, bits: &mut Bits, count: u32) {
        bits.need(count);
        // Two steps, because there may be none.
        self.bits = self.bits << count | bits.window() >> 1 >> (63 - count);
        self.count += count;
        bits.skip(count);
    }

    /// Adds each to the magnitude of its coefficient.
    #[inline]
    fn add_to(self, block: &mut [i16; 64], mut which: u64, low: u32) {
        let mut bits = self.bits.unbounded_shl(64 - self.count);
        while which != 0 {
            let coefficient = &mut block[which.trailing_zeros() as usize & 63];
            let sign = (*coefficient >> 15) | 1;
            *coefficient += (sign * (bits >> 63) as i16) << low;
            bits <<= 1;
            which &= which - 1;
        }
    }
}
