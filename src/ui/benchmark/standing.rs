//! Whether a row still speaks of the model that it names: it may have been trained further since, or be gone.

use std::sync::Arc;

use super::prepared::is_model;
use crate::domain::{BenchmarkEntry, ModelInfo};

/// How an entry stands to the models that are loaded now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Current,
    /// Its model has been trained further.
    Outdated,
    /// Its model is not loaded: deleted, or closed.
    Gone,
}

impl Standing {
    /// Beside the name; nothing where there is nothing to say.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::Outdated => Some("outdated"),
            Self::Gone => Some("not loaded"),
        }
    }

    /// What the word means.
    pub fn sentence(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::Outdated => Some("Measured before the model's last training. Run the benchmark to measure it again."),
            Self::Gone => {
                Some("Its model was deleted or is not loaded any more. The next run of the benchmark leaves it out.")
            }
        }
    }
}

/// In the order of the entries. A training that goes on adds to a model's time, so that the time tells it apart from before.
pub fn of(entries: &[BenchmarkEntry], models: &[Arc<ModelInfo>]) -> Vec<Standing> {
    let standing = |entry: &BenchmarkEntry| {
        let id = entry.model();
        match models.iter().find(|model| model.id.0 == id) {
            _ if !is_model(entry) => Standing::Current,
            None => Standing::Gone,
            Some(model) if entry.training_secs != Some(model.training_secs) => Standing::Outdated,
            Some(_) => Standing::Current,
        }
    };
    entries.iter().map(standing).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn rows_of_models_that_were_trained_further_or_are_gone_are_told() {
        let mut state = fixture::state();
        let entries = state.benchmark.clone().unwrap().entries.clone();
        assert!(of(&entries, &state.models).iter().all(|standing| *standing == Standing::Current));
        let vae = Arc::make_mut(&mut state.models[1]);
        vae.training_secs += 40.0;
        state.models.remove(2);
        let standings = of(&entries, &state.models);
        assert_eq!(standings[..4], [Standing::Current, Standing::Outdated, Standing::Gone, Standing::Current]);
        assert!(standings[4..].iter().all(|standing| *standing == Standing::Current), "baselines are no models");
        let entry = BenchmarkEntry { id: "vae-1@gradient".to_owned(), ..entries[1].clone() };
        assert_eq!(of(&[entry], &state.models), [Standing::Outdated], "by another score too");
    }
}
