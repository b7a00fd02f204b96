//! The inverse cosine transform (ITU-T T.81 A.3.3) in whole numbers.
//!
//! Loeffler, Ligtenberg, Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications" (1989), with constants of
//! 12 bits, as in libjpeg's `jidctint` and, to the bit, as in zune-jpeg: columns first, rounded to 2 fractional bits,
//! then rows. The rotations are multiplied out into sums of products of two, which a processor makes of 16-bit factors
//! four at a time. Coefficients are laid out for that where they are put down, so that nothing is transposed.

use wide::{i16x8, i32x4, u8x16};

use crate::imaging::lanes::{factors, joined};

/// Natural position, row-major, of each coefficient in zigzag order (T.81 figure A.6).
pub(super) const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Frequencies in the order in which they are multiplied: two neighbours make a sum of products.
const PAIRED: [usize; 8] = [0, 4, 2, 6, 1, 3, 5, 7];

/// Where each coefficient in zigzag order is put down: by pair of rows, then by column in the order of [`PAIRED`], then
/// by row of the pair.
const PLACE: [u8; 64] = {
    let mut rank = [0; 8];
    let mut at = 0;
    while at < 8 {
        rank[PAIRED[at]] = at;
        at += 1;
    }
    let (mut place, mut k) = ([0; 64], 0);
    while k < 64 {
        let (row, column) = (rank[NATURAL[k] as usize / 8], rank[NATURAL[k] as usize % 8]);
        place[k] = (row / 2 * 16 + column * 2 + row % 2) as u8;
        k += 1;
    }
    place
};

/// The positions, in zigzag order, that lie in the first four rows and columns.
const CORNER: u64 = {
    let (mut set, mut k) = (0, 0);
    while k < 64 {
        if NATURAL[k] / 8 < 4 && NATURAL[k] % 8 < 4 {
            set |= 1 << k;
        }
        k += 1;
    }
    set
};

/// What the even frequencies 0 and 4, then 2 and 6, give to the first four samples: to the last four the same backwards.
const EVEN: [[[i16; 2]; 4]; 2] = [
    [[4096, 4096], [4096, -4096], [4096, -4096], [4096, 4096]],
    [[5352, 2217], [2217, -5350], [-2217, 5350], [-5352, -2217]],
];
/// What the odd frequencies 1 and 3, then 5 and 7, give to the first four samples: to the last four the negative
/// backwards.
const ODD: [[[i16; 2]; 4]; 2] = [
    [[5683, 4816], [4816, -1129], [3219, -5681], [1131, -3218]],
    [[3219, 1131], [-5681, -3218], [1132, 4816], [4816, -5680]],
];

/// Largest coefficient that 8-bit samples can have, with room for quantisation to the coarsest steps.
const LARGEST: i32 = 2047;
/// Up to this sum of magnitudes every intermediate value, at most 4√2 times the sum, fits 16 bits.
const NARROW_SUM: i32 = 5700;

/// After columns: one half, so that 2 fractional bits are left.
const COLUMN_ROUND: i32 = 1 << 9;
const COLUMN_SHIFT: i32 = 10;
/// After rows: one half, the level shift of 128 (A.3.1), and zune-jpeg's 512, which makes 1 in 256 ties fall upwards.
const ROW_ROUND: i32 = (1 << 16) + (128 << 17) + 512;
const ROW_SHIFT: i32 = 17;

/// A block of samples, 0 to 255.
pub(super) type Samples = [[u8; 8]; 8];

/// The samples of a block. `coefficients` and `steps` are in zigzag order; of the coefficients the first and those
/// whose bit is set in `nonzero` are looked at. `None` for coefficients that are too large to come from 8-bit samples.
#[inline]
pub(super) fn inverse(coefficients: &[i16; 64], nonzero: u64, steps: &[i32; 64]) -> Option<Samples> {
    let first = i32::from(coefficients[0]) * steps[0];
    if first.abs() > LARGEST {
        return None;
    }
    if nonzero & !1 == 0 {
        return Some([[((first + 1028) >> 3).clamp(0, 255) as u8; 8]; 8]);
    }
    let mut block = [0i16; 64];
    block[0] = first as i16;
    let mut sum = first.abs();
    // All magnitudes, bit by bit: it is above a number of ones exactly when one of them is.
    let mut magnitudes = 0;
    let mut rest = nonzero & !1;
    while rest != 0 {
        let k = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        let value = i32::from(coefficients[k]).wrapping_mul(steps[k]);
        magnitudes |= value.unsigned_abs();
        sum = sum.wrapping_add(value.abs());
        block[usize::from(PLACE[k])] = value as i16;
    }
    if magnitudes > LARGEST as u32 {
        return None;
    }
    Some(if sum > NARROW_SUM {
        exact(&block)
    } else if nonzero & !CORNER == 0 {
        narrow::<true>(&block)
    } else {
        narrow::<false>(&block)
    })
}

/// The transform of a block whose intermediate values fit 16 bits and whose coefficients, if `CORNER`, lie in the first
/// four rows and columns.
#[inline]
fn narrow<const CORNER: bool>(block: &[i16; 64]) -> Samples {
    let (rows, _) = block.as_chunks::<8>();
    let mut halves = [[i32x4::ZERO; 2]; 8];
    for half in 0..2 {
        let pair = |at: usize| i16x8::new(rows[2 * at + half]);
        let column = columns::<CORNER>([pair(0), pair(1), pair(2), pair(3)]);
        for (row, value) in halves.iter_mut().zip(column) {
            row[half] = value;
        }
    }
    let mut samples = [[0; 8]; 8];
    for (two, halves) in samples.as_chunks_mut::<2>().0.iter_mut().zip(halves.as_chunks::<2>().0) {
        let [upper, lower] = halves;
        let (upper, lower) = (row::<CORNER>(joined(*upper)), row::<CORNER>(joined(*lower)));
        two.as_flattened_mut().copy_from_slice(u8x16::narrow_i16x8(upper, lower).as_array());
    }
    samples
}

/// Columns of pairs of rows, four at once, as rows.
#[inline]
fn columns<const CORNER: bool>(pairs: [i16x8; 4]) -> [i32x4; 8] {
    let product = |pair: i16x8, two: [i16; 2]| pair.dot(factors(two));
    let mut out = [i32x4::ZERO; 8];
    for y in 0..4 {
        let even = product(pairs[0], EVEN[0][y]) + product(pairs[1], EVEN[1][y]) + i32x4::splat(COLUMN_ROUND);
        let mut odd = product(pairs[2], ODD[0][y]);
        if !CORNER {
            odd += product(pairs[3], ODD[1][y]);
        }
        out[y] = (even + odd) >> COLUMN_SHIFT;
        out[7 - y] = (even - odd) >> COLUMN_SHIFT;
    }
    out
}

/// A row, whose frequencies stand in the order of [`PAIRED`], as samples that are not yet limited to 0 to 255.
#[inline]
fn row<const CORNER: bool>(row: i16x8) -> i16x8 {
    let pairs: [i32; 4] = bytemuck::cast(row);
    let product = |pair: usize, factors: &[[i16; 2]; 4]| {
        let pair: i16x8 = bytemuck::cast(i32x4::splat(pairs[pair]));
        pair.dot(bytemuck::cast(*factors))
    };
    let even = product(0, &EVEN[0]) + product(1, &EVEN[1]) + i32x4::splat(ROW_ROUND);
    let mut odd = product(2, &ODD[0]);
    if !CORNER {
        odd += product(3, &ODD[1]);
    }
    let [h, g, f, e] = ((even - odd) >> ROW_SHIFT).to_array();
    joined([(even + odd) >> ROW_SHIFT, i32x4::new([e, f, g, h])])
}

/// The transform of any block, in 32 bits.
#[cold]
fn exact(block: &[i16; 64]) -> Samples {
    let mut rows = [[0i32; 8]; 8];
    for (at, &value) in block.iter().enumerate() {
        let (pair, column, of_pair) = (at / 16, at % 16 / 2, at % 2);
        rows[PAIRED[2 * pair + of_pair]][PAIRED[column]] = i32::from(value);
    }
    let columns: [[i32; 8]; 8] = std::array::from_fn(|x| line(rows.map(|row| row[x]), COLUMN_ROUND, COLUMN_SHIFT));
    std::array::from_fn(|y| {
        line(columns.map(|column| column[y]), ROW_ROUND, ROW_SHIFT).map(|value| value.clamp(0, 255) as u8)
    })
}

/// One row or column.
fn line(frequencies: [i32; 8], round: i32, shift: i32) -> [i32; 8] {
    let product = |pair: usize, factors: [i16; 2]| {
        frequencies[PAIRED[2 * pair]] * i32::from(factors[0])
            + frequencies[PAIRED[2 * pair + 1]] * i32::from(factors[1])
    };
    let mut out = [0; 8];
    for at in 0..4 {
        let even = product(0, EVEN[0][at]) + product(1, EVEN[1][at]) + round;
        let odd = product(2, ODD[0][at]) + product(3, ODD[1][at]);
        (out[at], out[7 - at]) = ((even + odd) >> shift, (even - odd) >> shift);
    }
    out
}
