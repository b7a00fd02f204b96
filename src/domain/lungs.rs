//! How much of a map lies in the lungs: an audit. A model that looks elsewhere has found a shortcut.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Plane, Segment};

/// A mask that covers less of its image than this share is taken for none.
pub const LEAST_LUNG_AREA: f64 = 0.05;

/// The lungs of one image, and how much of a map lies in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Lungs {
    /// Same size as the map; 0 elsewhere, 1 lung, between them where it is unsure.
    pub mask: Arc<Plane>,
    /// Pieces of the line around the mask, in shares of the image.
    pub outline: Arc<Vec<Segment>>,
    /// Share of the map's sum that lies in the mask; `None` where the map is 0 everywhere.
    pub share: Option<f64>,
    /// Share of the image that the mask covers: what a map without any preference would have in it.
    pub area: f64,
}

impl Lungs {
    /// Measures a map by a mask of its size.
    pub fn of(map: &Plane, mask: Arc<Plane>, outline: Arc<Vec<Segment>>) -> Self {
        Self { share: share_inside(map, &mask), area: mean(&mask.values), mask, outline }
    }
}

/// Share of the map's sum, negative values left out, that lies in the mask; `None` where nothing is left.
///
/// # Panics
/// If the sizes differ.
pub fn share_inside(map: &Plane, mask: &Plane) -> Option<f64> {
    assert_eq!((map.width, map.height), (mask.width, mask.height), "map and mask differ in size");
    let weights = map.values.iter().map(|&value| f64::from(value.max(0.0)));
    let (inside, total) = weights
        .zip(&mask.values)
        .fold((0.0, 0.0), |(inside, total), (weight, &lung)| (inside + weight * f64::from(lung), total + weight));
    (total > 0.0 && total.is_finite()).then(|| inside / total)
}

fn mean(values: &[f32]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64
    }
}

/// Why nothing is said about the lungs of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoLungs {
    /// The images do not look like frontal chest X-rays.
    OtherImages,
    /// This one does not, though the open data set's do.
    OtherImage,
    /// It is of one grey all over.
    Flat,
    /// In one sentence, why it is not known.
    Unknown(Arc<str>),
}

impl NoLungs {
    /// The reason as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::OtherImages => {
                "These images do not look like frontal chest X-rays: what the lung mask takes for lungs \
                                  is lighter than the rest."
                    .to_owned()
            }
            Self::OtherImage => {
                "This image does not look like a frontal chest X-ray: what the lung mask takes for lungs is lighter than \
                 the rest, at the border or on one side only. If it is none, scores and maps of it mean nothing."
                    .to_owned()
            }
            Self::Flat => {
                "This image has no contrast: it is black, white or grey all over. Scores and maps of it mean nothing."
                    .to_owned()
            }
            Self::Unknown(reason) => format!("No lung mask: {reason}"),
        }
    }
}

/// The same over test images of a benchmark, on average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LungShares {
    /// Of the maps of healthy images.
    pub healthy: f64,
    /// Of the maps of diseased images.
    pub diseased: f64,
    /// Of the images themselves: what maps without any preference would have.
    pub area: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(values: &[f32]) -> Plane {
        Plane::new(values.len() as u32, 1, values.to_vec())
    }

    #[test]
    fn shares_by_hand() {
        let mask = Arc::new(plane(&[1.0, 0.5, 0.0, 0.0]));
        let lungs = Lungs::of(&plane(&[3.0, 2.0, -7.0, 3.0]), mask, Arc::default());
        assert_eq!(lungs.share, Some(4.0 / 8.0));
        assert!((lungs.area - 0.375).abs() < 1e-9);
    }

    #[test]
    fn a_map_of_nothing_has_no_share() {
        let mask = plane(&[1.0, 0.0]);
        assert_eq!(share_inside(&plane(&[0.0, 0.0]), &mask), None);
        assert_eq!(share_inside(&plane(&[-1.0, -2.0]), &mask), None);
        assert_eq!(share_inside(&plane(&[f32::INFINITY, 1.0]), &mask), None);
        assert_eq!(share_inside(&plane(&[1.0, 0.0]), &mask), Some(1.0));
        assert_eq!(share_inside(&plane(&[f32::NAN, 1.0]), &mask), Some(0.0), "what is no number is left out");
    }
}
