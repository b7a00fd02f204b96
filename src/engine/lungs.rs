//! The lung mask as the engine's threads use it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tch::Device;

use super::chest;
use crate::dataset::OpenDataSet;
use crate::domain::{GrayImage, Label, Lungs, Plane, Preprocessing, SampleId, Segment, evenly};
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
    /// How images are prepared that may or may not be chest X-rays.
    pub const LOOKS_AT: Preprocessing = Preprocessing { image_size: LungNet::SIDE, clahe: false };

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
        let mut correlations = Vec::with_capacity(chest::LOOKED_AT);
        for index in evenly(ids.len(), chest::LOOKED_AT) {
            let Ok(image) = data.prepare(ids[index], Self::LOOKS_AT) else { continue };
            let mask = self.mask(&image.pixels, image.width)?;
            correlations.extend(evaluation::pearson(&mask.values, &image.to_plane().values));
        }
        let chest = chest::are_chests(correlations);
        self.chest = Some((summary.fingerprint.clone(), chest));
        Ok(chest)
    }

    /// Whether one image, prepared as [`Self::LOOKS_AT`] says, looks like a frontal chest X-ray.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn is_chest(&self, image: &GrayImage) -> Result<bool> {
        Ok(chest::is_chest(&image.to_plane(), &self.mask(&image.pixels, image.width)?))
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn x_rays_are_chests_and_drawings_are_not() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let masker = LungMasker::load(&root.join("models/lungs"), Device::Cpu).unwrap();
        let looks = |image: &GrayImage| masker.is_chest(&imaging::preprocess(image, LungMasker::LOOKS_AT)).unwrap();
        for class in ["NORMAL", "PNEUMONIA"] {
            for file in std::fs::read_dir(root.join("assets/sample/test").join(class)).unwrap().take(6) {
                let path = file.unwrap().path();
                assert!(looks(&imaging::read_image(&path).unwrap().image), "{}", path.display());
            }
        }
        let draw = |of: fn(i32, i32) -> u8| {
            GrayImage::new(128, 128, (0..128 * 128).map(|index| of(index % 128 - 64, index / 128 - 64)).collect())
        };
        let disc = draw(|x, y| if x * x + y * y < 45 * 45 { 200 } else { 5 });
        let noise = draw(|x, y| (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) as u8);
        assert!(!looks(&disc) && !looks(&noise));
    }
}
