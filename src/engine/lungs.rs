//! The lung mask as the engine's threads use it.

use std::path::Path;
use std::sync::Arc;

use tch::Device;

use crate::domain::{GrayImage, Lungs, Plane};
use crate::error::Result;
use crate::imaging;
use crate::models::guard::guarded;
use crate::models::images_from_bytes;
use crate::models::lungs::LungNet;
use crate::scoring::plane_of;

/// The checkpoint's name in its folder.
pub(crate) const CHECKPOINT: &str = "lungs.safetensors";

/// Finds the lungs. It holds tensors, so it stays on the thread that made it.
pub(crate) struct LungMasker {
    network: LungNet,
    device: Device,
}

impl LungMasker {
    /// # Errors
    /// When the folder has no checkpoint, or another's.
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        Ok(Self { network: LungNet::load(&folder.join(CHECKPOINT), device)?, device })
    }

    /// How far each pixel of a square image is lung, as decoded or equalised.
    pub fn mask(&self, pixels: &[u8], side: u32) -> Result<Plane> {
        let image = images_from_bytes(pixels, side, self.device)?;
        guarded(self.device, 1, || plane_of(&self.network.mask(&image), side))
    }

    /// How much of a map of that image lies in its lungs.
    pub fn audit(&self, pixels: &[u8], map: &Plane) -> Result<Lungs> {
        let mask = self.mask(pixels, map.width)?;
        let steps = mask.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let outline = imaging::lesion::outline(&GrayImage::new(mask.width, mask.height, steps));
        Ok(Lungs::of(map, Arc::new(mask), Arc::new(outline)))
    }
}

/// At most so many, evenly spread, in their order.
pub(super) fn evenly<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    let count = all.len().min(most);
    (0..count).map(|index| all[index * all.len() / count]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_spread_over_all() {
        assert_eq!(evenly(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4), [0, 2, 5, 7]);
        assert_eq!(evenly(&[3, 4], 9), [3, 4]);
        assert!(evenly::<u8>(&[], 4).is_empty() && evenly(&[1], 0).is_empty());
    }

    #[test]
    fn a_folder_without_a_mask_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let error = LungMasker::load(folder.path(), Device::Cpu).err().unwrap();
        assert!(error.to_string().contains(CHECKPOINT), "{error}");
    }

    #[test]
    fn masks_are_as_large_as_the_map_whatever_the_network_looks_at() {
        let masker = LungMasker { network: LungNet::new(1, Device::Cpu).unwrap(), device: Device::Cpu };
        let pixels: Vec<u8> = (0..96 * 96u32).map(|index| (index * 31 % 251) as u8).collect();
        let lungs = masker.audit(&pixels, &Plane::new(96, 96, vec![1.0; 96 * 96])).unwrap();
        assert_eq!((lungs.mask.width, lungs.mask.height), (96, 96));
        assert!((lungs.share.unwrap() - lungs.area).abs() < 1e-6, "a flat map has no preference");
        assert!(masker.mask(&pixels[..100], 96).is_err());
    }
}
