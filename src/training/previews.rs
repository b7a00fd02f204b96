//! The pinned cases as the network sees them after an epoch.

use std::sync::Arc;

use super::evaluate::spread;
use super::session::Pin;
use crate::domain::{GrayImage, PinnedCase, Plane, Preview, Score, TrainingSettings, Watch};
use crate::error::Result;
use crate::scoring::{Scorer, WithLungs, calibrator};
use crate::store::RunWriter;

/// Healthy images that set the scale of the maps while training; at the end all of them do.
const MOST_HEALTHY: usize = 64;
/// All epochs up to this one are kept in the folder, then about as many again, evenly.
const KEPT: u32 = 20;

/// Pinned cases and what their maps are scaled by.
pub(super) struct Previews {
    pins: Vec<(Pin, Arc<Plane>)>,
    healthy: Vec<u8>,
    /// The run's own, without jitter: a map is drawn of an image in its own position.
    score: Score,
    side: u32,
    epochs: u32,
}

impl Previews {
    pub fn new(settings: &TrainingSettings, pins: &[Pin], validation: &[u8]) -> Self {
        let side = settings.preprocessing.image_size;
        let area = side.pow(2) as usize;
        let whole = |pin: &&Pin| pin.pixels.len() == area;
        let input = |pin: &Pin| Arc::new(GrayImage::new(side, side, pin.pixels.clone()).to_plane());
        Self {
            pins: pins.iter().filter(whole).map(|pin| (pin.clone(), input(pin))).collect(),
            healthy: spread(validation, area, MOST_HEALTHY),
            score: Score { jitter: 0.0, ..settings.score },
            side,
            epochs: settings.epochs,
        }
    }

    /// Renders the cases after an epoch; 0 is the untrained network.
    pub fn render(&self, learnt: WithLungs<'_>, epoch: u32, watch: &dyn Watch) -> Result<Vec<Preview>> {
        if self.pins.is_empty() {
            return Ok(Vec::new());
        }
        let device = learnt.network.weights().device();
        let size = (self.side, device);
        let scale = calibrator::scale_of(&learnt, self.score.residual, &self.healthy, size, watch)?;
        let scorer = Scorer::new(self.score, self.side, device)?;
        let render = |(index, (pin, input)): (usize, &(Pin, Arc<Plane>))| {
            let seen = scorer.analyse(&learnt, &pin.pixels, &scale)?;
            Ok(Preview {
                epoch,
                pin: index,
                case: Some(pin.case.clone()),
                input: Arc::clone(input),
                reconstruction: Arc::new(seen.reconstruction),
                map: Arc::new(seen.map),
            })
        };
        self.pins.iter().enumerate().map(render).collect()
    }

    /// Notes in the run's folder which cases its pictures show from now on.
    pub fn note(&self, run: &RunWriter) -> Result<()> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let cases: Vec<PinnedCase> = self.pins.iter().map(|(pin, _)| pin.named.clone()).collect();
        run.note_pinned(&cases)
    }

    /// Keeps a picture of some epochs in the run's folder: a row a case, input, reconstruction and map beside each other.
    pub fn save(&self, run: &RunWriter, epoch: u32, previews: &[Preview]) -> Result<()> {
        let step = (self.epochs / KEPT).max(1);
        let kept = epoch <= KEPT || epoch.is_multiple_of(step) || epoch == self.epochs;
        if previews.is_empty() || !kept {
            return Ok(());
        }
        let side = self.side as usize;
        let mut pixels = Vec::with_capacity(previews.len() * 3 * side * side);
        for preview in previews {
            for row in 0..side {
                for plane in [&preview.input, &preview.reconstruction, &preview.map] {
                    let values = &plane.values[row * side..(row + 1) * side];
                    pixels.extend(values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8));
                }
            }
        }
        run.save_preview(epoch, 3 * self.side, self.side * previews.len() as u32, &pixels)
    }
}
