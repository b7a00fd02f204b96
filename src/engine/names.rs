//! What loaded models are called: names and ids that no two share.

use std::path::Path;
use std::sync::Arc;

use crate::domain::{EnsembleInfo, ModelId, ModelInfo, RunInfo};

/// What a model may be called, from its folder.
pub(super) struct Naming<'a> {
    folder: &'a str,
    /// "VAE", or an ensemble's own name.
    name: &'a str,
    began_unix_secs: i64,
    seed: Option<u64>,
}

impl<'a> From<&'a RunInfo> for Naming<'a> {
    fn from(run: &'a RunInfo) -> Self {
        let (seed, name) = (Some(run.settings.seed), run.architecture().name());
        Self { folder: &run.id.0, name, began_unix_secs: run.started_unix_secs, seed }
    }
}

impl<'a> From<&'a EnsembleInfo> for Naming<'a> {
    fn from(ensemble: &'a EnsembleInfo) -> Self {
        let EnsembleInfo { id, name, created_unix_secs, .. } = ensemble;
        Self { folder: &id.0, name, began_unix_secs: *created_unix_secs, seed: None }
    }
}

/// The id of a model among loaded models: its folder's name, with a number behind it where a folder elsewhere has the same.
pub(super) fn unique_id(model: &Naming<'_>, loaded: &[Arc<ModelInfo>]) -> ModelId {
    let taken = |id: &str| loaded.iter().any(|model| model.id.0 == id);
    ModelId(first_free(model.folder, taken))
}

/// "VAE"; "VAE · 2026-11-20 13:05" where there is one already, with the seed behind it where that is taken too. Names
/// never change while a model is loaded, so that what a figure calls "VAE" stays the same one.
pub(super) fn unique_name(model: &Naming<'_>, loaded: &[Arc<ModelInfo>]) -> String {
    let taken = |name: &str| loaded.iter().any(|model| model.name == name);
    let name = model.name.to_owned();
    if !taken(&name) {
        return name;
    }
    let dated = match started(model.began_unix_secs) {
        Some(started) => format!("{name} · {started}"),
        None => name,
    };
    if !taken(&dated) {
        return dated;
    }
    let named = model.seed.map_or_else(|| dated.clone(), |seed| format!("{dated} · seed {seed}"));
    first_free(&named, taken)
}

/// The loaded model that came from a folder.
pub(super) fn of_folder<'a>(folder: &Path, loaded: &'a [Arc<ModelInfo>]) -> Option<&'a Arc<ModelInfo>> {
    loaded.iter().find(|model| model.folder == folder)
}

/// The name itself, or with " (2)", " (3)" … behind it.
fn first_free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2u32..).map(|number| format!("{name} ({number})"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// Local time to the minute.
fn started(unix_secs: i64) -> Option<String> {
    let at = jiff::Timestamp::from_second(unix_secs).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Architecture;
    use crate::ui::state::examples;

    fn loaded(run: &RunInfo, others: &[Arc<ModelInfo>]) -> Arc<ModelInfo> {
        let mut model = ModelInfo::clone(&examples::model("x", run.architecture()));
        model.id = unique_id(&run.into(), others);
        model.name = unique_name(&run.into(), others);
        model.folder.clone_from(&run.folder);
        Arc::new(model)
    }

    #[test]
    fn no_two_models_are_called_the_same() {
        let mut models: Vec<Arc<ModelInfo>> = Vec::new();
        for seed in [1, 2, 3, 3] {
            let mut run = examples::run("vae", Architecture::Vae);
            run.settings.seed = seed;
            let model = loaded(&run, &models);
            models.push(model);
        }
        models.push(loaded(&examples::run("gan", Architecture::Gan), &models));
        assert_eq!((models[0].name.as_str(), models[4].name.as_str()), ("VAE", "GAN"));
        assert!(models[1].name.starts_with("VAE · 20") && !models[1].name.contains("seed"), "{}", models[1].name);
        assert!(models[2].name.ends_with("· seed 3"), "{}", models[2].name);
        assert!(models[3].name.ends_with("· seed 3 (2)"), "{}", models[3].name);
        let ids: Vec<&str> = models.iter().map(|model| model.id.0.as_str()).collect();
        assert_eq!(ids, ["vae", "vae (2)", "vae (3)", "vae (4)", "gan"]);
    }
}
