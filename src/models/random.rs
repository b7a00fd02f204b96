//! Chance from the run's own generator, so that libtorch's global one, which other threads share, decides nothing.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Tensor};

use crate::domain;

/// The generator of one epoch: resuming needs the run's seed and the epoch, nothing else.
pub fn of_epoch(seed: u64, epoch: u32) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Stream 0 draws the initial weights.
    random.set_stream(1 + u64::from(epoch));
    random
}

/// The order in which an epoch visits `count` images.
pub fn order(random: &mut ChaCha8Rng, count: usize) -> Vec<i64> {
    let mut order: Vec<i64> = (0..count as i64).collect();
    order.shuffle(random);
    order
}

/// Standard normal numbers, by Box and Muller (1958).
pub fn normal(random: &mut ChaCha8Rng, shape: &[i64], device: Device) -> Tensor {
    let count = shape.iter().product::<i64>() as usize;
    Tensor::from_slice(&domain::normal(random, count)).reshape(shape).to_device(device)
}

/// For each row exactly `chosen` of `count` columns are 1, the others 0.
pub fn choose(random: &mut ChaCha8Rng, rows: i64, count: i64, chosen: i64, device: Device) -> Tensor {
    let mut values = vec![0f32; (rows * count) as usize];
    let mut columns: Vec<usize> = (0..count as usize).collect();
    for row in values.chunks_exact_mut(count as usize) {
        let (picked, _) = columns.partial_shuffle(random, chosen as usize);
        for &mut column in picked {
            row[column] = 1.0;
        }
    }
    Tensor::from_slice(&values).reshape([rows, count]).to_device(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    #[test]
    fn epochs_differ_and_repeat() {
        let draw = |seed, epoch| order(&mut of_epoch(seed, epoch), 50);
        assert_eq!(draw(7, 3), draw(7, 3));
        assert_ne!(draw(7, 3), draw(7, 4));
        assert_ne!(draw(7, 3), draw(8, 3));
        let mut sorted = draw(7, 3);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<i64>>());
    }

    #[test]
    fn normal_is_standard() {
        let values = normal(&mut of_epoch(1, 1), &[201, 101], Device::Cpu);
        assert_eq!(values.size(), [201, 101]);
        assert!(values.mean(Kind::Float).double_value(&[]).abs() < 0.02);
        assert!((values.std(true).double_value(&[]) - 1.0).abs() < 0.02);
    }

    #[test]
    fn every_row_has_as_many_as_asked() {
        let mask = choose(&mut of_epoch(1, 1), 9, 16, 5, Device::Cpu);
        let sums = Vec::<f32>::try_from(mask.sum_dim_intlist(1, false, Kind::Float)).unwrap();
        assert_eq!(sums, vec![5.0; 9]);
    }
}
