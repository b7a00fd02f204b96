//! Paints opacities onto the healthy images of a run, anew for every epoch, for a network that learns to take them away.

use std::fmt;
use std::sync::Arc;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::dataset::OpenDataSet;
use crate::domain::{Preprocessing, SampleId, Split};
use crate::error::Result;
use crate::imaging::{self, lesion};
use crate::training::Painter;

/// The healthy images of a run before they are equalised, wherever the data set keeps them.
pub(super) struct Opacities {
    pub data: OpenDataSet,
    pub how: Preprocessing,
    pub train: Vec<SampleId>,
    pub validation: Vec<SampleId>,
    pub pool: Arc<rayon::ThreadPool>,
}

impl fmt::Debug for Opacities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opacities").field("train", &self.train.len()).finish_non_exhaustive()
    }
}

impl Painter for Opacities {
    fn paint(&self, split: Split, seed: u64, epoch: u32) -> Result<Vec<u8>> {
        let ids = if split == Split::Train { &self.train } else { &self.validation };
        let one = |(index, &id): (usize, &SampleId)| -> Result<Vec<u8>> {
            let painted = lesion::with_opacities(&self.data.unfinished(id, self.how)?, &mut chance(seed, epoch, index));
            Ok(imaging::finish(&painted, self.how).pixels)
        };
        let images: Vec<Vec<u8>> = self.pool.install(|| ids.par_iter().enumerate().map(one).collect::<Result<_>>())?;
        Ok(images.concat())
    }
}

/// The generator of one image in one epoch, whatever was painted before.
fn chance(seed: u64, epoch: u32, index: usize) -> ChaCha8Rng {
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&epoch.to_le_bytes());
    bytes[16..24].copy_from_slice(&(index as u64).to_le_bytes());
    ChaCha8Rng::from_seed(bytes)
}
