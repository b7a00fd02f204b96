//! How fast this machine trains and applies a network, measured as one would measure another program's.
//!
//! The networks are those of the "NeuroScan Pro" settings at 128 px, the ViT without hidden patches. A training step is
//! forward, loss, backward and Adam (GAN: discriminator, then generator) on a batch drawn from 1,024 images that lie in
//! memory; an inference is one image through the network in evaluation mode.

use std::time::Instant;

use tch::{Device, Kind, Tensor, no_grad_guard};

use super::{cuda, machine, waiting};
use crate::domain::{Architecture, DevicePreference, Preset, TrainingSettings, Watch};
use crate::error::{Error, Result};
use crate::models::{self, Step, guard, optimizer::Adam, random};

/// Images in memory that batches are drawn from.
const IMAGES: i64 = 1024;
/// Steps before the clock starts.
const WARM_UP_STEPS: u32 = 5;
const STEPS: u32 = 30;
/// Single images before the clock counts, and those counted.
const WARM_UP_IMAGES: i64 = 10;
const COUNTED_IMAGES: i64 = 30;

/// What to measure with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    pub threads: u32,
    pub device: DevicePreference,
    pub batch_size: u32,
}

impl Probe {
    /// Images a second that training takes in.
    ///
    /// # Errors
    /// `Error::Cancelled`; when the device is not there or has no room.
    pub fn train_rate(&self, architecture: Architecture, watch: &dyn Watch) -> Result<f64> {
        let (settings, device) = (self.settings(architecture), self.prepare()?);
        let mut network = models::build(&settings, device)?;
        let mut optimizers = Adam::for_weights(network.weights());
        let mut random = random::of_epoch(settings.seed, 1);
        let batch = i64::from(settings.batch_size);
        guard::guarded(device, settings.batch_size, || {
            let images = images(&settings, device);
            let mut started = Instant::now();
            for index in 0..WARM_UP_STEPS + STEPS {
                if watch.cancelled() {
                    return Err(Error::Cancelled);
                }
                if index == WARM_UP_STEPS {
                    wait_for(device);
                    started = Instant::now();
                }
                let drawn = images.index_select(0, &Tensor::randint(IMAGES, [batch], (Kind::Int64, device)));
                let mut step = Step {
                    optimizers: &mut optimizers,
                    learning_rate: settings.learning_rate,
                    discriminator_learning_rate: settings.discriminator_learning_rate,
                    random: &mut random,
                    painted: None,
                };
                let _ = network.learn(&drawn, &mut step);
                watch.progress("Training", u64::from(index + 1), u64::from(WARM_UP_STEPS + STEPS));
            }
            wait_for(device);
            Ok(f64::from(STEPS) * f64::from(self.batch_size) / started.elapsed().as_secs_f64())
        })?
    }

    /// Milliseconds that one image takes, the median of thirty.
    ///
    /// # Errors
    /// `Error::Cancelled`; when the device is not there or has no room.
    pub fn infer_ms(&self, architecture: Architecture, watch: &dyn Watch) -> Result<f64> {
        let (settings, device) = (self.settings(architecture), self.prepare()?);
        let network = models::build(&settings, device)?;
        guard::guarded(device, 1, || {
            let _no_grad = no_grad_guard();
            let images = images(&settings, device);
            let mut times = Vec::new();
            for index in 0..WARM_UP_IMAGES + COUNTED_IMAGES {
                if watch.cancelled() {
                    return Err(Error::Cancelled);
                }
                let started = Instant::now();
                let _ = network.reconstruct(&images.narrow(0, index, 1));
                wait_for(device);
                times.push(started.elapsed().as_secs_f64() * 1e3);
            }
            let mut times = times.split_off(WARM_UP_IMAGES as usize);
            times.sort_unstable_by(f64::total_cmp);
            let middle = times.len() / 2;
            Ok(f64::midpoint(times[middle - 1], times[middle]))
        })?
    }

    /// The network that is measured.
    pub fn settings(&self, architecture: Architecture) -> TrainingSettings {
        let preset = TrainingSettings::preset(architecture, Preset::NeuroscanPro);
        TrainingSettings {
            batch_size: self.batch_size,
            mask_share: if architecture == Architecture::Vit { 0.0 } else { preset.mask_share },
            ..preset
        }
    }

    fn prepare(&self) -> Result<Device> {
        let cuda = match self.device {
            DevicePreference::Cpu => Err(String::new()),
            DevicePreference::Auto | DevicePreference::Cuda => cuda::enable(),
        };
        waiting::watch(machine::cores());
        machine::set_threads(self.threads);
        match (cuda, self.device) {
            (Ok(()), _) => Ok(Device::Cuda(0)),
            (Err(reason), DevicePreference::Cuda) => Err(Error::Other(reason)),
            (Err(_), _) => Ok(Device::Cpu),
        }
    }
}

fn images(settings: &TrainingSettings, device: Device) -> Tensor {
    let side = i64::from(settings.preprocessing.image_size);
    Tensor::rand([IMAGES, 1, side, side], (Kind::Float, device))
}

/// A GPU answers before it has finished.
fn wait_for(device: Device) {
    if let Device::Cuda(index) = device {
        tch::Cuda::synchronize(index as i64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Unwatched;

    #[test]
    fn every_architecture_has_a_speed() {
        let probe = Probe { threads: 1, device: DevicePreference::Cpu, batch_size: 1 };
        for architecture in Architecture::ALL {
            assert!(probe.settings(architecture).validate().is_empty());
            let rate = probe.train_rate(architecture, &Unwatched).unwrap();
            let ms = probe.infer_ms(architecture, &Unwatched).unwrap();
            assert!(rate.is_finite() && rate > 0.0 && ms > 0.0, "{architecture:?}: {rate} {ms}");
        }
    }

    #[test]
    fn the_networks_are_those_of_the_definition() {
        let probe = Probe { threads: 1, device: DevicePreference::Cpu, batch_size: 32 };
        // What the same networks have in PyTorch.
        for (architecture, wanted) in
            [(Architecture::Vae, 7_687_489), (Architecture::Gan, 8_751_105), (Architecture::Vit, 867_200)]
        {
            let network = models::build(&probe.settings(architecture), Device::Cpu).unwrap();
            let count = network.weights().parameter_count();
            assert_eq!(count, wanted, "{architecture:?}");
        }
    }
}
