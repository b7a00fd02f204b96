//! `neuroscan explore`: where the images of a data set lie in a model's latent space.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::ended::Result;
use super::options::{Compute, Models, Opening};
use super::output::{Output, duration};
use super::session::Session;
use crate::config::Config;
use crate::domain::{LatentMap, ModelInfo};
use crate::engine::message::DataSource;
use crate::reports;
use crate::store;

/// Components that are printed; the files have all.
const PRINTED: usize = 3;

/// Encode a data set by a model and write where each image lies along the principal components
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Run folder or `.safetensors` file
    #[arg(long, value_name = "M")]
    model: PathBuf,
    /// Folder with train/ and test/
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where both tables go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    compute: Compute,
    #[command(flatten)]
    opening: Opening,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    store::check_folder(&arguments.out)?;
    let mut session = Session::start(config, &arguments.compute, output)?;
    let data = session.open(DataSource::Folder(arguments.data.clone()), arguments.opening.options())?;
    let models = session.load_all(&Models { models: vec![arguments.model.clone()] })?;
    for model in &models {
        let map = session.explore(model)?;
        let written = reports::write_latent(&map, &data, &arguments.out)?;
        tell(model, &map, arguments, &written, output);
    }
    Ok(())
}

fn tell(model: &Arc<ModelInfo>, map: &LatentMap, arguments: &Arguments, written: &[PathBuf], output: &Output) {
    if let Some(other) = &map.trained_on {
        let name = &model.name;
        output.warn(&format!("{name} was trained on other images or another split ({other})"));
    }
    if map.left_out > 0 {
        output.warn(&format!("{} images are left out, chosen evenly", map.left_out));
    }
    let shares = map.pca.explained.iter().take(PRINTED).zip(1..);
    let shares: Vec<String> = shares.map(|(share, number)| format!("PC {number} {:.1} %", share * 100.0)).collect();
    output.line(&format!(
        "{} images as codes of {} numbers by {}, components fitted to {} training images: {}, in {}. {}.\nTables: {}",
        map.points.len(),
        map.pca.latent(),
        model.name,
        map.pca.fitted,
        if shares.is_empty() { "none, the codes do not vary".to_owned() } else { shares.join(", ") },
        duration(map.took_secs),
        reports::NOTICE,
        arguments.out.display(),
    ));
    output.event(&json!({
        "event": "done",
        "out": arguments.out,
        "files": written,
        "model": model.id.0,
        "images": map.points.len(),
        "latent": map.pca.latent(),
        "fitted_images": map.pca.fitted,
        "explained_variance_ratio": map.pca.explained,
    }));
}
