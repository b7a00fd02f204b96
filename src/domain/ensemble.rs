//! Several trained networks that judge together, and how far they disagree (Lakshminarayanan, Pritzel and Blundell 2017,
//! "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles"; here for one-class detectors).
//!
//! Each member's score, whatever it is made of, is put in standard deviations of the healthy validation images *by that
//! member*, so that scores of different kinds can be averaged; the ensemble's score is their weighted mean. All count the
//! same unless somebody says otherwise: other weights have to be chosen on images that have labels, which may be development
//! images or synthetic lesions, and never the test images.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::scoring::is_weight;
use super::{Architecture, Calibrations, Measure, MeasuredHealthy, ModelId, Scoring, Spread};

/// One network of an ensemble.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnsembleMember {
    /// The name of the run folder that it was copied from.
    pub run: String,
    pub architecture: Architecture,
    pub seed: u64,
    pub checkpoint_blake3: String,
    /// What it is scored by in the ensemble: what it was trained to be scored by, unless another was chosen.
    pub score: Scoring,
    /// How much it counts beside the others; passes [`EnsembleMember::check_weight`].
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: f64,
    pub data_name: String,
    /// `DataSetSummary::fingerprint` of the images it was trained with.
    pub data_fingerprint: String,
}

impl EnsembleMember {
    /// "VAE, seed 7"
    pub fn title(&self) -> String {
        format!("{}, seed {}", self.architecture.name(), self.seed)
    }

    /// Checks how much a member is to count.
    ///
    /// # Errors
    /// In words, when the weight is not above 0, above 1000 or no number.
    pub fn check_weight(weight: f64) -> Result<(), String> {
        if is_weight(weight) { Ok(()) } else { Err(format!("a weight is above 0 and at most 1000, not {weight}")) }
    }

    /// What each of an ensemble's members is when the ensemble is scored so: "VAE, seed 7", "VAE, seed 7, by Haze in the
    /// lungs, weight 0.5". Scores are named where each has its own, weights where they differ.
    pub fn describe_all(members: &[Self], by: &Scoring) -> Vec<String> {
        told(members, by, Self::title)
    }

    /// The same in one line, without seeds: "3 × Autoencoder, by Haze in the lungs, weight 1; VAE, by …".
    pub fn sum_up(members: &[Self], by: &Scoring) -> String {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for member in told(members, by, |member| member.architecture.name().to_owned()) {
            match kinds.iter_mut().find(|(kind, _)| *kind == member) {
                Some((_, count)) => *count += 1,
                None => kinds.push((member, 1)),
            }
        }
        let line =
            |(kind, count): &(String, usize)| if *count > 1 { format!("{count} × {kind}") } else { kind.clone() };
        kinds.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    /// Whether all count the same.
    pub fn all_count_the_same(members: &[Self]) -> bool {
        members.iter().all(|member| member.weight.to_bits() == members[0].weight.to_bits())
    }
}

/// Each member by what `name` calls it, with its score and weight where these are of account.
fn told(members: &[EnsembleMember], by: &Scoring, name: impl Fn(&EnsembleMember) -> String) -> Vec<String> {
    let own = by.parts().iter().any(|part| part.measure == Measure::Own);
    let weighted = !EnsembleMember::all_count_the_same(members);
    let one = |member: &EnsembleMember| {
        let score = if own { format!(", by {}", named(&member.score)) } else { String::new() };
        let weight = if weighted { format!(", weight {}", member.weight) } else { String::new() };
        format!("{}{score}{weight}", name(member))
    };
    members.iter().map(one).collect()
}

/// A score's name, or where that does not say what it is made of, how it is written.
fn named(score: &Scoring) -> String {
    let is_said = score.single().is_some() || *score == Scoring::haze();
    if is_said { score.name() } else { score.slug() }
}

fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_one(weight: &f64) -> bool {
    weight.to_bits() == one().to_bits()
}

/// A trained run that is to be a member of an ensemble.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberChoice {
    /// Its folder.
    pub run: PathBuf,
    /// Anything that it is calibrated for; `None` is what it was trained to be scored by.
    pub score: Option<Scoring>,
    /// How much it counts beside the others.
    pub weight: f64,
}

impl From<PathBuf> for MemberChoice {
    /// As trained, counting the same as others.
    fn from(run: PathBuf) -> Self {
        Self { run, score: None, weight: one() }
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
    /// Whether every member has the score it was trained to have, and all count the same with a weight of 1.
    pub as_trained: bool,
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
    /// What it is scored by in the ensemble.
    pub own: &'a Scoring,
    pub weight: f64,
    pub calibrations: &'a Calibrations,
}

impl MemberCalibrations<'_> {
    fn healthy(&self, measure: Measure) -> Result<MeasuredHealthy, String> {
        match measure {
            Measure::Own => self.calibrations.healthy(self.own),
            other => self.calibrations.healthy(&other.into()),
        }
    }
}

/// Where healthy images lie by each measure that all members were calibrated for, and by each its own score: weighted means
/// of the members' scores, each in standard deviations of healthy images. It has no maps.
///
/// # Errors
/// Names the member that is not calibrated for its own score, or two that were calibrated on different images.
pub fn pool(members: &[MemberCalibrations<'_>]) -> Result<Calibrations, String> {
    let Some(first) = members.first() else { return Err("an ensemble has members".to_owned()) };
    let named = |member: &MemberCalibrations<'_>| {
        member.healthy(Measure::Own).map_err(|problem| format!("{}: {problem}", member.name))
    };
    let known = named(first)?;
    for member in members {
        if !same_images(&known, &named(member)?) {
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
    let healthy: Vec<MeasuredHealthy> =
        members.iter().map(|member| member.healthy(measure).ok()).collect::<Option<_>>()?;
    let first = healthy.first()?;
    if !healthy.iter().all(|other| same_images(first, other)) {
        return None;
    }
    let weights = Weights::new(members.iter().map(|member| member.weight));
    let spreads: Vec<Spread> = healthy.iter().map(|of_member| Spread::of(&of_member.scores)).collect();
    let mean = |image: usize| {
        let of_member = |(healthy, spread): (&MeasuredHealthy, &Spread)| spread.sigma(healthy.scores[image]);
        let sigmas: Vec<f64> = healthy.iter().zip(&spreads).map(of_member).collect();
        weights.mean(&sigmas)
    };
    Some(MeasuredHealthy { images: first.images.clone(), scores: (0..first.scores.len()).map(mean).collect() })
}

fn same_images(a: &MeasuredHealthy, b: &MeasuredHealthy) -> bool {
    a.images == b.images && a.scores.len() == b.scores.len()
}

/// How much each of several counts, whatever they add up to. All that is averaged over an ensemble's members is averaged
/// by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Of the largest: equal ones are all 1, so that their mean is the plain one to the last bit.
    of_largest: Vec<f64>,
    total: f64,
}

impl Weights {
    /// Of weights above 0.
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let weights: Vec<f64> = weights.into_iter().collect();
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let of_largest: Vec<f64> = weights.iter().map(|weight| weight / largest).collect();
        Self { total: of_largest.iter().sum(), of_largest }
    }

    /// One share each; they add up to 1.
    pub fn shares(&self) -> impl Iterator<Item = f64> {
        self.of_largest.iter().map(|weight| weight / self.total)
    }

    /// The weighted mean of as many values as there are weights; 0 without any.
    pub fn mean(&self, values: &[f64]) -> f64 {
        let sum: f64 = self.of_largest.iter().zip(values).map(|(weight, value)| weight * value).sum();
        if self.total > 0.0 { sum / self.total } else { 0.0 }
    }

    /// The weighted mean, and the weighted standard deviation around it, that of the mixture (Σ w (x − m)² with weights that
    /// add up to 1: of equal ones divided by their number, not one less); `None` where there is one only. Zeros without any.
    pub fn mean_and_spread(&self, values: &[f64]) -> (f64, Option<f64>) {
        if let [only] = values {
            return (*only, None);
        }
        let mean = self.mean(values);
        let squares: Vec<f64> = values.iter().map(|value| (value - mean).powi(2)).collect();
        (mean, Some(self.mean(&squares).sqrt()))
    }
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

    fn scoring(text: &str) -> Scoring {
        text.parse().expect("a score")
    }

    fn pool_of(members: &[(&str, &str, f64, &Calibrations)]) -> Result<Calibrations, String> {
        let own: Vec<Scoring> = members.iter().map(|(_, own, ..)| scoring(own)).collect();
        let one = |(&(name, _, weight, calibrations), own)| MemberCalibrations { name, own, weight, calibrations };
        pool(&members.iter().zip(&own).map(one).collect::<Vec<_>>())
    }

    #[test]
    fn healthy_scores_are_means_of_standard_deviations_by_hand() {
        // mse of a: mean 2, sd 1; l1 of a: mean 0, sd 1; mse of b: mean 20, sd 10.
        let a = known(&[("mse", "x", &[1.0, 2.0, 3.0]), ("l1", "x", &[-1.0, 0.0, 1.0])]);
        let b = known(&[("mse", "x", &[30.0, 20.0, 10.0])]);
        let pooled = pool_of(&[("a", "l1", 1.0, &a), ("b", "mse", 1.0, &b)]).expect("pooled");
        let slugs: Vec<&str> = pooled.measures.keys().map(String::as_str).collect();
        assert_eq!(slugs, ["mse", "own"], "l1 is known of a only");
        // −1 and 1, 0 and 0, 1 and −1.
        assert_eq!(pooled.measures["mse"].scores, [0.0, 0.0, 0.0]);
        assert_eq!(pooled.measures["own"].scores, [0.0, 0.0, 0.0]);
        let same = pool_of(&[("a", "mse", 1.0, &a), ("a'", "mse", 1.0, &a)]).expect("pooled");
        assert_eq!(same.measures["mse"].scores, [-1.0, 0.0, 1.0]);
        // 3/4 of a and 1/4 of b, by their own scores and by one for all.
        let weighted = pool_of(&[("a", "l1", 1.5, &a), ("b", "mse", 0.5, &b)]).expect("pooled");
        for slug in ["mse", "own"] {
            for (score, expected) in weighted.measures[slug].scores.iter().zip([-0.5, 0.0, 0.5]) {
                assert!((score - expected).abs() < 1e-12, "{slug} {score} {expected}");
            }
        }
    }

    #[test]
    fn a_fusion_is_put_in_standard_deviations_again() {
        // In standard deviations mse is −1, 0, 1 and l1 is 0, −1, 1: the sum is −1, −1, 2, with mean 0 and sd √3.
        let a = known(&[("mse", "x", &[1.0, 2.0, 3.0]), ("l1", "x", &[20.0, 10.0, 30.0])]);
        let b = known(&[("ssim", "x", &[30.0, 20.0, 10.0])]);
        let pooled = pool_of(&[("a", "mse+l1", 1.0, &a), ("b", "ssim", 3.0, &b)]).expect("pooled");
        let by_hand = [(-1.0, 1.0), (-1.0, 0.0), (2.0, -1.0)].map(|(a, b)| (a / 3f64.sqrt() + 3.0 * b) / 4.0);
        for (score, expected) in pooled.measures["own"].scores.iter().zip(by_hand) {
            assert!((score - expected).abs() < 1e-12, "{score} {expected}");
        }
        let other = known(&[("mse", "x", &[1.0, 2.0]), ("l1", "y", &[1.0, 2.0])]);
        let error = pool_of(&[("run a", "mse+l1", 1.0, &other), ("b", "ssim", 1.0, &b)]).expect_err("other images");
        assert!(error.contains("run a") && error.contains("different images"), "{error}");
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
        let error = pool_of(&[("run a", "mse", 1.0, &a), ("run b", "mse", 1.0, &b)]).expect_err("other images");
        assert!(error.contains("run a") && error.contains("run b") && error.contains("different"), "{error}");
        let shorter = known(&[("mse", "x", &[1.0])]);
        assert!(pool_of(&[("run a", "mse", 1.0, &a), ("run b", "mse", 1.0, &shorter)]).is_err());
        let error = pool_of(&[("run a", "mse", 1.0, &a), ("run c", "ssim", 1.0, &a)]).expect_err("no ssim");
        assert!(error.contains("run c"), "{error}");
        assert!(pool(&[]).is_err());
    }

    #[test]
    fn equal_healthy_scores_pool_to_zeros() {
        let flat = known(&[("mse", "x", &[0.3; 4])]);
        let pooled = pool_of(&[("a", "mse", 1.0, &flat), ("b", "mse", 0.5, &flat)]).expect("pooled");
        assert_eq!(pooled.measures["own"].scores, [0.0; 4]);
        assert!(pooled.of(&Measure::Own.into()).expect("calibrated").sigma(3.0).abs() < 1e-12);
    }

    fn weights(each: &[f64]) -> Weights {
        Weights::new(each.iter().copied())
    }

    #[test]
    fn weighted_means_and_spreads_by_hand() {
        assert_eq!(weights(&[1.0, 1.0]).mean_and_spread(&[1.0, 3.0]), (2.0, Some(1.0)));
        // Mean (3·1 + 1·3) / 4; variance (3·0.5² + 1·1.5²) / 4.
        let (mean, spread) = weights(&[1.5, 0.5]).mean_and_spread(&[1.0, 3.0]);
        assert!((mean - 1.5).abs() < 1e-12 && (spread.expect("two") - 0.75f64.sqrt()).abs() < 1e-12);
        assert_eq!(weights(&[7.0]).mean_and_spread(&[5.0]), (5.0, None));
        assert_eq!(weights(&[1.0, 2.0, 3.0]).mean_and_spread(&[2.0; 3]), (2.0, Some(0.0)));
        assert_eq!(weights(&[]).mean_and_spread(&[]), (0.0, Some(0.0)));
        let shares: Vec<f64> = weights(&[1.0, 0.5, 0.5]).shares().collect();
        assert_eq!(shares, [0.5, 0.25, 0.25]);
    }

    #[test]
    fn equal_weights_are_the_plain_mean_to_the_last_bit() {
        let values = [0.1, -2.7, 3.3, 0.7, 1e-9];
        let plain = values.iter().sum::<f64>() / 5.0;
        let spread = (values.iter().map(|value| (value - plain).powi(2)).sum::<f64>() / 5.0).sqrt();
        for weight in [1.0, 0.3, 1000.0, 1e-300] {
            assert_eq!(weights(&[weight; 5]).mean_and_spread(&values), (plain, Some(spread)), "{weight}");
        }
    }

    #[test]
    fn weights_are_above_0_and_at_most_1000() {
        assert!(EnsembleMember::check_weight(1000.0).is_ok() && EnsembleMember::check_weight(0.001).is_ok());
        for wrong in [0.0, -1.0, 1000.1, f64::NAN, f64::INFINITY] {
            let error = EnsembleMember::check_weight(wrong).expect_err("no weight");
            assert!(error.contains(&wrong.to_string()) && error.contains("above 0"), "{error}");
        }
    }

    #[test]
    fn members_are_told_with_what_is_of_account() {
        let member = |architecture, seed, score: &str, weight| EnsembleMember {
            run: "run".to_owned(),
            architecture,
            seed,
            checkpoint_blake3: String::new(),
            score: scoring(score),
            weight,
            data_name: String::new(),
            data_fingerprint: String::new(),
        };
        let own = Scoring::from(Measure::Own);
        let equal = [member(Architecture::Vae, 7, "mse", 1.0), member(Architecture::Vae, 8, "mse+2*l1", 1.0)];
        let told = EnsembleMember::describe_all(&equal, &own);
        assert_eq!(told, ["VAE, seed 7, by Squared error (MSE)", "VAE, seed 8, by mse+2*l1"]);
        assert_eq!(EnsembleMember::describe_all(&equal, &scoring("l1")), ["VAE, seed 7", "VAE, seed 8"]);
        let several = [
            member(Architecture::Vae, 7, "haze", 1.0),
            member(Architecture::Gan, 7, "l1", 0.5),
            member(Architecture::Vae, 8, "haze", 1.0),
        ];
        let told = EnsembleMember::sum_up(&several, &own);
        assert_eq!(told, "2 × VAE, by Haze in the lungs, weight 1; GAN, by Absolute error (L1), weight 0.5");
        assert_eq!(EnsembleMember::sum_up(&several, &scoring("mse")), "2 × VAE, weight 1; GAN, weight 0.5");
    }
}
