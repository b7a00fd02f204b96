//! The lung mask as the engine's threads use it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tch::Device;

use crate::domain::{GrayImage, Lungs, Plane, Segment};
use crate::error::Result;
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
}

/// The mask and the line around it.
type Found = (Arc<Plane>, Arc<Vec<Segment>>);

impl LungMasker {
    /// # Errors
    /// When the folder has no checkpoint, or another's.
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        Ok(Self { network: network(folder, device)?, device, known: HashMap::new() })
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
        let mut masker = LungMasker { network, device: Device::Cpu, known: HashMap::new() };
        let pixels: Vec<u8> = (0..96 * 96u32).map(|index| (index * 31 % 251) as u8).collect();
        let lungs = masker.audit(&pixels, &Plane::new(96, 96, vec![1.0; 96 * 96])).unwrap();
        assert_eq!((lungs.mask.width, lungs.mask.height), (96, 96));
        assert!((lungs.share.unwrap() - lungs.area).abs() < 1e-6, "a flat map has no preference");
        let again = masker.audit(&pixels, &Plane::new(96, 96, vec![2.0; 96 * 96])).unwrap();
        assert!(Arc::ptr_eq(&lungs.mask, &again.mask), "found once");
        assert!(masker.mask(&pixels[..100], 96).is_err());
    }
}
