//! What decoding and scaling share of computing several values at once.

use wide::{i16x8, i32x4, i32x8};

/// Two factors for each sum of two products.
#[inline]
pub(super) fn factors([first, second]: [i16; 2]) -> i16x8 {
    i16x8::new([first, second, first, second, first, second, first, second])
}

/// Eight values that fit 16 bits, or are limited to them.
#[inline]
pub(super) fn joined(halves: [i32x4; 2]) -> i16x8 {
    i16x8::from_i32x8_saturate(bytemuck::cast::<_, i32x8>(halves))
}
