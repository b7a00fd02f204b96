//! What a model is scored by: one measure, or several added up; and where healthy images lie by it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Abilities, Calibration, MapScale, Measure, PlaceScale, Region, Residual, Score};

/// What [`Scoring::haze`] may be called.
const HAZE: &str = "haze";
/// Measures that may be added up.
const MOST_PARTS: usize = 8;

/// A measure and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub measure: Measure,
    /// Above 0. Of several parts each is in standard deviations of healthy images before it is multiplied.
    pub weight: f64,
}

/// One measure in its own unit, or a fusion: several, each in standard deviations of healthy validation images, weighted
/// and added. Written `blurred-central+0.5*gradient`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scoring {
    parts: Vec<Part>,
}

impl Scoring {
    /// A fusion of these; of one part the weight is of no account.
    ///
    /// # Errors
    /// Says in a sentence what is wrong: no parts or too many, a measure twice, a weight that is not above 0.
    pub fn new(mut parts: Vec<Part>) -> Result<Self, String> {
        if parts.is_empty() || parts.len() > MOST_PARTS {
            return Err(format!("a score is made of 1 to {MOST_PARTS} measures"));
        }
        for (index, part) in parts.iter().enumerate() {
            if !is_weight(part.weight) {
                return Err(format!("the weight of {} must be above 0 and at most 1000", part.measure));
            }
            if parts[..index].iter().any(|other| other.measure == part.measure) {
                return Err(format!("{} is in the score twice", part.measure));
            }
        }
        if let [only] = parts.as_mut_slice() {
            only.weight = 1.0;
        }
        Ok(Self { parts })
    }

    /// Squared error and missing edges, both within the lungs and least of nine shifts, with equal weights. Haze hides edges,
    /// and what has few edges is easily rebuilt: in healthy lungs the two go against each other, and only disease raises
    /// their sum.
    ///
    /// Chosen on development images and on validation normals that were made to look as if taken otherwise
    /// (BENCHMARKS.md), before any test image was scored by it.
    pub fn haze() -> Self {
        let part = |residual| {
            let score = Score { residual, region: Region::Lungs, jitter: Score::JITTER };
            Part { measure: Measure::Map(score), weight: 1.0 }
        };
        Self { parts: [Residual::Squared, Residual::GRADIENT].map(part).into() }
    }

    /// Why a network with these abilities cannot be scored by it; `None` when it can.
    pub fn lacking(&self, abilities: Abilities) -> Option<&'static str> {
        self.parts.iter().find_map(|part| part.measure.lacking(abilities))
    }

    /// At least one.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The measure, where there is only one.
    pub fn single(&self) -> Option<Measure> {
        if let [only] = self.parts.as_slice() { Some(only.measure) } else { None }
    }

    /// The first map measured; its residual gives the map its sign.
    pub fn first_map(&self) -> Option<Score> {
        self.parts.iter().find_map(|part| match part.measure {
            Measure::Map(score) => Some(score),
            Measure::Code(_) | Measure::Own => None,
        })
    }

    /// The same with every map averaged over its centre only; `None` where a part has no map.
    pub fn central(&self) -> Option<Self> {
        let central = |part: &Part| match part.measure {
            Measure::Map(score) => {
                Some(Part { measure: Measure::Map(Score { region: Region::Central, ..score }), ..*part })
            }
            Measure::Code(_) | Measure::Own => None,
        };
        // Two regions of one residual become one.
        Self::new(self.parts.iter().map(central).collect::<Option<_>>()?).ok()
    }

    /// `blurred-central+0.5*gradient`
    pub fn slug(&self) -> String {
        let one = |part: &Part| {
            let unit = part.weight.to_bits() == 1f64.to_bits();
            if unit { part.measure.slug() } else { format!("{}*{}", part.weight, part.measure) }
        };
        self.parts.iter().map(one).collect::<Vec<_>>().join("+")
    }

    /// As it may be typed: `haze`, or its slug.
    pub fn typed(&self) -> String {
        if *self == Self::haze() { HAZE.to_owned() } else { self.slug() }
    }

    /// What it is called on screen: "Blurred difference, central, shifts", "Fusion of 2".
    pub fn name(&self) -> String {
        match self.single() {
            Some(Measure::Map(score)) => score.short_name(),
            Some(measure) => measure.name().to_owned(),
            None if *self == Self::haze() => "Haze in the lungs".to_owned(),
            None => format!("Fusion of {}", self.parts.len()),
        }
    }

    /// One line on screen and in reports, with the weights of a fusion.
    pub fn describe(&self) -> String {
        if let Some(measure) = self.single() {
            return measure.describe();
        }
        let one = |part: &Part| format!("{} × ({})", part.weight, part.measure.describe());
        let sum = self.parts.iter().map(one).collect::<Vec<_>>().join(" + ");
        format!("{sum}, each in standard deviations of healthy validation images")
    }

    /// What it means, in one sentence.
    pub fn sentence(&self) -> String {
        match self.single() {
            Some(measure) => measure.meaning().to_owned(),
            None if *self == Self::haze() => {
                "Squared error plus missing edges: haze hides edges, and what has few edges is easily rebuilt, so that either \
                 alone overlooks it."
                    .to_owned()
            }
            None => format!("Adds measures, each in standard deviations of healthy images: {}.", self.weights()),
        }
    }

    /// What it means: a sentence, and what the map shows where the score has none of its own.
    pub fn meaning(&self) -> String {
        let mut meaning = self.sentence();
        if let Some(note) = self.map_note() {
            meaning += &format!(" {note}");
        }
        if let Some(map) = self.first_map() {
            return match map.region {
                Region::Lungs => format!("{meaning} {}", Region::Lungs.meaning()),
                Region::Central | Region::Full => meaning,
            };
        }
        if self.parts.iter().any(|part| part.measure.has_map()) {
            return meaning;
        }
        format!("{meaning} It has no map of its own: that of the model's own score is shown.")
    }

    /// How many of its parts have a map, and of how many; `None` where all have one, or none has.
    pub fn partly_mapped(&self) -> Option<(usize, usize)> {
        let with = self.parts.iter().filter(|part| part.measure.has_map()).count();
        (with > 0 && with < self.parts.len()).then_some((with, self.parts.len()))
    }

    /// What the map leaves out, in one sentence; `None` where it shows all of the score, or nothing of it.
    pub fn map_note(&self) -> Option<String> {
        let (with, of) = self.partly_mapped()?;
        let mapped = self.parts.iter().filter(|part| part.measure.has_map()).map(|part| part.measure.name());
        let mapped = mapped.collect::<Vec<_>>().join(", ");
        Some(format!("The map shows {with} of the {of} measures ({mapped}): codes have none."))
    }

    /// "1 × blurred-central, 0.5 × gradient"
    pub fn weights(&self) -> String {
        let one = |part: &Part| format!("{} × {}", part.weight, part.measure);
        self.parts.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

impl Score {
    /// "Blurred difference, central, shifts"
    fn short_name(&self) -> String {
        let region = self.region.suffix(", central");
        let jitter = if self.jitter > 0.0 { ", shifts" } else { "" };
        format!("{}{region}{jitter}", self.residual.name())
    }
}

impl From<Measure> for Scoring {
    fn from(measure: Measure) -> Self {
        Self { parts: vec![Part { measure, weight: 1.0 }] }
    }
}

impl From<Score> for Scoring {
    fn from(score: Score) -> Self {
        Measure::Map(score).into()
    }
}

impl FromStr for Scoring {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        for text in text.split('+').map(str::trim) {
            if text.is_empty() {
                return Err("a score is missing beside a +".to_owned());
            }
            let (weight, slug) = match text.split_once('*') {
                Some((weight, slug)) => {
                    let weight = weight.trim();
                    let problem = |_| format!("{weight} is no weight; it stands before the score, as in 0.5*gradient");
                    (weight.parse().map_err(problem)?, slug.trim())
                }
                None => (1.0, text),
            };
            if slug == HAZE {
                parts.extend(Self::haze().parts.into_iter().map(|part| Part { weight, ..part }));
                continue;
            }
            let measure = Measure::parse(slug).ok_or_else(|| format!("there is no score {slug}"))?;
            parts.push(Part { measure, weight });
        }
        Self::new(parts)
    }
}

impl TryFrom<String> for Scoring {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Scoring> for String {
    fn from(scoring: Scoring) -> Self {
        scoring.slug()
    }
}

impl fmt::Display for Scoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug())
    }
}

/// One measure on the validation images.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredHealthy {
    /// BLAKE3 of the images' pixels, hexadecimal: only scores of the same images, in the same order, can be added.
    pub images: Arc<str>,
    /// One an image, in the images' order; finite.
    pub scores: Vec<f64>,
}

/// How maps of one residual are placed among healthy ones.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPlacement {
    /// The same everywhere, for those who draw no map.
    pub everywhere: MapScale,
    pub by_place: Arc<PlaceScale>,
}

/// Everything that a calibrator knows of a model: each measure on the validation images, each residual's maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibrations {
    /// By the measure's slug.
    pub measures: BTreeMap<String, MeasuredHealthy>,
    /// By the residual's slug.
    pub maps: BTreeMap<String, MapPlacement>,
}

impl Calibrations {
    /// Where healthy images lie by a score.
    ///
    /// # Errors
    /// As [`Calibrations::healthy`].
    pub fn of(&self, scoring: &Scoring) -> Result<Calibration, String> {
        let mut scores = self.healthy(scoring)?.scores;
        scores.sort_unstable_by(f64::total_cmp);
        let Spread { mean, sd } = Spread::of(&scores);
        Ok(Calibration { healthy_scores: scores, mean, sd, map_scale: self.map_scale(scoring) })
    }

    /// The score of each healthy image, in the images' order.
    ///
    /// # Errors
    /// Names the measure that was never calibrated, or says that two were calibrated on different images.
    pub fn healthy(&self, scoring: &Scoring) -> Result<MeasuredHealthy, String> {
        let parts = self.parts(scoring)?;
        let count = parts[0].scores.len();
        if parts.iter().any(|part| part.images != parts[0].images || part.scores.len() != count) {
            return Err(format!("the measures of {scoring} were calibrated on different images"));
        }
        let mut image = vec![0.0; parts.len()];
        let mut fused = Vec::with_capacity(count);
        let spreads = self.spreads(scoring)?;
        for index in 0..count {
            for (value, part) in image.iter_mut().zip(&parts) {
                *value = part.scores[index];
            }
            fused.push(fuse(scoring, &spreads, &image));
        }
        Ok(MeasuredHealthy { images: parts[0].images.clone(), scores: fused })
    }

    /// Mean and deviation of each part of a score, in their order.
    ///
    /// # Errors
    /// As [`Calibrations::healthy`].
    pub fn spreads(&self, scoring: &Scoring) -> Result<Vec<Spread>, String> {
        Ok(self.parts(scoring)?.iter().map(|part| Spread::of(&part.scores)).collect())
    }

    /// Whether every part of a score is calibrated.
    pub fn has(&self, scoring: &Scoring) -> bool {
        scoring.parts().iter().all(|part| self.measures.contains_key(&part.measure.slug()))
    }

    /// How maps of a residual are placed, where that is known.
    pub fn map(&self, residual: Residual) -> Option<&MapPlacement> {
        self.maps.get(&residual.slug())
    }

    fn map_scale(&self, scoring: &Scoring) -> MapScale {
        let placement = scoring.first_map().and_then(|score| self.map(score.residual));
        placement.map_or(MapScale::NONE, |placement| placement.everywhere)
    }

    fn parts(&self, scoring: &Scoring) -> Result<Vec<&MeasuredHealthy>, String> {
        let find = |part: &Part| {
            let slug = part.measure.slug();
            let known = self.measures.get(&slug).filter(|known| !known.scores.is_empty());
            known.ok_or_else(|| match scoring.single() {
                Some(_) => format!("the score {slug} is not calibrated (neuroscan calibrate)"),
                None => {
                    format!("the score {} is not calibrated for its part {slug} (neuroscan calibrate)", scoring.typed())
                }
            })
        };
        scoring.parts().iter().map(find).collect()
    }
}

/// Whether a measure or a model can count so much: above 0, at most 1000.
pub(super) fn is_weight(weight: f64) -> bool {
    weight > 0.0 && weight <= 1000.0
}

/// Mean and sample standard deviation of healthy images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub mean: f64,
    pub sd: f64,
}

impl Spread {
    /// Zeros without values; a deviation of 0 of one.
    pub fn of(scores: &[f64]) -> Self {
        let count = scores.len() as f64;
        let mean = scores.iter().sum::<f64>() / count.max(1.0);
        let squares = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>();
        Self { mean, sd: (squares / (count - 1.0).max(1.0)).sqrt() }
    }

    /// Leaves scores as they are.
    pub const UNIT: Self = Self { mean: 0.0, sd: 1.0 };

    /// In standard deviations from the mean; 0 where all are equal.
    pub fn sigma(self, score: f64) -> f64 {
        if self.sd > 0.0 { (score - self.mean) / self.sd } else { 0.0 }
    }
}

/// One image's score from its measures, in the order of parts: a single measure as it is, several in standard deviations of
/// healthy images, weighted and added.
pub fn fuse(scoring: &Scoring, spreads: &[Spread], measured: &[f64]) -> f64 {
    if let [only] = measured {
        return *only;
    }
    let parts = scoring.parts().iter().zip(spreads).zip(measured);
    parts.map(|((part, spread), &value)| part.weight * spread.sigma(value)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scoring(text: &str) -> Scoring {
        text.parse().expect("a score")
    }

    fn known(entries: &[(&str, &[f64])]) -> Calibrations {
        let measured = |scores: &[f64]| MeasuredHealthy { images: "abc".into(), scores: scores.to_vec() };
        let measures = entries.iter().map(|(slug, scores)| ((*slug).to_owned(), measured(scores))).collect();
        Calibrations { measures, maps: BTreeMap::new() }
    }

    #[test]
    fn haze_can_be_added_to_others_and_slips_are_named() {
        let sum: Scoring = "haze+0.5*pattern".parse().expect("a sum");
        assert_eq!(sum.slug(), "mse-lungs-jitter+gradient-lungs-jitter+0.5*pattern");
        let half: Scoring = "0.5*haze + knn".parse().expect("a sum");
        assert!(half.parts()[..2].iter().all(|part| (part.weight - 0.5).abs() < 1e-12) && half.parts().len() == 3);
        assert_eq!((Scoring::haze().typed().as_str(), sum.typed()), ("haze", sum.slug()));
        let problem = |text: &str| text.parse::<Scoring>().expect_err("a slip");
        assert!(problem("pattern+").contains("missing"));
        assert!(problem("pattern*0.5").contains("before the score"));
        assert!(problem("haze+mse-lungs-jitter").contains("twice"));
    }

    #[test]
    fn fusions_are_written_as_they_are_read() {
        for text in ["blurred-central-jitter", "blurred+0.5*gradient", "knn+2*mahalanobis+mse-central"] {
            assert_eq!(scoring(text).slug(), text);
        }
        assert_eq!(scoring(" 3 * blurred ").slug(), "blurred", "the weight of one alone is of no account");
        for wrong in ["", "+", "blurred+", "blurred+blurred", "0*blurred+mse", "-1*blurred+mse", "x*mse", "nan*mse+l1"]
        {
            assert!(wrong.parse::<Scoring>().is_err(), "{wrong}");
        }
        let haze = Scoring::haze();
        assert_eq!((scoring("haze"), haze.slug().as_str()), (haze.clone(), "mse-lungs-jitter+gradient-lungs-jitter"));
        assert_eq!((haze.name().as_str(), scoring("mse+l1").name().as_str()), ("Haze in the lungs", "Fusion of 2"));
        assert!("2*huh".parse::<Scoring>().expect_err("unknown").contains("huh"));
        let json = serde_json::to_string(&scoring("mse+2*l1")).expect("JSON");
        assert_eq!(json, "\"mse+2*l1\"");
        assert_eq!(serde_json::from_str::<Scoring>(&json).expect("read"), scoring("mse+2*l1"));
        assert!(serde_json::from_str::<Scoring>("\"huh\"").is_err());
    }

    #[test]
    fn parts_are_put_in_standard_deviations_and_added() {
        // mse: mean 2, sd 1; l1: mean 20, sd 10.
        let known = known(&[("mse", &[3.0, 1.0, 2.0]), ("l1", &[10.0, 20.0, 30.0])]);
        let fusion = scoring("mse+0.5*l1");
        let spreads = known.spreads(&fusion).expect("calibrated");
        assert_eq!(spreads, [Spread { mean: 2.0, sd: 1.0 }, Spread { mean: 20.0, sd: 10.0 }]);
        assert!((fuse(&fusion, &spreads, &[4.0, 40.0]) - (2.0 + 0.5 * 2.0)).abs() < 1e-12);
        // Images: 1 − 0.5, −1 + 0, 0 + 0.5.
        let calibration = known.of(&fusion).expect("calibrated");
        assert_eq!(calibration.healthy_scores, [-1.0, 0.5, 0.5]);
        assert!(calibration.mean.abs() < 1e-12);
        let alone = known.of(&scoring("l1")).expect("calibrated");
        assert_eq!(alone.healthy_scores, [10.0, 20.0, 30.0]);
        assert_eq!((alone.mean, alone.sd), (20.0, 10.0));
    }

    #[test]
    fn what_is_not_calibrated_or_on_other_images_is_named() {
        let mut known = known(&[("mse", &[1.0, 2.0]), ("l1", &[1.0, 2.0])]);
        assert!(known.of(&scoring("mse+ssim")).expect_err("ssim").contains("ssim"));
        assert!(known.has(&scoring("mse+l1")) && !known.has(&scoring("ssim")));
        if let Some(l1) = known.measures.get_mut("l1") {
            l1.images = "other".into();
        }
        assert!(known.of(&scoring("mse+l1")).expect_err("other images").contains("different images"));
    }

    #[test]
    fn equal_or_single_scores_give_finite_calibrations() {
        let known = known(&[("mse", &[0.5; 4]), ("l1", &[0.2, 0.2, 0.2, 0.2]), ("ssim", &[7.0])]);
        let calibration = known.of(&scoring("mse+l1")).expect("calibrated");
        assert_eq!(calibration.healthy_scores, [0.0; 4]);
        let one = known.of(&scoring("ssim")).expect("one image");
        assert!(one.sd.abs() < 1e-12 && one.sigma(9.0).is_finite());
    }

    #[test]
    fn the_centre_of_a_fusion_is_that_of_its_maps() {
        assert_eq!(scoring("mse+2*l1-jitter").central(), Some(scoring("mse-central+2*l1-central-jitter")));
        assert_eq!(scoring("mse+knn").central(), None);
        assert_eq!(scoring("mse+mse-central").central(), None, "twice the same");
    }

    #[test]
    fn words_say_what_is_added_and_what_the_map_is() {
        let fusion = scoring("blurred+0.5*knn");
        assert_eq!(fusion.weights(), "1 × blurred, 0.5 × knn");
        assert!(fusion.meaning().contains("0.5 × knn") && !fusion.meaning().contains("no map"));
        assert!(scoring("knn").meaning().contains("no map of its own"));
        assert!(fusion.sentence().ends_with("0.5 × knn.") && !fusion.sentence().contains("The map"));
        let [partly, all, none] = ["mse+0.5*knn+ocsvm", "mse+gradient", "knn+ocsvm"].map(scoring);
        assert_eq!(partly.partly_mapped(), Some((1, 3)));
        assert!(
            partly.meaning().ends_with("The map shows 1 of the 3 measures (Squared error (MSE)): codes have none.")
        );
        assert_eq!((all.map_note(), none.map_note()), (None, None));
        assert_eq!(scoring("blurred-central-jitter").name(), "Blurred difference, central, shifts");
        let within = scoring("gradient-lungs");
        assert_eq!(within.name(), "Missing edges, in the lungs");
        assert!(within.meaning().contains("frontal chest X-rays"), "{}", within.meaning());
        assert_eq!(within.central(), Some(scoring("gradient-central")));
    }
}
