//! `neuroscan calibrate`: models that are trained already, for every score they can be given.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::ended::{Ended, Result};
use super::options::{Compute, Models};
use super::output::Output;
use super::session::Session;
use crate::config::Config;
use crate::domain::{ModelInfo, ModelKind};
use crate::engine::message::{DataOptions, DataSource, ScoreWorth};

/// Calibrate trained models for every score, on the healthy images they were trained with, and say what each is worth
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
    session.calibrate(models.iter().map(|model| model.folder.clone()).collect(), |folder, worth, output| {
        let Some(model) = models.iter().find(|model| model.folder == folder) else { return };
        tell(model, worth, output);
    })?;
    output.event(&json!({ "event": "done", "models": models.len() }));
    Ok(())
}

/// Where the calibrations of a model are, and what each of its scores is worth on images that may be chosen by.
fn tell(model: &ModelInfo, worth: &[ScoreWorth], output: &Output) {
    // An ensemble keeps them in its members' folders.
    let ensemble = model.kind == ModelKind::Ensemble;
    let folder = if ensemble { model.folder.clone() } else { model.folder.join("calibrations") };
    output.line(&format!("{}: {}", model.name, folder.display()));
    if let Some(first) = worth.first() {
        output.line(&format!(
            "  Development AUROC: {} validation normals against {} diseased training images",
            first.healthy, first.diseased
        ));
    }
    let mut best: Vec<&ScoreWorth> = worth.iter().collect();
    best.sort_by(|a, b| b.auroc.value.total_cmp(&a.auroc.value));
    for ScoreWorth { scoring, auroc, .. } in best {
        let own = if model.own_score() == *scoring { "  its own" } else { "" };
        let slug = scoring.typed();
        output.line(&format!("  {slug:24} {:.3}  {:.3}–{:.3}{own}", auroc.value, auroc.low, auroc.high));
    }
    let one = |worth: &ScoreWorth| {
        let auroc = worth.auroc;
        json!({
            "score": worth.scoring.typed(),
            "development_auroc": auroc.value,
            "development_auroc_ci": [auroc.low, auroc.high],
            "validation_images": worth.healthy,
            "development_images": worth.diseased,
        })
    };
    let scores: Vec<_> = worth.iter().map(one).collect();
    output.event(&json!({ "event": "calibrated", "model": model.name, "folder": folder, "scores": scores }));
}
