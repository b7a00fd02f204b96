//! How strong a lesion is at a point, and how much of the anatomy it hides.

use super::noise::{Noise, smooth};
use crate::domain::{Lesion, LesionKind};

/// Half the width of an effusion, as a share of the shorter side: half a chest.
const EFFUSION_HALF_WIDTH: f32 = 0.125;

/// A lesion on an image of a certain size. Lengths are in pixels of it.
pub(super) struct Shape {
    kind: LesionKind,
    centre: [f32; 2],
    /// At least half a pixel.
    radius: f32,
    /// Half the width and half the height of what the weight can differ from 0 in.
    reach: [f32; 2],
    /// 1 where the chest wall is at the right, −1 where it is at the left.
    lateral: f32,
    /// Along x; along y its inverse.
    stretch: f32,
    noise: Noise,
}

impl Shape {
    pub fn new(lesion: &Lesion, width: u32, height: u32) -> Self {
        let (width, height) = (width as f32, height as f32);
        let shorter = width.min(height);
        let radius = (lesion.size.share() * shorter / 2.0).max(0.5);
        let noise = Noise::new(lesion.seed);
        let stretch = match lesion.kind {
            LesionKind::SoftOpacity | LesionKind::Consolidation => 0.85 + 0.35 * noise.constant(0),
            LesionKind::Nodule | LesionKind::Effusion => 1.0,
        };
        let reach = match lesion.kind {
            LesionKind::Effusion => [EFFUSION_HALF_WIDTH * shorter, radius * 1.2],
            // Where the distance is 1.2 beyond the deepest dent of the border, stretched at most by 1.2.
            _ => [radius * 1.9; 2],
        };
        Self {
            kind: lesion.kind,
            centre: [lesion.x.share() * width, lesion.y.share() * height],
            radius,
            reach,
            lateral: if lesion.x.share() < 0.5 { -1.0 } else { 1.0 },
            stretch,
            noise,
        }
    }

    /// Left, top, right and bottom of what the weight can differ from 0 in; may lie outside the image.
    pub fn bounds(&self) -> [f32; 4] {
        let ([x, y], [across, down]) = (self.centre, self.reach);
        [x - across, y - down, x + across, y + down]
    }

    /// The weight at a point, [0, 1].
    pub fn weight(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = ((x - self.centre[0]) / self.radius, (y - self.centre[1]) / self.radius);
        if self.kind == LesionKind::Effusion {
            return self.effusion((x - self.centre[0]) / self.reach[0], dy);
        }
        let distance = (dx / self.stretch).hypot(dy * self.stretch);
        match self.kind {
            LesionKind::SoftOpacity => {
                let border = distance + 0.30 * self.noise.at(dx * 1.5, dy * 1.5);
                falling(border, 0.1, 1.15) * (0.85 + 0.15 * self.noise.at(dx * 3.0 + 50.0, dy * 3.0))
            }
            LesionKind::Consolidation => {
                let border = distance + 0.28 * self.noise.at(dx * 2.0, dy * 2.0);
                falling(border, 0.65, 1.15) * (0.9 + 0.1 * self.noise.at(dx * 4.0 + 50.0, dy * 4.0))
            }
            LesionKind::Nodule | LesionKind::Effusion => {
                falling(distance + 0.07 * self.noise.at(dx * 2.0, dy * 2.0), 0.7, 1.15)
            }
        }
    }

    /// `across` is −1 to 1 over the width, `down` over the height.
    fn effusion(&self, across: f32, down: f32) -> f32 {
        // 0 at the heart, 1 at the chest wall.
        let outwards = f32::midpoint(across * self.lateral, 1.0).clamp(0.0, 1.0);
        // The meniscus: level over most of the width, then climbing to the top of the lesion.
        let surface = -1.0 + 1.1 * (1.0 - outwards.powi(3));
        let ripple = 0.05 * self.noise.at(across * 2.0, 0.0);
        let below = smooth((down - surface - ripple + 0.12) / 0.35);
        below * smooth(outwards / 0.55) * falling(across.abs(), 0.65, 1.0) * falling(down, 0.9, 1.15)
    }

    /// The share of ribs and vessels that is lost where the lesion is at its strongest.
    pub fn hides(&self) -> f32 {
        match self.kind {
            LesionKind::SoftOpacity => 0.25,
            LesionKind::Nodule => 0.35,
            LesionKind::Consolidation => 0.6,
            LesionKind::Effusion => 0.8,
        }
    }
}

/// 1 up to `from`, 0 from `to` on.
fn falling(value: f32, from: f32, to: f32) -> f32 {
    1.0 - smooth((value - from) / (to - from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Permille;

    fn lesion(kind: LesionKind, seed: u32) -> Lesion {
        Lesion {
            kind,
            x: Permille::of(0.3),
            y: Permille::of(0.5),
            size: kind.usual_size(),
            contrast: kind.usual_contrast(),
            seed,
        }
    }

    #[test]
    fn weights_are_shares_and_end_within_the_bounds() {
        for kind in LesionKind::ALL {
            for seed in 0..20 {
                let shape = Shape::new(&lesion(kind, seed), 200, 160);
                let [left, top, right, bottom] = shape.bounds();
                let mut most = 0f32;
                for (x, y) in (0..200u8).flat_map(|x| (0..160u8).map(move |y| (f32::from(x), f32::from(y)))) {
                    let weight = shape.weight(x, y);
                    assert!((0.0..=1.0).contains(&weight), "{kind:?} {weight}");
                    let inside = (left..=right).contains(&x) && (top..=bottom).contains(&y);
                    assert!(inside || weight < 1e-6, "{kind:?} {seed} at {x}, {y}: {weight}");
                    most = most.max(weight);
                }
                assert!(most > 0.6, "{kind:?} {seed}: {most}");
            }
        }
    }

    #[test]
    fn fluid_climbs_at_the_chest_wall_and_lies_below() {
        let shape = Shape::new(&lesion(LesionKind::Effusion, 1), 200, 200);
        // The chest wall is at the left of the left half: x from 35 to 85, y from 76 to 124.
        let top = |x: f32| (0..200u8).map(f32::from).find(|&y| shape.weight(x, y) > 0.4);
        let (wall, heart) = (top(42.0).unwrap(), top(68.0).unwrap());
        assert!(wall + 6.0 < heart, "{wall} {heart}");
        assert!(shape.weight(60.0, 112.0) > 0.9);
    }
}
