//! Paired tests: `paired.csv` and `paired.tex`.

use std::fmt::Write as _;

use super::NOTICE;
use super::rows::{column_names, rows};
use super::tables::{escaped, head, written};
use crate::domain::{Benchmark, PairedTest, ThresholdRule};
use crate::error::Result;
use crate::evaluation::{CallTest, call_tests, rule_in_words};

/// Every pair with the test of its calls, in the benchmark's order.
pub(super) fn pairs(benchmark: &Benchmark, rule: ThresholdRule) -> Vec<(&PairedTest, CallTest)> {
    let sigmas: Vec<f64> = rows(benchmark, rule).iter().map(|row| row.threshold_sigma).collect();
    benchmark.paired.iter().zip(call_tests(&benchmark.entries, &benchmark.cases, &sigmas)).collect()
}

/// One line a pair.
pub(super) fn csv(benchmark: &Benchmark, rule: ThresholdRule) -> Result<Vec<u8>> {
    let mut lines = vec![head(&[
        "first",
        "second",
        "auroc_difference",
        "difference_low",
        "difference_high",
        "delong_p",
        "delong_p_holm",
        "mcnemar_only_first",
        "mcnemar_only_second",
        "mcnemar_p",
        "mcnemar_p_holm",
        "notice",
    ])];
    lines.extend(pairs(benchmark, rule).into_iter().map(|(test, calls)| {
        let [low, high] = test.difference_ci;
        let figures = [test.difference, low, high, test.delong_p, test.holm_p].map(|figure| figure.to_string());
        let calls = [
            calls.only_first.to_string(),
            calls.only_second.to_string(),
            calls.p.to_string(),
            calls.holm_p.to_string(),
        ];
        let names = [test.first.clone(), test.second.clone()];
        [&names[..], &figures, &calls, &[NOTICE.to_owned()]].concat()
    }));
    written(&lines)
}

/// All pairs as a LaTeX table.
pub(super) fn latex(benchmark: &Benchmark, rule: ThresholdRule) -> String {
    let names = column_names(benchmark);
    let mut text = format!(
        "% NeuroScan {}: paired tests on {}. {NOTICE}.\n\
         % DeLong's test of AUROCs; exact McNemar test of the calls at {}.\n\
         % Corrected after Holm over all {} pairs.\n\
         \\begin{{tabular}}{{llrrr}}\n\\toprule\n\
         First & Second & AUROC difference (95\\,\\% CI) & DeLong $p$ & McNemar $p$ \\\\\n\\midrule\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&benchmark.data_name),
        rule_in_words(rule),
        benchmark.paired.len(),
    );
    for (test, calls) in pairs(benchmark, rule) {
        let [low, high] = test.difference_ci;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} & {} & ${:+.3}$ (${low:+.3}$ to ${high:+.3}$) & {} & {} \\\\",
            escaped(names[calls.first]),
            escaped(names[calls.second]),
            test.difference,
            p_value(test.holm_p),
            p_value(calls.holm_p),
        );
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n");
    text
}

/// "$<$0.001", "0.012".
fn p_value(p: f64) -> String {
    if p < 0.001 { "$<$0.001".to_owned() } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;
    use crate::reports::tables::tests::read;

    #[test]
    fn pairs_agree_with_the_benchmark() {
        let benchmark = benchmark();
        let pairs = pairs(&benchmark, ThresholdRule::default());
        assert_eq!(pairs.len(), 15);
        for (test, calls) in &pairs {
            assert_eq!(
                (test.first.as_str(), test.second.as_str()),
                (&*benchmark.entries[calls.first].id, &*benchmark.entries[calls.second].id)
            );
            assert!((test.mcnemar_p - calls.p).abs() < 1e-12 && calls.p <= calls.holm_p);
            assert!(test.difference_ci[0] < test.difference && test.difference < test.difference_ci[1]);
        }
        let table = read(&csv(&benchmark, ThresholdRule::default()).unwrap());
        assert_eq!((table.len(), table[1].len()), (16, table[0].len()));
        let text = latex(&benchmark, ThresholdRule::default());
        assert_eq!(text.lines().filter(|line| line.ends_with("\\\\")).count(), 16);
        assert!(text.contains("$<$0.001"), "{text}");
    }

    #[test]
    fn one_entry_has_no_pairs() {
        let mut single = benchmark();
        single.entries.truncate(1);
        single.paired.clear();
        assert_eq!(read(&csv(&single, ThresholdRule::default()).unwrap()).len(), 1);
        assert!(latex(&single, ThresholdRule::default()).contains("\\bottomrule"));
    }
}
