//! Percentiles of the scores of each kind of image: `percentiles.csv` and a part of `metrics.json`.

use serde_json::{Map, Value, json};

use super::NOTICE;
use super::tables::{head, written};
use crate::domain::{Benchmark, BenchmarkEntry};
use crate::error::Result;
use crate::evaluation::{PERCENTILES, percentiles};

/// Whose scores → how many, and their percentiles in the score's own unit.
pub(super) fn json(benchmark: &Benchmark, entry: &BenchmarkEntry) -> Value {
    let line = |line: crate::evaluation::Percentiles| {
        let mut value = Map::from_iter([("images".to_owned(), json!(line.images))]);
        value.extend(PERCENTILES.iter().zip(line.values).map(|(of, score)| (format!("p{of}"), json!(score))));
        (line.of.slug().to_owned(), Value::Object(value))
    };
    Value::Object(percentiles(entry, &benchmark.cases).into_iter().map(line).collect())
}

/// One line an entry and kind of image.
pub(super) fn csv(benchmark: &Benchmark) -> Result<Vec<u8>> {
    let named = PERCENTILES.map(|of| format!("p{of}"));
    let columns: Vec<&str> = ["name", "id", "scores_of", "images"]
        .into_iter()
        .chain(named.iter().map(String::as_str))
        .chain(["notice"])
        .collect();
    let mut lines = vec![head(&columns)];
    for entry in &benchmark.entries {
        for of in percentiles(entry, &benchmark.cases) {
            let mut line = vec![entry.name.clone(), entry.id.clone(), of.of.slug().to_owned(), of.images.to_string()];
            line.extend(of.values.map(|value| value.to_string()));
            line.push(NOTICE.to_owned());
            lines.push(line);
        }
    }
    written(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;

    #[test]
    fn each_entry_has_three_lines_and_the_same_in_json() {
        let benchmark = benchmark();
        let bytes = csv(&benchmark).unwrap();
        let mut table = csv::Reader::from_reader(&bytes[..]);
        let rows: Vec<csv::StringRecord> = table.records().map(|record| record.unwrap()).collect();
        assert_eq!(rows.len(), 3 * benchmark.entries.len());
        assert_eq!((&rows[0][2], &rows[0][3], &rows[2][3]), ("validation_healthy", "201", "390"));
        let value = json(&benchmark, &benchmark.entries[0]);
        assert_eq!(rows[1][6].parse::<f64>().unwrap(), value["test_healthy"]["p50"].as_f64().unwrap());
    }
}
