//! Where the scores of each kind of image lie: a table of percentiles.

use crate::domain::{BenchmarkCase, BenchmarkEntry, Label, percentile};

/// Percentiles in the table.
pub const PERCENTILES: [u8; 6] = [5, 25, 50, 75, 95, 99];

/// Whose scores a line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scored {
    /// The healthy images that the threshold is taken from.
    ValidationHealthy,
    TestHealthy,
    TestDiseased,
}

impl Scored {
    /// In the order of the table.
    pub const ALL: [Self; 3] = [Self::ValidationHealthy, Self::TestHealthy, Self::TestDiseased];

    /// The name in files.
    pub fn slug(self) -> &'static str {
        match self {
            Self::ValidationHealthy => "validation_healthy",
            Self::TestHealthy => "test_healthy",
            Self::TestDiseased => "test_diseased",
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Percentiles {
    pub of: Scored,
    pub images: u32,
    /// In the entry's own unit, in the order of [`PERCENTILES`].
    pub values: [f64; PERCENTILES.len()],
}

/// The table of an entry; a kind of image that there is none of has no line, nor has one with a score that is no number.
pub fn percentiles(entry: &BenchmarkEntry, cases: &[BenchmarkCase]) -> Vec<Percentiles> {
    let of_label = |label: Label| {
        let scored = entry.test_scores.iter().zip(cases).filter(|(_, case)| case.label == label);
        scored.map(|(&score, _)| score).collect::<Vec<_>>()
    };
    let line = |of| {
        let mut scores = match of {
            Scored::ValidationHealthy => entry.calibration.healthy_scores.clone(),
            Scored::TestHealthy => of_label(Label::Healthy),
            Scored::TestDiseased => of_label(Label::Diseased),
        };
        if scores.is_empty() || scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        scores.sort_unstable_by(f64::total_cmp);
        let values = PERCENTILES.map(|of| percentile(&scores, f64::from(of)).unwrap_or(f64::NAN));
        Some(Percentiles { of, images: scores.len() as u32, values })
    };
    Scored::ALL.into_iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, calibration};

    #[test]
    fn lines_are_those_of_numpy() {
        let benchmark = benchmark();
        let mut entry = benchmark.entries[0].clone();
        entry.calibration = calibration((0..=100).map(f64::from).collect());
        // Two healthy images and one diseased.
        let mut cases = benchmark.cases[..3].to_vec();
        for (case, label) in cases.iter_mut().zip([Label::Healthy, Label::Diseased, Label::Healthy]) {
            case.label = label;
        }
        entry.test_scores = vec![1.0, 9.0, 3.0];
        let table = percentiles(&entry, &cases);
        assert_eq!(table[0].values, [5.0, 25.0, 50.0, 75.0, 95.0, 99.0]);
        for (found, wanted) in table[1].values.iter().zip([1.1, 1.5, 2.0, 2.5, 2.9, 2.98]) {
            assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
        }
        assert_eq!((table[2].of, table[2].images, table[2].values), (Scored::TestDiseased, 1, [9.0; 6]));
    }

    #[test]
    fn what_there_is_none_of_has_no_line() {
        let benchmark = benchmark();
        let mut entry = benchmark.entries[0].clone();
        entry.test_scores.clear();
        assert_eq!(percentiles(&entry, &benchmark.cases).len(), 1);
        entry.test_scores = vec![f64::NAN; benchmark.cases.len()];
        entry.calibration.healthy_scores.clear();
        assert!(percentiles(&entry, &benchmark.cases).is_empty());
    }
}
