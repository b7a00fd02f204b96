//! What calls are worth at other prevalences: `predictive_values.csv` and `predictive_values.tex`.

use std::fmt::Write as _;

use super::NOTICE;
use super::rows::{Row, best_model, rows};
use super::tables::{escaped, head, interval_cells, latex_of_nothing, percent_range, written};
use crate::domain::{Benchmark, ThresholdRule};
use crate::error::Result;
use crate::evaluation::{PREVALENCES, PredictiveValues, predictive_values, prevalence_of, rule_in_words};

/// Predictive values at one prevalence.
pub(super) struct AtPrevalence {
    pub prevalence: f64,
    /// The test set's own.
    pub own: bool,
    pub values: PredictiveValues,
}

/// An entry's predictive values at the test set's own prevalence, then at those of the tables.
pub(super) fn of(row: &Row) -> Vec<AtPrevalence> {
    let at = |prevalence, own| AtPrevalence { prevalence, own, values: predictive_values(&row.confusion, prevalence) };
    let own = prevalence_of(&row.confusion);
    let others = PREVALENCES.into_iter().filter(|&prevalence| own != Some(prevalence));
    own.map(|own| at(own, true)).into_iter().chain(others.map(|prevalence| at(prevalence, false))).collect()
}

/// One line an entry and prevalence.
pub(super) fn csv(benchmark: &Benchmark, rule: ThresholdRule) -> Result<Vec<u8>> {
    let mut lines = vec![head(&[
        "name",
        "id",
        "prevalence",
        "of_test_set",
        "ppv",
        "ppv_low",
        "ppv_high",
        "npv",
        "npv_low",
        "npv_high",
        "notice",
    ])];
    for row in rows(benchmark, rule) {
        for at in of(&row) {
            let mut line =
                vec![row.entry.name.clone(), row.entry.id.clone(), at.prevalence.to_string(), at.own.to_string()];
            line.extend([at.values.ppv, at.values.npv].into_iter().flat_map(interval_cells));
            line.push(NOTICE.to_owned());
            lines.push(line);
        }
    }
    written(&lines)
}

/// The best model's predictive values as a LaTeX table.
pub(super) fn latex(benchmark: &Benchmark, rule: ThresholdRule) -> String {
    let rows = rows(benchmark, rule);
    let Some(row) = best_model(&rows) else { return latex_of_nothing("predictive values") };
    let mut text = format!(
        "% NeuroScan {}: predictive values of {} on {} at other prevalences. {NOTICE}.\n\
         % Sensitivity and specificity as measured at {},\n\
         % taken to be the same at every prevalence. Logit intervals, 95 % (Mercaldo, Lau and Zhou 2007). In per cent.\n\
         \\begin{{tabular}}{{lrr}}\n\\toprule\nPrevalence & PPV (95\\,\\% CI) & NPV (95\\,\\% CI) \\\\\n\\midrule\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&row.entry.name),
        escaped(&benchmark.data_name),
        rule_in_words(rule),
    );
    for at in of(row) {
        let own = if at.own { " (test set)" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:.1}{own} & {} & {} \\\\",
            at.prevalence * 100.0,
            percent_range(at.values.ppv),
            percent_range(at.values.npv)
        );
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, benchmark_of};
    use crate::reports::tables::tests::read;

    #[test]
    fn every_entry_has_its_own_and_six_other_prevalences() {
        let table = read(&csv(&benchmark(), ThresholdRule::default()).unwrap());
        assert_eq!((table.len(), table[1].len()), (1 + 6 * 7, table[0].len()));
        assert_eq!(table[1][2..4], ["0.625", "true"]);
        let ppv: Vec<f64> = table[2..8].iter().map(|line| line[4].parse().unwrap()).collect();
        assert!(ppv.is_sorted(), "{ppv:?}");
        let text = latex(&benchmark(), ThresholdRule::default());
        assert!(text.contains("\n62.5 (test set) & ") && text.contains("\n1.0 & "), "{text}");
        let half = latex(&benchmark_of(1, 1), ThresholdRule::default());
        assert!(half.contains("\n50.0 (test set) & ") && !half.contains("\n50.0 & "), "{half}");
    }
}
