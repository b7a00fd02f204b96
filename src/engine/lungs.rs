//! The lung mask as the engine's threads use it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tch::Device;

use crate::dataset::OpenDataSet;
use crate::domain::{GrayImage, Label, Lungs, Plane, Preprocessing, SampleId, Segment, evenly, percentile};
use crate::error::Result;
use crate::evaluation;
use crate::imaging;
use crate::models::guard::guarded;
use crate::models::images_from_bytes;
use crate::models::lungs::LungNet;
use crate::scoring::plane_of;

/// The checkpoint's name in its folder.
pub(crate) const CHECKPOINT: &str = "lungs.safetensors";

/// Images whose lungs are remembered: all that a benchmark looks at, for the next model that gets the same.
const MOST_KNOWN: usize = 256;

/// The lung mask's network.
///
/// # Errors
/// When the folder has no checkpoint, or another's.
pub(crate) fn network(folder: &Path, device: Device) -> Result<LungNet> {
    LungNet::load(&folder.join(CHECKPOINT), device)
}

/// Images that are looked at to tell whether a data set shows chest X-rays.
const LOOKED_AT: usize = 24;
/// Air is dark on an X-ray: in healthy chests the mask and the grey values are not correlated, or below 0 (median −0.06 of
/// children, 0.00 of adults; with pneumonia 0.14). Of magnetic resonance images of the head the mask takes what is light for
/// lungs (0.37 to 0.46). How much of the image it covers does not tell the two apart.
const MOST_CORRELATED: f64 = 0.25;

/// Finds the lungs, once an image. It holds tensors, so it stays on the thread that made it.
pub(crate) struct LungMasker {
    network: LungNet,
    device: Device,
    /// By the BLAKE3 of the image's pixels.
    known: HashMap<blake3::Hash, Found>,
    /// Whether a data set shows chest X-rays, by its fingerprint; of the one that was asked about last.
    chest: Option<(String, bool)>,
}

/// The mask and the line around it.
type Found = (Arc<Plane>, Arc<Vec<Segment>>);

impl LungMasker {
    /// # Errors
    /// When the folder has no checkpoint, or another's.
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        Ok(Self { network: network(folder, device)?, device, known: HashMap::new(), chest: None })
    }

    /// How far each pixel of a square image is lung, as decoded or equalised.
    pub fn mask(&self, pixels: &[u8], side: u32) -> Result<Plane> {
        let image = images_from_bytes(pixels, side, self.device)?;
        guarded(self.device, 1, || plane_of(&self.network.mask(&image), side))
    }

    /// How much of a map of that image lies in its lungs.
    pub fn audit(&mut self, pixels: &[u8], map: &Plane) -> Result<Lungs> {
        let image = blake3::hash(pixels);
        let (mask, outline) = match self.known.get(&image) {
            Some(found) => found.clone(),
            None => self.find(image, pixels, map.width)?,
        };
        Ok(Lungs::of(map, mask, outline))
    }

    /// Whether a data set's images look like frontal chest X-rays; its healthy ones where there are any. Files that cannot be
    /// read are passed over.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn suits(&mut self, data: &OpenDataSet) -> Result<bool> {
        let summary = data.summary();
        if let Some((_, chest)) = self.chest.as_ref().filter(|(known, _)| *known == summary.fingerprint) {
            return Ok(*chest);
        }
        let ids = |wanted: Option<Label>| -> Vec<SampleId> {
            let fits = |id: &SampleId| wanted.is_none() || summary.sample(*id).and_then(|of| of.label) == wanted;
            (0..summary.samples.len() as u32).map(SampleId).filter(fits).collect()
        };
        let healthy = ids(Some(Label::Healthy));
        let ids = if healthy.is_empty() { ids(None) } else { healthy };
        let how = Preprocessing { image_size: LungNet::SIDE, clahe: false };
        let mut correlations = Vec::with_capacity(LOOKED_AT);
        for index in evenly(ids.len(), LOOKED_AT) {
            let Ok(image) = data.prepare(ids[index], how) else { continue };
            let mask = self.mask(&image.pixels, image.width)?;
            correlations.extend(evaluation::pearson(&mask.values, &image.to_plane().values));
        }
        let chest = is_chest(correlations);
        self.chest = Some((summary.fingerprint.clone(), chest));
        Ok(chest)
    }

    fn find(&mut self, image: blake3::Hash, pixels: &[u8], side: u32) -> Result<Found> {
        let mask = self.mask(pixels, side)?;
        let steps = mask.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let outline = imaging::lesion::outline(&GrayImage::new(mask.width, mask.height, steps));
        let found = (Arc::new(mask), Arc::new(outline));
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(image, found.clone());
        Ok(found)
    }
}

/// From the correlations of masks and grey values, one an image; of none, nothing speaks against it.
fn is_chest(mut correlations: Vec<f64>) -> bool {
    correlations.sort_unstable_by(f64::total_cmp);
    percentile(&correlations, 50.0).is_none_or(|median| median <= MOST_CORRELATED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_lungs_are_none() {
        assert!(is_chest(vec![-0.2, 0.1, 0.9]) && is_chest(Vec::new()));
        assert!(!is_chest(vec![0.1, 0.4, 0.5]));
    }

    #[test]
    fn a_folder_without_a_mask_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let error = LungMasker::load(folder.path(), Device::Cpu).err().unwrap();
        assert!(error.to_string().contains(CHECKPOINT), "{error}");
    }

    #[test]
    fn masks_are_as_large_as_the_map_whatever_the_network_looks_at() {
        let network = LungNet::new(1, Device::Cpu).unwrap();
        let mut masker = LungMasker { network, device: Device::Cpu, known: HashMap::new(), chest: None };
        let pixels: Vec<u8> = (0..96 * 96u32).map(|index| (index * 31 % 251) as u8).collect();
        let lungs = masker.audit(&pixels, &Plane::new(96, 96, vec![1.0; 96 * 96])).unwrap();
        assert_eq!((lungs.mask.width, lungs.mask.height), (96, 96));
        assert!((lungs.share.unwrap() - lungs.area).abs() < 1e-6, "a flat map has no preference");
        let again = masker.audit(&pixels, &Plane::new(96, 96, vec![2.0; 96 * 96])).unwrap();
        assert!(Arc::ptr_eq(&lungs.mask, &again.mask), "found once");
        assert!(masker.mask(&pixels[..100], 96).is_err());
    }
}
