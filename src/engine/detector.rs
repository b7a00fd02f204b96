//! A trained model in memory, with everything that scoring takes: one network, or the several of an ensemble. It holds
//! tensors, so it stays on the thread that made it.
//!
//! A detector is its members. What one of several measures is put in standard deviations of its own healthy images, then
//! averaged by their weights; what the only one measures stays in its own unit. Everything else is the same for both.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use tch::Device;

use super::lungs;
use super::shared::Shared;
use crate::domain::{
    Abilities, Calibration, Calibrations, Disagreement, EnsembleInfo, ImageScore, Measure, MeasuredHealthy,
    MemberCalibrations, ModelId, Plane, Preprocessing, Region, Residual, Score, Scoring, Spread, Watch, Weights, fuse,
    pool,
};
use crate::error::{Error, Result};
use crate::models::lungs::LungNet;
use crate::scoring::Scale;
use crate::store::{self, StoredEnsemble, StoredModel};

mod about;
mod choice;
mod member;
mod placing;

use choice::Choice;
use member::Member;

/// See the module.
pub(crate) struct Detector {
    /// At least one.
    members: Vec<Member>,
    /// How much each counts.
    weights: Weights,
    /// What several are together.
    together: Option<Together>,
    device: Device,
    choice: Choice,
}

/// What makes an ensemble of members.
#[derive(Clone)]
struct Together {
    info: EnsembleInfo,
    /// Of all members together; its maps are those of the averaged maps.
    calibrations: Calibrations,
    checkpoint_hash: String,
}

/// One image, scored and explained.
pub(crate) struct Seen {
    pub score: Agreed,
    /// [0, 1].
    pub reconstruction: Plane,
    /// On the calibrated scale.
    pub map: Plane,
    /// Between several members.
    pub disagreement: Option<Disagreement>,
}

/// What the members of a detector make of an image together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Agreed {
    pub score: f64,
    /// Standard deviation between several members, in the score's unit.
    pub spread: Option<f64>,
}

/// Measured images, by member: a list a measure, a value an image.
pub(crate) type MemberTables = Vec<Vec<Vec<f64>>>;

impl Detector {
    /// Reads a run folder, a `.safetensors` beside its `run.json`, or the folder of an ensemble. It scores by what it was
    /// trained to be scored by.
    ///
    /// # Errors
    /// What is missing or damaged, naming the file; when the device has no room.
    pub fn load(shared: &Shared, path: &Path, device: Device) -> Result<Self> {
        let bundled = shared.is_bundled(path);
        let (stored, together) = if store::is_ensemble(path) {
            let StoredEnsemble { info, members, calibrations, checkpoint_hash } = store::open_ensemble(path, bundled)?;
            (members, Some(Together { info, calibrations, checkpoint_hash }))
        } else {
            let mut stored = store::open_model(path, bundled)?;
            know_own_score(&mut stored);
            (vec![stored], None)
        };
        let lungs: Option<Rc<LungNet>> = lungs::network(&shared.config.lungs_dir, device).ok().map(Rc::new);
        let noted = together.as_ref().map_or(&[][..], |together| &together.info.members);
        let member = |(index, stored): (usize, StoredModel)| {
            let trained = || stored.run.settings.score.into();
            let scoring = noted.get(index).map_or_else(trained, |noted| noted.score.clone());
            Member::load(stored, scoring, lungs.clone(), device)
        };
        let members: Vec<Member> = stored.into_iter().enumerate().map(member).collect::<Result<_>>()?;
        let weight = |index: usize| noted.get(index).map_or(1.0, |noted| noted.weight);
        let weights = Weights::new((0..members.len()).map(weight));
        let own = own_score(&members, together.as_ref());
        let choice = Choice::make(&own, &members, together.as_ref(), device)?;
        let detector = Self { members, weights, together, device, choice };
        detector.check(&own)?;
        Ok(detector)
    }

    /// The same networks as they were before any training, with random weights of other seeds: their maps show what comes
    /// from the architectures and the image alone. They are drawn on the trained networks' scale.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn untrained(&self) -> Result<Self> {
        let members: Vec<Member> =
            self.members.iter().map(|member| member.untrained(self.device)).collect::<Result<_>>()?;
        let together = self.together.clone();
        let choice = Choice::make(&self.choice.scoring, &members, together.as_ref(), self.device)?;
        Ok(Self { members, weights: self.weights.clone(), together, device: self.device, choice })
    }

    /// How images have to be prepared for it.
    pub fn preprocessing(&self) -> Preprocessing {
        self.first().stored.run.settings.preprocessing
    }

    /// What all its networks can tell beside a reconstruction.
    pub fn abilities(&self) -> Abilities {
        let all = |can: fn(&Abilities) -> bool| self.members.iter().all(|member| can(&member.abilities));
        Abilities {
            code: all(|a| a.code),
            pattern: all(|a| a.pattern),
            divergence: all(|a| a.divergence),
            variance: all(|a| a.variance),
            lungs: all(|a| a.lungs),
        }
    }

    /// What it was trained to be scored by.
    fn own_score(&self) -> Scoring {
        own_score(&self.members, self.together.as_ref())
    }

    fn own_residual(&self) -> Residual {
        let own = |member: &Member| member.drawn(None).first().map(|(residual, _)| *residual);
        let first = own(self.first());
        let all = self.members.iter().all(|member| own(member) == first);
        first.filter(|_| all).unwrap_or(Residual::Absolute)
    }

    /// How much each of its members counts.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// What it scores by.
    pub fn scoring(&self) -> &Scoring {
        &self.choice.scoring
    }

    /// Where healthy images lie by what it scores by.
    pub fn calibration(&self) -> &Arc<Calibration> {
        &self.choice.calibration
    }

    /// All that it is calibrated for.
    pub fn calibrations(&self) -> &Calibrations {
        calibrations(&self.members, self.together.as_ref())
    }

    /// Scores by something else from now on.
    ///
    /// # Errors
    /// When the network cannot be scored so, or was not calibrated for it; it then scores as before.
    pub fn choose(&mut self, scoring: &Scoring) -> Result<()> {
        self.check(scoring)?;
        self.choice = Choice::make(scoring, &self.members, self.together.as_ref(), self.device)?;
        Ok(())
    }

    /// Whether it can be scored so, calibrated or not.
    ///
    /// # Errors
    /// Says what the network, or a member, lacks.
    pub fn check(&self, scoring: &Scoring) -> Result<()> {
        for measure in scoring.parts().iter().map(|part| part.measure) {
            for member in &self.members {
                if let Some(lacking) = self.lacking(member, measure) {
                    let who = match &self.together {
                        Some(_) => format!("its member {} ", member.stored.run.architecture().name()),
                        None => "it ".to_owned(),
                    };
                    return Err(Error::Other(format!("{who}cannot be scored by {measure}: {lacking}")));
                }
            }
        }
        Ok(())
    }

    /// Whether it is calibrated for a score.
    pub fn is_calibrated(&self, scoring: &Scoring) -> bool {
        self.calibrations().has(scoring)
    }

    /// What it is calibrated for and can be given here, by slug.
    pub fn calibrated(&self) -> BTreeSet<String> {
        let here = |slug: &&String| {
            Measure::parse(slug)
                .is_some_and(|known| self.members.iter().all(|member| self.lacking(member, known).is_none()))
        };
        self.calibrations().measures.keys().filter(here).cloned().collect()
    }

    /// The measures it is calibrated for and can be given here; of a single network also its own score's centre, which is
    /// told beside it.
    pub fn measures(&self) -> Vec<Measure> {
        let mut measures: Vec<Measure> = self.calibrated().iter().filter_map(|slug| Measure::parse(slug)).collect();
        let central = Measure::Map(Score { region: Region::Central, ..self.first().own() });
        if self.together.is_none() && !measures.contains(&central) {
            measures.push(central);
        }
        measures
    }

    /// Calibrates it anew for all that it can be scored by, and for a score more; keeps that in its folder. It scores by
    /// what it did before, on the new scale. `images_of` gives a run's training and validation images.
    ///
    /// # Errors
    /// `Cancelled`; what `images_of` returns; when the folder cannot be written, which is then all that is lost: the
    /// detector itself is calibrated.
    pub fn calibrate(
        &mut self,
        images_of: &dyn Fn(&StoredModel) -> Result<RunImages>,
        more: Option<&Scoring>,
        watch: &dyn Watch,
    ) -> Result<()> {
        let parts = more.into_iter().chain([&self.choice.scoring]).flat_map(Scoring::parts);
        let wanted: Vec<Measure> = parts.map(|part| part.measure).collect();
        let mut written = Ok(());
        let mut validation = Vec::new();
        for member in &mut self.members {
            let images = images_of(&member.stored)?;
            written = written.and(member.calibrate(&images, &wanted, self.device, watch)?);
            validation = images.validation;
        }
        if self.together.is_some() {
            written = written.and(self.place_maps(&validation, watch)?);
        }
        self.choice = Choice::make(&self.choice.scoring, &self.members, self.together.as_ref(), self.device)?;
        written
    }

    /// Scores one prepared image and draws its map.
    pub fn analyse(&self, pixels: &[u8]) -> Result<Seen> {
        let side = self.preprocessing().image_size;
        let mut scores = Vec::with_capacity(self.members.len());
        let mut reconstructions = Vec::with_capacity(self.members.len());
        // By member, then by what is shown.
        let mut maps: Vec<Vec<Plane>> = Vec::with_capacity(self.members.len());
        for (member, gauging) in self.members.iter().zip(&self.choice.gauges) {
            let gauged = gauging.gauge.analyse(member.subject(&member.learnt()), pixels)?;
            scores.push(self.choice.fuse(&gauging.standard(&gauged.values)));
            let placed = |(wanted, _): &(Option<Residual>, f32)| {
                let part = |(residual, share): (Residual, f32)| {
                    let raw = gauged.maps.iter().find(|(of, _)| *of == residual);
                    let raw = raw.ok_or_else(|| Error::Other(format!("there is no map of {}", residual.name())))?;
                    Ok((member.scale(residual).map(&raw.1, side), share))
                };
                let parts: Vec<(Plane, f32)> = member.drawn(*wanted).into_iter().map(part).collect::<Result<_>>()?;
                Ok(placing::sum(parts.into_iter()))
            };
            maps.push(self.choice.shown.iter().map(placed).collect::<Result<_>>()?);
            reconstructions.push(gauged.reconstruction);
        }
        let (score, spread) = self.weights.mean_and_spread(&scores);
        Ok(Seen {
            score: Agreed { score, spread },
            reconstruction: placing::mean(&reconstructions.iter().collect::<Vec<_>>(), &self.weights),
            map: self.together_map(&maps),
            disagreement: spread.map(|spread| self.disagreement(&scores, spread, &maps)),
        })
    }

    /// The members' maps averaged by their weights, placed where that is known, and added up by their shares.
    fn together_map(&self, maps: &[Vec<Plane>]) -> Plane {
        let one = |(index, (wanted, share)): (usize, &(Option<Residual>, f32))| {
            let of_members: Vec<&Plane> = maps.iter().filter_map(|of_member| of_member.get(index)).collect();
            let mean = placing::mean(&of_members, &self.weights);
            let placement = self.together.as_ref().and_then(|together| {
                together.calibrations.maps.get(&placing::slug(*wanted)).map(|placement| &placement.by_place)
            });
            let placed = match placement {
                Some(places) => Scale::ByPlace(Arc::clone(places)).map(&mean.values, mean.width),
                None => mean,
            };
            (placed, *share)
        };
        placing::sum(self.choice.shown.iter().enumerate().map(one))
    }

    fn disagreement(&self, scores: &[f64], spread: f64, maps: &[Vec<Plane>]) -> Disagreement {
        let calibration = &self.choice.calibration;
        let shares = || self.choice.shown.iter().map(|(_, share)| *share);
        let sums: Vec<Plane> =
            maps.iter().map(|of_member| placing::sum(of_member.iter().cloned().zip(shares()))).collect();
        Disagreement {
            spread_sigma: in_sigma(calibration, spread),
            sigmas: scores.iter().map(|&score| calibration.sigma(score)).collect(),
            map: Arc::new(placing::deviation(&sums, &self.weights)),
        }
    }

    /// Scores any number of prepared images.
    pub fn scores(&self, pixels: &[u8], watch: &dyn Watch) -> Result<Vec<Agreed>> {
        let gauges: Vec<&member::Gauging> = self.choice.gauges.iter().collect();
        let tables = self.tables(&gauges, pixels, watch)?;
        let parts: Vec<usize> = (0..self.choice.spreads.len()).collect();
        Ok(agreed(&self.choice.scoring, &self.choice.spreads, &self.weights, &tables, &parts))
    }

    /// Measures any number of prepared images, by each member.
    pub fn table(&self, measures: &[Measure], pixels: &[u8], watch: &dyn Watch) -> Result<MemberTables> {
        let gauge = |member: &Member| member.gauging(measures, &[], self.together.is_some(), self.device);
        let gauges: Vec<member::Gauging> = self.members.iter().map(gauge).collect::<Result<_>>()?;
        self.tables(&gauges.iter().collect::<Vec<_>>(), pixels, watch)
    }

    fn tables(&self, gauges: &[&member::Gauging], pixels: &[u8], watch: &dyn Watch) -> Result<MemberTables> {
        let of = self.members.len() as u64;
        let one = |((member, gauging), before): ((&Member, &&member::Gauging), u64)| {
            let turn = Turn { watch, before, of };
            let raw = gauging.gauge.table(member.subject(&member.learnt()), pixels, &turn, None)?;
            Ok(gauging.standard_columns(&raw))
        };
        self.members.iter().zip(gauges).zip(0..).map(one).collect()
    }

    /// The codes of any number of prepared images, `images × latent` row-major.
    ///
    /// # Errors
    /// Of an ensemble: it has several.
    pub fn encode(&self, pixels: &[u8]) -> Result<Vec<f32>> {
        self.only()?.encode(pixels, self.device)
    }

    /// The images that codes stand for.
    ///
    /// # Errors
    /// Of an ensemble: it has several.
    pub fn decode(&self, codes: &[Vec<f32>]) -> Result<Vec<Plane>> {
        self.only()?.decode(codes, self.device)
    }

    /// Places a score among the healthy ones.
    pub fn judge(&self, model: ModelId, agreed: Agreed, file_hash: &str) -> ImageScore {
        let calibration = &self.choice.calibration;
        let Agreed { score, spread } = agreed;
        ImageScore {
            model,
            scoring: self.choice.scoring.slug(),
            score,
            sigma: calibration.sigma(score),
            p_value: calibration.conformal_p(score),
            share_lower: calibration.share_lower(score),
            threshold_sigma: calibration.percentile(95.0).map_or(0.0, |threshold| calibration.sigma(threshold)),
            spread_sigma: spread.map(|spread| in_sigma(calibration, spread)),
            seen_in_training: self.was_fitted_to(file_hash),
            heatmap: None,
        }
    }

    /// What a member lacks for a measure; an ensemble's own score is that of each member.
    fn lacking(&self, member: &Member, measure: Measure) -> Option<&'static str> {
        let each_own = measure == Measure::Own && self.together.is_some();
        if each_own { member.scoring.lacking(member.abilities) } else { measure.lacking(member.abilities) }
    }

    fn first(&self) -> &Member {
        &self.members[0]
    }

    fn only(&self) -> Result<&Member> {
        match self.members.as_slice() {
            [only] => Ok(only),
            _ => Err(Error::Other("an ensemble has a latent space a member, not one of its own".to_owned())),
        }
    }
}

/// Images of a run, as its network sees them, in the run's order.
pub(crate) struct RunImages {
    pub train: Vec<u8>,
    pub validation: Vec<u8>,
}

/// Passes on the progress of one of several members.
struct Turn<'a> {
    watch: &'a dyn Watch,
    before: u64,
    of: u64,
}

impl Watch for Turn<'_> {
    fn progress(&self, stage: &str, done: u64, total: u64) {
        self.watch.progress(stage, (self.before * total + done) / self.of.max(1), total);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

/// A difference of scores in standard deviations of healthy images; 0 where these are all equal.
pub(crate) fn in_sigma(calibration: &Calibration, difference: f64) -> f64 {
    if calibration.sd > 0.0 { difference / calibration.sd } else { 0.0 }
}

/// What members make of images together, from what each measured. A fusion is one of the members' means, so that the mean
/// of the members' fusions is the ensemble's.
pub(crate) fn agreed(
    scoring: &Scoring,
    spreads: &[Spread],
    weights: &Weights,
    tables: &MemberTables,
    columns: &[usize],
) -> Vec<Agreed> {
    let images = tables.first().and_then(|table| table.first()).map_or(0, Vec::len);
    let of_member = |table: &Vec<Vec<f64>>, image: usize| {
        let measured: Vec<f64> = columns.iter().map(|&column| table[column][image]).collect();
        fuse(scoring, spreads, &measured)
    };
    let one = |image: usize| {
        let scores: Vec<f64> = tables.iter().map(|table| of_member(table, image)).collect();
        let (score, spread) = weights.mean_and_spread(&scores);
        Agreed { score, spread }
    };
    (0..images).map(one).collect()
}

/// What the members of an ensemble are calibrated for together.
///
/// # Errors
/// Names the two that do not go together.
fn pooled(members: &[Member], info: &EnsembleInfo) -> Result<Calibrations> {
    let known = members.iter().zip(&info.members).map(|(member, noted)| MemberCalibrations {
        name: &noted.run,
        own: &member.scoring,
        weight: noted.weight,
        calibrations: &member.stored.calibrations,
    });
    pool(&known.collect::<Vec<_>>()).map_err(Error::Other)
}

/// A run that was calibrated before there were other scores knows its own.
fn know_own_score(stored: &mut StoredModel) {
    let own = stored.run.settings.score.slug();
    let scores = || stored.calibration.healthy_scores.clone();
    let known = || MeasuredHealthy { images: "of calibration.json".into(), scores: scores() };
    stored.calibrations.measures.entry(own).or_insert_with(known);
}

fn own_score(members: &[Member], together: Option<&Together>) -> Scoring {
    if together.is_some() { Measure::Own.into() } else { members[0].own().into() }
}

fn calibrations<'a>(members: &'a [Member], together: Option<&'a Together>) -> &'a Calibrations {
    together.map_or(&members[0].stored.calibrations, |together| &together.calibrations)
}
