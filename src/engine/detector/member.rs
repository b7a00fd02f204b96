//! One network of a detector, measured in its own unit or in standard deviations of its healthy images.

use std::rc::Rc;
use std::sync::Arc;

use tch::Device;

use super::RunImages;
use crate::domain::{Abilities, MapScale, Measure, MemberCalibrations, Plane, Residual, Score, Spread, Watch};
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
}

/// Measures made ready for one member.
pub(super) struct Gauging {
    pub gauge: Gauge,
    /// What each measure is put in; [`Spread::UNIT`] leaves it in its own unit.
    units: Vec<Spread>,
}

impl Gauging {
    /// One image's measures.
    pub fn standard(&self, measured: &[f64]) -> Vec<f64> {
        measured.iter().zip(&self.units).map(|(&value, unit)| unit.sigma(value)).collect()
    }

    /// Many images' measures, a list a measure.
    pub fn standard_columns(&self, mut columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
        for (column, unit) in columns.iter_mut().zip(&self.units) {
            for value in column {
                *value = unit.sigma(*value);
            }
        }
        columns
    }
}

impl Member {
    /// # Errors
    /// When the checkpoint is damaged or the device has no room.
    pub fn load(stored: StoredModel, lungs: Option<Rc<LungNet>>, device: Device) -> Result<Self> {
        let settings = &stored.run.settings;
        let network = models::build(settings, device)?;
        checkpoint::load(&stored.checkpoint, network.weights())?;
        let learnt = WithLungs { network: network.as_ref(), lungs: lungs.as_deref() };
        let abilities = scoring::abilities(&learnt, settings.preprocessing.image_size, device)?;
        let bank = MemoryBank::from_stored(&stored.bank)?;
        Ok(Self { stored, network, lungs, abilities, bank })
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
        Ok(Self { stored, network, lungs: self.lungs.clone(), abilities: self.abilities, bank })
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

    /// The residual that is meant: `None` is that of its own score.
    pub fn residual(&self, wanted: Option<Residual>) -> Residual {
        wanted.unwrap_or(self.own().residual)
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
        let known = MemberCalibrations {
            name: &self.stored.run.id.0,
            own: self.own(),
            calibrations: &self.stored.calibrations,
        };
        let measures: Vec<Measure> = measures.iter().map(|&measure| known.measure(measure)).collect();
        let shown: Vec<Residual> = shown.iter().map(|&wanted| self.residual(wanted)).collect();
        let unit = |measure: &Measure| {
            if !standard {
                return Ok(Spread::UNIT);
            }
            let spreads = self.stored.calibrations.spreads(&(*measure).into()).map_err(Error::Other)?;
            Ok(spreads.first().copied().unwrap_or(Spread::UNIT))
        };
        let units = measures.iter().map(unit).collect::<Result<_>>()?;
        let gauge = Gauge::new(&measures, &shown, self.stored.run.settings.preprocessing.image_size, device)?;
        Ok(Gauging { gauge, units })
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
        for measure in wanted {
            if *measure != Measure::Own && !measures.contains(measure) {
                measures.push(*measure);
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
