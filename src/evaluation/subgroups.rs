//! The same figures for one group of images at a time.

use super::{DeLong, Group, wilson};
use crate::domain::{BenchmarkCase, BenchmarkEntry, Interval, Label};

/// With fewer images than this of a class, a share's 95 % interval is up to ±17 points wide.
pub const FEW_IN_GROUP: u32 = 30;

/// How an entry does on one group.
#[derive(Clone, Debug, PartialEq)]
pub struct SubGroup {
    pub name: String,
    /// Of the group itself.
    pub healthy: u32,
    pub diseased: u32,
    /// The group has no healthy images of its own; its AUROC is against all healthy test images.
    pub against_all_healthy: bool,
    /// DeLong.
    pub auroc: Option<Interval>,
    /// Wilson.
    pub sensitivity: Option<Interval>,
    /// Wilson.
    pub specificity: Option<Interval>,
}

impl SubGroup {
    /// Too few images for its figures to be read without their intervals.
    pub fn is_small(&self) -> bool {
        let few = |count: u32| count < FEW_IN_GROUP;
        few(self.diseased) && self.diseased > 0 || few(self.healthy) && self.healthy > 0
    }
}

/// One a group, in its order, at a threshold in σ.
pub fn subgroups(entry: &BenchmarkEntry, cases: &[BenchmarkCase], groups: &[Group], sigma: f64) -> Vec<SubGroup> {
    let scored = |index: usize| Some((*entry.test_scores.get(index)?, cases.get(index)?.label));
    let all: Vec<(f64, Label)> = (0..cases.len()).filter_map(scored).collect();
    let every_healthy = of_class(&all, Label::Healthy);
    let one = |group: &Group| {
        let members: Vec<(f64, Label)> = group.cases.iter().filter_map(|&index| scored(index)).collect();
        let (healthy, diseased) = (of_class(&members, Label::Healthy), of_class(&members, Label::Diseased));
        let called =
            |scores: &[f64]| scores.iter().filter(|&&score| entry.calibration.sigma(score) > sigma).count() as u32;
        let counts = (healthy.len() as u32, diseased.len() as u32);
        let against = if healthy.is_empty() { &every_healthy } else { &healthy };
        SubGroup {
            name: group.name.clone(),
            healthy: counts.0,
            diseased: counts.1,
            against_all_healthy: healthy.is_empty() && !diseased.is_empty(),
            auroc: area(against, &diseased),
            sensitivity: wilson(called(&diseased), counts.1),
            specificity: wilson(counts.0 - called(&healthy), counts.0),
        }
    };
    groups.iter().map(one).collect()
}

fn of_class(scored: &[(f64, Label)], wanted: Label) -> Vec<f64> {
    scored.iter().filter(|(_, label)| *label == wanted).map(|&(score, _)| score).collect()
}

fn area(healthy: &[f64], diseased: &[f64]) -> Option<Interval> {
    let scores = [diseased, healthy].concat();
    let positive: Vec<bool> = (0..scores.len()).map(|index| index < diseased.len()).collect();
    DeLong::new(&scores, &positive).map(|delong| delong.interval())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::by_finding;
    use crate::evaluation::fixtures::benchmark;

    #[test]
    fn a_group_of_one_class_or_of_nobody_says_what_it_can() {
        let benchmark = benchmark();
        let entry = &benchmark.entries[0];
        let group = |cases: Vec<usize>| Group { name: "g".to_owned(), cases };
        let found = subgroups(entry, &benchmark.cases, &[group(vec![]), group(vec![0, 1]), group(vec![9_999])], 1.0);
        assert!(found[0].auroc.is_none() && found[0].sensitivity.is_none() && !found[0].is_small());
        assert!(found[1].auroc.is_none() && found[1].specificity.is_some() && found[1].is_small());
        assert_eq!((found[2].healthy, found[2].diseased), (0, 0), "an image that is not there counts for nothing");
        let mut diseased_only = entry.clone();
        diseased_only.test_scores.drain(..234);
        let cases = &benchmark.cases[234..];
        let found = subgroups(&diseased_only, cases, &by_finding(cases).unwrap().groups, 1.0);
        assert!(found.iter().all(|group| group.auroc.is_none() && group.sensitivity.is_some()));
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
        let groups = subgroups(&entry, &cases, &by_finding(&cases).unwrap().groups, 1.5);
        let value = |interval: Option<Interval>| interval.unwrap().value;
        // Of six viral pairs: 1>0, 1<2, 2>0, 2=2 (half), 3>0, 3>2. Two of three viral images are above 1.5 σ.
        assert_eq!((value(groups[1].auroc), value(groups[1].sensitivity)), (4.5 / 6.0, 2.0 / 3.0));
        assert_eq!((value(groups[0].auroc), value(groups[0].sensitivity)), (0.0, 0.0));
        assert!(groups.iter().all(|group| group.against_all_healthy && group.specificity.is_none()));
        // With a healthy image of its own: 1 > 0, 2 > 0; one of two found, the healthy one cleared.
        let women = [Group { name: "F".to_owned(), cases: vec![0, 2, 3] }];
        let women = &subgroups(&entry, &cases, &women, 1.5)[0];
        assert_eq!((value(women.auroc), value(women.sensitivity), value(women.specificity)), (1.0, 0.5, 1.0));
        assert!(!women.against_all_healthy && women.is_small());
    }

    #[test]
    fn groups_add_up() {
        let benchmark = benchmark();
        let by_finding = by_finding(&benchmark.cases).unwrap();
        let groups = subgroups(&benchmark.entries[0], &benchmark.cases, &by_finding.groups, 1.5);
        let overall = benchmark.entries[0].auroc.value;
        let weighted: f64 = groups.iter().map(|g| g.auroc.unwrap().value * f64::from(g.diseased)).sum::<f64>() / 390.0;
        assert!((weighted - overall).abs() < 1e-12);
        assert!(groups.iter().all(|group| !group.is_small()));
    }
}
