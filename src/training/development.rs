//! Development AUROC while training: do diseased training images, which no network is fitted to, score higher than the
//! validation normals? Only to be watched; nothing is chosen by it.

use super::evaluate::spread;
use crate::domain::{Score, TrainingSettings, WATCHED_IMAGES, Watch, auroc_between};
use crate::error::Result;
use crate::scoring::{Scorer, WithLungs};

/// Diseased images at the end; more need not be handed over.
pub const MOST_AT_END: usize = 1000;
/// Passes that a jittered score takes.
const SHIFTS: usize = 9;
/// A training step costs about as much as three passes: forward, and backward twice that.
const PASSES_PER_STEP: usize = 3;
/// Share of an epoch's time that may go into the measurement, in hundredths.
const PERCENT: usize = 10;

/// A subset of the images, and how often they are scored.
pub(super) struct Development {
    healthy: Vec<u8>,
    diseased: Vec<u8>,
    /// Every so many epochs; from the counts alone, so that a run that goes on measures at the same epochs.
    every: u32,
    last: u32,
}

impl Development {
    /// `None` without diseased images.
    pub fn new(settings: &TrainingSettings, train_count: usize, validation: &[u8], development: &[u8]) -> Option<Self> {
        if development.is_empty() || validation.is_empty() {
            return None;
        }
        let area = settings.preprocessing.image_size.pow(2) as usize;
        let (healthy, diseased) = (spread(validation, area, WATCHED_IMAGES), spread(development, area, WATCHED_IMAGES));
        let passes = (healthy.len() + diseased.len()) / area * if settings.score.jitter > 0.0 { SHIFTS } else { 1 };
        let every = (100 * passes).div_ceil(PERCENT * PASSES_PER_STEP * train_count.max(1)).max(1) as u32;
        Some(Self { healthy, diseased, every, last: settings.epochs })
    }

    /// Whether this epoch is one to measure.
    pub fn is_due(&self, epoch: u32) -> bool {
        epoch.is_multiple_of(self.every) || epoch == self.last
    }

    /// The AUROC of the run's own score.
    pub fn auroc(&self, learnt: WithLungs<'_>, settings: &TrainingSettings, watch: &dyn Watch) -> Result<Option<f64>> {
        let healthy = scores(learnt, settings, settings.score, &self.healthy, watch)?;
        let diseased = scores(learnt, settings, settings.score, &self.diseased, watch)?;
        Ok(auroc_between(&healthy, &diseased))
    }
}

/// Scores of whole images.
pub(super) fn scores(
    learnt: WithLungs<'_>,
    settings: &TrainingSettings,
    score: Score,
    pixels: &[u8],
    watch: &dyn Watch,
) -> Result<Vec<f64>> {
    let scorer = Scorer::new(score, settings.preprocessing.image_size, learnt.network.weights().device())?;
    Ok(scorer.scores(&learnt, pixels, watch)?.own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset};

    #[test]
    fn it_costs_a_tenth_of_the_training_at_most() {
        let settings = TrainingSettings::preset(Architecture::Autoencoder, Preset::Recommended);
        let area = 64 * 64;
        let measure = Development::new(&settings, 1149, &vec![0; 192 * area], &vec![0; 3875 * area]).unwrap();
        assert_eq!(measure.every, 6);
        let spent = 2 * WATCHED_IMAGES * SHIFTS;
        assert!(spent * 10 <= measure.every as usize * 1149 * PASSES_PER_STEP);
        assert!(measure.is_due(6) && !measure.is_due(7) && measure.is_due(100));
        assert!(Development::new(&settings, 1149, &[0; 4096], &[]).is_none());
    }
}
