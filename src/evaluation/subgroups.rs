//! The same figures for one kind of disease at a time.

use std::collections::BTreeMap;

use super::{DeLong, wilson};
use crate::domain::{BenchmarkCase, BenchmarkEntry, Interval, Label};

/// Diseased images with one finding, against all healthy ones.
#[derive(Clone, Debug, PartialEq)]
pub struct SubGroup {
    /// "bacterial", "viral"; "not named" where the file does not say.
    pub name: String,
    pub count: u32,
    /// DeLong.
    pub auroc: Option<Interval>,
    /// Wilson.
    pub sensitivity: Option<Interval>,
}

/// One group a finding, by name. Empty without diseased images.
pub fn subgroups(entry: &BenchmarkEntry, cases: &[BenchmarkCase], sigma: f64) -> Vec<SubGroup> {
    let mut by_finding: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut healthy = Vec::new();
    for (&score, case) in entry.test_scores.iter().zip(cases) {
        match case.label {
            Label::Healthy => healthy.push(score),
            Label::Diseased => {
                by_finding.entry(case.finding.as_deref().unwrap_or("not named")).or_default().push(score);
            }
        }
    }
    by_finding
        .into_iter()
        .map(|(name, diseased)| {
            let found = diseased.iter().filter(|&&score| entry.calibration.sigma(score) > sigma).count() as u32;
            let count = diseased.len() as u32;
            let scores = [diseased.as_slice(), healthy.as_slice()].concat();
            let positive: Vec<bool> = (0..scores.len()).map(|index| index < diseased.len()).collect();
            SubGroup {
                name: name.to_owned(),
                count,
                auroc: DeLong::new(&scores, &positive).map(|delong| delong.interval()),
                sensitivity: wilson(found, count),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;

    #[test]
    fn without_healthy_or_diseased_images_there_is_nothing_to_say() {
        let benchmark = benchmark();
        let entry = &benchmark.entries[0];
        assert!(subgroups(entry, &benchmark.cases[..10], 1.0).is_empty());
        let mut diseased_only = entry.clone();
        diseased_only.test_scores.drain(..234);
        let groups = subgroups(&diseased_only, &benchmark.cases[234..], 1.0);
        assert!(groups.iter().all(|group| group.auroc.is_none() && group.sensitivity.is_some()));
    }

    #[test]
    fn by_hand() {
        let benchmark = benchmark();
        let mut entry = benchmark.entries[0].clone();
        let healthy = benchmark.cases[..2].iter();
        let mut cases: Vec<BenchmarkCase> = healthy.chain(&benchmark.cases[300..304]).cloned().collect();
        for (case, finding) in cases[2..].iter_mut().zip(["viral", "viral", "viral", "bacterial"]) {
            case.finding = Some(finding.to_owned());
        }
        // Mean 0 and standard deviation 1, so that scores are in σ. Healthy 0 and 2; viral 1, 2, 3; bacterial −1.
        entry.calibration.mean = 0.0;
        entry.calibration.sd = 1.0;
        entry.test_scores = vec![0.0, 2.0, 1.0, 2.0, 3.0, -1.0];
        let groups = subgroups(&entry, &cases, 1.5);
        let value = |interval: Option<Interval>| interval.unwrap().value;
        // Of six viral pairs: 1>0, 1<2, 2>0, 2=2 (half), 3>0, 3>2. Two of three viral images are above 1.5 σ.
        assert_eq!((value(groups[1].auroc), value(groups[1].sensitivity)), (4.5 / 6.0, 2.0 / 3.0));
        assert_eq!((value(groups[0].auroc), value(groups[0].sensitivity)), (0.0, 0.0));
    }

    #[test]
    fn groups_add_up() {
        let benchmark = benchmark();
        let groups = subgroups(&benchmark.entries[0], &benchmark.cases, 1.5);
        let names: Vec<(&str, u32)> = groups.iter().map(|group| (group.name.as_str(), group.count)).collect();
        assert_eq!(names, [("bacterial", 234), ("viral", 156)]);
        let overall = benchmark.entries[0].auroc.value;
        let weighted: f64 = groups.iter().map(|g| g.auroc.unwrap().value * f64::from(g.count)).sum::<f64>() / 390.0;
        assert!((weighted - overall).abs() < 1e-12);
    }
}
