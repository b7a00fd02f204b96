//! A benchmark sorted once, so that a dragged threshold costs a few binary searches a frame.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::domain::{
    Benchmark, BenchmarkCase, BenchmarkEntry, Confusion, Elsewhere, ElsewhereEntry, EntryKind, GroupTable, Label,
    ThresholdRule,
};
use crate::evaluation::{self, CallTest, Fit, Groupings, Probabilities, Rates, Shift};

/// A test image and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    pub sigma: f64,
    /// Index into `Benchmark::cases`.
    pub case: usize,
}

/// One entry's test scores by class, ascending.
#[derive(Debug, Default)]
pub struct Sorted {
    pub healthy: Vec<Scored>,
    pub diseased: Vec<Scored>,
}

impl Sorted {
    fn new(entry: &BenchmarkEntry, cases: &[BenchmarkCase]) -> Self {
        let mut sorted = Self::default();
        for (index, (&score, case)) in entry.test_scores.iter().zip(cases).enumerate() {
            let list = match case.label {
                Label::Healthy => &mut sorted.healthy,
                Label::Diseased => &mut sorted.diseased,
            };
            list.push(Scored { sigma: entry.calibration.sigma(score), case: index });
        }
        for list in [&mut sorted.healthy, &mut sorted.diseased] {
            list.sort_by(|a, b| a.sigma.total_cmp(&b.sigma));
        }
        sorted
    }

    /// Counts at a threshold.
    pub fn confusion(&self, threshold: f64) -> Confusion {
        let (tn, fn_) = (not_above(&self.healthy, threshold), not_above(&self.diseased, threshold));
        Confusion {
            tp: (self.diseased.len() - fn_) as u32,
            fp: (self.healthy.len() - tn) as u32,
            tn: tn as u32,
            fn_: fn_ as u32,
        }
    }

    /// Diseased images called healthy, lowest score first.
    pub fn missed(&self, threshold: f64) -> &[Scored] {
        &self.diseased[..not_above(&self.diseased, threshold)]
    }

    /// Healthy images called unusual, lowest score first.
    pub fn false_alarms(&self, threshold: f64) -> &[Scored] {
        &self.healthy[not_above(&self.healthy, threshold)..]
    }
}

/// How many of ascending scores are called healthy: a score *at* the threshold is not above it.
pub fn not_above(scores: &[Scored], threshold: f64) -> usize {
    scores.partition_point(|scored| scored.sigma <= threshold)
}

/// What a threshold does to one entry.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The threshold.
    pub sigma: f64,
    pub confusion: Confusion,
    pub rates: Rates,
    /// The specificity the rule promises.
    pub nominal: Option<f64>,
}

/// Everything about a benchmark that stays while the threshold moves, and what the present rule makes of it.
#[derive(Debug)]
pub struct Prepared {
    pub benchmark: Arc<Benchmark>,
    /// In the order of `Benchmark::entries`, as all lists here.
    pub sorted: Vec<Sorted>,
    pub outcomes: Vec<Outcome>,
    /// McNemar's test between the calls of every two entries.
    pub calls: Vec<CallTest>,
    /// Validation normals against test normals.
    pub shifts: Vec<Option<Shift>>,
    /// Ways to sort the test images into groups.
    pub groups: Groupings,
    table: Option<Arc<GroupTable>>,
    /// By entry and fit; worked out when first looked at.
    probabilities: Vec<[OnceCell<Result<Probabilities, String>>; 2]>,
    rule: Option<ThresholdRule>,
    pub healthy: usize,
    pub diseased: usize,
    /// "pneumonia": the folder of the diseased test images, where they have one in common; else "diseased".
    pub disease: String,
    /// The models at home, where the benchmark before was of another data set.
    pub beside: Option<Beside>,
}

/// The same models on the data set that was measured before.
#[derive(Debug)]
pub struct Beside {
    pub home_name: String,
    pub compared: Elsewhere,
}

impl Beside {
    /// What is known of an entry there; `None` for baselines, which are fitted to wherever they are measured.
    pub fn of(&self, id: &str) -> Option<&ElsewhereEntry> {
        self.compared.entries.iter().find(|entry| entry.id == id)
    }
}

impl Prepared {
    pub fn new(benchmark: Arc<Benchmark>, table: Option<Arc<GroupTable>>, rule: ThresholdRule) -> Self {
        let sorted = benchmark.entries.iter().map(|entry| Sorted::new(entry, &benchmark.cases)).collect();
        let diseased = benchmark.cases.iter().filter(|case| case.label == Label::Diseased).count();
        let shifts = benchmark.entries.iter().map(|entry| evaluation::shift(entry, &benchmark.cases)).collect();
        let mut prepared = Self {
            healthy: benchmark.cases.len() - diseased,
            diseased,
            disease: disease_name(&benchmark.cases),
            sorted,
            outcomes: Vec::new(),
            calls: Vec::new(),
            shifts,
            groups: groupings(&benchmark.cases, table.as_deref()),
            table,
            probabilities: benchmark.entries.iter().map(|_| Default::default()).collect(),
            rule: None,
            beside: None,
            benchmark,
        };
        prepared.apply(rule);
        prepared
    }

    /// Sorts the images by another table; free when it is the same.
    pub fn sort_by(&mut self, table: Option<&Arc<GroupTable>>) {
        let same = match (&self.table, table) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !same {
            self.groups = groupings(&self.benchmark.cases, table.map(|table| &**table));
            self.table = table.cloned();
        }
    }

    /// An entry's probabilities, or why there are none.
    pub fn probabilities(&self, index: usize, fit: Fit) -> &Result<Probabilities, String> {
        let Benchmark { entries, cases, held_out, .. } = &*self.benchmark;
        self.probabilities[index][usize::from(fit == Fit::Isotonic)]
            .get_or_init(|| evaluation::probabilities(&entries[index], cases, held_out, fit))
    }

    /// The test between the calls of two entries, as seen from the first: images that only it, and only the other, calls
    /// correctly.
    pub fn calls_between(&self, first: usize, second: usize) -> Option<(u32, u32, &CallTest)> {
        let pair = (first.min(second), first.max(second));
        let test = self.calls.iter().find(|test| (test.first, test.second) == pair)?;
        let (mine, other) =
            if first < second { (test.only_first, test.only_second) } else { (test.only_second, test.only_first) };
        Some((mine, other, test))
    }

    /// Holds the benchmark against one of another data set; nothing where they have no model in common.
    pub fn hold_against(&mut self, home: &Benchmark) {
        let compared = evaluation::elsewhere(home, &self.benchmark);
        self.beside = (!compared.entries.is_empty()).then(|| Beside { home_name: home.data_name.clone(), compared });
    }

    /// What a reader has to know, what became of the models of home first.
    pub fn cautions(&self) -> Vec<String> {
        let beside = self.beside.iter().map(|beside| beside.compared.verdict.clone());
        beside.chain(self.benchmark.cautions.iter().cloned()).collect()
    }

    /// Draws the line by another rule; free when it is the same.
    pub fn apply(&mut self, rule: ThresholdRule) {
        if self.rule == Some(rule) {
            return;
        }
        self.rule = Some(rule);
        let Benchmark { entries, cases, .. } = &*self.benchmark;
        self.outcomes.clear();
        self.outcomes.extend(entries.iter().zip(&self.sorted).map(|(entry, sorted)| {
            let sigma = evaluation::threshold_sigma(rule, entry, cases);
            let confusion = sorted.confusion(sigma);
            Outcome {
                sigma,
                confusion,
                rates: evaluation::rates(&confusion),
                nominal: evaluation::nominal_specificity(rule, &entry.calibration, sigma),
            }
        }));
        let sigmas: Vec<f64> = self.outcomes.iter().map(|outcome| outcome.sigma).collect();
        self.calls = evaluation::call_tests(entries, cases, &sigmas);
    }

    /// The entry with this id, else the best model, else the best baseline.
    pub fn index_of(&self, id: Option<&str>) -> usize {
        let entries = &self.benchmark.entries;
        let rank = |&index: &usize| (is_model(&entries[index]), entries[index].auroc.value);
        id.and_then(|id| entries.iter().position(|entry| entry.id == id))
            .or_else(|| {
                (0..entries.len()).max_by(|a, b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)))
            })
            .unwrap_or(0)
    }
}

/// A network rather than a baseline.
pub fn is_model(entry: &BenchmarkEntry) -> bool {
    matches!(entry.kind, EntryKind::Model(_))
}

fn diseased_cases(cases: &[BenchmarkCase]) -> impl Iterator<Item = &BenchmarkCase> {
    cases.iter().filter(|case| case.label == Label::Diseased)
}

/// Findings, where there is more than one, then the columns of a table.
fn groupings(cases: &[BenchmarkCase], table: Option<&GroupTable>) -> Groupings {
    let mut groups = table.map_or_else(Groupings::default, |table| evaluation::by_table(table, cases));
    if let Some(findings) = evaluation::by_finding(cases).filter(|findings| findings.groups.len() > 1) {
        groups.groupings.insert(0, findings);
    }
    groups
}

fn disease_name(cases: &[BenchmarkCase]) -> String {
    let mut folders = diseased_cases(cases).map(|case| case.path.rsplit('/').nth(1).unwrap_or_default());
    match folders.next() {
        Some(first) if (1..=12).contains(&first.len()) && folders.all(|other| other == first) => first.to_lowercase(),
        _ => "diseased".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::GroupRow;
    use crate::evaluation::{confusion_at, fixtures, rule_options};

    #[test]
    fn counts_are_those_of_the_evaluation_for_every_rule_and_at_ties() {
        let benchmark = Arc::new(fixtures::benchmark());
        let mut prepared = Prepared::new(benchmark.clone(), None, ThresholdRule::Manual { sigma: 0.0 });
        // At a score itself, which is not above the threshold.
        let at_a_score = prepared.sorted[2].diseased[40].sigma;
        let by_hand = [-9.0, 0.0, 1.81, at_a_score, 99.0].map(|sigma| ThresholdRule::Manual { sigma });
        for rule in rule_options().into_iter().chain(by_hand) {
            prepared.apply(rule);
            for (entry, outcome) in benchmark.entries.iter().zip(&prepared.outcomes) {
                assert_eq!(outcome.confusion, confusion_at(entry, &benchmark.cases, outcome.sigma), "{rule:?}");
            }
            let right = |index: usize| prepared.outcomes[index].confusion.tp + prepared.outcomes[index].confusion.tn;
            for (first, second) in [(0, 1), (5, 2)] {
                let (mine, other, _) = prepared.calls_between(first, second).unwrap();
                assert_eq!(right(first) + other, right(second) + mine, "{rule:?}");
            }
        }
    }

    #[test]
    fn misses_are_as_many_as_the_confusion_says_and_worst_at_an_end() {
        let prepared = Prepared::new(Arc::new(fixtures::benchmark()), None, ThresholdRule::Manual { sigma: 1.8 });
        let (sorted, outcome) = (&prepared.sorted[0], &prepared.outcomes[0]);
        let (missed, alarms) = (sorted.missed(1.8), sorted.false_alarms(1.8));
        assert_eq!((missed.len() as u32, alarms.len() as u32), (outcome.confusion.fn_, outcome.confusion.fp));
        assert!(missed.iter().all(|scored| scored.sigma <= 1.8) && alarms.iter().all(|scored| scored.sigma > 1.8));
        assert!(missed.is_sorted_by(|a, b| a.sigma <= b.sigma) && alarms.is_sorted_by(|a, b| a.sigma <= b.sigma));
        let label = |scored: &Scored| prepared.benchmark.cases[scored.case].label;
        assert!(missed.iter().all(|scored| label(scored) == Label::Diseased));
        assert!(alarms.iter().all(|scored| label(scored) == Label::Healthy));
    }

    #[test]
    fn an_unknown_choice_falls_back_to_the_best_model() {
        let mut benchmark = fixtures::benchmark();
        benchmark.entries[5].auroc.value = 0.999;
        let prepared = Prepared::new(Arc::new(benchmark), None, ThresholdRule::Youden);
        assert_eq!(prepared.index_of(Some("gan-1")), 2);
        assert_eq!(prepared.index_of(Some("gone")), 0, "a baseline is not chosen before a model");
        assert_eq!(prepared.index_of(None), 0);
    }

    #[test]
    fn the_disease_is_named_after_its_folder_only_where_there_is_one() {
        let mut benchmark = fixtures::benchmark();
        assert_eq!(disease_name(&benchmark.cases), "pneumonia");
        benchmark.cases[600].path = "test/EFFUSION/x.png".to_owned();
        assert_eq!(disease_name(&benchmark.cases), "diseased");
        assert_eq!(disease_name(&benchmark.cases[..10]), "diseased");
        benchmark.cases.truncate(300);
        let mut prepared = Prepared::new(Arc::new(benchmark), None, ThresholdRule::Youden);
        assert!(prepared.groups.groupings.len() == 1 && prepared.diseased == 66 && prepared.healthy == 234);
        let row = GroupRow { image: "IM-0001.jpeg".to_owned(), values: vec!["F".to_owned()] };
        let table = GroupTable { source: "t.csv".to_owned(), columns: vec!["sex".to_owned()], rows: vec![row] };
        prepared.sort_by(Some(&Arc::new(table)));
        assert_eq!((prepared.groups.groupings.len(), prepared.groups.cautions.len()), (2, 1));
        prepared.sort_by(None);
        assert_eq!(prepared.groups.groupings.len(), 1);
    }
}
