//! What tables say about one model or baseline, worked out once for all of them.

use crate::domain::{Benchmark, BenchmarkEntry, Confusion, EntryKind, Label, ThresholdRule};
use crate::evaluation::{
    Rates, confusion_at, nominal_specificity, provenance, rates, threshold_score, threshold_sigma,
};

/// One entry at its threshold.
pub(super) struct Row<'a> {
    pub entry: &'a BenchmarkEntry,
    pub threshold_sigma: f64,
    /// In the unit of the entry's scores.
    pub threshold: f64,
    pub threshold_source: String,
    pub nominal_specificity: Option<f64>,
    pub confusion: Confusion,
    pub rates: Rates,
}

impl Row<'_> {
    pub fn arch(&self) -> Option<&'static str> {
        match self.entry.kind {
            EntryKind::Model(architecture) => Some(architecture.slug()),
            EntryKind::Baseline => None,
        }
    }

    pub fn is_model(&self) -> bool {
        matches!(self.entry.kind, EntryKind::Model(_))
    }
}

/// All entries at the thresholds of a rule, in the benchmark's order.
pub(super) fn rows(benchmark: &Benchmark, rule: ThresholdRule) -> Vec<Row<'_>> {
    benchmark.entries.iter().map(|entry| row(benchmark, entry, rule)).collect()
}

/// The model with the highest AUROC; the best baseline where there is no model.
pub(super) fn best_model<'r, 'a>(rows: &'r [Row<'a>]) -> Option<&'r Row<'a>> {
    let area = |row: &Row| row.entry.auroc.value;
    rows.iter().max_by(|a, b| a.is_model().cmp(&b.is_model()).then(area(a).total_cmp(&area(b))))
}

fn row<'a>(benchmark: &Benchmark, entry: &'a BenchmarkEntry, rule: ThresholdRule) -> Row<'a> {
    let sigma = threshold_sigma(rule, entry, &benchmark.cases);
    let confusion = confusion_at(entry, &benchmark.cases, sigma);
    Row {
        entry,
        threshold_sigma: sigma,
        threshold: threshold_score(&entry.calibration, sigma),
        threshold_source: provenance(rule, &entry.calibration),
        nominal_specificity: nominal_specificity(rule, &entry.calibration, sigma),
        rates: rates(&confusion),
        confusion,
    }
}

/// Healthy and diseased test images.
pub(super) fn test_counts(benchmark: &Benchmark) -> (usize, usize) {
    let diseased = benchmark.cases.iter().filter(|case| case.label == Label::Diseased).count();
    (benchmark.cases.len() - diseased, diseased)
}

/// "4 models and 3 baselines".
pub(super) fn counted(benchmark: &Benchmark) -> String {
    let models = benchmark.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Model(_))).count();
    let baselines = benchmark.entries.len() - models;
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!("{} and {}", plural(models, "model"), plural(baselines, "baseline"))
}

/// What an entry is called in tables and figures: its name, or its id where another has the same name.
pub(super) fn column_names(benchmark: &Benchmark) -> Vec<&str> {
    let entries = &benchmark.entries;
    let alone = |entry: &BenchmarkEntry| entries.iter().filter(|other| other.name == entry.name).count() == 1;
    entries.iter().map(|entry| if alone(entry) { &*entry.name } else { &*entry.id }).collect()
}
