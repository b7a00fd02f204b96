//! Several trained networks that judge together, and how far they disagree (Lakshminarayanan, Pritzel and Blundell 2017,
//! "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles"; here for one-class detectors).
//!
//! Each member's score is put in standard deviations of the healthy validation images *by that member*, so that scores of
//! different kinds can be averaged; the ensemble's score is their mean with equal weights, because any others would have to
//! be chosen on labels.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Architecture, Calibrations, Measure, MeasuredHealthy, ModelId, Score, Scoring, Spread};

/// One network of an ensemble.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnsembleMember {
    /// The name of the run folder that it was copied from.
    pub run: String,
    pub architecture: Architecture,
    pub seed: u64,
    pub checkpoint_blake3: String,
    /// The score it was trained to have.
    pub score: Scoring,
    pub data_name: String,
    /// `DataSetSummary::fingerprint` of the images it was trained with.
    pub data_fingerprint: String,
}

impl EnsembleMember {
    /// "VAE, seed 7"
    pub fn title(&self) -> String {
        format!("{}, seed {}", self.architecture.name(), self.seed)
    }
}

/// What an ensemble's maps are placed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapsPlacedBy {
    /// The members' maps averaged and placed among those of the validation images: 1 is the 99.9th percentile of healthy
    /// pixels.
    HealthyPixels,
    /// The members' maps averaged as they are, because the images were not at hand: fewer healthy pixels than one in a
    /// thousand reach 1.
    MeanOfMembers,
}

/// An ensemble's folder, read from disk.
#[derive(Clone, Debug, PartialEq)]
pub struct EnsembleInfo {
    pub id: ModelId,
    pub folder: PathBuf,
    pub bundled: bool,
    pub name: String,
    /// Seconds since 1970.
    pub created_unix_secs: i64,
    pub maps: MapsPlacedBy,
    /// In the order chosen; at least two.
    pub members: Vec<EnsembleMember>,
}

impl EnsembleInfo {
    /// Characters of a name.
    pub const LONGEST_NAME: usize = 60;

    /// Checks what an ensemble is called.
    ///
    /// # Errors
    /// In words, when the name is empty, too long or not on one line.
    pub fn check_name(name: &str) -> Result<(), String> {
        let length = name.chars().count();
        if (1..=Self::LONGEST_NAME).contains(&length) && !name.chars().any(char::is_control) {
            return Ok(());
        }
        Err(format!("the name of an ensemble has 1 to {} characters on one line", Self::LONGEST_NAME))
    }
}

/// What is known of a member's healthy images.
#[derive(Clone, Copy, Debug)]
pub struct MemberCalibrations<'a> {
    /// What errors call it.
    pub name: &'a str,
    pub own: Score,
    pub calibrations: &'a Calibrations,
}

impl MemberCalibrations<'_> {
    /// What an ensemble's measure is for this member.
    pub fn measure(&self, measure: Measure) -> Measure {
        if measure == Measure::Own { Measure::Map(self.own) } else { measure }
    }

    fn healthy(&self, measure: Measure) -> Option<&MeasuredHealthy> {
        let healthy = self.calibrations.measures.get(&self.measure(measure).slug());
        healthy.filter(|healthy| !healthy.scores.is_empty())
    }
}

/// Where healthy images lie by each measure that all members were calibrated for, and by each its own score: means of the
/// members' scores, each in standard deviations of healthy images. It has no maps.
///
/// # Errors
/// Names the member that is not calibrated for its own score, or two that were calibrated on different images.
pub fn pool(members: &[MemberCalibrations<'_>]) -> Result<Calibrations, String> {
    let Some(first) = members.first() else { return Err("an ensemble has members".to_owned()) };
    for member in members {
        let own = member.healthy(Measure::Own);
        let own = own.ok_or_else(|| format!("{} is not calibrated for its own score", member.name))?;
        let known = first.healthy(Measure::Own).filter(|known| same_images(known, own));
        if known.is_none() {
            return Err(format!(
                "{} and {} were calibrated on different validation images, so their scores cannot be averaged",
                first.name, member.name
            ));
        }
    }
    let shared = first.calibrations.measures.keys().filter_map(|slug| Measure::parse(slug));
    let mut measures = BTreeMap::new();
    for measure in shared.chain([Measure::Own]) {
        if let Some(pooled) = pool_measure(members, measure) {
            measures.insert(measure.slug(), pooled);
        }
    }
    Ok(Calibrations { measures, maps: BTreeMap::new() })
}

/// `None` where not all members know the measure of the same images.
fn pool_measure(members: &[MemberCalibrations<'_>], measure: Measure) -> Option<MeasuredHealthy> {
    let healthy: Vec<&MeasuredHealthy> = members.iter().map(|member| member.healthy(measure)).collect::<Option<_>>()?;
    let first = *healthy.first()?;
    if !healthy.iter().all(|other| same_images(first, other)) {
        return None;
    }
    let mut scores = vec![0.0; first.scores.len()];
    for of_member in &healthy {
        let spread = Spread::of(&of_member.scores);
        for (sum, &score) in scores.iter_mut().zip(&of_member.scores) {
            *sum += spread.sigma(score) / healthy.len() as f64;
        }
    }
    Some(MeasuredHealthy { images: first.images.clone(), scores })
}

fn same_images(a: &MeasuredHealthy, b: &MeasuredHealthy) -> bool {
    a.images == b.images && a.scores.len() == b.scores.len()
}

/// The mean of the members' scores, and their standard deviation around it, that of the mixture (divided by their number,
/// not one less); `None` where there is one only. Zeros without any.
pub fn mean_and_spread(members: &[f64]) -> (f64, Option<f64>) {
    if let [only] = members {
        return (*only, None);
    }
    let count = members.len().max(1) as f64;
    let mean = members.iter().sum::<f64>() / count;
    let variance = members.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
    (mean, Some(variance.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(entries: &[(&str, &str, &[f64])]) -> Calibrations {
        let measured =
            |images: &str, scores: &[f64]| MeasuredHealthy { images: images.into(), scores: scores.to_vec() };
        let measures = entries.iter().map(|(slug, images, scores)| ((*slug).to_owned(), measured(images, scores)));
        Calibrations { measures: measures.collect(), maps: BTreeMap::new() }
    }

    fn member<'a>(name: &'a str, own: &str, calibrations: &'a Calibrations) -> MemberCalibrations<'a> {
        MemberCalibrations { name, own: Score::parse(own).expect("a score"), calibrations }
    }

    #[test]
    fn healthy_scores_are_means_of_standard_deviations_by_hand() {
        // mse of a: mean 2, sd 1; l1 of a: mean 0, sd 1; mse of b: mean 20, sd 10.
        let a = known(&[("mse", "x", &[1.0, 2.0, 3.0]), ("l1", "x", &[-1.0, 0.0, 1.0])]);
        let b = known(&[("mse", "x", &[30.0, 20.0, 10.0])]);
        let pooled = pool(&[member("a", "l1", &a), member("b", "mse", &b)]).expect("pooled");
        let slugs: Vec<&str> = pooled.measures.keys().map(String::as_str).collect();
        assert_eq!(slugs, ["mse", "own"], "l1 is known of a only");
        // −1 and 1, 0 and 0, 1 and −1.
        assert_eq!(pooled.measures["mse"].scores, [0.0, 0.0, 0.0]);
        assert_eq!(pooled.measures["own"].scores, [0.0, 0.0, 0.0]);
        let same = pool(&[member("a", "mse", &a), member("a'", "mse", &a)]).expect("pooled");
        assert_eq!(same.measures["mse"].scores, [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn names_have_a_length_and_one_line() {
        let longest = "ä".repeat(EnsembleInfo::LONGEST_NAME);
        assert!(EnsembleInfo::check_name(&longest).is_ok() && EnsembleInfo::check_name("Two VAEs").is_ok());
        for name in ["", "two\nlines", &format!("{longest}ä")] {
            let error = EnsembleInfo::check_name(name).expect_err(name);
            assert!(error.contains("1 to 60 characters"), "{error}");
        }
    }

    #[test]
    fn other_images_and_missing_scores_are_named() {
        let (a, b) = (known(&[("mse", "x", &[1.0, 2.0])]), known(&[("mse", "y", &[1.0, 2.0])]));
        let error = pool(&[member("run a", "mse", &a), member("run b", "mse", &b)]).expect_err("other images");
        assert!(error.contains("run a") && error.contains("run b") && error.contains("different"), "{error}");
        let shorter = known(&[("mse", "x", &[1.0])]);
        assert!(pool(&[member("run a", "mse", &a), member("run b", "mse", &shorter)]).is_err());
        let error = pool(&[member("run a", "mse", &a), member("run c", "ssim", &a)]).expect_err("no ssim");
        assert!(error.contains("run c"), "{error}");
        assert!(pool(&[]).is_err());
    }

    #[test]
    fn equal_healthy_scores_pool_to_zeros() {
        let flat = known(&[("mse", "x", &[0.3; 4])]);
        let pooled = pool(&[member("a", "mse", &flat), member("b", "mse", &flat)]).expect("pooled");
        assert_eq!(pooled.measures["own"].scores, [0.0; 4]);
        assert!(pooled.of(&Measure::Own.into()).expect("calibrated").sigma(3.0).abs() < 1e-12);
    }

    #[test]
    fn spread_is_that_of_the_mixture_and_of_one_there_is_none() {
        assert_eq!(mean_and_spread(&[1.0, 3.0]), (2.0, Some(1.0)));
        assert_eq!(mean_and_spread(&[5.0]), (5.0, None));
        assert_eq!(mean_and_spread(&[2.0; 3]), (2.0, Some(0.0)));
        assert_eq!(mean_and_spread(&[]), (0.0, Some(0.0)));
    }
}
