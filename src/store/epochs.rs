//! `epochs.csv`: one row an epoch, readable in any spreadsheet, exact to the last bit.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use super::record::{read_csv, write_csv};
use crate::domain::{EpochRecord, LossComponents};
use crate::error::Result;

/// A row. Empty where the architecture has no such part.
#[derive(Serialize, Deserialize)]
struct Row {
    epoch: u32,
    train_total: f64,
    train_recon: f64,
    train_kl: Option<f64>,
    train_generator: Option<f64>,
    train_discriminator: Option<f64>,
    validation_total: f64,
    validation_recon: f64,
    validation_kl: Option<f64>,
    validation_generator: Option<f64>,
    validation_discriminator: Option<f64>,
    development_auroc: Option<f64>,
    learning_rate: f64,
    images_per_s: f64,
    elapsed_secs: f64,
    /// Not in tables of version 0.1.
    #[serde(default)]
    cpu_secs: Option<f64>,
    best: bool,
}

impl From<&EpochRecord> for Row {
    fn from(record: &EpochRecord) -> Self {
        let (train, validation) = (&record.train, &record.validation);
        Self {
            epoch: record.epoch,
            train_total: train.total,
            train_recon: train.recon,
            train_kl: train.kl,
            train_generator: train.generator,
            train_discriminator: train.discriminator,
            validation_total: validation.total,
            validation_recon: validation.recon,
            validation_kl: validation.kl,
            validation_generator: validation.generator,
            validation_discriminator: validation.discriminator,
            development_auroc: record.development_auroc,
            learning_rate: record.learning_rate,
            images_per_s: record.images_per_s,
            elapsed_secs: record.elapsed_secs,
            cpu_secs: record.cpu_secs,
            best: record.best,
        }
    }
}

impl From<Row> for EpochRecord {
    fn from(row: Row) -> Self {
        Self {
            epoch: row.epoch,
            train: LossComponents {
                total: row.train_total,
                recon: row.train_recon,
                kl: row.train_kl,
                generator: row.train_generator,
                discriminator: row.train_discriminator,
            },
            validation: LossComponents {
                total: row.validation_total,
                recon: row.validation_recon,
                kl: row.validation_kl,
                generator: row.validation_generator,
                discriminator: row.validation_discriminator,
            },
            development_auroc: row.development_auroc,
            learning_rate: row.learning_rate,
            images_per_s: row.images_per_s,
            elapsed_secs: row.elapsed_secs,
            cpu_secs: row.cpu_secs,
            best: row.best,
        }
    }
}

impl Row {
    fn is_finite(&self) -> bool {
        let required = [
            self.train_total,
            self.train_recon,
            self.validation_total,
            self.validation_recon,
            self.learning_rate,
            self.images_per_s,
            self.elapsed_secs,
        ];
        let optional = [
            self.train_kl,
            self.train_generator,
            self.train_discriminator,
            self.validation_kl,
            self.validation_generator,
            self.validation_discriminator,
            self.development_auroc,
            self.cpu_secs,
        ];
        required.into_iter().chain(optional.into_iter().flatten()).all(f64::is_finite)
    }
}

pub(super) fn write(folder: &Path, epochs: &[EpochRecord]) -> Result<()> {
    let rows: Vec<Row> = epochs.iter().map(Row::from).collect();
    write_csv(&folder.join(files::EPOCHS), &rows)
}

/// Reads the rows; none where there is no file yet.
pub(super) fn read(folder: &Path) -> Result<Vec<EpochRecord>> {
    let path = folder.join(files::EPOCHS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = read_csv(&path)?;
    let in_order = (1..).zip(&rows).all(|(epoch, row)| row.epoch == epoch);
    if !in_order || !rows.iter().all(Row::is_finite) {
        return Err(files::damaged("the table is damaged (epochs must follow each other and be finite)", &path));
    }
    Ok(rows.into_iter().map(EpochRecord::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().is_empty());
        let loss = LossComponents { total: 0.1 + 0.2, recon: 1.0 / 3.0, kl: Some(1e-17), ..LossComponents::default() };
        let epoch = |epoch| EpochRecord {
            epoch,
            train: loss,
            validation: LossComponents { discriminator: Some(2.0), ..loss },
            development_auroc: None,
            learning_rate: 2e-3,
            images_per_s: 1234.567,
            elapsed_secs: 3.0,
            cpu_secs: (epoch == 2).then_some(0.1),
            best: epoch == 1,
        };
        write(folder.path(), &[epoch(1), epoch(2)]).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [epoch(1), epoch(2)]);
        write(folder.path(), &[epoch(2)]).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("epochs.csv"));
    }

    #[test]
    fn tables_without_processor_time_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/bundled/vae/epochs.csv");
        std::fs::copy(bundled, folder.path().join(files::EPOCHS)).unwrap();
        let epochs = read(folder.path()).unwrap();
        assert!(epochs.len() == 100 && epochs.iter().all(|epoch| epoch.cpu_secs.is_none()));
    }

    #[test]
    fn not_a_number_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let record = EpochRecord {
            epoch: 1,
            train: LossComponents { total: f64::NAN, ..LossComponents::default() },
            validation: LossComponents::default(),
            development_auroc: None,
            learning_rate: 2e-3,
            images_per_s: 0.0,
            elapsed_secs: 3.0,
            cpu_secs: None,
            best: false,
        };
        write(folder.path(), &[record]).unwrap();
        assert!(read(folder.path()).is_err());
    }
}
