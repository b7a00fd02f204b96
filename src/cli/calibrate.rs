//! `neuroscan calibrate`: models that are trained already, for every score they can be given.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::ended::{Ended, Result};
use super::options::{Compute, Models};
use super::output::Output;
use super::session::Session;
use crate::config::Config;
use crate::engine::message::{DataOptions, DataSource};

/// Calibrate trained models for every score, on the healthy images they were trained with
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    models: Models,
    /// Folder with the images the models were trained with
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    compute: Compute,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    let mut session = Session::start(config, &arguments.compute, output)?;
    // A run's images are found by their content, however the folder is split.
    session.open(DataSource::Folder(arguments.data.clone()), DataOptions::default())?;
    let models = session.load_all(&arguments.models)?;
    if models.is_empty() {
        return Err(Ended::Usage("--model is needed: there are no bundled models".to_owned()));
    }
    session.calibrate(models.iter().map(|model| model.folder.clone()).collect())?;
    for model in &models {
        let folder = model.folder.join("calibrations");
        output.line(&format!("{}: {}", model.name, folder.display()));
        output.event(&json!({ "event": "calibrated", "model": model.name, "folder": folder }));
    }
    output.event(&json!({ "event": "done", "models": models.len() }));
    Ok(())
}
