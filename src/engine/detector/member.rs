//! One network of a detector, measured in its own unit or in standard deviations of its healthy images.

use std::rc::Rc;
use std::sync::Arc;

use tch::Device;

use super::RunImages;
use super::choice::shown;
use crate::domain::{Abilities, MapScale, Measure, Part, Plane, Residual, Score, Scoring, Spread, Watch, fuse};
use crate::error::{Error, Result};
use crate::models::lungs::LungNet;
use crate::models::{self, Network, checkpoint};
use crate::scoring::{self, Gauge, MemoryBank, Scale, Subject, WithLungs, calibrator, latent};
use crate::store::{self, StoredModel};

/// Far from the seeds that people type.
const OTHER_SEED: u64 = 7_919_000_000;

/// See the module.
pub(super) struct Member {
    pub stored: StoredModel,
    network: Box<dyn Network>,
    /// For scores of the lungs, on the network's device; `None` where the program has no lung mask.
    lungs: Option<Rc<LungNet>>,
    pub abilities: Abilities,
    /// What is kept of its training images.
    bank: MemoryBank,
    /// What it is scored by among others, [`Measure::Own`]: what it was trained for, or what was chosen for it.
    pub scoring: Scoring,
}

/// Measures made ready for one member.
pub(super) struct Gauging {
    pub gauge: Gauge,
    /// In the order of the measures that were asked for.
    columns: Vec<Column>,
}

/// One of the measures that were asked for, from those that the gauge measures.
struct Column {
    /// Several parts where it is the member's own score and that is a fusion.
    scoring: Scoring,
    /// Where its parts stand among what is measured.
    places: Vec<usize>,
    /// Of its parts, where there are several.
    spreads: Vec<Spread>,
    /// What the sum is put in; [`Spread::UNIT`] leaves it in its own unit. A sum of standard deviations has another one.
    unit: Spread,
}

impl Column {
    /// Of an image of which `measured` gives what stands at a place.
    fn of(&self, measured: impl Fn(usize) -> f64) -> f64 {
        let parts: Vec<f64> = self.places.iter().map(|&place| measured(place)).collect();
        self.unit.sigma(fuse(&self.scoring, &self.spreads, &parts))
    }
}

impl Gauging {
    /// One image's measures.
    pub fn standard(&self, measured: &[f64]) -> Vec<f64> {
        self.columns.iter().map(|column| column.of(|place| measured[place])).collect()
    }

    /// Many images' measures, a list a measure.
    pub fn standard_columns(&self, measured: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let images = measured.first().map_or(0, Vec::len);
        let one = |column: &Column| (0..images).map(|image| column.of(|place| measured[place][image])).collect();
        self.columns.iter().map(one).collect()
    }
}

impl Member {
    /// # Errors
    /// When the checkpoint is damaged or the device has no room.
    pub fn load(stored: StoredModel, scoring: Scoring, lungs: Option<Rc<LungNet>>, device: Device) -> Result<Self> {
        let settings = &stored.run.settings;
        let network = models::build(settings, device)?;
        checkpoint::load(&stored.checkpoint, network.weights())?;
        let learnt = WithLungs { network: network.as_ref(), lungs: lungs.as_deref() };
        let abilities = scoring::abilities(&learnt, settings.preprocessing.image_size, device)?;
        let bank = MemoryBank::from_stored(&stored.bank)?;
        Ok(Self { stored, network, lungs, abilities, bank, scoring })
    }

    /// With random weights of another seed.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn untrained(&self, device: Device) -> Result<Self> {
        let mut stored = self.stored.clone();
        let settings = &mut stored.run.settings;
        settings.seed = settings.seed.wrapping_add(OTHER_SEED);
        let network = models::build(settings, device)?;
        let bank = MemoryBank::from_stored(&stored.bank)?;
        let (lungs, scoring) = (self.lungs.clone(), self.scoring.clone());
        Ok(Self { stored, network, lungs, abilities: self.abilities, bank, scoring })
    }

    /// What it has learnt, as scores see it.
    pub fn learnt(&self) -> WithLungs<'_> {
        WithLungs { network: self.network.as_ref(), lungs: self.lungs.as_deref() }
    }

    pub fn subject<'a>(&'a self, learnt: &'a WithLungs<'a>) -> Subject<'a> {
        Subject { learnt, bank: &self.bank }
    }

    /// What it was trained to be scored by.
    pub fn own(&self) -> Score {
        self.stored.run.settings.score
    }

    /// The maps that are meant, with shares that add up to 1: those of its own score where `wanted` is `None`.
    pub fn drawn(&self, wanted: Option<Residual>) -> Vec<(Residual, f32)> {
        if let Some(residual) = wanted {
            return vec![(residual, 1.0)];
        }
        let of = |(residual, share): (Option<Residual>, f32)| (residual.unwrap_or(self.own().residual), share);
        shown(&self.scoring).into_iter().map(of).collect()
    }

    /// How much of what is meant is the map of a residual.
    pub fn drawn_share(&self, wanted: Option<Residual>, of: Residual) -> f32 {
        self.drawn(wanted).iter().filter(|(residual, _)| *residual == of).map(|(_, share)| share).sum()
    }

    /// `shown` are residuals whose maps are wanted; `standard` asks for measures in standard deviations of healthy images.
    ///
    /// # Errors
    /// When it is not calibrated for a measure that is to be standardised; when the device has no room.
    pub fn gauging(
        &self,
        measures: &[Measure],
        shown: &[Option<Residual>],
        standard: bool,
        device: Device,
    ) -> Result<Gauging> {
        let mut measured: Vec<Measure> = Vec::new();
        let column = |&measure: &Measure| self.column(measure, standard, &mut measured);
        let columns = measures.iter().map(column).collect::<Result<_>>()?;
        let shown: Vec<Residual> = shown.iter().flat_map(|&wanted| self.drawn(wanted)).map(|(of, _)| of).collect();
        let gauge = Gauge::new(&measured, &shown, self.stored.run.settings.preprocessing.image_size, device)?;
        Ok(Gauging { gauge, columns })
    }

    /// Adds what it takes to `measured`, each measure once.
    fn column(&self, measure: Measure, standard: bool, measured: &mut Vec<Measure>) -> Result<Column> {
        let scoring = if measure == Measure::Own { self.scoring.clone() } else { measure.into() };
        let mut place = |part: &Part| {
            let known = measured.iter().position(|other| *other == part.measure);
            known.unwrap_or_else(|| {
                measured.push(part.measure);
                measured.len() - 1
            })
        };
        let places = scoring.parts().iter().map(&mut place).collect();
        if !standard {
            return Ok(Column { scoring, places, spreads: Vec::new(), unit: Spread::UNIT });
        }
        let known = &self.stored.calibrations;
        let spreads = known.spreads(&scoring).map_err(Error::Other)?;
        let unit = Spread::of(&known.healthy(&scoring).map_err(Error::Other)?.scores);
        Ok(Column { scoring, places, spreads, unit })
    }

    /// What its maps of a residual are placed by.
    pub fn scale(&self, residual: Residual) -> Scale {
        match self.stored.calibrations.map(residual) {
            Some(placement) => Scale::ByPlace(Arc::clone(&placement.by_place)),
            None if residual == self.own().residual => Scale::Everywhere(self.stored.calibration.map_scale),
            None => Scale::Everywhere(MapScale::NONE),
        }
    }

    /// Calibrates it anew for all that it can be scored by and what is wanted; returns whether that could be kept.
    ///
    /// # Errors
    /// `Cancelled`; when the network's output is not finite.
    pub fn calibrate(
        &mut self,
        images: &RunImages,
        wanted: &[Measure],
        device: Device,
        watch: &dyn Watch,
    ) -> Result<Result<()>> {
        let size = (self.stored.run.settings.preprocessing.image_size, device);
        let learnt = &self.learnt();
        let bank = calibrator::remember(learnt, &images.train, size.0, size.1, watch)?;
        let mut measures = calibrator::measures_of(self.abilities, self.own());
        let own = self.scoring.parts().iter().map(|part| part.measure);
        for measure in wanted.iter().copied().chain(own) {
            if measure != Measure::Own && !measures.contains(&measure) {
                measures.push(measure);
            }
        }
        let subject = Subject { learnt, bank: &bank };
        let calibrations = calibrator::calibrate_all(subject, &measures, &images.validation, size, watch)?;
        let stored_bank = bank.to_stored();
        let written = store::calibrations::write(&self.stored.run.folder, &calibrations, &stored_bank);
        self.stored.calibrations = calibrations;
        self.stored.bank = stored_bank;
        self.bank = bank;
        Ok(written)
    }

    /// The codes of any number of prepared images, `images × latent` row-major.
    ///
    /// # Errors
    /// Without a single code for an image.
    pub fn encode(&self, pixels: &[u8], device: Device) -> Result<Vec<f32>> {
        latent::encode(&*self.network, pixels, self.stored.run.settings.preprocessing.image_size, device)
    }

    /// The images that codes stand for.
    ///
    /// # Errors
    /// When a code has another length.
    pub fn decode(&self, codes: &[Vec<f32>], device: Device) -> Result<Vec<Plane>> {
        latent::decode(&*self.network, codes, self.stored.run.settings.latent as usize, device)
    }
}
