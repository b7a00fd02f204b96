//! What a detector has learnt, as scores see it: any function that rebuilds images, and networks with all they can tell.

use tch::{Device, Kind, Tensor};

use crate::domain::Abilities;
use crate::error::Result;
use crate::models::lungs::LungNet;
use crate::models::{Network, guard::guarded};

/// Rebuilds images as healthy ones would look, and may tell more about them. All methods take images
/// `[b, 1, side, side]` in [0, 1] and keep no gradients.
pub trait Learnt {
    /// `[b, 1, side, side]`
    fn reconstruct(&self, images: &Tensor) -> Tensor;

    /// Natural logarithm of the variance expected at each pixel, `[b, 1, side, side]`.
    fn log_variance(&self, images: &Tensor) -> Option<Tensor> {
        let _ = images;
        None
    }

    /// One code an image, `[b, latent]`.
    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        let _ = images;
        None
    }

    /// Divergence of each image's code from the standard normal in nats, `[b]`.
    fn divergence(&self, images: &Tensor) -> Option<Tensor> {
        let _ = images;
        None
    }

    /// How far each pixel is lung, `[b, 1, side, side]`: 0 elsewhere, 1 lung. No network learns that by the way: it is known
    /// where a lung mask stands beside it.
    fn lungs(&self, images: &Tensor) -> Option<Tensor> {
        let _ = images;
        None
    }
}

/// A network, and beside it who finds the lungs.
#[derive(Clone, Copy)]
pub struct WithLungs<'a> {
    pub network: &'a dyn Network,
    /// On the network's device; `None` where the program has none.
    pub lungs: Option<&'a LungNet>,
}

impl<F: Fn(&Tensor) -> Tensor> Learnt for F {
    fn reconstruct(&self, images: &Tensor) -> Tensor {
        self(images)
    }
}

impl Learnt for WithLungs<'_> {
    fn reconstruct(&self, images: &Tensor) -> Tensor {
        self.network.reconstruct(images)
    }

    fn log_variance(&self, images: &Tensor) -> Option<Tensor> {
        self.network.log_variance(images)
    }

    fn encode(&self, images: &Tensor) -> Option<Tensor> {
        self.network.encode(images)
    }

    fn divergence(&self, images: &Tensor) -> Option<Tensor> {
        self.network.divergence(images)
    }

    fn lungs(&self, images: &Tensor) -> Option<Tensor> {
        self.lungs.map(|finder| finder.mask(images))
    }
}

/// Finds out what a detector can tell, by showing it a black image.
///
/// # Errors
/// When the network cannot be run.
pub fn abilities(learnt: &dyn Learnt, side: u32, device: Device) -> Result<Abilities> {
    guarded(device, 1, || {
        let _no_grad = tch::no_grad_guard();
        let black = Tensor::zeros([1, 1, i64::from(side), i64::from(side)], (Kind::Float, device));
        Abilities {
            code: learnt.encode(&black).is_some(),
            pattern: true,
            divergence: learnt.divergence(&black).is_some(),
            variance: learnt.log_variance(&black).is_some(),
            lungs: learnt.lungs(&black).is_some(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset, TrainingSettings};
    use crate::models;

    #[test]
    fn networks_say_what_they_can_tell() {
        let finder = LungNet::new(1, Device::Cpu).expect("lung mask");
        let can = |architecture, preset, lungs| {
            let mut settings = TrainingSettings::preset(architecture, preset);
            settings.preprocessing.image_size = 32;
            let network = models::build(&settings, Device::Cpu).expect("network");
            let learnt = WithLungs { network: network.as_ref(), lungs };
            abilities(&learnt, 32, Device::Cpu).expect("abilities")
        };
        let vae = can(Architecture::Vae, Preset::Recommended, Some(&finder));
        assert_eq!(vae, Abilities { code: true, pattern: true, divergence: true, variance: false, lungs: true });
        let ae = can(Architecture::Autoencoder, Preset::Recommended, None);
        assert_eq!(ae, Abilities { divergence: false, lungs: false, ..vae });
        assert_eq!(
            can(Architecture::Vit, Preset::NeuroscanPro, None),
            Abilities { pattern: true, ..Abilities::default() },
            "one code a patch is none"
        );
        let closure = |images: &Tensor| images.zeros_like();
        let none = Abilities { pattern: true, ..Abilities::default() };
        assert_eq!(abilities(&closure, 8, Device::Cpu).expect("abilities"), none);
    }
}
