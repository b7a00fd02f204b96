//! Probabilities and whether they hold: `calibration.csv` and `calibration.tex`.

use std::fmt::Write as _;

use super::NOTICE;
use super::rows::column_names;
use super::tables::{escaped, head, latex_of_nothing, written};
use crate::domain::{Benchmark, BenchmarkEntry};
use crate::error::Result;
use crate::evaluation::{Fit, Probabilities, probabilities};

/// An entry's probabilities by one fit.
///
/// # Errors
/// Says why there are none.
pub(super) fn of(
    benchmark: &Benchmark,
    entry: &BenchmarkEntry,
    fit: Fit,
) -> std::result::Result<Probabilities, String> {
    probabilities(entry, &benchmark.cases, &benchmark.held_out, fit)
}

/// One line an entry, fit and bin that holds images.
pub(super) fn csv(benchmark: &Benchmark) -> Result<Vec<u8>> {
    let mut lines = vec![head(&[
        "name",
        "id",
        "fit",
        "bin_low",
        "bin_high",
        "images",
        "diseased",
        "predicted",
        "observed",
        "observed_low",
        "observed_high",
        "notice",
    ])];
    for entry in &benchmark.entries {
        for fit in Fit::ALL {
            let Ok(found) = of(benchmark, entry, fit) else { continue };
            for bin in found.reliability.bins {
                let observed = bin.observed;
                let counts = [bin.count, bin.diseased].map(|count| count.to_string());
                let figures =
                    [bin.predicted, observed.value, observed.low, observed.high].map(|figure| figure.to_string());
                let mut line = vec![entry.name.clone(), entry.id.clone(), fit.name().to_lowercase()];
                line.extend([bin.low, bin.high].map(|edge| format!("{edge:.4}")));
                line.extend(counts.into_iter().chain(figures));
                line.push(NOTICE.to_owned());
                lines.push(line);
            }
        }
    }
    written(&lines)
}

/// One line an entry and fit.
pub(super) fn latex(benchmark: &Benchmark) -> String {
    let Some(any) = benchmark.entries.iter().find_map(|entry| of(benchmark, entry, Fit::Platt).ok()) else {
        return latex_of_nothing("probabilities");
    };
    let mut text = format!(
        "% NeuroScan {}: probabilities on the test images of {}. {NOTICE}.\n\
         % Fitted on {} held-out healthy and {} development images, moved from their prevalence of {:.1} % to {:.1} % (Saerens et al. 2002).\n\
         % Brier = reliability - resolution + uncertainty, over 15 bins (Murphy 1973), but for differences within bins.\n\
         \\begin{{tabular}}{{llrrrrrr}}\n\\toprule\n\
         & Fit & ECE & MCE & Brier & Reliability & Resolution & Uncertainty \\\\\n\\midrule\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&benchmark.data_name),
        any.healthy,
        any.diseased,
        any.fit_prevalence * 100.0,
        any.test_prevalence * 100.0,
    );
    for (entry, name) in benchmark.entries.iter().zip(column_names(benchmark)) {
        for fit in Fit::ALL {
            let Ok(Probabilities { reliability: r, .. }) = of(benchmark, entry, fit) else { continue };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{} & {} & {:.3} & {:.3} & {:.3} & {:.3} & {:.3} & {:.3} \\\\",
                escaped(name),
                fit.name(),
                r.ece,
                r.mce,
                r.brier,
                r.reliability,
                r.resolution,
                r.uncertainty
            );
        }
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;
    use crate::reports::tables::tests::read;

    #[test]
    fn bins_hold_all_test_images_and_both_fits_are_written() {
        let benchmark = benchmark();
        let table = read(&csv(&benchmark).unwrap());
        assert!(table.iter().all(|line| line.len() == table[0].len()));
        let images = |fit: &str| -> u32 {
            table[1..]
                .iter()
                .filter(|line| line[1] == "ae-1" && line[2] == fit)
                .map(|line| line[5].parse::<u32>().unwrap())
                .sum()
        };
        assert_eq!((images("platt"), images("isotonic")), (624, 624));
        let text = latex(&benchmark);
        assert!(text.contains("201 held-out healthy and 60 development images"), "{text}");
        assert_eq!(text.lines().filter(|line| line.ends_with("\\\\")).count(), 1 + 12);
    }

    #[test]
    fn without_development_images_the_files_say_nothing_rather_than_something_wrong() {
        let mut benchmark = benchmark();
        benchmark.held_out.truncate(201);
        benchmark.entries.iter_mut().for_each(|entry| entry.held_out_scores.truncate(201));
        assert_eq!(read(&csv(&benchmark).unwrap()).len(), 1);
        assert_eq!(latex(&benchmark), "% There are no probabilities to show.\n");
    }
}
