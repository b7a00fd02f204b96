//! Any measures of any detector on any images: the passes through the network are shared between them.

use tch::{Device, Tensor, no_grad_guard};

use super::codes::{HealthyCodes, MemoryBank, patterns_of};
use super::learnt::Learnt;
use super::panel::Panel;
use super::score::{in_batches, not_finite, one_image};
use super::tensors::{plane, values};
use crate::domain::{CodeMeasure, Measure, Plane, Residual, Score, Watch};
use crate::error::{Error, Result};
use crate::models::guard::guarded;

/// A detector as it is measured.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub learnt: &'a dyn Learnt,
    /// What is kept of healthy training images; measures of codes and of patterns need it.
    pub bank: &'a MemoryBank,
}

/// One image, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauged {
    /// In the order of measures.
    pub values: Vec<f64>,
    /// [0, 1].
    pub reconstruction: Plane,
    /// Raw, of the image in its own position, one a residual.
    pub maps: Vec<(Residual, Vec<f32>)>,
}

/// Is given the raw maps of a batch: the residual's place in [`Gauge::residuals`], and the maps one after the other.
pub type UseMaps<'a> = &'a mut dyn FnMut(usize, &[f32]);

/// Measures made ready for one image size on one device.
pub struct Gauge {
    side: u32,
    device: Device,
    measures: Vec<Measure>,
    panel: Panel,
}

impl Gauge {
    /// `shown` are residuals whose maps are wanted beside those that are measured.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn new(measures: &[Measure], shown: &[Residual], side: u32, device: Device) -> Result<Self> {
        let measured = measures.iter().filter_map(|measure| match measure {
            Measure::Map(score) => Some(*score),
            Measure::Code(_) | Measure::Own => None,
        });
        let shown = shown.iter().map(|&residual| Score { residual, ..Score::MSE });
        let panel = Panel::new(&measured.chain(shown).collect::<Vec<_>>(), side, device)?;
        Ok(Self { side, device, measures: measures.to_vec(), panel })
    }

    /// In the order of [`Gauged::maps`].
    pub fn residuals(&self) -> Vec<Residual> {
        self.panel.residuals().collect()
    }

    /// All measures of any number of images, `side * side` grey values each: one list a measure, one value an image.
    ///
    /// # Errors
    /// `Cancelled`; when the detector lacks what a measure needs, or a value is not finite.
    pub fn table(
        &self,
        subject: Subject<'_>,
        pixels: &[u8],
        watch: &dyn Watch,
        mut use_maps: Option<UseMaps<'_>>,
    ) -> Result<Vec<Vec<f64>>> {
        let mut table = vec![Vec::new(); self.measures.len()];
        in_batches(pixels, self.side, self.device, watch, |input| {
            let (columns, _, maps) = self.look(subject, input, use_maps.is_some())?;
            for (list, column) in table.iter_mut().zip(columns) {
                list.extend(column);
            }
            if let Some(use_maps) = use_maps.as_mut() {
                for (index, maps) in maps.iter().enumerate() {
                    use_maps(index, &values(maps));
                }
            }
            Ok(())
        })?;
        Ok(table)
    }

    /// All measures of one image, with its reconstruction and maps.
    ///
    /// # Errors
    /// As [`Gauge::table`]; when `pixels` is not exactly one image.
    pub fn analyse(&self, subject: Subject<'_>, pixels: &[u8]) -> Result<Gauged> {
        let _no_grad = no_grad_guard();
        let input = one_image(pixels, self.side, self.device)?;
        guarded(self.device, 1, || {
            let (columns, reconstruction, maps) = self.look(subject, &input, true)?;
            Ok(Gauged {
                values: columns.into_iter().flatten().collect(),
                reconstruction: plane(&reconstruction, self.side),
                maps: self.panel.residuals().zip(maps.iter().map(values)).collect(),
            })
        })?
    }

    /// Columns in the order of measures; reconstruction; maps, where they are asked for.
    fn look(&self, subject: Subject<'_>, input: &Tensor, draw: bool) -> Result<(Vec<Vec<f64>>, Tensor, Vec<Tensor>)> {
        let batch = self.panel.look(subject.learnt, input, draw);
        let scores = values(&batch.scores);
        let width = batch.scores.size().get(1).map_or(1, |&width| (width as usize).max(1));
        let mut codes = Codes { subject, input, reconstruction: &batch.reconstruction, known: None };
        let mut of_map = 0;
        let mut columns = Vec::with_capacity(self.measures.len());
        for measure in &self.measures {
            let column: Vec<f64> = match measure {
                Measure::Map(_) => {
                    of_map += 1;
                    scores.chunks_exact(width).map(|row| f64::from(row[of_map - 1])).collect()
                }
                Measure::Code(measure) => codes.column(*measure)?,
                // Who has several networks asks each for what its own is.
                Measure::Own => return Err(Error::Other("one network has no members to measure".to_owned())),
            };
            if column.iter().any(|value| !value.is_finite()) {
                return Err(not_finite());
            }
            columns.push(column);
        }
        Ok((columns, batch.reconstruction, batch.maps))
    }
}

/// What measures of codes go by of a batch; the codes are made once when they are needed.
struct Codes<'a> {
    subject: Subject<'a>,
    input: &'a Tensor,
    reconstruction: &'a Tensor,
    known: Option<Vec<f32>>,
}

impl Codes<'_> {
    fn column(&mut self, measure: CodeMeasure) -> Result<Vec<f64>> {
        let lacking = |what: &str| Error::Other(format!("{} cannot be measured: {what}", measure.slug()));
        let MemoryBank { codes: healthy_codes, patterns } = self.subject.bank;
        match measure {
            CodeMeasure::Divergence => {
                let divergence = self.subject.learnt.divergence(self.input);
                let divergence = divergence.ok_or_else(|| lacking("this network has no distribution over codes"))?;
                Ok(values(&divergence).into_iter().map(f64::from).collect())
            }
            CodeMeasure::Pattern => {
                let healthy =
                    patterns.as_ref().ok_or_else(|| lacking("the errors of its training images are not known"))?;
                self.distances(measure, healthy, &values(&patterns_of(self.input, self.reconstruction)))
            }
            CodeMeasure::Mahalanobis | CodeMeasure::Neighbours | CodeMeasure::OneClassSvm => {
                let healthy =
                    healthy_codes.as_ref().ok_or_else(|| lacking("the codes of its training images are not known"))?;
                let codes = if let Some(codes) = self.known.take() {
                    codes
                } else {
                    let codes = self.subject.learnt.encode(self.input);
                    values(&codes.ok_or_else(|| lacking("this network has no single code for an image"))?)
                };
                let column = self.distances(measure, healthy, &codes);
                self.known = Some(codes);
                column
            }
        }
    }

    /// Each image's distance from healthy ones.
    fn distances(&self, measure: CodeMeasure, healthy: &HealthyCodes, codes: &[f32]) -> Result<Vec<f64>> {
        if codes.len() != healthy.width() * self.input.size()[0] as usize {
            let slug = measure.slug();
            return Err(Error::Other(format!(
                "{slug} cannot be measured: what is kept of its training images is another network's"
            )));
        }
        // As precise as maps are, and as what is kept of healthy images.
        let one = |code: &[f32]| f64::from(healthy.measure(measure, code) as f32);
        Ok(codes.chunks_exact(healthy.width()).map(one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Abilities, Architecture, Preset, TrainingSettings, Unwatched};
    use crate::models::{self, lungs::LungNet};
    use crate::scoring::{Scorer, WithLungs, calibrator};

    fn network() -> Box<dyn models::Network> {
        let mut settings = TrainingSettings::preset(Architecture::Vae, Preset::Recommended);
        settings.preprocessing.image_size = 32;
        settings.channels = vec![4, 8];
        settings.latent = 3;
        models::build(&settings, Device::Cpu).expect("network")
    }

    fn pixels(count: u32) -> Vec<u8> {
        (0..count * 1024).map(|index| (index * 31 % 251) as u8).collect()
    }

    #[test]
    fn every_measure_of_a_vae_one_by_one_and_all_together() {
        let (network, finder) = (network(), LungNet::new(2, Device::Cpu).expect("lung mask"));
        let learnt = &WithLungs { network: network.as_ref(), lungs: Some(&finder) };
        let bank = calibrator::remember(learnt, &pixels(40), 32, Device::Cpu, &Unwatched).expect("bank");
        let abilities = Abilities { code: true, pattern: true, divergence: true, variance: false, lungs: true };
        let measures: Vec<Measure> =
            Measure::catalogue().into_iter().filter(|measure| measure.lacking(abilities).is_none()).collect();
        let gauge = Gauge::new(&measures, &[], 32, Device::Cpu).expect("gauge");
        let subject = Subject { learnt, bank: &bank };
        let images = pixels(70);
        let table = gauge.table(subject, &images, &Unwatched, None).expect("table");
        assert!(table.len() == 33 && table.iter().all(|column| column.len() == 70));
        let one = gauge.analyse(subject, &images[66 * 1024..67 * 1024]).expect("one image");
        for ((measure, column), value) in measures.iter().zip(&table).zip(&one.values) {
            assert!((column[66] - value).abs() < 1e-4 * value.abs().max(0.1), "{measure}: {} {value}", column[66]);
            if let Measure::Map(score) = measure {
                let alone = Scorer::new(*score, 32, Device::Cpu).expect("scorer");
                let alone = alone.scores(learnt, &images, &Unwatched).expect("scores").own;
                assert!((alone[66] - column[66]).abs() < 1e-6, "{measure}");
            }
        }
        assert_eq!(one.maps.len(), 5);
    }

    #[test]
    fn what_a_detector_lacks_is_said() {
        let closure = |images: &Tensor| images.zeros_like();
        let bank = MemoryBank::default();
        let subject = Subject { learnt: &closure, bank: &bank };
        for measure in CodeMeasure::ALL {
            let gauge = Gauge::new(&[Measure::Code(measure)], &[Residual::Squared], 8, Device::Cpu).expect("gauge");
            let error = gauge.table(subject, &[7; 64], &Unwatched, None).expect_err("no codes");
            assert!(error.to_string().contains(measure.slug()), "{error}");
        }
        let gauge = Gauge::new(&[Measure::parse("aleatoric").expect("slug")], &[], 8, Device::Cpu).expect("gauge");
        assert!(gauge.table(subject, &[7; 64], &Unwatched, None).is_err());
        let gauge = Gauge::new(&[Measure::parse("mse-lungs").expect("slug")], &[], 8, Device::Cpu).expect("gauge");
        let error = gauge.table(subject, &[7; 64], &Unwatched, None).expect_err("no lung mask");
        assert!(error.to_string().contains("no lung mask"), "{error}");
    }

    #[test]
    fn not_a_number_is_an_error() {
        let nan = |images: &Tensor| images * f64::NAN;
        let gauge = Gauge::new(&[Score::MSE].map(Measure::Map), &[], 8, Device::Cpu).expect("gauge");
        let bank = MemoryBank::default();
        let subject = Subject { learnt: &nan, bank: &bank };
        assert!(gauge.table(subject, &[7; 64], &Unwatched, None).is_err());
        assert!(gauge.analyse(subject, &[7; 64]).is_err());
        assert!(gauge.table(subject, &[], &Unwatched, None).expect("no images")[0].is_empty());
    }
}
