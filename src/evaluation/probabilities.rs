//! From scores to probabilities of disease, and whether those hold on the test images.
//!
//! Fitted on labelled images that are not test images: validation normals and development images. Their mix of healthy and
//! diseased is not that of the test set, so every probability is moved to the test set's prevalence (Saerens, Latinne and
//! Decaestecker, *Neural Computation* 14, 2002, equation 2.4), which takes for granted that healthy images score alike in
//! both, and diseased ones too. Whether they do is what the reliability diagram and the shift gauge show.

use super::{Isotonic, Platt, Reliability};
use crate::domain::{BenchmarkCase, BenchmarkEntry, Label, Split};

/// Fewer images than this in a class fix no curve.
pub const LEAST_TO_FIT: usize = 10;

/// How probabilities are fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Fit {
    #[default]
    Platt,
    Isotonic,
}

impl Fit {
    pub const ALL: [Self; 2] = [Self::Platt, Self::Isotonic];

    pub fn name(self) -> &'static str {
        match self {
            Self::Platt => "Platt",
            Self::Isotonic => "Isotonic",
        }
    }
}

/// An entry's probabilities and what they are worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Probabilities {
    /// One a test image.
    pub test: Vec<f64>,
    pub reliability: Reliability,
    /// As fitted, before the prevalence was corrected: the expected calibration error.
    pub uncorrected_ece: f64,
    /// Images that the curve was fitted on.
    pub healthy: usize,
    pub diseased: usize,
    /// The share of diseased images where it was fitted, and where it is used.
    pub fit_prevalence: f64,
    pub test_prevalence: f64,
}

/// Fits probabilities on the held-out images and looks at them on the test images.
///
/// # Errors
/// Says, for people, why there are none: too few labelled images that are not test images, or a test class is missing.
pub fn probabilities(
    entry: &BenchmarkEntry,
    cases: &[BenchmarkCase],
    held_out: &[BenchmarkCase],
    fit: Fit,
) -> Result<Probabilities, String> {
    let mut scores = Vec::new();
    let mut positive = Vec::new();
    for (&score, case) in entry.held_out_scores.iter().zip(held_out) {
        let use_it = matches!(
            (case.split, case.label),
            (Split::Validation, Label::Healthy) | (Split::Development, Label::Diseased)
        );
        if use_it {
            scores.push(entry.calibration.sigma(score));
            positive.push(case.label == Label::Diseased);
        }
    }
    let diseased = positive.iter().filter(|&&positive| positive).count();
    let healthy = positive.len() - diseased;
    enough(healthy, diseased)?;
    let unfit = || format!("{} has scores that no curve can be fitted to.", entry.name);
    let curve: Box<dyn Fn(f64) -> f64> = match fit {
        Fit::Platt => {
            let fitted = Platt::fit(&scores, &positive).ok_or_else(unfit)?;
            Box::new(move |score| fitted.probability(score))
        }
        Fit::Isotonic => {
            let fitted = Isotonic::fit(&scores, &positive).ok_or_else(unfit)?;
            Box::new(move |score| fitted.probability(score))
        }
    };
    let labels: Vec<bool> = cases.iter().map(|case| case.label == Label::Diseased).collect();
    let test_diseased = labels.iter().filter(|&&positive| positive).count();
    if test_diseased == 0 || test_diseased == labels.len() {
        return Err("The test images are of one class only.".to_owned());
    }
    let fit_prevalence = diseased as f64 / positive.len() as f64;
    let test_prevalence = test_diseased as f64 / labels.len() as f64;
    let plain: Vec<f64> = entry.test_scores.iter().map(|&score| curve(entry.calibration.sigma(score))).collect();
    let test: Vec<f64> = plain.iter().map(|&p| with_prevalence(p, fit_prevalence, test_prevalence)).collect();
    Ok(Probabilities {
        reliability: Reliability::new(&test, &labels).ok_or_else(unfit)?,
        uncorrected_ece: Reliability::new(&plain, &labels).ok_or_else(unfit)?.ece,
        test,
        healthy,
        diseased,
        fit_prevalence,
        test_prevalence,
    })
}

fn enough(healthy: usize, diseased: usize) -> Result<(), String> {
    if diseased == 0 {
        return Err("Probabilities need diseased images that are not test images; this data set has none in its training folder.".to_owned());
    }
    if healthy == 0 {
        return Err(
            "Probabilities need held-out healthy images that are not test images; this data set has none.".to_owned()
        );
    }
    if healthy.min(diseased) < LEAST_TO_FIT {
        return Err(format!(
            "Probabilities need at least {LEAST_TO_FIT} images of each class that are not test images; there are {healthy} healthy and {diseased} diseased ones."
        ));
    }
    Ok(())
}

/// The probability where `to` instead of `from` of the images are diseased (Saerens et al. 2002). Certainty stays.
pub fn with_prevalence(probability: f64, from: f64, to: f64) -> f64 {
    let diseased = probability * to / from;
    let healthy = (1.0 - probability) * (1.0 - to) / (1.0 - from);
    if diseased + healthy > 0.0 { diseased / (diseased + healthy) } else { probability }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, reference};

    #[test]
    fn without_labelled_images_outside_the_test_set_it_says_why() {
        let benchmark = benchmark();
        let entry = &benchmark.entries[0];
        let of = |range: std::ops::Range<usize>| {
            let mut entry = entry.clone();
            entry.held_out_scores = entry.held_out_scores[range.clone()].to_vec();
            probabilities(&entry, &benchmark.cases, &benchmark.held_out[range], Fit::Platt).unwrap_err()
        };
        assert!(of(0..201).contains("none in its training folder"));
        assert!(of(201..261).contains("held-out healthy images"));
        assert!(of(150..205).contains("51 healthy and 4 diseased"));
        let one_class = probabilities(entry, &benchmark.cases[..10], &benchmark.held_out, Fit::Platt).unwrap_err();
        assert!(one_class.contains("one class only"));
        let mut broken = entry.clone();
        broken.held_out_scores[3] = f64::NAN;
        let why = probabilities(&broken, &benchmark.cases, &benchmark.held_out, Fit::Isotonic).unwrap_err();
        assert!(why.starts_with("Autoencoder has scores"));
    }

    #[test]
    fn the_prevalence_correction_is_that_of_the_paper() {
        for expected in reference().prior_shift {
            let ours = with_prevalence(expected.probability, expected.from, expected.to);
            assert!((ours - expected.corrected).abs() < 1e-12, "{expected:?}");
        }
        assert!((with_prevalence(0.3, 0.2, 0.2) - 0.3).abs() < 1e-12);
        assert_eq!([0.0, 1.0].map(|p| with_prevalence(p, 0.1, 0.9)), [0.0, 1.0]);
        assert_eq!(with_prevalence(1.0, 0.5, 0.0), 1.0, "certain of what cannot be: left alone");
    }

    #[test]
    fn probabilities_rise_with_scores_and_correction_helps_where_only_the_prevalence_differs() {
        let benchmark = benchmark();
        let entry = &benchmark.entries[0];
        for fit in Fit::ALL {
            let found = probabilities(entry, &benchmark.cases, &benchmark.held_out, fit).unwrap();
            assert_eq!((found.healthy, found.diseased, found.test.len()), (201, 60, 624));
            assert!((found.test_prevalence - 390.0 / 624.0).abs() < 1e-12);
            let mut order: Vec<usize> = (0..624).collect();
            order.sort_by(|&a, &b| entry.test_scores[a].total_cmp(&entry.test_scores[b]));
            assert!(order.windows(2).all(|pair| found.test[pair[0]] <= found.test[pair[1]] + 1e-12));
        }
    }

    #[test]
    fn equal_scores_say_the_prevalence() {
        let benchmark = benchmark();
        let mut entry = benchmark.entries[0].clone();
        entry.held_out_scores.fill(1.0);
        entry.test_scores.fill(1.0);
        let found = probabilities(&entry, &benchmark.cases, &benchmark.held_out, Fit::Isotonic).unwrap();
        assert!(found.test.iter().all(|p| (p - found.test_prevalence).abs() < 1e-9));
        assert!(found.reliability.ece < 1e-9 && found.reliability.resolution < 1e-12);
    }
}
