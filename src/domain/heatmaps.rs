//! How well maps show where something is: painted lesions, filled by `engine::heatmaps`, and boxes that people drew around
//! findings, filled by `engine::benchmark`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{EntryKind, Interval, LesionKind, Plane, Segment, Split};

/// How well the pixels of maps tell lesion from healthy, over all pixels of all images. Intervals: bootstrap over images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelFigures {
    pub auroc: Interval,
    /// Average precision; by chance it would be `lesion_share`.
    pub average_precision: Interval,
    /// Area under the per-region overlap at a false-positive rate of at most 0.3, as a share of 0.3; by chance 0.15.
    pub aupro: Interval,
    /// Share of all pixels that are in a lesion.
    pub lesion_share: f64,
}

/// Maps against boxes that people drew around findings, over the test images that have some.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxFigures {
    /// Images with boxes whose maps were looked at.
    pub images: u32,
    /// Pointing game (Zhang et al. 2018) without tolerance: share of maps whose highest pixel lies in a box. Wilson interval.
    pub pointing: Interval,
    /// Mean share of an image that its boxes cover: what a pixel chosen by chance would reach.
    pub pointing_chance: f64,
    /// Mean share of an image's lungs that its boxes cover: what a pixel chosen by chance within the lungs would reach, which
    /// takes no knowledge of the finding. `None` without a lung mask.
    pub pointing_chance_in_lungs: Option<f64>,
    /// Mean intersection over union of the pixels at 1 or above on the calibrated scale with all boxes of the image.
    pub iou: f64,
    /// The same of as many pixels of each image, chosen by chance.
    pub iou_chance: f64,
    /// Share of the images with an intersection over union of 0.25 and more.
    pub iou_above_025: f64,
    /// Share of the images with an intersection over union of 0.5 and more.
    pub iou_above_050: f64,
    /// Mean share of an image at 1 or above.
    pub marked: f64,
}

/// One kind of lesion, shown by one model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LesionFigures {
    pub lesion: LesionKind,
    pub pixels: PixelFigures,
    /// AUROC of the image score: painted images against the same images before. `None` for what has no image score.
    pub image_auroc: Option<f64>,
}

/// Maps of the network against maps of the same network with random weights (Adebayo et al. 2018). Means over images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sanity {
    /// Rank correlation of the pixels, [-1, 1].
    pub spearman: f64,
    /// Linear correlation of the pixels, [-1, 1].
    pub pearson: f64,
    /// Structural similarity, each map stretched to [0, 1] first.
    pub ssim: f64,
    /// Pixel AUROC of the random network.
    pub untrained_auroc: f64,
}

/// One lesion as one model's map shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatmapExample {
    pub lesion: LesionKind,
    /// Relative to the data set's root.
    pub path: String,
    /// With the lesion, as the network sees it, [0, 1].
    pub input: Arc<Plane>,
    /// Around the lesion.
    pub outline: Arc<Vec<Segment>>,
    /// On the calibrated scale; of the baseline, its own values.
    pub map: Arc<Plane>,
}

/// One model's maps, or those of a baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatmapEntry {
    pub name: String,
    /// Run folder's name, or the baseline's slug.
    pub id: String,
    pub kind: EntryKind,
    /// Over all kinds of lesions together.
    pub all: PixelFigures,
    /// In the order of `LesionKind::ALL`.
    pub by_lesion: Vec<LesionFigures>,
    /// Share of the pixels of unpainted images that lie above 1 on the calibrated scale; 0.001 by design.
    pub healthy_above_one: Option<f64>,
    pub sanity: Option<Sanity>,
    /// One a kind of lesion, in the order of `LesionKind::ALL`.
    pub examples: Vec<HeatmapExample>,
}

/// What painted lesions say about maps.
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmaps {
    /// Of the healthy images that lesions were painted on.
    pub split: Split,
    /// How many; each with one lesion of every kind, one at a time.
    pub images: u32,
    /// Of the choice of images and of the lesions.
    pub seed: u64,
    /// Whether the images look like frontal chest X-rays, in whose lungs the lesions were placed; `None` without a lung mask.
    pub chest: Option<bool>,
    /// Models in the benchmark's order, then the baseline.
    pub entries: Vec<HeatmapEntry>,
    pub took_secs: f64,
}

impl Heatmaps {
    /// What a reader of the figures has to know about the lesions' places.
    pub fn caution(&self) -> Option<&'static str> {
        (self.chest == Some(false)).then_some(
            "These images do not look like frontal chest X-rays, but the lesions lie where the lungs would be in such.",
        )
    }
}
