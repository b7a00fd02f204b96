//! `neuroscan train-lungs`: the lung mask that comes with the program, from human-made masks.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::ended::Result;
use super::interrupt;
use super::output::Output;
use crate::config::Config;
use crate::domain::Watch;
use crate::engine::lung_training::LungTraining;
use crate::store;

/// Train the lung mask from X-rays and human-made masks
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder with X-rays, searched to its bottom
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Folder with masks named as their X-rays; white is lung
    #[arg(long, value_name = "DIR")]
    masks: PathBuf,
    /// Where weights, figures and card go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Parts of the cross-validation; no patient is in two
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..=100))]
    folds: u16,
    /// Passes over the images
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=5000))]
    epochs: u32,
    /// Seed of weights, folds, order and variation
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Processor threads; as many as there are cores unless the configuration says otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

/// Ctrl-C, and a bar.
struct Watcher<'a>(&'a Output);

impl Watch for Watcher<'_> {
    fn progress(&self, stage: &str, done: u64, total: u64) {
        self.0.draw(stage, done, total, "");
    }

    fn cancelled(&self) -> bool {
        interrupt::pressed()
    }
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    interrupt::listen(output, || ());
    store::check_folder(&arguments.out)?;
    let training = LungTraining {
        images: arguments.images.clone(),
        masks: arguments.masks.clone(),
        out: arguments.out.clone(),
        folds: usize::from(arguments.folds),
        epochs: arguments.epochs,
        seed: arguments.seed,
        threads: arguments.threads.unwrap_or(config.threads),
    };
    let report = training.run(&Watcher(output))?;
    for left_out in &report.left_out {
        output.warn(left_out);
    }
    for side in ["at_128_px", "at_224_px"] {
        let all = &report.metrics["dice"][side]["all"];
        output.line(&format!("Dice {}: {} ± {}", side.replace('_', " "), all["mean"], all["sd"]));
    }
    output.note(&format!("written: {}", report.checkpoint.display()));
    output.event(&json!({ "event": "done", "checkpoint": report.checkpoint, "metrics": report.metrics }));
    Ok(())
}
