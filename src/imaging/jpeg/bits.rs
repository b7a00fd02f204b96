//! The entropy-coded bytes of a scan, and the bits in them.

/// Zero bytes after the data, so that eight can be read at once everywhere.
const PADDING: usize = 8;
/// The fewest bits that [`Bits::refill`] leaves in the window.
pub(super) const REFILLED: u32 = 56;

/// How the next restart interval ends.
pub(super) struct Interval {
    /// The bytes of the file that were read.
    pub read: usize,
    /// The marker that follows, without its 0xFF. It is not counted as read.
    pub marker: u8,
}

/// Copies one restart interval from the start of `coded`, without the zero bytes stuffed after 0xFF (T.81 B.1.1.5).
/// `None` when the data end without a marker, or fill bytes stand among them.
pub(super) fn unstuff(coded: &[u8], into: &mut Vec<u8>) -> Option<Interval> {
    into.clear();
    let mut at = 0;
    loop {
        let plain = before_0xff(&coded[at..]);
        into.extend_from_slice(&coded[at..at + plain]);
        at += plain;
        match *coded.get(at + 1)? {
            0x00 => into.push(0xFF),
            0xFF => return None,
            marker => {
                into.extend_from_slice(&[0; PADDING]);
                return Some(Interval { read: at, marker });
            }
        }
        at += 2;
    }
}

/// The length of what comes before the first 0xFF, eight bytes at a time.
pub(super) fn before_0xff(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let holds_0xff = |chunk: &[u8; 8]| {
        let inverted = !u64::from_le_bytes(*chunk);
        inverted.wrapping_sub(ONES) & !inverted & (ONES << 7) != 0
    };
    let (chunks, _) = bytes.as_chunks::<8>();
    let plain = 8 * chunks.iter().position(holds_0xff).unwrap_or(chunks.len());
    plain + bytes[plain..].iter().position(|&byte| byte == 0xFF).unwrap_or(bytes.len() - plain)
}

/// A window over bits, the next one at its top.
pub(super) struct Bits<'a> {
    /// With [`PADDING`].
    data: &'a [u8],
    at: usize,
    window: u64,
    /// Bits of the window that count; those below are a foretaste of the next.
    left: u32,
}

impl<'a> Bits<'a> {
    /// Of what [`unstuff`] wrote.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, window: 0, left: 0 }
    }

    /// Fills the window to at least [`REFILLED`] bits, after the end of the data with zeros.
    #[inline]
    pub fn refill(&mut self) {
        if let Some(chunk) = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            self.window |= u64::from_be_bytes(*chunk) >> self.left;
        }
        self.at += ((63 - self.left) >> 3) as usize;
        self.left |= REFILLED;
    }

    /// Sees to it that `count` bits, at most [`REFILLED`], are in the window.
    #[inline]
    pub fn need(&mut self, count: u32) {
        if self.left < count {
            self.refill();
        }
    }

    /// The window.
    #[inline]
    pub fn window(&self) -> u64 {
        self.window
    }

    /// Goes on by `count` bits, which must be in the window.
    #[inline]
    pub fn skip(&mut self, count: u32) {
        self.window <<= count;
        self.left -= count;
    }

    /// Whether exactly the data were used, but for the bits that fill the last byte.
    pub fn is_at_end(&self) -> bool {
        let used = (self.at * 8).saturating_sub(self.left as usize);
        let all = (self.data.len() - PADDING) * 8;
        used <= all && all - used < 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_zeros_are_left_out() {
        let mut out = Vec::new();
        let coded = [1, 0xFF, 0, 2, 3, 4, 5, 6, 7, 8, 9, 0xFF, 0xD9];
        let interval = unstuff(&coded, &mut out).unwrap();
        assert_eq!((interval.read, interval.marker), (11, 0xD9));
        assert_eq!(out[..out.len() - PADDING], [1, 0xFF, 2, 3, 4, 5, 6, 7, 8, 9]);
        for cut in 0..coded.len() {
            assert!(unstuff(&coded[..cut], &mut out).is_none(), "cut to {cut}");
        }
    }

    #[test]
    fn bits_come_in_order_and_end_where_the_data_end() {
        let data: Vec<u8> = (0..40u8).map(|byte| byte.wrapping_mul(73)).collect();
        let padded = [&data[..], &[0; PADDING]].concat();
        for step in [1, 3, 7, 13, 31, 56] {
            let mut bits = Bits::new(&padded);
            let mut at = 0;
            while at + step <= 320 {
                bits.need(step as u32);
                let got = bits.window() >> (64 - step);
                let wanted =
                    (at..at + step).fold(0, |value, bit| value << 1 | u64::from(data[bit / 8] >> (7 - bit % 8) & 1));
                assert_eq!(got, wanted, "{step} bits at {at}");
                assert_eq!(bits.is_at_end(), 320 - at < 8, "{step} bits at {at}");
                bits.skip(step as u32);
                at += step;
            }
            bits.need(56);
            bits.skip(56);
            assert!(!bits.is_at_end());
        }
    }
}
