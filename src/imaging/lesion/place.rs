//! Where lesions are placed by chance: in the lungs of the mean healthy image.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::{Lesion, LesionKind, Permille};

/// A lung in a frontal view, in shares of the image: a band around the line from its apex to its base. Read off the mean
/// of the bundled sample's 260 healthy images; single images differ by a tenth of the side or more.
struct Lung {
    apex: [f32; 2],
    base: [f32; 2],
    half_width: f32,
    /// The middle of the costophrenic recess and its depth, where fluid gathers.
    recess: [f32; 2],
}

const LUNGS: [Lung; 2] = [
    Lung { apex: [0.370, 0.27], base: [0.265, 0.66], half_width: 0.06, recess: [0.240, 0.83] },
    Lung { apex: [0.640, 0.27], base: [0.790, 0.68], half_width: 0.05, recess: [0.790, 0.85] },
];

/// A lesion of this kind with its usual contrast, its size, side and place drawn by chance. The same seed, the same lesion.
pub fn place(kind: LesionKind, seed: u32) -> Lesion {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed));
    random.set_stream(kind as u64);
    let lung = &LUNGS[random.random_range(0..LUNGS.len())];
    let [least, most] = kind.sizes();
    let size = random.random_range(least..=most);
    let [x, y] = match kind {
        LesionKind::Effusion => [lung.recess[0], lung.recess[1] - size / 2.0],
        _ => within(lung, &mut random),
    };
    let [x, y, size] = [x, y, size].map(Permille::of);
    Lesion { kind, x, y, size, contrast: kind.usual_contrast(), seed: random.random() }
}

fn within(lung: &Lung, random: &mut ChaCha8Rng) -> [f32; 2] {
    let down: f32 = random.random_range(0.0..=1.0);
    let across: f32 = random.random_range(-lung.half_width..=lung.half_width);
    let between = |from: f32, to: f32| from + (to - from) * down;
    [between(lung.apex[0], lung.base[0]) + across, between(lung.apex[1], lung.base[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_repeat_and_fill_both_lungs() {
        for kind in LesionKind::ALL {
            assert_eq!(place(kind, 7), place(kind, 7));
            let all: Vec<Lesion> = (0..200).map(|seed| place(kind, seed)).collect();
            let left = all.iter().filter(|lesion| lesion.x.share() < 0.5).count();
            assert!((60..140).contains(&left), "{kind:?}: {left}");
            for lesion in &all {
                let (x, y) = (lesion.x.share(), lesion.y.share());
                assert!((0.18..0.45).contains(&x) || (0.55..0.86).contains(&x), "{kind:?} {x}");
                assert!((0.25..0.78).contains(&y), "{kind:?} {y}");
            }
        }
    }
}
