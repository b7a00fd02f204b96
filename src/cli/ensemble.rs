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
use crate::domain::{EnsembleInfo, EnsembleMember, JobOutcome, MapsPlacedBy, Measure, MemberChoice, Scoring};
use crate::engine::message::{DataOptions, DataSource, EngineCommand, EngineEvent};

/// Put trained runs together to an ensemble: the weighted mean of their scores, and how far they disagree
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Run folders of two or more trained networks that were calibrated on the same images
    #[arg(long = "model", value_name = "RUN", num_args = 1.., required = true)]
    models: Vec<PathBuf>,
    /// What its members are scored by: one score for all, or one a run in their order, that they are calibrated for; `own` is
    /// what a run was trained to be scored by. Each its own without it
    #[arg(long = "score", value_name = "SLUG", num_args = 1.., value_delimiter = ',')]
    scores: Vec<String>,
    /// How much its members count: one weight for all, or one a run in their order, above 0 and at most 1000. All the same
    /// without it
    #[arg(long = "weight", value_name = "W", num_args = 1.., value_delimiter = ',', allow_negative_numbers = true)]
    weights: Vec<f64>,
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
    // What cannot be made is not begun.
    let members = arguments.members().map_err(Ended::Usage)?;
    let mut session = Session::start(config, &arguments.compute, output)?;
    if let Some(data) = &arguments.data {
        // A run's images are found by their content, however the folder is split.
        session.open(DataSource::Folder(data.clone()), DataOptions::default())?;
    }
    let ensemble = make(&mut session, members, arguments)?;
    for member in &ensemble.members {
        output.event(&json!({
            "event": "member", "run": member.run, "arch": member.architecture.slug(), "seed": member.seed,
            "score": member.score, "weight": member.weight, "checkpoint": member.checkpoint_blake3,
        }));
    }
    let members = EnsembleMember::describe_all(&ensemble.members, &Measure::Own.into());
    output.line(&format!("{}: {}\n{}", ensemble.name, members.join(" + "), ensemble.folder.display()));
    output.event(&json!({
        "event": "done", "ensemble": ensemble.folder, "name": ensemble.name, "members": ensemble.members.len(),
        "maps_placed": ensemble.maps == MapsPlacedBy::HealthyPixels,
    }));
    Ok(())
}

impl Arguments {
    /// The runs with their scores and weights.
    ///
    /// # Errors
    /// In words, when there are neither as many scores or weights as runs nor one for all; names the run whose score there is
    /// not, or whose weight is none.
    fn members(&self) -> std::result::Result<Vec<MemberChoice>, String> {
        let count = self.models.len();
        counted("--score", self.scores.len(), count)?;
        counted("--weight", self.weights.len(), count)?;
        let one = |(index, run): (usize, &PathBuf)| {
            let name = run.file_name().unwrap_or(run.as_os_str()).to_string_lossy();
            let parsed = of(&self.scores, index).map(|slug| slug.parse::<Scoring>()).transpose();
            let parsed = parsed.map_err(|problem| {
                format!("{name}: {problem} (--score list of neuroscan score says which there are)")
            })?;
            let score = parsed.filter(|scoring| *scoring != Measure::Own.into());
            let weight = of(&self.weights, index).copied().unwrap_or(1.0);
            EnsembleMember::check_weight(weight).map_err(|problem| format!("--weight of {name}: {problem}"))?;
            Ok(MemberChoice { run: run.clone(), score, weight })
        };
        self.models.iter().enumerate().map(one).collect()
    }
}

fn counted(option: &str, given: usize, runs: usize) -> std::result::Result<(), String> {
    if given <= 1 || given == runs {
        return Ok(());
    }
    Err(format!("{option} has {given} values for {runs} runs: give one for all, or one a run"))
}

/// What stands at a place of a list, or for all.
fn of<T>(given: &[T], index: usize) -> Option<&T> {
    if let [for_all] = given { Some(for_all) } else { given.get(index) }
}

fn make(session: &mut Session<'_>, members: Vec<MemberChoice>, arguments: &Arguments) -> Result<Arc<EnsembleInfo>> {
    let job = session.new_job();
    let Arguments { name, out, .. } = arguments;
    let command = EngineCommand::MakeEnsemble { job, members, name: name.clone(), out: out.clone() };
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
