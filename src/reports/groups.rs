//! Figures of groups of images: `subgroups.csv` and `subgroups.tex`.

use std::fmt::Write as _;

use super::rows::{Row, best_model, rows};
use super::tables::{escaped, head, interval_cells, percent_range, written};
use super::{NOTICE, tables};
use crate::domain::{Benchmark, GroupTable, ThresholdRule};
use crate::error::Result;
use crate::evaluation::{FEW_IN_GROUP, Grouping, Groupings, SubGroup, by_finding, by_table, rule_in_words, subgroups};

/// Findings by file name, then the columns of the table.
pub(super) fn groupings(benchmark: &Benchmark, table: Option<&GroupTable>) -> Groupings {
    let mut all = table.map_or_else(Groupings::default, |table| by_table(table, &benchmark.cases));
    if let Some(findings) = by_finding(&benchmark.cases) {
        all.groupings.insert(0, findings);
    }
    all
}

/// One entry's groups in one grouping.
pub(super) fn of(benchmark: &Benchmark, row: &Row, grouping: &Grouping) -> Vec<SubGroup> {
    subgroups(row.entry, &benchmark.cases, &grouping.groups, row.threshold_sigma)
}

/// One line a group and entry.
pub(super) fn csv(benchmark: &Benchmark, groupings: &[Grouping], rule: ThresholdRule) -> Result<Vec<u8>> {
    let mut lines = vec![head(&[
        "grouping",
        "source",
        "group",
        "name",
        "id",
        "healthy",
        "diseased",
        "against_all_healthy",
        "small",
        "auroc",
        "auroc_low",
        "auroc_high",
        "sensitivity",
        "sensitivity_low",
        "sensitivity_high",
        "specificity",
        "specificity_low",
        "specificity_high",
        "notice",
    ])];
    let rows = rows(benchmark, rule);
    for grouping in groupings {
        for row in &rows {
            for group in of(benchmark, row, grouping) {
                let mut line = vec![
                    grouping.name.clone(),
                    grouping.source.clone(),
                    group.name.clone(),
                    row.entry.name.clone(),
                    row.entry.id.clone(),
                    group.healthy.to_string(),
                    group.diseased.to_string(),
                    group.against_all_healthy.to_string(),
                    group.is_small().to_string(),
                ];
                for interval in [group.auroc, group.sensitivity, group.specificity] {
                    line.extend(interval_cells(interval));
                }
                line.push(NOTICE.to_owned());
                lines.push(line);
            }
        }
    }
    written(&lines)
}

/// The best model's groups as a LaTeX table.
pub(super) fn latex(benchmark: &Benchmark, groupings: &[Grouping], rule: ThresholdRule) -> String {
    let rows = rows(benchmark, rule);
    let Some(row) = best_model(&rows) else { return tables::latex_of_nothing("sub-groups") };
    let mut text = format!(
        "% NeuroScan {}: {} on sub-groups of {}. {NOTICE}.\n\
         % DeLong and Wilson intervals, 95 %; shares in per cent at {}.\n\
         % A dagger: against all healthy test images. An asterisk: fewer than {FEW_IN_GROUP} images of a class.\n\
         \\begin{{tabular}}{{lrrrr}}\n\\toprule\n\
         & Healthy / diseased & AUROC (95\\,\\% CI) & Sensitivity & Specificity \\\\\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&row.entry.name),
        escaped(&benchmark.data_name),
        rule_in_words(rule),
    );
    for grouping in groupings {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\\midrule\n\\multicolumn{{5}}{{l}}{{{}}} \\\\", escaped(&grouping.name));
        for group in of(benchmark, row, grouping) {
            let marks = [(group.against_all_healthy, "\\dagger"), (group.is_small(), "*")];
            let marks: String = marks.iter().filter(|mark| mark.0).map(|mark| mark.1).collect();
            let marks = if marks.is_empty() { marks } else { format!("$^{{{marks}}}$") };
            let auroc =
                group.auroc.map_or("--".to_owned(), |a| format!("{:.3} ({:.3}--{:.3})", a.value, a.low, a.high));
            let _ = writeln!(
                text,
                "\\quad {}{marks} & {} / {} & {auroc} & {} & {} \\\\",
                escaped(&group.name),
                group.healthy,
                group.diseased,
                percent_range(group.sensitivity),
                percent_range(group.specificity),
            );
        }
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::GroupRow;
    use crate::evaluation::fixtures::benchmark;
    use crate::reports::tables::tests::read;

    fn sexes(benchmark: &Benchmark) -> GroupTable {
        let row = |(index, case): (usize, &crate::domain::BenchmarkCase)| GroupRow {
            image: case.path.clone(),
            values: vec![if index % 20 == 0 { "F" } else { "M & other" }.to_owned()],
        };
        let rows = benchmark.cases.iter().enumerate().map(row).collect();
        GroupTable { source: "patients.csv".to_owned(), columns: vec!["sex".to_owned()], rows }
    }

    #[test]
    fn one_line_a_group_and_entry() {
        let benchmark = benchmark();
        let groups = groupings(&benchmark, Some(&sexes(&benchmark)));
        let table = read(&csv(&benchmark, &groups.groupings, ThresholdRule::default()).unwrap());
        assert_eq!(table.len(), 1 + 6 * (2 + 2));
        assert!(table.iter().all(|line| line.len() == table[0].len()));
        assert_eq!(table[1][..8], ["Finding", "file names", "bacterial", "Autoencoder", "ae-1", "0", "234", "true"]);
        let women = table.iter().find(|line| line[2] == "F").unwrap();
        assert_eq!(women[5..9], ["12", "20", "false", "true"]);
    }

    #[test]
    fn latex_names_the_best_model_and_marks_small_groups() {
        let benchmark = benchmark();
        let groups = groupings(&benchmark, Some(&sexes(&benchmark)));
        let text = latex(&benchmark, &groups.groupings, ThresholdRule::default());
        assert!(text.contains("Autoencoder on sub-groups of chest\\_xray"), "{text}");
        assert!(
            text.contains("\\quad F$^{*}$ & 12 / 20 & 0.") && text.contains("bacterial$^{\\dagger}$ & 0 / 234"),
            "{text}"
        );
        assert!(text.contains("M \\& other & 222 / 370"));
        assert_eq!(text.matches('{').count(), text.matches('}').count());
        let mut nothing = benchmark.clone();
        nothing.entries.clear();
        assert!(latex(&nothing, &groups.groupings, ThresholdRule::default()).starts_with('%'));
    }
}
