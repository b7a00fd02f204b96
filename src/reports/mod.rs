//! A benchmark as JSON, CSV, LaTeX, SVG and PNG: files that a reviewer can open without this program.
//!
//! In reading order: `rows` works out what every table shows, `metrics` and `tables` write it down, `groups`, `pairs`,
//! `percentiles`, `predictive`, `calibration`, `boxes` and `heatmaps` (what was measured on painted lesions) one further table each, `figures` draws;
//! `latent` writes down a model's latent space.

mod boxes;
mod calibration;
mod figures;
mod groups;
mod heatmaps;
mod latent;
mod metrics;
mod pairs;
mod percentiles;
mod predictive;
mod rows;
mod tables;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::domain::{Benchmark, GroupTable, ThresholdRule};
use crate::error::{Error, Result};
use crate::evaluation::rule_in_words;
use crate::store;

pub use boxes::{NO_BOXES, boxed};
pub use figures::SERIES;
pub use latent::write_latent;

/// Stands on every report.
pub const NOTICE: &str = "Research use only – not for diagnosis";

/// Writes a benchmark's tables and figures, thresholds by `rule`, each replaced as a whole; makes the folder. `table` sorts
/// the test images into further groups. Returns the files.
///
/// # Errors
/// `Error::Io` when the folder cannot be made or written.
pub fn write(
    benchmark: &Benchmark,
    table: Option<&GroupTable>,
    rule: ThresholdRule,
    folder: &Path,
) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    let groups = groups::groupings(benchmark, table);
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("metrics.json", metrics::json(benchmark, &groups, rule)?.into_bytes()),
        ("scores.csv", tables::scores(benchmark)?),
        ("leaderboard.csv", tables::leaderboard(benchmark, rule)?),
        ("leaderboard.tex", tables::latex(benchmark, rule).into_bytes()),
        ("subgroups.csv", groups::csv(benchmark, &groups.groupings, rule)?),
        ("subgroups.tex", groups::latex(benchmark, &groups.groupings, rule).into_bytes()),
        ("percentiles.csv", percentiles::csv(benchmark)?),
        ("paired.csv", pairs::csv(benchmark, rule)?),
        ("paired.tex", pairs::latex(benchmark, rule).into_bytes()),
        ("predictive_values.csv", predictive::csv(benchmark, rule)?),
        ("predictive_values.tex", predictive::latex(benchmark, rule).into_bytes()),
        ("calibration.csv", calibration::csv(benchmark)?),
        ("calibration.tex", calibration::latex(benchmark).into_bytes()),
    ];
    if let Some(measured) = benchmark.heatmaps.as_deref() {
        files.push(("heatmaps.csv", heatmaps::csv(measured)?));
        files.push(("heatmaps.tex", heatmaps::latex(measured).into_bytes()));
    }
    if boxed(benchmark).next().is_some() {
        files.push(("boxes.csv", boxes::csv(benchmark)?));
    }
    files.extend(figures::all(benchmark, &groups.groupings, rule)?);
    files.push(("README.txt", readme(benchmark, &groups.cautions, rule).into_bytes()));
    write_all(folder, files)
}

/// Writes files into a folder that there is; returns their paths.
fn write_all<'a>(folder: &Path, files: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Result<Vec<PathBuf>> {
    let write = |(name, bytes): (&str, Vec<u8>)| {
        let path = folder.join(name);
        store::write_file(&path, |file| file.write_all(&bytes).map_err(Error::io("write", &path)))?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}

const HEATMAP_FILES: &str = "heatmaps           how well maps show lesions: pixel AUROC, AP and AUPRO by kind of lesion, and the check against\n                   \
                   untrained networks. The lesions are synthetic, painted onto healthy test images\n";

const BOX_FILE: &str =
    "boxes              maps against boxes that people drew around findings, and what chance would reach\n";

/// What of a table of groups was not used, and why.
pub fn group_cautions(benchmark: &Benchmark, table: &GroupTable) -> Vec<String> {
    groups::groupings(benchmark, Some(table)).cautions
}

fn readme(benchmark: &Benchmark, group_cautions: &[String], rule: ThresholdRule) -> String {
    let cautions: Vec<String> =
        benchmark.cautions.iter().chain(group_cautions).map(|caution| format!("- {caution}")).collect();
    format!(
        "NeuroScan {}: benchmark of {} on {}.\n{NOTICE}.\n\n\
         Thresholds are drawn at {}, of every model for itself.\n\n\
         metrics.json       every figure of every model and baseline, intervals, paired tests\n\
         scores.csv         one line an image: path, label, split, the score of each model and baseline\n\
         leaderboard        one line a model or baseline\n\
         subgroups          figures for one group of images at a time; the figure and the LaTeX table are of the best model\n\
         percentiles        where the scores of validation normals, test normals and diseased test images lie\n\
         paired             DeLong and McNemar between every two\n\
         predictive_values  what a call is worth where disease is rarer or more frequent\n\
         calibration        probabilities against outcomes, by bins; the figure is reliability\n\
         roc, pr            curves on the test images, with 95 % bootstrap bands of the sensitivity\n\
         scores             histograms of the scores of the test images, in standard deviations of healthy ones\n\
         .tex               LaTeX tables (booktabs)\n{}{}\n\
         {}\n{}\n",
        env!("CARGO_PKG_VERSION"),
        rows::counted(benchmark),
        benchmark.data_name,
        rule_in_words(rule),
        if benchmark.heatmaps.is_some() { HEATMAP_FILES } else { "" },
        if boxed(benchmark).next().is_some() { BOX_FILE } else { "" },
        benchmark.verdict,
        cautions.join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;

    #[test]
    fn all_files_are_written_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new/out");
        let written = write(&benchmark(), None, ThresholdRule::default(), &out).unwrap();
        let mut names: Vec<String> =
            std::fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(
            names,
            [
                "README.txt",
                "calibration.csv",
                "calibration.tex",
                "leaderboard.csv",
                "leaderboard.tex",
                "metrics.json",
                "paired.csv",
                "paired.tex",
                "percentiles.csv",
                "pr.png",
                "pr.svg",
                "predictive_values.csv",
                "predictive_values.tex",
                "reliability.png",
                "reliability.svg",
                "roc.png",
                "roc.svg",
                "scores.csv",
                "scores.png",
                "scores.svg",
                "subgroups.csv",
                "subgroups.png",
                "subgroups.svg",
                "subgroups.tex",
            ]
        );
        assert_eq!(written.len(), names.len());
        assert!(std::fs::read_to_string(out.join("README.txt")).unwrap().contains(NOTICE));
    }

    #[test]
    fn the_rule_is_named_wherever_a_threshold_was_needed() {
        let folder = tempfile::tempdir().unwrap();
        write(&benchmark(), None, ThresholdRule::Manual { sigma: 4.35 }, folder.path()).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        for name in ["README.txt", "leaderboard.tex", "subgroups.tex", "paired.tex", "predictive_values.tex"] {
            assert!(read(name).contains("4.35 σ, dragged by hand"), "{name}");
        }
        assert!(read("leaderboard.csv").contains("\"By hand, 4.35 σ\""));
        write(&benchmark(), None, ThresholdRule::default(), folder.path()).unwrap();
        assert!(read("README.txt").contains("Thresholds are drawn at the 95th percentile of held-out healthy"));
    }

    #[test]
    fn measured_heatmaps_have_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let measured = Some(std::sync::Arc::new(crate::evaluation::fixtures::heatmaps()));
        let written =
            write(&Benchmark { heatmaps: measured, ..benchmark() }, None, ThresholdRule::default(), folder.path())
                .unwrap();
        for name in ["heatmaps.csv", "heatmaps.tex", "heatmaps.svg", "heatmaps.png"] {
            assert!(written.contains(&folder.path().join(name)), "{name}");
        }
        assert!(std::fs::read_to_string(folder.path().join("README.txt")).unwrap().contains("synthetic"));
        assert!(std::fs::read_to_string(folder.path().join("metrics.json")).unwrap().contains("\"aupro\""));
    }

    #[test]
    fn boxes_have_a_file_where_there_are_any() {
        let (folder, mut benchmark) = (tempfile::tempdir().unwrap(), benchmark());
        let metrics = || std::fs::read_to_string(folder.path().join("metrics.json")).unwrap();
        write(&benchmark, None, ThresholdRule::default(), folder.path()).unwrap();
        assert!(metrics().contains(NO_BOXES) && !folder.path().join("boxes.csv").exists());
        benchmark.entries[0].boxes = Some(crate::evaluation::fixtures::boxes(0.4));
        write(&benchmark, None, ThresholdRule::default(), folder.path()).unwrap();
        assert!(metrics().contains("pointing_chance") && folder.path().join("boxes.csv").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error =
            write(&benchmark(), None, ThresholdRule::default(), &file.path().join("out")).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }
}
