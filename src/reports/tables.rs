//! `scores.csv`, `leaderboard.csv` and `leaderboard.tex`.

use std::fmt::Write as _;

use super::NOTICE;
use super::rows::{Row, column_names, rows, test_counts};
use crate::domain::{Benchmark, Interval, Label, Split, ThresholdRule};
use crate::error::{Error, Result};
use crate::evaluation::{rule_in_words, rule_name};

/// `path,label,split,<model>…`: test images, then the held-out ones. Behind the scores, how far the networks of each
/// ensemble disagree about test images, in standard deviations of healthy images.
pub(super) fn scores(benchmark: &Benchmark) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let names = column_names(benchmark);
    let ensembles: Vec<(String, &[f64])> = names
        .iter()
        .zip(&benchmark.entries)
        .filter_map(|(name, entry)| Some((format!("{name} spread"), entry.test_spreads.as_deref()?)))
        .collect();
    let header = ["path", "label", "split"].into_iter().chain(names);
    let header = header.chain(ensembles.iter().map(|(name, _)| name.as_str()));
    table.write_record(header).map_err(unwritable)?;
    let test = benchmark.cases.iter().enumerate().map(|(index, case)| (index, case, false));
    let held_out = benchmark.held_out.iter().enumerate().map(|(index, case)| (index, case, true));
    for (index, case, is_held_out) in test.chain(held_out) {
        let mut record = vec![case.path.clone(), label(case.label).to_owned(), split(case.split).to_owned()];
        record.extend(benchmark.entries.iter().map(|entry| {
            let scores = if is_held_out { &entry.held_out_scores } else { &entry.test_scores };
            scores.get(index).map_or_else(String::new, f64::to_string)
        }));
        record.extend(ensembles.iter().map(|(_, spreads)| {
            let spread = spreads.get(index).filter(|_| !is_held_out);
            spread.map_or_else(String::new, f64::to_string)
        }));
        table.write_record(record).map_err(unwritable)?;
    }
    table.into_inner().map_err(unwritable)
}

/// One line an entry.
pub(super) fn leaderboard(benchmark: &Benchmark, rule: ThresholdRule) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record([
            "name",
            "id",
            "kind",
            "auroc",
            "auroc_low",
            "auroc_high",
            "central_auroc",
            "development_auroc",
            "shift_auroc",
            "auprc",
            "threshold",
            "threshold_sigma",
            "specificity_nominal",
            "accuracy",
            "f1",
            "sensitivity",
            "specificity",
            "tp",
            "fp",
            "tn",
            "fn",
            "params",
            "training_s",
            "training_cpu_s",
            "ms_per_image",
            "threshold_rule",
            "notice",
        ])
        .map_err(unwritable)?;
    for row in rows(benchmark, rule) {
        table.write_record(record(&row, rule)).map_err(unwritable)?;
    }
    table.into_inner().map_err(unwritable)
}

fn record(row: &Row, rule: ThresholdRule) -> Vec<String> {
    let entry = row.entry;
    let figure = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let share = |interval: Option<Interval>| figure(interval.map(|interval| interval.value));
    let confusion = row.confusion;
    vec![
        entry.name.clone(),
        entry.id.clone(),
        row.arch().unwrap_or("baseline").to_owned(),
        entry.auroc.value.to_string(),
        entry.auroc.low.to_string(),
        entry.auroc.high.to_string(),
        figure(entry.central_auroc),
        figure(entry.development_auroc),
        entry.shift_auroc.to_string(),
        entry.auprc.to_string(),
        row.threshold.to_string(),
        row.threshold_sigma.to_string(),
        figure(row.nominal_specificity),
        share(row.rates.accuracy),
        figure(row.rates.f1),
        share(row.rates.sensitivity),
        share(row.rates.specificity),
        confusion.tp.to_string(),
        confusion.fp.to_string(),
        confusion.tn.to_string(),
        confusion.fn_.to_string(),
        entry.parameters.map_or_else(String::new, |count| count.to_string()),
        figure(entry.training_secs),
        figure(entry.training_cpu_secs),
        figure(entry.ms_per_image),
        rule_name(rule),
        NOTICE.to_owned(),
    ]
}

/// A table to paste into a paper: needs the package booktabs.
pub(super) fn latex(benchmark: &Benchmark, rule: ThresholdRule) -> String {
    let (healthy, diseased) = test_counts(benchmark);
    let mut text = format!(
        "% NeuroScan {}: {}. {NOTICE}.\n% Sensitivity and specificity at {}.\n\
         \\begin{{tabular}}{{lrrrrr}}\n\\toprule\n\
         & AUROC (95\\,\\% CI) & AUPRC & Sensitivity & Specificity & F1 \\\\\n\\midrule\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&benchmark.data_name),
        rule_in_words(rule),
    );
    let percent =
        |share: Option<Interval>| share.map_or("--".to_owned(), |share| format!("{:.1}", share.value * 100.0));
    let mut in_models = true;
    for row in rows(benchmark, rule) {
        if in_models && !row.is_model() && !text.ends_with("\\midrule\n") {
            text.push_str("\\midrule\n");
        }
        in_models = row.is_model();
        let auroc = row.entry.auroc;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} & {:.3} ({:.3}--{:.3}) & {:.3} & {} & {} & {} \\\\",
            escaped(&row.entry.name),
            auroc.value,
            auroc.low,
            auroc.high,
            row.entry.auprc,
            percent(row.rates.sensitivity),
            percent(row.rates.specificity),
            row.rates.f1.map_or("--".to_owned(), |f1| format!("{f1:.3}")),
        );
    }
    let _ = write!(text, "\\bottomrule\n\\end{{tabular}}\n% {healthy} healthy and {diseased} diseased test images.\n");
    text
}

/// The names of a table's columns.
pub(super) fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Value, low and high; empty where there are none.
pub(super) fn interval_cells(interval: Option<Interval>) -> [String; 3] {
    interval.map_or_else(Default::default, |i| [i.value, i.low, i.high].map(|figure| figure.to_string()))
}

/// "90.8 (87.5--93.3)", in per cent; "--" where there is none.
pub(super) fn percent_range(share: Option<Interval>) -> String {
    share.map_or("--".to_owned(), |share| {
        let [value, low, high] = [share.value, share.low, share.high].map(|share| share * 100.0);
        format!("{value:.1} ({low:.1}--{high:.1})")
    })
}

/// Lines as CSV.
pub(super) fn written(lines: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for line in lines {
        table.write_record(line).map_err(unwritable)?;
    }
    table.into_inner().map_err(unwritable)
}

/// Stands for a table without rows.
pub(super) fn latex_of_nothing(what: &str) -> String {
    format!("% There are no {what} to show.\n")
}

/// Characters that mean something to LaTeX.
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, letter| {
        match letter {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', letter]),
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '·' => escaped.push_str("$\\cdot$"),
            '≤' => escaped.push_str("$\\leq$"),
            '>' => escaped.push_str("$>$"),
            '<' => escaped.push_str("$<$"),
            letter => escaped.push(letter),
        }
        escaped
    })
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::Healthy => "healthy",
        Label::Diseased => "diseased",
    }
}

pub(super) fn split(split: Split) -> &'static str {
    match split {
        Split::Train => "train",
        Split::Validation => "validation",
        Split::Development => "development",
        Split::Test => "test",
        Split::Unlabelled => "unlabelled",
    }
}

pub(super) fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::Other(format!("cannot write a table: {error}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;

    pub fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut table = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        table.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn scores_have_one_line_an_image_and_one_column_a_detector() {
        let benchmark = benchmark();
        let table = read(&scores(&benchmark).unwrap());
        assert_eq!(
            table[0],
            ["path", "label", "split", "Autoencoder", "VAE", "GAN", "ViT", "PCA-16 on CLAHE", "Gradient magnitude"]
        );
        assert_eq!(table.len(), 1 + 624 + 261);
        assert_eq!(table[1][..3], ["test/NORMAL/IM-0000.jpeg", "healthy", "test"]);
        assert_eq!(table[1][3].parse::<f64>().unwrap(), benchmark.entries[0].test_scores[0]);
        let last = table.last().unwrap();
        assert_eq!(last[1..3], ["diseased", "development"]);
        assert_eq!(last[8].parse::<f64>().unwrap(), *benchmark.entries[5].held_out_scores.last().unwrap());
    }

    #[test]
    fn models_go_by_their_names_also_those_of_one_kind() {
        let mut benchmark = benchmark();
        benchmark.entries[1].kind = benchmark.entries[0].kind;
        benchmark.entries[1].name = "Autoencoder · 2026-11-20 13:05".to_owned();
        let table = read(&scores(&benchmark).unwrap());
        assert_eq!(table[0][3..6], ["Autoencoder", "Autoencoder · 2026-11-20 13:05", "GAN"]);
        benchmark.entries[1].name = "Autoencoder".to_owned();
        let table = read(&scores(&benchmark).unwrap());
        assert_eq!(table[0][3..6], ["ae-1", "vae-1", "GAN"], "two of one name cannot be told apart by it");
    }

    #[test]
    fn the_leaderboard_has_as_many_columns_as_its_header() {
        let table = read(&leaderboard(&benchmark(), ThresholdRule::default()).unwrap());
        assert_eq!(table.len(), 7);
        assert_eq!((table[1][2].as_str(), table[6][2].as_str()), ("ae", "baseline"));
        assert_eq!(table[6][21], "", "a baseline has no parameters");
    }

    #[test]
    fn latex_is_escaped() {
        let mut benchmark = benchmark();
        benchmark.entries[0].name = "A_B & 5 %".to_owned();
        let text = latex(&benchmark, ThresholdRule::default());
        assert!(text.contains("A\\_B \\& 5 \\% & 0."), "{text}");
        assert_eq!(text.matches("\\midrule").count(), 2);
        assert_eq!(text.lines().filter(|line| line.ends_with("\\\\")).count(), 7);
    }
}
