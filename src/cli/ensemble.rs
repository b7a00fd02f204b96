//! `neuroscan ensemble`: trained runs put together to one model.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::ended::{Ended, Result};
use super::options::Compute;
use super::output::Output;
use super::session::Session;
use crate::config::Config;
use crate::domain::{EnsembleInfo, EnsembleMember, JobOutcome, MapsPlacedBy};
use crate::engine::message::{DataOptions, DataSource, EngineCommand, EngineEvent};

/// Put trained runs together to an ensemble: the mean of their scores, and how far they disagree
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Run folders of two or more trained networks that were calibrated on the same images
    #[arg(long = "model", value_name = "RUN", num_args = 1.., required = true)]
    models: Vec<PathBuf>,
    /// What it is called
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its folder; a new one among the runs without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder with the images the networks were trained with, on which the ensemble's maps are calibrated
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    compute: Compute,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    let mut session = Session::start(config, &arguments.compute, output)?;
    if let Some(data) = &arguments.data {
        // A run's images are found by their content, however the folder is split.
        session.open(DataSource::Folder(data.clone()), DataOptions::default())?;
    }
    let ensemble = make(&mut session, arguments)?;
    for member in &ensemble.members {
        output.event(&json!({
            "event": "member", "run": member.run, "arch": member.architecture.slug(), "seed": member.seed,
            "score": member.score, "checkpoint": member.checkpoint_blake3,
        }));
    }
    let members: Vec<String> = ensemble.members.iter().map(EnsembleMember::title).collect();
    output.line(&format!("{}: {}\n{}", ensemble.name, members.join(" + "), ensemble.folder.display()));
    output.event(&json!({
        "event": "done", "ensemble": ensemble.folder, "name": ensemble.name, "members": ensemble.members.len(),
        "maps_placed": ensemble.maps == MapsPlacedBy::HealthyPixels,
    }));
    Ok(())
}

fn make(session: &mut Session<'_>, arguments: &Arguments) -> Result<Arc<EnsembleInfo>> {
    let job = session.new_job();
    let Arguments { models, name, out, .. } = arguments;
    let command = EngineCommand::MakeEnsemble { job, members: models.clone(), name: name.clone(), out: out.clone() };
    let mut made = None;
    let outcome = session.follow(job, command, |event, _| {
        if let EngineEvent::EnsembleMade { ensemble, .. } = event {
            made = Some(Arc::clone(ensemble));
        }
    })?;
    if outcome != JobOutcome::Done {
        return Err(Ended::interrupted());
    }
    made.ok_or_else(|| Ended::failed("The ensemble was not made.", ""))
}
