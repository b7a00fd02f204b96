//! Lesions that are painted onto images, and images with such lesions. They are synthetic: what is known about them is
//! where they are, not that real ones look like this.

use serde::{Deserialize, Serialize};

use super::CaseRef;

/// What a painted lesion imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LesionKind {
    /// Hazy, without a border, through which ribs and vessels are seen: ground glass.
    SoftOpacity,
    /// Dense, patchy, with an irregular border.
    Consolidation,
    /// Small, round, with a sharp border.
    Nodule,
    /// Fluid at the base, its surface curved upwards at the chest wall.
    Effusion,
}

impl LesionKind {
    pub const ALL: [Self; 4] = [Self::SoftOpacity, Self::Consolidation, Self::Nodule, Self::Effusion];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::SoftOpacity => "Soft opacity",
            Self::Consolidation => "Consolidation",
            Self::Nodule => "Nodule",
            Self::Effusion => "Effusion",
        }
    }

    /// The name in tables and files.
    pub fn slug(self) -> &'static str {
        match self {
            Self::SoftOpacity => "soft_opacity",
            Self::Consolidation => "consolidation",
            Self::Nodule => "nodule",
            Self::Effusion => "effusion",
        }
    }

    /// The sizes drawn by chance, as shares of the image's shorter side: diameters; of an effusion, its height.
    pub fn sizes(self) -> [f32; 2] {
        match self {
            Self::SoftOpacity => [0.20, 0.32],
            Self::Consolidation => [0.14, 0.24],
            Self::Nodule => [0.05, 0.08],
            Self::Effusion => [0.18, 0.30],
        }
    }

    /// The size one begins with: the middle of [`Self::sizes`].
    pub fn usual_size(self) -> Permille {
        let [least, most] = self.sizes();
        Permille::of(f32::midpoint(least, most))
    }

    /// The contrast of reports: chosen by looking at healthy training images of the bundled sample, such that whoever
    /// knows where to look sees every lesion, though not each at the first glance. Soft opacities are the faintest.
    pub fn usual_contrast(self) -> Permille {
        Permille::of(match self {
            Self::Consolidation => 0.60,
            Self::SoftOpacity | Self::Nodule => 0.55,
            Self::Effusion => 0.70,
        })
    }
}

/// A share in thousandths, 0 to 1: exact, so that what holds it can be compared and looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Permille(u16);

impl Permille {
    /// The nearest thousandth within 0 to 1; 0 for what is not a number.
    pub fn of(share: f32) -> Self {
        Self((share.clamp(0.0, 1.0) * 1000.0).round() as u16)
    }

    pub fn share(self) -> f32 {
        f32::from(self.0.min(1000)) / 1000.0
    }
}

/// One painted lesion. The same lesion on the same image gives the same pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lesion {
    pub kind: LesionKind,
    /// Of its middle, from the left as a share of the width.
    pub x: Permille,
    /// Of its middle, from the top as a share of the height.
    pub y: Permille,
    /// Diameter as a share of the shorter side; of an effusion, its height.
    pub size: Permille,
    /// 0 changes nothing, 1 turns the middle as white as the whitest parts nearby.
    pub contrast: Permille,
    /// Of the irregular edge.
    pub seed: u32,
}

/// An image with lesions painted onto it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaintedCase {
    /// Never painted itself.
    pub original: CaseRef,
    /// The first below.
    pub lesions: Vec<Lesion>,
}

/// A straight piece of a lesion's outline, its ends in shares of the image's width and height.
pub type Segment = [[f32; 2]; 2];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept_within_their_range() {
        assert_eq!(Permille::of(f32::NAN), Permille::of(0.0));
        assert_eq!(Permille::of(-3.0).share(), 0.0);
        assert_eq!(Permille::of(7.0).share(), 1.0);
        assert_eq!(Permille::of(0.1234).share(), 0.123);
        assert_eq!(serde_json::from_str::<Permille>("60000").unwrap().share(), 1.0);
    }

    #[test]
    fn usual_sizes_lie_within_those_drawn() {
        for kind in LesionKind::ALL {
            let [least, most] = kind.sizes();
            assert!(least < kind.usual_size().share() && kind.usual_size().share() < most);
            assert!(kind.usual_contrast() > Permille::default());
        }
    }
}
