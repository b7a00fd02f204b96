//! Value noise (Perlin's lattice noise with values instead of gradients): smooth, seeded, without a period to be seen.

/// Two octaves of value noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    seed: u32,
}

impl Noise {
    pub fn new(seed: u32) -> Self {
        Self { seed }
    }

    /// In [-1, 1]; it changes over a distance of about 1.
    pub fn at(self, x: f32, y: f32) -> f32 {
        (self.octave(x, y, 0) * 2.0 + self.octave(x * 2.0, y * 2.0, 1)) / 1.5 - 1.0
    }

    /// A number in [0, 1) that belongs to the seed.
    pub fn constant(self, which: i32) -> f32 {
        self.lattice(which, 0x5EED, 2)
    }

    /// In [0, 1).
    fn octave(self, x: f32, y: f32, octave: u32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (right_share, low_share) = (smooth(x - left), smooth(y - top));
        let (left, top) = (left as i32, top as i32);
        let row = |y: i32| {
            let (a, b) = (self.lattice(left, y, octave), self.lattice(left.wrapping_add(1), y, octave));
            a + (b - a) * right_share
        };
        let (upper, lower) = (row(top), row(top.wrapping_add(1)));
        upper + (lower - upper) * low_share
    }

    /// In [0, 1): the finaliser of `MurmurHash3` over the place and the seed.
    fn lattice(self, x: i32, y: i32, octave: u32) -> f32 {
        let mut hash = self.seed ^ octave.wrapping_mul(0x9E37_79B9);
        for part in [x as u32, y as u32] {
            hash = (hash ^ part).wrapping_mul(0x85EB_CA6B);
            hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
            hash ^= hash >> 16;
        }
        (hash >> 8) as f32 / 16_777_216.0
    }
}

/// 0 to 1 with level ends.
pub(super) fn smooth(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_repeats_stays_in_range_and_differs_by_seed() {
        let values = |seed: u32| -> Vec<f32> {
            let noise = Noise::new(seed);
            (0..400u16).map(|i| noise.at(f32::from(i % 20) * 0.37 - 3.0, f32::from(i / 20) * 0.29 - 2.0)).collect()
        };
        assert_eq!(values(1), values(1));
        assert_ne!(values(1), values(2));
        assert!(values(3).iter().all(|value| (-1.0..=1.0).contains(value)));
        let mean = values(4).iter().sum::<f32>() / 400.0;
        assert!(mean.abs() < 0.25, "{mean}");
    }

    #[test]
    fn it_is_smooth_and_defined_everywhere() {
        let noise = Noise::new(9);
        for step in 0..500u16 {
            let x = f32::from(step) * 0.01;
            assert!((noise.at(x, 0.4) - noise.at(x + 0.01, 0.4)).abs() < 0.08);
        }
        assert!(noise.at(1e30, -1e30).is_finite());
    }
}
