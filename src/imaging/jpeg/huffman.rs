//! Huffman tables (ITU-T T.81 annexes C and F.2.2.3), looked up nine bits at a time.

use super::bits::Bits;

/// Bits that are looked up at once; longer codes are rare.
const PEEK: u32 = 9;

/// What the symbols of a table mean: how many bits follow each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// The size of a difference, F.1.2.1.
    Dc,
    /// A run of zeros and the size of a coefficient, F.1.2.2.
    AcSequential,
    /// The same, or the length of a run of ended blocks, G.1.2.2.
    AcProgressive,
}

impl Coding {
    /// The bits after a symbol's code. `None` for what 8-bit samples cannot have.
    fn extra(self, symbol: u8) -> Option<u32> {
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        match self {
            Self::Dc => (symbol <= 11).then_some(size),
            _ if size > 10 => None,
            Self::AcProgressive if size == 0 && run < 15 => Some(run),
            Self::AcSequential | Self::AcProgressive => Some(size),
        }
    }
}

/// A symbol with the lengths of its code and of both code and following bits. Zero is none.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry(u32);

impl Entry {
    fn new(coding: Coding, symbol: u8, length: u32) -> Option<Self> {
        let total = length + coding.extra(symbol)?;
        Some(Self(total << 16 | length << 8 | u32::from(symbol)))
    }

    /// Zeros before the coefficient, 0 to 15.
    #[inline]
    pub fn run(self) -> usize {
        (self.0 >> 4 & 15) as usize
    }

    /// Bits of the value.
    #[inline]
    pub fn size(self) -> u32 {
        self.0 & 15
    }

    /// Bits of code and value, at most 30.
    #[inline]
    pub fn total(self) -> u32 {
        self.0 >> 16
    }

    /// The value after the code at the top of `window`: `RECEIVE` and `EXTEND` of F.2.2.1. For sizes above 0.
    #[inline]
    pub fn value(self, window: u64) -> i32 {
        let after = window << (self.0 >> 8 & 0xFF);
        let bits = (after >> (64 - self.size())) as i32;
        // A first bit of 0 stands for a negative value.
        let negative = !((after as i64 >> 63) as i32);
        bits + (negative & (1 - (1 << self.size())))
    }

    /// The bits after the code at the top of `window` as a number; there are `run` of them.
    #[inline]
    pub fn run_bits(self, window: u64) -> usize {
        let after = window << (self.0 >> 8 & 0xFF);
        // Two steps, because there may be none.
        (after >> 1 >> (63 - self.run())) as usize
    }
}

/// A table as a file gives it (B.2.4.2).
#[derive(Clone)]
pub(super) struct Definition {
    /// Codes of each length from 1 to 16.
    pub counts: [u8; 16],
    pub symbols: Vec<u8>,
}

/// A table made ready.
pub(super) struct Table {
    coding: Coding,
    /// By the next [`PEEK`] bits; empty for longer and unused codes.
    lookup: Box<[Entry; 1 << PEEK]>,
    /// For each length from 1: the first code that is longer, moved up to 16 bits, and its symbols' place minus its codes.
    lengths: [(u32, i32); 16],
    symbols: Vec<u8>,
}

impl Table {
    /// `None` for counts that no prefix code has.
    pub fn new(definition: &Definition, coding: Coding) -> Option<Self> {
        let symbols = definition.symbols.clone();
        let mut lookup = Box::new([Entry::default(); 1 << PEEK]);
        let mut lengths = [(0, 0); 16];
        let (mut code, mut index) = (0u32, 0usize);
        for (length, &count) in (1..).zip(&definition.counts) {
            let (first_code, first_index, count) = (code, index, usize::from(count));
            code += count as u32;
            index += count;
            // No code may be all ones (annex C).
            if index > symbols.len() || (count > 0 && code >= 1 << length) {
                return None;
            }
            lengths[length as usize - 1] = (code << (16 - length), first_index as i32 - first_code as i32);
            if length <= PEEK {
                let room = 1 << (PEEK - length);
                let start = first_code as usize * room;
                let slots = lookup.get_mut(start..)?.chunks_exact_mut(room);
                for (slots, &symbol) in slots.zip(&symbols[first_index..index]) {
                    slots.fill(Entry::new(coding, symbol, length).unwrap_or_default());
                }
            }
            code <<= 1;
        }
        Some(Self { coding, lookup, lengths, symbols })
    }

    /// The next code, which is not yet gone past. The window then holds it and what follows it. `None` if there is none.
    #[inline]
    pub fn next(&self, bits: &mut Bits) -> Option<Entry> {
        bits.refill();
        let entry = self.lookup[(bits.window() >> (64 - PEEK)) as usize];
        if entry.0 == 0 { self.long(bits.window()) } else { Some(entry) }
    }

    /// Codes that are longer than the lookup (F.2.2.3).
    #[cold]
    fn long(&self, window: u64) -> Option<Entry> {
        let code = (window >> 48) as u32;
        for length in PEEK + 1..=16 {
            let (end, offset) = self.lengths[length as usize - 1];
            if code < end {
                let index = (code >> (16 - length)) as i32 + offset;
                let symbol = *self.symbols.get(usize::try_from(index).ok()?)?;
                return Entry::new(self.coding, symbol, length);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table K.1 of annex K.
    fn dc_of_annex_k() -> Definition {
        Definition { counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: (0..12).collect() }
    }

    #[test]
    fn values_extend_as_in_table_f_1() {
        let table = Table::new(&dc_of_annex_k(), Coding::Dc).unwrap();
        // Category 2 is 011; its values are -3, -2, 2, 3.
        for (bits, value) in [(0b00, -3), (0b01, -2), (0b10, 2), (0b11, 3)] {
            let data = [0b0110_0000 | bits << 3, 0, 0, 0, 0, 0, 0, 0, 0];
            let mut bits = Bits::new(&data);
            let entry = table.next(&mut bits).unwrap();
            assert_eq!((entry.size(), entry.total(), entry.value(bits.window())), (2, 5, value));
        }
    }

    #[test]
    fn long_codes_are_found() {
        // One code of 1 bit, and one of each length from 10 to 16.
        let counts = [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1];
        let table = Table::new(&Definition { counts, symbols: (1..=8).collect() }, Coding::AcSequential).unwrap();
        // 1000000000 has 10 bits, 10000000010 has 11.
        for (start, size) in [([0x80, 0x00], 2), ([0x80, 0x40], 3)] {
            let data = [&start[..], &[0; 8]].concat();
            assert_eq!(table.next(&mut Bits::new(&data)).unwrap().size(), size);
        }
        assert!(table.next(&mut Bits::new(&[0xFF; 9])).is_none());
    }

    #[test]
    fn impossible_tables_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 2;
        assert!(Table::new(&Definition { counts, symbols: vec![0, 1] }, Coding::Dc).is_none(), "a code of all ones");
        counts[0] = 1;
        assert!(Table::new(&Definition { counts, symbols: vec![] }, Coding::Dc).is_none(), "no symbols");
        counts = [255; 16];
        assert!(Table::new(&Definition { counts, symbols: vec![0; 256] }, Coding::Dc).is_none(), "too many codes");
    }
}
