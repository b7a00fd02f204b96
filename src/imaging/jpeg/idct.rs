//! The inverse cosine transform (ITU-T T.81 A.3.3) in whole numbers.
//!
//! Loeffler, Ligtenberg, Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications" (1989), with constants of
//! 12 bits, as in libjpeg's `jidctint` and, to the bit, as in zune-jpeg: columns first, rounded to 2 fractional bits,
//! then rows. The rotations are multiplied out, so that each product has a factor of 16 bits, which a
//! processor multiplies eight at a time.

/// Natural position, row-major, of each coefficient in zigzag order (T.81 figure A.6).
pub(super) const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

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

/// Largest coefficient that 8-bit samples can have, with room for quantisation to the coarsest steps.
const LARGEST: i32 = 2047;
/// Up to this sum of magnitudes every intermediate value, at most 4√2 times the sum, fits 16 bits.
const NARROW_SUM: i32 = 5700;

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
    let mut block = [[0i16; 8]; 8];
    block[0][0] = first as i16;
    let mut sum = first.abs();
    let mut largest = 0;
    let mut rest = nonzero & !1;
    while rest != 0 {
        let k = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        let value = i32::from(coefficients[k]).wrapping_mul(steps[k]);
        largest = largest.max(value.unsigned_abs());
        sum = sum.wrapping_add(value.abs());
        let at = usize::from(NATURAL[k]);
        block[at / 8][at % 8] = value as i16;
    }
    if largest > LARGEST as u32 {
        return None;
    }
    Some(if sum > NARROW_SUM {
        wide(&block)
    } else if nonzero & !CORNER == 0 {
        narrow::<4>(&block)
    } else {
        narrow::<8>(&block)
    })
}

/// The transform of a block whose intermediate values fit 16 bits and whose coefficients lie in the first `N` rows and
/// columns.
fn narrow<const N: usize>(block: &[[i16; 8]; 8]) -> Samples {
    let columns = pass::<N, _, _>(block, 1 << 9, 10, |value| value as i16);
    let samples = pass::<N, _, _>(&transposed(&columns), ROUND, 17, |value| value as i16);
    transposed_bytes(&samples)
}

/// The same for any block.
#[cold]
fn wide(block: &[[i16; 8]; 8]) -> Samples {
    let columns = pass::<8, _, i32>(block, 1 << 9, 10, |value| value);
    let samples = pass::<8, _, _>(&transposed(&columns), ROUND, 17, |value| value.clamp(0, 255) as i16);
    transposed_bytes(&samples)
}

/// One half, the level shift of 128 (A.3.1), and zune-jpeg's 512, which makes 1 in 256 ties fall upwards.
const ROUND: i32 = (1 << 16) + (128 << 17) + 512;

/// The one-dimensional transform of eight columns at once, of which all but the first `N` rows are zero.
#[inline]
fn pass<const N: usize, T: Copy + Into<i32>, U: Copy + Default>(
    rows: &[[T; 8]; 8],
    round: i32,
    shift: u32,
    keep: impl Fn(i32) -> U,
) -> [[U; 8]; 8] {
    let mut out = [[U::default(); 8]; 8];
    for x in 0..8 {
        let at = |row: usize| if row < N { rows[row][x].into() } else { 0 };
        let (even, turned) = (at(2) * 5352 + at(6) * 2217, at(2) * 2217 + at(6) * -5350);
        let (sum, difference) = (((at(0) + at(4)) << 12) + round, ((at(0) - at(4)) << 12) + round);
        let evens = [sum + even, difference + turned, difference - turned, sum - even];
        let odds = [
            at(1) * 5683 + at(3) * 4816 + (at(5) * 3219 + at(7) * 1131),
            at(1) * 4816 + at(3) * -1129 + (at(5) * -5681 + at(7) * -3218),
            at(1) * 3219 + at(3) * -5681 + (at(5) * 1132 + at(7) * 4816),
            at(1) * 1131 + at(3) * -3218 + (at(5) * 4816 + at(7) * -5680),
        ];
        for y in 0..4 {
            out[y][x] = keep((evens[y] + odds[y]) >> shift);
            out[7 - y][x] = keep((evens[y] - odds[y]) >> shift);
        }
    }
    out
}

/// Rows as columns, by three perfect shuffles.
#[inline]
fn transposed<T: Copy + Default>(rows: &[[T; 8]; 8]) -> [[T; 8]; 8] {
    let mut rows = *rows;
    for _ in 0..3 {
        let mut shuffled = [[T::default(); 8]; 8];
        for i in 0..4 {
            let (a, b) = (rows[i], rows[i + 4]);
            shuffled[2 * i] = [a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]];
            shuffled[2 * i + 1] = [a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]];
        }
        rows = shuffled;
    }
    rows
}

/// Rows as columns, limited to 0 to 255. Three rounds swap squares of 4, 2 and 1 bytes a side within words of 8.
#[inline]
fn transposed_bytes(rows: &[[i16; 8]; 8]) -> Samples {
    let mut words = [0u64; 8];
    for (word, row) in words.iter_mut().zip(rows) {
        let mut bytes = [0; 8];
        for (byte, value) in bytes.iter_mut().zip(row) {
            *byte = (*value).clamp(0, 255) as u8;
        }
        *word = u64::from_le_bytes(bytes);
    }
    for (step, kept) in [(4, 0x0000_0000_FFFF_FFFF), (2, 0x0000_FFFF_0000_FFFF), (1, 0x00FF_00FF_00FF_00FF_u64)] {
        for i in 0..8 {
            if i & step == 0 {
                let swapped = (words[i] >> (8 * step) ^ words[i + step]) & kept;
                words[i] ^= swapped << (8 * step);
                words[i + step] ^= swapped;
            }
        }
    }
    let mut out = [[0; 8]; 8];
    for (row, word) in out.iter_mut().zip(words) {
        *row = word.to_le_bytes();
    }
    out
}
