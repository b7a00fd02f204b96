//! `neuroscan score`: images of one's own through trained models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::ended::{Ended, Result};
use super::options::{Compute, Models, Scores};
use super::output::Output;
use super::session::Session;
use crate::config::Config;
use crate::domain::{ImageScore, JobOutcome, ModelInfo};
use crate::engine::message::{EngineCommand, EngineEvent, Failure};
use crate::error::Error;
use crate::store;

/// Score images with trained models
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    models: Models,
    #[command(flatten)]
    scores: Scores,
    /// Image files, or folders that are searched for them
    #[arg(long, value_name = "FILE|DIR", num_args = 1.., required = true)]
    input: Vec<PathBuf>,
    /// Where the table goes; to standard output without it
    #[arg(long, value_name = "scores.csv")]
    out: Option<PathBuf>,
    /// Where each image is drawn with what is unusual over it
    #[arg(long, value_name = "DIR")]
    heatmaps: Option<PathBuf>,
    #[command(flatten)]
    compute: Compute,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

/// What became of the files.
#[derive(Default)]
struct Listener {
    scored: Vec<(PathBuf, Arc<Vec<ImageScore>>)>,
    failed: Vec<(PathBuf, Failure)>,
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    // What cannot be kept is not worked for.
    arguments.out.as_deref().map_or(Ok(()), store::check_file)?;
    arguments.heatmaps.as_deref().map_or(Ok(()), store::check_folder)?;
    let mut session = Session::start(config, &arguments.compute, output)?;
    session.tell_stages();
    let models = session.load_all(&arguments.models)?;
    if models.is_empty() {
        return Err(Ended::Usage("--model is needed: there are no bundled models".to_owned()));
    }
    let mut listener = Listener::default();
    let job = session.new_job();
    let command = EngineCommand::Score {
        job,
        models: arguments.scores.contenders(&models),
        inputs: arguments.input.clone(),
        heatmaps: arguments.heatmaps.clone(),
    };
    match session.follow(job, command, |event, output| listener.hear(event, output, &models)) {
        Ok(JobOutcome::Done) => listener.finish(arguments, &models, output),
        Ok(_) => Err(Ended::interrupted()),
        Err(ended) => {
            // What was scored is not lost for a picture that cannot be written.
            if !listener.scored.is_empty() {
                listener.keep(arguments, &models, output)?;
            }
            Err(ended)
        }
    }
}

impl Listener {
    fn hear(&mut self, event: &EngineEvent, output: &Output, models: &[Arc<ModelInfo>]) {
        match event {
            EngineEvent::Scored { path, scores, .. } => {
                for score in scores.iter() {
                    output.event(&score_event(path, score, models));
                }
                self.scored.push((path.clone(), Arc::clone(scores)));
            }
            EngineEvent::ScoreFailed { path, error, .. } => {
                output.warn(&error.message);
                self.failed.push((path.clone(), error.clone()));
            }
            _ => {}
        }
    }

    fn finish(self, arguments: &Arguments, models: &[Arc<ModelInfo>], output: &Output) -> Result<()> {
        if self.scored.is_empty() {
            let (_, failure) = self.failed.into_iter().next().ok_or_else(|| {
                Ended::failed(
                    "No image was found to score.",
                    "JPEG, PNG, BMP, TIFF, WebP, GIF and PNM images are read.",
                )
            })?;
            return Err(failure.into());
        }
        self.keep(arguments, models, output)?;
        output.event(&json!({
            "event": "done",
            "images": self.scored.len(),
            "failed": self.failed.len(),
            "out": arguments.out,
            "heatmaps": arguments.heatmaps,
        }));
        Ok(())
    }

    /// Writes the table.
    fn keep(&self, arguments: &Arguments, models: &[Arc<ModelInfo>], output: &Output) -> Result<()> {
        let table = table(&self.scored, models)?;
        if let Some(path) = &arguments.out {
            store::write_file(path, |file| std::io::Write::write_all(file, &table).map_err(Error::io("write", path)))?;
            output.note(&format!(
                "{} images scored, {} left out: {}",
                self.scored.len(),
                self.failed.len(),
                path.display()
            ));
        } else {
            output.line(String::from_utf8_lossy(&table).trim_end());
        }
        Ok(())
    }
}

fn name<'a>(score: &'a ImageScore, models: &'a [Arc<ModelInfo>]) -> &'a str {
    models.iter().find(|model| model.id == score.model).map_or(&score.model.0, |model| &model.name)
}

fn score_event(path: &Path, score: &ImageScore, models: &[Arc<ModelInfo>]) -> Value {
    json!({
        "event": "score",
        "path": path,
        "model": name(score, models),
        "run": score.model,
        "scored_by": score.scoring,
        "score": score.score,
        "sigma": score.sigma,
        "p_value": score.p_value,
        "higher_than": score.share_lower,
        "threshold_sigma": score.threshold_sigma,
        "spread_sigma": score.spread_sigma,
        "unusual": score.is_unusual(),
        "seen_in_training": score.seen_in_training,
        "heatmap": score.heatmap,
    })
}

/// One line a file and model.
fn table(scored: &[(PathBuf, Arc<Vec<ImageScore>>)], models: &[Arc<ModelInfo>]) -> Result<Vec<u8>> {
    let unwritable = |error: &dyn std::fmt::Display| Error::Other(format!("cannot write the table: {error}"));
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = [
        "path",
        "model",
        "score",
        "sigma",
        "p_value",
        "higher_than",
        "threshold_sigma",
        "unusual",
        "seen_in_training",
        "heatmap",
        "scored_by",
        "spread_sigma",
    ];
    table.write_record(header).map_err(|error| unwritable(&error))?;
    for (path, scores) in scored {
        for score in scores.iter() {
            let record = [
                path.display().to_string(),
                name(score, models).to_owned(),
                score.score.to_string(),
                format!("{:.4}", score.sigma),
                format!("{:.6}", score.p_value),
                format!("{:.4}", score.share_lower),
                format!("{:.4}", score.threshold_sigma),
                score.is_unusual().to_string(),
                score.seen_in_training.to_string(),
                score.heatmap.as_deref().map_or_else(String::new, |path| path.display().to_string()),
                score.scoring.clone(),
                score.spread_sigma.map_or_else(String::new, |spread| format!("{spread:.4}")),
            ];
            table.write_record(record).map_err(|error| unwritable(&error))?;
        }
    }
    Ok(table.into_inner().map_err(|error| unwritable(&error))?)
}
