//! A trained model in memory, with everything that scoring takes. It holds tensors, so it stays on the thread that made it.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use tch::Device;

use super::lungs;
use super::shared::Shared;
use crate::domain::{
    Abilities, Calibration, ImageScore, MapScale, Measure, MeasuredHealthy, ModelId, Plane, Preprocessing, Region,
    Residual, Score, Scoring, Spread, Watch, fuse,
};
use crate::error::{Error, Result};
use crate::models::lungs::LungNet;
use crate::models::{self, Network, checkpoint};
use crate::scoring::{self, Gauge, HealthyCodes, Scale, Subject, WithLungs, calibrator, latent};
use crate::store::{self, StoredModel};

/// Far from the seeds that people type.
const OTHER_SEED: u64 = 7_919_000_000;

/// See the module.
pub(crate) struct Detector {
    pub stored: StoredModel,
    network: Box<dyn Network>,
    /// For scores of the lungs; `None` where the program has no lung mask.
    lungs: Option<Rc<LungNet>>,
    device: Device,
    abilities: Abilities,
    codes: Option<HealthyCodes>,
    choice: Choice,
}

/// A score that was chosen, made ready.
struct Choice {
    scoring: Scoring,
    calibration: Arc<Calibration>,
    /// Of the parts of the score.
    spreads: Vec<Spread>,
    gauge: Gauge,
    /// The maps that are shown, each with its share.
    shown: Vec<(Residual, f32)>,
}

/// One image, scored and explained.
pub(crate) struct Seen {
    pub score: f64,
    /// [0, 1].
    pub reconstruction: Plane,
    /// On the calibrated scale.
    pub map: Plane,
}

impl Detector {
    /// Reads a run folder, or a `.safetensors` beside its `run.json`. It scores by the run's own score.
    ///
    /// # Errors
    /// What is missing or damaged, naming the file; when the device has no room.
    pub fn load(shared: &Shared, path: &Path, device: Device) -> Result<Self> {
        let mut stored = store::open_model(path, shared.is_bundled(path))?;
        know_own_score(&mut stored);
        let settings = &stored.run.settings;
        let network = models::build(settings, device)?;
        checkpoint::load(&stored.checkpoint, network.weights())?;
        let side = settings.preprocessing.image_size;
        let own = Scoring::from(settings.score);
        let lungs = lungs::network(&shared.config.lungs_dir, device).ok().map(Rc::new);
        let learnt = WithLungs { network: network.as_ref(), lungs: lungs.as_deref() };
        let abilities = scoring::abilities(&learnt, side, device)?;
        let codes = stored.codes.as_ref().map(HealthyCodes::from_stored).transpose()?;
        let choice = Choice::make(&own, &stored, device)?;
        let detector = Self { stored, network, lungs, device, abilities, codes, choice };
        detector.check(&own)?;
        Ok(detector)
    }

    /// The same network as it was before any training, with random weights of another seed: its maps show what comes from
    /// the architecture and the image alone. They are drawn on the trained network's scale.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn untrained(&self, device: Device) -> Result<Self> {
        let mut stored = self.stored.clone();
        let settings = &mut stored.run.settings;
        settings.seed = settings.seed.wrapping_add(OTHER_SEED);
        let network = models::build(settings, device)?;
        let choice = Choice::make(&self.choice.scoring, &stored, device)?;
        let codes = stored.codes.as_ref().map(HealthyCodes::from_stored).transpose()?;
        let lungs = self.lungs.clone();
        Ok(Self { stored, network, lungs, device, abilities: self.abilities, codes, choice })
    }

    /// How images have to be prepared for it.
    pub fn preprocessing(&self) -> Preprocessing {
        self.stored.run.settings.preprocessing
    }

    /// What the network can tell beside a reconstruction.
    pub fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// What it scores by.
    pub fn scoring(&self) -> &Scoring {
        &self.choice.scoring
    }

    /// Where healthy images lie by it.
    pub fn calibration(&self) -> &Arc<Calibration> {
        &self.choice.calibration
    }

    /// Scores by something else from now on.
    ///
    /// # Errors
    /// When the network cannot be scored so, or was not calibrated for it; it then scores as before.
    pub fn choose(&mut self, scoring: &Scoring) -> Result<()> {
        self.check(scoring)?;
        self.choice = Choice::make(scoring, &self.stored, self.device)?;
        Ok(())
    }

    /// Whether it can be scored so, calibrated or not.
    ///
    /// # Errors
    /// Says what the network lacks.
    pub fn check(&self, scoring: &Scoring) -> Result<()> {
        for part in scoring.parts() {
            if let Some(lacking) = part.measure.lacking(self.abilities) {
                return Err(Error::Other(format!("it cannot be scored by {}: {lacking}", part.measure)));
            }
        }
        Ok(())
    }

    /// Whether it is calibrated for a score.
    pub fn is_calibrated(&self, scoring: &Scoring) -> bool {
        self.stored.calibrations.has(scoring)
    }

    /// What it is calibrated for and can be given here, by slug.
    pub fn calibrated(&self) -> BTreeSet<String> {
        let here = |slug: &&String| Measure::parse(slug).is_some_and(|known| known.lacking(self.abilities).is_none());
        self.stored.calibrations.measures.keys().filter(here).cloned().collect()
    }

    /// The measures it is calibrated for and can be given here, and its own score's centre, which is told beside it.
    pub fn measures(&self) -> Vec<Measure> {
        let mut measures: Vec<Measure> = self.calibrated().iter().filter_map(|slug| Measure::parse(slug)).collect();
        let central = Measure::Map(Score { region: Region::Central, ..self.stored.run.settings.score });
        if !measures.contains(&central) {
            measures.push(central);
        }
        measures
    }

    /// Calibrates it anew for all that it can be scored by, and for a score more; keeps that in the run folder. It scores
    /// by what it did before, on the new scale.
    ///
    /// # Errors
    /// `Cancelled`; when the folder cannot be written, which is then all that is lost: the detector itself is calibrated.
    pub fn calibrate(
        &mut self,
        (train, validation): (&[u8], &[u8]),
        more: Option<&Scoring>,
        watch: &dyn Watch,
    ) -> Result<()> {
        let settings = &self.stored.run.settings;
        let size = (settings.preprocessing.image_size, self.device);
        let learnt = &self.learnt();
        let codes = calibrator::learn_codes(learnt, train, size.0, size.1, watch)?;
        let mut measures = calibrator::measures_of(self.abilities, settings.score);
        for part in more.into_iter().chain([&self.choice.scoring]).flat_map(Scoring::parts) {
            if !measures.contains(&part.measure) {
                measures.push(part.measure);
            }
        }
        let subject = Subject { learnt, codes: codes.as_ref() };
        let calibrations = calibrator::calibrate_all(subject, &measures, validation, size, watch)?;
        let stored_codes = codes.as_ref().map(HealthyCodes::to_stored);
        let written = store::calibrations::write(&self.stored.run.folder, &calibrations, stored_codes.as_ref());
        self.stored.calibrations = calibrations;
        self.stored.codes = stored_codes;
        self.codes = codes;
        self.choice = Choice::make(&self.choice.scoring, &self.stored, self.device)?;
        written
    }

    /// Scores one prepared image and draws its map.
    pub fn analyse(&self, pixels: &[u8]) -> Result<Seen> {
        let side = self.preprocessing().image_size;
        let gauged = self.choice.gauge.analyse(self.subject(&self.learnt()), pixels)?;
        let mut map = Plane::new(side, side, vec![0.0; side as usize * side as usize]);
        for (residual, share) in &self.choice.shown {
            let Some((_, raw)) = gauged.maps.iter().find(|(of, _)| of == residual) else { continue };
            let placed = self.scale(*residual).map(raw, side);
            map.values.iter_mut().zip(placed.values).for_each(|(sum, value)| *sum += share * value);
        }
        Ok(Seen { score: self.choice.fuse(&gauged.values), reconstruction: gauged.reconstruction, map })
    }

    /// Scores any number of prepared images.
    pub fn scores(&self, pixels: &[u8], watch: &dyn Watch) -> Result<Vec<f64>> {
        let table = self.choice.gauge.table(self.subject(&self.learnt()), pixels, watch, None)?;
        let count = table.first().map_or(0, Vec::len);
        Ok((0..count)
            .map(|image| self.choice.fuse(&table.iter().map(|column| column[image]).collect::<Vec<_>>()))
            .collect())
    }

    /// Measures any number of prepared images: one list a measure, one value an image.
    pub fn table(&self, measures: &[Measure], pixels: &[u8], watch: &dyn Watch) -> Result<Vec<Vec<f64>>> {
        let gauge = Gauge::new(measures, &[], self.preprocessing().image_size, self.device)?;
        gauge.table(self.subject(&self.learnt()), pixels, watch, None)
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
        let calibration = &self.choice.calibration;
        ImageScore {
            model,
            scoring: self.choice.scoring.slug(),
            score,
            sigma: calibration.sigma(score),
            p_value: calibration.conformal_p(score),
            share_lower: calibration.share_lower(score),
            threshold_sigma: calibration.percentile(95.0).map_or(0.0, |threshold| calibration.sigma(threshold)),
            seen_in_training: self.stored.train_hashes.contains(file_hash),
            heatmap: None,
        }
    }

    fn learnt(&self) -> WithLungs<'_> {
        WithLungs { network: self.network.as_ref(), lungs: self.lungs.as_deref() }
    }

    fn subject<'a>(&'a self, learnt: &'a WithLungs<'a>) -> Subject<'a> {
        Subject { learnt, codes: self.codes.as_ref() }
    }

    fn scale(&self, residual: Residual) -> Scale {
        match self.stored.calibrations.map(residual) {
            Some(placement) => Scale::ByPlace(Arc::clone(&placement.by_place)),
            None if residual == self.stored.run.settings.score.residual => {
                Scale::Everywhere(self.stored.calibration.map_scale)
            }
            None => Scale::Everywhere(MapScale::NONE),
        }
    }
}

/// A run that was calibrated before there were other scores knows its own.
fn know_own_score(stored: &mut StoredModel) {
    let own = stored.run.settings.score.slug();
    let scores = || stored.calibration.healthy_scores.clone();
    let known = || MeasuredHealthy { images: "of calibration.json".into(), scores: scores() };
    stored.calibrations.measures.entry(own).or_insert_with(known);
}

impl Choice {
    fn make(scoring: &Scoring, stored: &StoredModel, device: Device) -> Result<Self> {
        let settings = &stored.run.settings;
        let calibration = stored.calibrations.of(scoring).map_err(Error::Other)?;
        let spreads = stored.calibrations.spreads(scoring).map_err(Error::Other)?;
        let maps = scoring.parts().iter().filter_map(|part| match part.measure {
            Measure::Map(score) => Some((score.residual, part.weight as f32)),
            Measure::Code(_) => None,
        });
        let mut shown: Vec<(Residual, f32)> = maps.collect();
        if shown.is_empty() {
            shown.push((settings.score.residual, 1.0));
        }
        let total: f32 = shown.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in &mut shown {
            *weight /= total;
        }
        let measures: Vec<Measure> = scoring.parts().iter().map(|part| part.measure).collect();
        let residuals: Vec<Residual> = shown.iter().map(|(residual, _)| *residual).collect();
        let gauge = Gauge::new(&measures, &residuals, settings.preprocessing.image_size, device)?;
        Ok(Self { scoring: scoring.clone(), calibration: Arc::new(calibration), spreads, gauge, shown })
    }

    fn fuse(&self, measured: &[f64]) -> f64 {
        fuse(&self.scoring, &self.spreads, measured)
    }
}
