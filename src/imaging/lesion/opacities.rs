//! Opacities by chance, for a network that learns to take them away.
//!
//! Training on anomalies made from healthy images follows Tan et al., "Detecting outliers with foreign patch
//! interpolation" (MELBA 2022), and Zavrtanik et al., "DRAEM" (ICCV 2021). Each opacity is an ellipse with a rough border
//! inside which the image grows lighter and loses detail. They are not the lesions that maps are measured with
//! ([`place`](super::place())): they have no kinds, lie anywhere over the chest, may be anything from a spot to half a lung, and
//! differ in contrast, border and loss of detail from image to image. But they are painted by the same blending, onto
//! the image before it is equalised, as a real opacity is there before.

use std::f32::consts::PI;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::noise::{Noise, smooth};
use super::paint::{LocalMeans, Window, white};
use crate::domain::GrayImage;

/// Opacities of an image, at most.
const MOST: u32 = 3;
/// Share of the images that get none: the network has to leave health alone.
const CLEAN: f32 = 0.3;
/// Middles, in shares of the side: over the chest on either side of the spine, from the apices to the recesses.
const ACROSS: [[f32; 2]; 2] = [[0.16, 0.45], [0.55, 0.85]];
const DOWN: [f32; 2] = [0.2, 0.85];
/// Shares of the side; drawn evenly on a logarithmic scale.
const RADIUS: [f32; 2] = [0.03, 0.24];
/// Of the longer half axis to the radius; the shorter one is its inverse.
const STRETCH: [f32; 2] = [0.7, 1.4];
/// How far noise moves the border, in radii.
const ROUGHNESS: [f32; 2] = [0.1, 0.7];
/// Width of the border, in radii: consolidations are sharp, haze is not.
const BORDER: [f32; 2] = [0.1, 1.0];
/// 1 turns the middle as white as the whitest part around.
const CONTRAST: [f32; 2] = [0.1, 0.75];
/// Share of ribs and vessels that is lost in the middle.
const HIDDEN: [f32; 2] = [0.0, 0.9];
/// Grains of the noise in a radius.
const GRAINS: f32 = 1.5;
/// The local white is that of a square so far around the middle, as a share of the shorter side.
const WHITE_REACH: f32 = 0.23;

/// One opacity; lengths are shares of the side.
#[derive(Clone, Copy, Debug)]
struct Opacity {
    centre: [f32; 2],
    radius: f32,
    stretch: f32,
    /// In radians.
    angle: f32,
    roughness: f32,
    border: f32,
    contrast: f32,
    hidden: f32,
    seed: u32,
}

impl Opacity {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        let seed = random.random();
        let side = ACROSS[random.random_range(0..ACROSS.len())];
        let mut between = |[least, most]: [f32; 2]| random.random_range(least..=most);
        Self {
            centre: [between(side), between(DOWN)],
            radius: between(RADIUS.map(f32::ln)).exp(),
            stretch: between(STRETCH),
            angle: between([0.0, PI]),
            roughness: between(ROUGHNESS),
            border: between(BORDER),
            contrast: between(CONTRAST),
            hidden: between(HIDDEN),
            seed,
        }
    }

    /// Beyond so many shares of the side from the middle the weight is 0.
    fn reach(&self) -> f32 {
        self.radius * self.stretch.max(self.stretch.recip()) * (1.0 + self.border / 2.0 + self.roughness)
    }

    /// How strong it is at a distance from its middle, in shares of the side: 1 inside, 0 outside.
    fn weight(&self, noise: Noise, dx: f32, dy: f32) -> f32 {
        let (sine, cosine) = self.angle.sin_cos();
        let along = (cosine * dx + sine * dy) / (self.radius * self.stretch);
        let beside = (cosine * dy - sine * dx) / (self.radius / self.stretch);
        let distance = along.hypot(beside) + self.roughness * noise.at(GRAINS * along, GRAINS * beside);
        smooth((1.0 + self.border / 2.0 - distance) / self.border)
    }
}

/// The image with up to three opacities, three images in ten without any. The same generator, the same pixels.
pub fn with_opacities(image: &GrayImage, random: &mut ChaCha8Rng) -> GrayImage {
    let count = if random.random::<f32>() < CLEAN { 0 } else { random.random_range(1..=MOST) };
    let opacities: Vec<Opacity> = (0..count).map(|_| Opacity::draw(random)).collect();
    if opacities.is_empty() { image.clone() } else { lay(image, &opacities) }
}

/// The image with these opacities; their lifts add up, and so does what they hide.
fn lay(image: &GrayImage, opacities: &[Opacity]) -> GrayImage {
    let (width, height) = (image.width as f32, image.height as f32);
    let shorter = width.min(height);
    let mut lifts = vec![0f32; image.pixels.len()];
    let mut kept = vec![1f32; image.pixels.len()];
    let Some(whole) = Window::new([0.0, 0.0, width, height], 0.0, image) else { return image.clone() };
    let means = LocalMeans::new(image, whole);
    for opacity in opacities {
        let [x, y] = [opacity.centre[0] * width, opacity.centre[1] * height];
        let around = |reach: f32| Window::new([x, y, x, y], reach, image);
        let Some(window) = around(opacity.reach() * shorter) else { continue };
        let white = around(WHITE_REACH * shorter).map_or(255.0, |around| white(image, around));
        let noise = Noise::new(opacity.seed);
        for (column, row) in window.pixels() {
            let (dx, dy) = ((column as f32 + 0.5 - x) / shorter, (row as f32 + 0.5 - y) / shorter);
            let weight = opacity.weight(noise, dx, dy);
            if weight > 0.0 {
                let at = row * image.width as usize + column;
                lifts[at] += opacity.contrast * weight * (white - means.at(column, row)).max(0.0);
                kept[at] *= 1.0 - opacity.hidden * weight;
            }
        }
    }
    let lighter = |at: usize, &value: &u8| {
        if lifts[at] <= 0.0 && kept[at] >= 1.0 {
            return value;
        }
        let mean = means.at(at % image.width as usize, at / image.width as usize);
        (mean + lifts[at] + (f32::from(value) - mean) * kept[at]).round().clamp(0.0, 255.0) as u8
    };
    let pixels = image.pixels.iter().enumerate().map(|(at, value)| lighter(at, value)).collect();
    GrayImage::new(image.width, image.height, pixels)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn lungs(width: u32, height: u32) -> GrayImage {
        let value = |index: u32| {
            let (x, y) = (index % width, index / width);
            let spine = (x * 10).abs_diff(width * 5) < width;
            if spine { 200 } else { 60 + 20 * u8::from((y * 40 / height.max(1)).is_multiple_of(2)) }
        };
        GrayImage::new(width, height, (0..width * height).map(value).collect())
    }

    fn random(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    fn gains(before: &GrayImage, after: &GrayImage) -> Vec<i32> {
        after.pixels.iter().zip(&before.pixels).map(|(a, b)| i32::from(*a) - i32::from(*b)).collect()
    }

    #[test]
    fn opacities_lighten_repeat_and_leave_some_images_alone() {
        let image = lungs(128, 128);
        let painted: Vec<GrayImage> = (0..200).map(|seed| with_opacities(&image, &mut random(seed))).collect();
        assert_eq!(painted[3], with_opacities(&image, &mut random(3)));
        let alone = painted.iter().filter(|painted| **painted == image).count();
        assert!((40..85).contains(&alone), "{alone} of 200 have none");
        let mean = |painted: &GrayImage| f64::from(gains(&image, painted).iter().sum::<i32>()) / 16384.0;
        let all: Vec<f64> = painted.iter().map(mean).collect();
        assert!(all.iter().all(|&gain| gain > -0.5), "{all:?}");
        let mean = all.iter().sum::<f64>() / 200.0;
        assert!((1.0..20.0).contains(&mean), "{mean}");
    }

    #[test]
    fn an_opacity_is_strong_in_its_middle_and_ends_within_its_reach() {
        let image = lungs(200, 200);
        for seed in 0..40 {
            let opacity = Opacity { centre: [0.3, 0.5], roughness: 0.1, ..Opacity::draw(&mut random(seed)) };
            let gains = gains(&image, &lay(&image, &[opacity]));
            let reach = opacity.reach() * 200.0 + 1.0;
            for (at, gain) in gains.iter().enumerate() {
                let (dx, dy) = ((at % 200) as f32 + 0.5 - 60.0, (at / 200) as f32 + 0.5 - 100.0);
                assert!(*gain == 0 || dx.hypot(dy) <= reach, "{opacity:?} at {dx}, {dy}");
            }
            let middle = gains[100 * 200 + 60];
            assert!(middle as f32 > 90.0 * opacity.contrast - 12.0, "{opacity:?}: {middle}");
        }
    }

    #[test]
    fn white_small_and_empty_images_are_no_trouble() {
        for (width, height) in [(1, 1), (2, 90), (90, 3), (33, 64), (0, 0)] {
            let image = GrayImage::new(width, height, vec![255; (width * height) as usize]);
            for seed in 0..20 {
                assert_eq!(with_opacities(&image, &mut random(seed)), image, "nothing is whiter than white");
            }
        }
    }
}
