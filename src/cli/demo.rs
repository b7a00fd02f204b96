//! `neuroscan demo`: the bundled models on the bundled sample, without a window.

use std::path::PathBuf;

use clap::Args;

use super::benchmark::{self, Extras};
use super::ended::Result;
use super::options::{Compute, Models, Scores};
use super::output::Output;
use super::session::Session;
use crate::config::Config;
use crate::engine::message::{DataOptions, DataSource};
use crate::store;

/// Benchmark the bundled models on the bundled sample
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where tables and figures go
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    out: PathBuf,
    #[command(flatten)]
    compute: Compute,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    store::check_folder(&arguments.out)?;
    let mut session = Session::start(config, &arguments.compute, output)?;
    session.tell_stages();
    session.open(DataSource::BundledSample, DataOptions::default())?;
    let (models, scores) = (Models { models: Vec::new() }, Scores { scores: Vec::new() });
    benchmark::measure(&mut session, (&models, &scores), &Extras::default(), &arguments.out, output)
}
