//! A benchmark as JSON, CSV, LaTeX, SVG and PNG: files that a reviewer can open without this program.
//!
//! In reading order: `rows` works out what every table shows, `metrics` and `tables` write it down, `heatmaps` what was
//! measured on painted lesions, `figures` draws.

mod figures;
mod heatmaps;
mod metrics;
mod rows;
mod tables;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::domain::{Benchmark, ThresholdRule};
use crate::error::{Error, Result};
use crate::store;

pub use figures::SERIES;

/// Stands on every report.
pub const NOTICE: &str = "Research use only – not for diagnosis";

/// The threshold that tables and figures are made at: the default of the Benchmark screen.
pub const RULE: ThresholdRule = ThresholdRule::ValidationPercentile { percentile: 95.0 };

/// Writes a benchmark's tables and figures, each replaced as a whole; makes the folder. Returns the files.
///
/// # Errors
/// `Error::Io` when the folder cannot be made or written.
pub fn write(benchmark: &Benchmark, folder: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("metrics.json", metrics::json(benchmark)?.into_bytes()),
        ("scores.csv", tables::scores(benchmark)?),
        ("leaderboard.csv", tables::leaderboard(benchmark)?),
        ("leaderboard.tex", tables::latex(benchmark).into_bytes()),
    ];
    if let Some(measured) = benchmark.heatmaps.as_deref() {
        files.push(("heatmaps.csv", heatmaps::csv(measured)?));
        files.push(("heatmaps.tex", heatmaps::latex(measured).into_bytes()));
    }
    files.extend(figures::all(benchmark)?);
    files.push(("README.txt", readme(benchmark).into_bytes()));
    let mut written = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let path = folder.join(name);
        store::write_file(&path, |file| file.write_all(&bytes).map_err(Error::io("write", &path)))?;
        written.push(path);
    }
    Ok(written)
}

const HEATMAP_FILES: &str = "heatmaps.*        how well maps show lesions: pixel AUROC, AP and AUPRO by kind of lesion, and the check against\n                  \
                  untrained networks. The lesions are synthetic, painted onto healthy test images\n";

fn readme(benchmark: &Benchmark) -> String {
    let cautions: Vec<String> = benchmark.cautions.iter().map(|caution| format!("- {caution}")).collect();
    format!(
        "NeuroScan {}: benchmark of {} on {}.\n{NOTICE}.\n\n\
         metrics.json      every figure of every model and baseline, intervals, paired tests\n\
         scores.csv        one line an image: path, label, split, the score of each model and baseline\n\
         leaderboard.csv   one line a model or baseline\n\
         leaderboard.tex   the same as a LaTeX table (booktabs)\n\
         roc, pr           curves on the test images, with 95 % bootstrap bands of the sensitivity\n\
         scores            histograms of the scores of the test images, in standard deviations of healthy ones\n{}\n\
         {}\n{}\n",
        env!("CARGO_PKG_VERSION"),
        rows::counted(benchmark),
        benchmark.data_name,
        if benchmark.heatmaps.is_some() { HEATMAP_FILES } else { "" },
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
        let written = write(&benchmark(), &out).unwrap();
        let mut names: Vec<String> =
            std::fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(
            names,
            [
                "README.txt",
                "leaderboard.csv",
                "leaderboard.tex",
                "metrics.json",
                "pr.png",
                "pr.svg",
                "roc.png",
                "roc.svg",
                "scores.csv",
                "scores.png",
                "scores.svg",
            ]
        );
        assert_eq!(written.len(), names.len());
        assert!(std::fs::read_to_string(out.join("README.txt")).unwrap().contains(NOTICE));
    }

    #[test]
    fn measured_heatmaps_have_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let measured = Some(std::sync::Arc::new(crate::evaluation::fixtures::heatmaps()));
        let written = write(&Benchmark { heatmaps: measured, ..benchmark() }, folder.path()).unwrap();
        for name in ["heatmaps.csv", "heatmaps.tex", "heatmaps.svg", "heatmaps.png"] {
            assert!(written.contains(&folder.path().join(name)), "{name}");
        }
        assert!(std::fs::read_to_string(folder.path().join("README.txt")).unwrap().contains("synthetic"));
        assert!(std::fs::read_to_string(folder.path().join("metrics.json")).unwrap().contains("\"aupro\""));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write(&benchmark(), &file.path().join("out")).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }
}
