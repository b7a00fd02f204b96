//! Whether the healthy test images score like the healthy images that set the threshold.

use super::DeLong;
use crate::domain::{BenchmarkCase, BenchmarkEntry, Interval, Label, ThresholdRule};

/// Validation normals against test normals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The chance that a healthy test image outscores a held-out one: 0.5 when they are alike. DeLong interval.
    pub auroc: Interval,
    pub validation: u32,
    pub test: u32,
}

impl Shift {
    /// More than chance explains: the interval leaves out 0.5.
    pub fn differs(&self) -> bool {
        self.auroc.low > 0.5 || self.auroc.high < 0.5
    }

    /// What follows for a threshold of this rule, in plain words. Only one that the held-out images set promises anything.
    pub fn sentence(&self, rule: ThresholdRule) -> String {
        let (how, promised) = match self.differs() {
            true if self.auroc.value > 0.5 => ("higher than", ": expect more false alarms than promised."),
            true => ("lower than", ": expect fewer false alarms than promised, and more missed."),
            false => ("like", "."),
        };
        let compared = format!("Healthy test images score {how} the held-out healthy ones");
        match rule {
            ThresholdRule::ValidationPercentile { .. } | ThresholdRule::MeanPlusSigma { .. } => {
                format!("{compared} that set the threshold{promised}")
            }
            ThresholdRule::Manual { .. } => format!("{compared}. The threshold was set by hand and promises nothing."),
            ThresholdRule::Youden | ThresholdRule::BestF1 => {
                format!("{compared}. The threshold was chosen on the test images themselves and promises nothing.")
            }
        }
    }
}

/// Compares the detector's own validation normals, which may be another data set's, with the healthy test images. `None`
/// without either, or with a NaN among the scores.
pub fn shift(entry: &BenchmarkEntry, cases: &[BenchmarkCase]) -> Option<Shift> {
    let validation = &entry.calibration.healthy_scores;
    let test = entry.test_scores.iter().zip(cases).filter(|(_, case)| case.label == Label::Healthy);
    let scores: Vec<f64> = validation.iter().copied().chain(test.map(|(&score, _)| score)).collect();
    let positive: Vec<bool> = (0..scores.len()).map(|index| index >= validation.len()).collect();
    let auroc = DeLong::new(&scores, &positive)?.interval();
    Some(Shift { auroc, validation: validation.len() as u32, test: (scores.len() - validation.len()) as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, calibration};

    fn of(validation: Vec<f64>, test: &[f64]) -> Option<Shift> {
        let benchmark = benchmark();
        let mut entry = benchmark.entries[0].clone();
        entry.calibration = calibration(validation);
        entry.test_scores = test.to_vec();
        shift(&entry, &benchmark.cases[..test.len()])
    }

    #[test]
    fn nothing_is_said_without_either_side() {
        assert_eq!(of(vec![], &[1.0, 2.0]), None);
        assert_eq!(of(vec![1.0, 2.0], &[]), None);
        assert_eq!(of(vec![1.0, 2.0], &[f64::NAN]), None);
        let single = of(vec![1.0, 2.0], &[3.0]).unwrap();
        assert!(!single.differs(), "one image proves nothing: {single:?}");
    }

    #[test]
    fn alike_higher_and_lower_read_differently() {
        let same: Vec<f64> = (0..50).map(f64::from).collect();
        let alike = of(same.clone(), &same).unwrap();
        assert!((alike.auroc.value - 0.5).abs() < 1e-12 && !alike.differs());
        let rule = ThresholdRule::default();
        assert!(alike.sentence(rule).contains("score like"));
        let moved = |by: f64| same.iter().map(|score| score + by).collect::<Vec<_>>();
        let higher = of(same.clone(), &moved(20.0)).unwrap();
        assert!(higher.differs() && higher.sentence(rule).contains("more false alarms"));
        let lower = of(same.clone(), &moved(-20.0)).unwrap();
        assert!(lower.differs() && lower.sentence(rule).contains("fewer false alarms"));
        assert!((higher.auroc.value + lower.auroc.value - 1.0).abs() < 1e-12);
        for rule in [ThresholdRule::Manual { sigma: 2.0 }, ThresholdRule::Youden] {
            let said = higher.sentence(rule);
            assert!(said.contains("score higher") && !said.contains("than promised"), "{said}");
        }
    }

    #[test]
    fn equal_scores_are_alike() {
        assert!(!of(vec![1.0; 9], &[1.0; 9]).unwrap().differs());
    }
}
