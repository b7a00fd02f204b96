//! Losses on images the network is not fitted to.

use tch::{Device, Kind, Tensor};

use crate::domain::{LossComponents, evenly};
use crate::error::{Error, Result};
use crate::models::guard::guarded;
use crate::models::{Network, as_images, loss_components};

/// Images a pass.
const BATCH: i64 = 64;

/// Mean losses in evaluation mode: of rebuilding `images`, or of making them of the same images `painted`. Both are bytes
/// on the device.
pub(super) fn mean_losses(network: &dyn Network, images: &Tensor, painted: Option<&Tensor>) -> Result<LossComponents> {
    let count = images.size()[0];
    let device = images.device();
    let values = guarded(device, BATCH as u32, || {
        let mut sums = Tensor::zeros([network.components().len() as i64], (Kind::Double, device));
        for start in (0..count).step_by(BATCH as usize) {
            let length = BATCH.min(count - start);
            let part = |of: &Tensor| as_images(&of.narrow(0, start, length));
            let losses = match painted {
                Some(painted) => network.restoration_losses(&part(painted), &part(images)),
                None => network.losses(&part(images)),
            };
            sums += losses.to_kind(Kind::Double) * length as f64;
        }
        host(&(sums / count as f64))
    })?;
    Ok(loss_components(network.components(), &values?))
}

/// A vector of losses in main memory.
pub(super) fn host(losses: &Tensor) -> Result<Vec<f64>> {
    let losses = losses.to_kind(Kind::Double).to_device(Device::Cpu).reshape([-1]);
    Vec::<f64>::try_from(losses).map_err(|error| Error::Torch { message: error.to_string() })
}

/// Some of many images, evenly spread: `most` of those in `pixels`, `area` bytes each.
pub(super) fn spread(pixels: &[u8], area: usize, most: usize) -> Vec<u8> {
    let count = pixels.len() / area.max(1);
    evenly(count, most).flat_map(|at| &pixels[at * area..(at + 1) * area]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset, TrainingSettings};
    use crate::models;

    #[test]
    fn the_mean_does_not_depend_on_how_images_are_cut() {
        let mut settings = TrainingSettings::preset(Architecture::Vae, Preset::Recommended);
        settings.preprocessing.image_size = 32;
        let network = models::build(&settings, Device::Cpu).unwrap();
        let pixels: Vec<u8> = (0..70 * 1024u32).map(|index| (index * 31 % 251) as u8).collect();
        let images = models::bytes_on_device(&pixels, 32, Device::Cpu).unwrap();
        let cut = mean_losses(network.as_ref(), &images, None).unwrap();
        let whole = host(&network.losses(&as_images(&images))).unwrap();
        assert!((cut.recon - whole[1]).abs() < 1e-6, "{cut:?} {whole:?}");
        assert!((cut.total - whole[0]).abs() < 1e-3 * whole[0]);
    }

    #[test]
    fn some_of_many_are_spread_evenly() {
        assert_eq!(spread(&[0, 1, 2, 3, 4, 5, 6, 7], 2, 2), [0, 1, 4, 5]);
        assert_eq!(spread(&[0, 1, 2], 1, 9), [0, 1, 2]);
        assert!(spread(&[], 4, 9).is_empty());
    }
}
