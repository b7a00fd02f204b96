//! A trained model in memory, with everything that scoring takes. It holds tensors, so it stays on the thread that made it.

use std::path::Path;

use tch::{Device, Tensor};

use crate::domain::{ImageScore, ModelId, Plane, Preprocessing, Watch};
use crate::error::Result;
use crate::models::{self, Network, checkpoint};
use crate::scoring::{RegionScores, Scored, Scorer, latent};
use crate::store::{self, StoredModel};

/// Far from the seeds that people type.
const OTHER_SEED: u64 = 7_919_000_000;

/// See the module.
pub(crate) struct Detector {
    pub stored: StoredModel,
    network: Box<dyn Network>,
    scorer: Scorer,
    device: Device,
}

impl Detector {
    /// Reads a run folder, or a `.safetensors` beside its `run.json`.
    ///
    /// # Errors
    /// What is missing or damaged, naming the file; when the device has no room.
    pub fn load(path: &Path, bundled: bool, device: Device) -> Result<Self> {
        let stored = store::open_model(path, bundled)?;
        let settings = &stored.run.settings;
        let network = models::build(settings, device)?;
        checkpoint::load(&stored.checkpoint, network.weights())?;
        let scorer = Scorer::new(settings.score, settings.preprocessing.image_size, device)?;
        Ok(Self { stored, network, scorer, device })
    }

    /// The same network as it was before any training, with random weights of another seed: its maps show what comes from
    /// the architecture and the image alone. Its scores are not jittered, since nobody asks for them.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn untrained(&self, device: Device) -> Result<Self> {
        let mut stored = self.stored.clone();
        let settings = &mut stored.run.settings;
        settings.seed = settings.seed.wrapping_add(OTHER_SEED);
        settings.score.jitter = 0.0;
        let network = models::build(settings, device)?;
        let scorer = Scorer::new(settings.score, settings.preprocessing.image_size, device)?;
        Ok(Self { stored, network, scorer, device })
    }

    /// How images have to be prepared for it.
    pub fn preprocessing(&self) -> Preprocessing {
        self.stored.run.settings.preprocessing
    }

    /// Scores one prepared image and draws its map.
    pub fn analyse(&self, pixels: &[u8]) -> Result<Scored> {
        let reconstruct = |images: &Tensor| self.network.reconstruct(images);
        self.scorer.analyse(&reconstruct, pixels, self.stored.calibration.map_scale)
    }

    /// Scores any number of prepared images.
    pub fn scores(&self, pixels: &[u8], watch: &dyn Watch) -> Result<RegionScores> {
        let reconstruct = |images: &Tensor| self.network.reconstruct(images);
        self.scorer.scores(&reconstruct, pixels, watch)
    }

    /// The codes of any number of prepared images, `images × latent` row-major.
    pub fn encode(&self, pixels: &[u8]) -> Result<Vec<f32>> {
        latent::encode(&*self.network, pixels, self.preprocessing().image_size, self.device)
    }

    /// The images that codes stand for.
    pub fn decode(&self, codes: &[Vec<f32>]) -> Result<Vec<Plane>> {
        latent::decode(&*self.network, codes, self.stored.run.settings.latent as usize, self.device)
    }

    /// Places a score among the healthy ones.
    pub fn judge(&self, model: ModelId, score: f64, file_hash: &str) -> ImageScore {
        let calibration = &self.stored.calibration;
        ImageScore {
            model,
            score,
            sigma: calibration.sigma(score),
            p_value: calibration.conformal_p(score),
            share_lower: calibration.share_lower(score),
            threshold_sigma: calibration.percentile(95.0).map_or(0.0, |threshold| calibration.sigma(threshold)),
            seen_in_training: self.stored.train_hashes.contains(file_hash),
            heatmap: None,
        }
    }
}
