//! β-VAE: Higgins et al., "β-VAE: learning basic visual concepts with a constrained variational framework", ICLR 2017.
//!
//! The network and the loss are the VAE's; what differs is β, `kl_weight`. The VAE here has a light one (0.0256), which
//! lets nearly all of its code carry something. The β-VAE's is heavy, so that a number of the code survives only where
//! it pays: fewer numbers, each of a meaning of its own, and a code that is as small as the data allow rather than as
//! set. Too heavy, and nothing is left of the code.

use tch::Device;

use super::vae::Vae;
use crate::domain::TrainingSettings;

/// A VAE: its weight of the KL divergence comes with the settings.
pub(super) fn beta_vae(settings: &TrainingSettings, device: Device) -> Vae {
    Vae::new(settings, device)
}
