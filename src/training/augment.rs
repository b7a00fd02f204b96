//! Small random shifts, changes of size and rotations, on the device, a batch at a time.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use tch::Tensor;

use crate::domain::Augmentation;

/// libtorch's numbers for bilinear interpolation and for repeating the border.
const BILINEAR: i64 = 0;
const BORDER: i64 = 1;

/// Moves each image a little; what comes in from outside repeats the edge.
///
/// # Shapes
/// `[b, layers, s, s]` → the same; layers of an image move alike
pub(super) fn augment(images: Tensor, how: Augmentation, random: &mut ChaCha8Rng) -> Tensor {
    if how == Augmentation::NONE {
        return images;
    }
    let batch = images.size()[0];
    let matrices: Vec<f32> = (0..batch).flat_map(|_| matrix(how, random)).collect();
    let matrices = Tensor::from_slice(&matrices).reshape([batch, 2, 3]).to_device(images.device());
    let grid = Tensor::affine_grid_generator(&matrices, images.size(), false);
    images.grid_sampler(&grid, BILINEAR, BORDER, false)
}

/// From positions in the result to positions in the image, both from −1 to 1.
fn matrix(how: Augmentation, random: &mut ChaCha8Rng) -> [f32; 6] {
    let mut within = |limit: f64| (random.random::<f64>() * 2.0 - 1.0) * limit;
    let angle = within(how.rotate_degrees).to_radians();
    let scale = 1.0 + within(how.scale);
    let (right, down) = (2.0 * within(how.shift), 2.0 * within(how.shift));
    let (sine, cosine) = (angle.sin() * scale, angle.cos() * scale);
    [cosine, -sine, right, sine, cosine, down].map(|value| value as f32)
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;
    use crate::models::random;

    fn spot() -> Tensor {
        let image = Tensor::zeros([1, 1, 32, 32], (Kind::Float, Device::Cpu));
        let _ = image.narrow(2, 14, 4).narrow(3, 14, 4).fill_(1.0);
        image
    }

    #[test]
    fn nothing_asked_for_changes_nothing_and_draws_nothing() {
        let mut random = random::of_epoch(1, 1);
        let same = augment(spot(), Augmentation::NONE, &mut random);
        assert_eq!(same, spot());
        assert_eq!(random, random::of_epoch(1, 1));
    }

    #[test]
    fn images_move_a_little_and_not_all_alike() {
        let images = spot().repeat([64, 1, 1, 1]);
        let moved = augment(images.shallow_clone(), Augmentation::GENTLE, &mut random::of_epoch(1, 1));
        assert_eq!(moved.size(), images.size());
        let again = augment(images.shallow_clone(), Augmentation::GENTLE, &mut random::of_epoch(1, 1));
        assert_eq!(moved, again);
        let differences = (&moved - &images).abs().amax([1i64, 2, 3].as_slice(), false);
        assert!(differences.min().double_value(&[]) > 0.0);
        let first = moved.get(0);
        assert!((moved - first).abs().max().double_value(&[]) > 0.1);
        // 5 % of 32 px is 1.6 px: no spot leaves a frame of 3 px around where it was.
        let again = again.narrow(2, 11, 10).narrow(3, 11, 10).sum(Kind::Float).double_value(&[]);
        let all = augment(images, Augmentation::GENTLE, &mut random::of_epoch(1, 1)).sum(Kind::Float).double_value(&[]);
        assert!((again - all).abs() < 1e-3 * all, "{again} {all}");
    }

    #[test]
    fn a_shift_is_a_share_of_the_side_and_repeats_the_edge() {
        let how = Augmentation { shift: 0.5, scale: 0.0, rotate_degrees: 0.0 };
        let half = spot().zeros_like();
        let _ = half.narrow(3, 0, 16).fill_(1.0);
        for epoch in 0..20 {
            let moved = augment(half.shallow_clone(), how, &mut random::of_epoch(1, epoch));
            let white = moved.sum(Kind::Float).double_value(&[]) / 1024.0;
            assert!((0.0..=1.0).contains(&white), "{white}");
        }
    }
}
