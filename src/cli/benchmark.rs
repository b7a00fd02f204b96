//! `neuroscan benchmark`: models and one-line baselines on the same test images.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::ended::Result;
use super::options::{Compute, Models, Opening, Scores};
use super::output::{Output, duration};
use super::session::Session;
use crate::config::Config;
use crate::domain::{Benchmark, BenchmarkEntry, BoxFigures, Elsewhere, Heatmaps, Interval, ThresholdRule};
use crate::engine::message::{DataOptions, DataSource};
use crate::evaluation;
use crate::reports;
use crate::store;

/// Compare models with each other and with one-line baselines on a folder's test images
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder with train/ and test/
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Other folders, on which the same models are measured by the thresholds of home
    #[arg(long, value_name = "DIR", num_args = 1..)]
    also: Vec<PathBuf>,
    #[command(flatten)]
    models: Models,
    #[command(flatten)]
    scores: Scores,
    /// Where tables and figures go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// CSV that sorts images into groups: a column “path” or “file name” and one column a grouping
    #[arg(long, value_name = "FILE")]
    groups: Option<PathBuf>,
    /// Also paint synthetic lesions onto healthy test images and measure how well heatmaps show them
    #[arg(long)]
    heatmaps: bool,
    #[command(flatten)]
    compute: Compute,
    #[command(flatten)]
    opening: Opening,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

/// What is measured beside the leaderboard.
#[derive(Debug, Default)]
pub(super) struct Extras<'a> {
    /// A table that sorts images into groups.
    pub groups: Option<&'a Path>,
    /// Painted lesions.
    pub heatmaps: bool,
    /// Other folders, and how they are opened.
    pub also: (&'a [PathBuf], DataOptions),
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    store::check_folder(&arguments.out)?;
    let mut session = Session::start(config, &arguments.compute, output)?;
    session.tell_stages();
    let options = arguments.opening.options();
    session.open(DataSource::Folder(arguments.data.clone()), options)?;
    let extras =
        Extras { groups: arguments.groups.as_deref(), heatmaps: arguments.heatmaps, also: (&arguments.also, options) };
    measure(&mut session, (&arguments.models, &arguments.scores), &extras, &arguments.out, output)
}

/// Scores the open data set, writes everything into a folder, and tells.
pub(super) fn measure(
    session: &mut Session,
    (models, scores): (&Models, &Scores),
    extras: &Extras<'_>,
    out: &Path,
    output: &Output,
) -> Result<()> {
    // First, so that a damaged table costs no benchmark.
    let groups = extras.groups.map(|path| session.read_groups(path)).transpose()?;
    let models = session.load_all(models)?;
    let mut benchmark = session.benchmark(scores.contenders(&models))?;
    if extras.heatmaps {
        benchmark = session.measure_heatmaps(&benchmark, &models)?;
    }
    let (also, options) = extras.also;
    for folder in also {
        session.open(DataSource::Folder(folder.clone()), options)?;
        let there = session.benchmark(scores.contenders(&models))?;
        let home = Arc::make_mut(&mut benchmark);
        home.elsewhere.push(evaluation::elsewhere(home, &there));
    }
    let written = session.export(&benchmark, groups.as_ref(), out)?;
    let of_groups = groups.map_or_else(Vec::new, |table| reports::group_cautions(&benchmark, &table));
    for caution in benchmark.cautions.iter().chain(&of_groups) {
        output.warn(caution);
    }
    for line in table(&benchmark) {
        output.line(&line);
    }
    for entry in &benchmark.entries {
        let threshold = evaluation::threshold_sigma(ThresholdRule::default(), entry, &benchmark.cases);
        if let Some(found) = evaluation::spread_of_calls(entry, &benchmark.cases, threshold) {
            output.line(&format!("{}: {}", entry.name, found.sentence()));
        }
    }
    for line in benchmark.heatmaps.iter().flat_map(|heatmaps| heatmap_table(heatmaps)) {
        output.line(&line);
    }
    let boxes: Vec<(&str, BoxFigures)> =
        reports::boxed(&benchmark).map(|(entry, figures)| (entry.name.as_str(), figures)).collect();
    for line in box_table(&benchmark.data_name, &boxes) {
        output.line(&line);
    }
    if extras.heatmaps && boxes.is_empty() {
        output.line(&format!("\nIn {} {}.", benchmark.data_name, reports::NO_BOXES));
    }
    output.line(&format!(
        "\n{}\n{} test images, thresholds from {} held-out healthy ones, in {}. {}.\nTables and figures: {}",
        benchmark.verdict,
        benchmark.split.test,
        benchmark.split.val,
        duration(benchmark.took_secs),
        reports::NOTICE,
        out.display()
    ));
    for there in &benchmark.elsewhere {
        output.line(&format!("\n{}", there.verdict));
        let boxes: Vec<(&str, BoxFigures)> =
            there.entries.iter().filter_map(|entry| Some((entry.name.as_str(), entry.boxes?))).collect();
        for line in beside(there).iter().chain(&box_table(&there.data_name, &boxes)) {
            output.line(line);
        }
    }
    let entries: Vec<_> = benchmark.entries.iter().map(summary).collect();
    output.event(&json!({
        "event": "done",
        "out": out,
        "metrics": out.join("metrics.json"),
        "files": written,
        "entries": entries,
        "verdict": benchmark.verdict,
        "other": benchmark.elsewhere,
    }));
    Ok(())
}

fn summary(entry: &BenchmarkEntry) -> serde_json::Value {
    json!({ "name": entry.name, "id": entry.id, "score": entry.score_description, "auroc": entry.auroc.value, "auroc_ci": [entry.auroc.low, entry.auroc.high] })
}

/// How well maps show painted lesions, for a terminal.
fn heatmap_table(heatmaps: &Heatmaps) -> Vec<String> {
    let widest = heatmaps.entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
    let mut lines = vec![
        format!("\nMaps of {} healthy test images with synthetic lesions", heatmaps.images),
        format!("{:widest$}  pixel AUROC  95 % CI        AP     AUPRO  like untrained", ""),
    ];
    lines.extend(heatmaps.entries.iter().map(|entry| {
        let all = &entry.all;
        let sanity = entry.sanity.map_or_else(|| "–".to_owned(), |sanity| format!("{:.2}", sanity.spearman));
        format!(
            "{:widest$}  {:>11.3}  {:.3}–{:.3}  {:.3}  {:.3}  {sanity:>14}",
            entry.name, all.auroc.value, all.auroc.low, all.auroc.high, all.average_precision.value, all.aupro.value
        )
    }));
    lines.extend(heatmaps.caution().map(str::to_owned));
    lines
}

/// How well maps find boxes around findings, for a terminal; nothing without boxes.
fn box_table(data_name: &str, rows: &[(&str, BoxFigures)]) -> Vec<String> {
    let Some((_, first)) = rows.first() else { return Vec::new() };
    let widest = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut lines = vec![
        format!("\nMaps of {} test images of {data_name} against boxes around findings", first.images),
        format!("{:widest$}  pointing  95 % CI        chance  in lungs  IoU    chance  ≥ 0.25  ≥ 0.5", ""),
    ];
    lines.extend(rows.iter().map(|(name, of)| {
        let in_lungs = of.pointing_chance_in_lungs.map_or_else(|| "–".to_owned(), |chance| format!("{chance:.3}"));
        format!(
            "{name:widest$}  {:>8.3}  {:.3}–{:.3}  {:>6.3}  {in_lungs:>8}  {:.3}  {:>6.3}  {:>6.3}  {:>5.3}",
            of.pointing.value,
            of.pointing.low,
            of.pointing.high,
            of.pointing_chance,
            of.iou,
            of.iou_chance,
            of.iou_above_025,
            of.iou_above_050,
        )
    }));
    lines
}

/// Models at home and on another data set, for a terminal.
fn beside(there: &Elsewhere) -> Vec<String> {
    let widest = there.entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0).max(5);
    let mut lines = vec![format!("{:widest$}  AUROC home  there  95 % CI        specificity home  there", "")];
    let share = |interval: Option<Interval>| interval.map_or_else(|| "–".to_owned(), |of| format!("{:.3}", of.value));
    lines.extend(there.entries.iter().map(|entry| {
        format!(
            "{:widest$}  {:>10.3}  {:.3}  {:.3}–{:.3}  {:>16}  {}",
            entry.name,
            entry.home_auroc.value,
            entry.auroc.value,
            entry.auroc.low,
            entry.auroc.high,
            share(entry.home_specificity),
            share(entry.specificity),
        )
    }));
    lines
}

/// The leaderboard for a terminal.
fn table(benchmark: &Benchmark) -> Vec<String> {
    let widest = benchmark.entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0).max(5);
    let mut lines = vec![format!("{:widest$}  AUROC  95 % CI        AUPRC  central  sens. at 90 %  ms", "")];
    lines.extend(benchmark.entries.iter().map(|entry| {
        let central = entry.central_auroc.map_or_else(|| "–".to_owned(), |auroc| format!("{auroc:.3}"));
        let ms = entry.ms_per_image.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.1}"));
        format!(
            "{:widest$}  {:.3}  {:.3}–{:.3}  {:.3}  {central:>7}  {:>13.3}  {ms}",
            entry.name, entry.auroc.value, entry.auroc.low, entry.auroc.high, entry.auprc, entry.sensitivity_at[1]
        )
    }));
    lines
}
