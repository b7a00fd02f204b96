//! Which patches are hidden from a network that has to infer them.

use rand_chacha::ChaCha8Rng;
use tch::{Device, Tensor};

use super::random;

/// Patches of an image, and how many are hidden at a time.
#[derive(Clone, Copy, Debug)]
pub struct Hiding {
    /// Patches a side.
    pub grid: i64,
    /// Hidden at a time while training.
    pub count: i64,
    /// Complementary masks in evaluation.
    pub parts: i64,
}

impl Hiding {
    /// Hides `share` of grid² patches, at least one.
    pub fn new(grid: i64, share: f64) -> Self {
        let tokens = grid * grid;
        let count = (share * tokens as f64).round().clamp(1.0, tokens as f64) as i64;
        Self { grid, count, parts: (1.0 / share).round().max(2.0) as i64 }
    }

    /// `[b, grid²]`, 1 where hidden, anew for every image.
    pub fn choose(&self, random: &mut ChaCha8Rng, batch: i64, device: Device) -> Tensor {
        random::choose(random, batch, self.grid * self.grid, self.count, device)
    }

    /// `[parts, grid²]`: a checkerboard and its inverse for two, diagonals for more. Every patch is hidden by exactly
    /// one mask.
    pub fn complementary(&self) -> Tensor {
        let (grid, parts) = (self.grid, self.parts);
        let step = if parts > 2 { 2 } else { 1 };
        let part_of = |token: i64| (token % grid + step * (token / grid)) % parts;
        let values: Vec<f32> =
            (0..parts).flat_map(|part| (0..grid * grid).map(move |token| f32::from(part_of(token) == part))).collect();
        Tensor::from_slice(&values).reshape([parts, grid * grid])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    #[test]
    fn masks_hide_every_patch_once() {
        for parts in [2, 3, 4, 10] {
            let masks = Hiding { grid: 8, count: 1, parts }.complementary();
            let times = Vec::<f32>::try_from(masks.sum_dim_intlist(0, false, Kind::Float).reshape([-1])).unwrap();
            assert_eq!(times, vec![1.0; 64], "{parts}");
        }
    }

    #[test]
    fn a_share_becomes_counts() {
        let hiding = Hiding::new(8, 0.25);
        assert_eq!((hiding.count, hiding.parts), (16, 4));
        assert_eq!(Hiding::new(1, 0.05).count, 1);
        let chosen = hiding.choose(&mut random::of_epoch(1, 1), 3, Device::Cpu);
        assert_eq!(chosen.size(), [3, 64]);
        assert!((chosen.sum(Kind::Float).double_value(&[]) - 48.0).abs() < f64::EPSILON);
    }
}
