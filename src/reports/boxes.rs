//! Maps against boxes that people drew around findings: `boxes.csv`, and the words beside the figures in `metrics.json`.

use super::NOTICE;
use super::tables::unwritable;
use crate::domain::{Benchmark, BenchmarkEntry, BoxFigures};
use crate::error::Result;
use crate::evaluation::MARKED_FROM;

/// Stands where a data set has no boxes.
pub const NO_BOXES: &str = "no test image has a box around a finding";

/// How the figures are made.
pub(super) fn method() -> String {
    format!(
        "pointing game (Zhang et al. 2018) without tolerance, interval Wilson, by chance the boxes' share of the image, or of its lungs; \
         IoU of all boxes of an image with the pixels at or above {MARKED_FROM} on the calibrated scale, which no label chose"
    )
}

/// The entries that have such figures.
pub fn boxed(benchmark: &Benchmark) -> impl Iterator<Item = (&BenchmarkEntry, BoxFigures)> {
    benchmark.entries.iter().filter_map(|entry| Some((entry, entry.boxes?)))
}

/// One line a model.
pub(super) fn csv(benchmark: &Benchmark) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record([
            "name",
            "id",
            "images",
            "pointing",
            "pointing_low",
            "pointing_high",
            "pointing_by_chance",
            "pointing_by_chance_in_lungs",
            "iou",
            "iou_by_chance",
            "iou_0.25",
            "iou_0.50",
            "marked",
            "notice",
        ])
        .map_err(unwritable)?;
    for (entry, of) in boxed(benchmark) {
        let mut record = vec![entry.name.clone(), entry.id.clone(), of.images.to_string()];
        let pointing = of.pointing;
        record.extend([pointing.value, pointing.low, pointing.high, of.pointing_chance].map(|value| value.to_string()));
        record.push(of.pointing_chance_in_lungs.map_or_else(String::new, |value| value.to_string()));
        record.extend(
            [of.iou, of.iou_chance, of.iou_above_025, of.iou_above_050, of.marked].map(|value| value.to_string()),
        );
        record.push(NOTICE.to_owned());
        table.write_record(record).map_err(unwritable)?;
    }
    table.into_inner().map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures;

    #[test]
    fn models_have_a_line_and_baselines_none() {
        let mut benchmark = fixtures::benchmark();
        assert_eq!(boxed(&benchmark).count(), 0);
        benchmark.entries[0].boxes = Some(fixtures::boxes(0.4));
        let bytes = csv(&benchmark).unwrap();
        let mut table = csv::Reader::from_reader(&bytes[..]);
        let rows: Vec<csv::StringRecord> = table.records().map(|record| record.unwrap()).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0][0], &rows[0][2], &rows[0][3]), ("Autoencoder", "77", "0.4"));
        assert!(method().contains("without tolerance") && method().contains("at or above 1 "));
    }
}
