//! Which models are shown, and in which order.

use serde::{Deserialize, Serialize};

use crate::domain::ModelId;
use crate::ui::state::State;

/// The panes after the input: each shows a model, or none yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panes {
    pub list: Vec<Option<ModelId>>,
    /// Models that have had a pane: closing one is final, a newly loaded model gets one.
    known: Vec<ModelId>,
}

impl Panes {
    /// Gives every model that was loaded since the last frame a pane: an empty one first, else one of its own.
    /// Panes of models that were deleted close.
    pub fn sync(&mut self, state: &State) {
        // Before the first list of runs nothing is known to be gone.
        if !state.runs.is_empty() {
            self.list.retain(|pane| pane.as_ref().is_none_or(|id| state.has_model(id)));
        }
        for model in &state.models {
            if self.known.contains(&model.id) {
                continue;
            }
            self.known.push(model.id.clone());
            if self.list.iter().flatten().any(|shown| *shown == model.id) {
                continue;
            }
            match self.list.iter_mut().find(|pane| pane.is_none()) {
                Some(empty) => *empty = Some(model.id.clone()),
                None => self.list.push(Some(model.id.clone())),
            }
        }
    }

    /// The models to ask for, each once, in order: those shown that are loaded.
    pub fn wanted(&self, state: &State) -> Vec<ModelId> {
        let mut wanted: Vec<ModelId> = Vec::new();
        for id in self.list.iter().flatten() {
            if !wanted.contains(id) && state.models.iter().any(|model| model.id == *id) {
                wanted.push(id.clone());
            }
        }
        wanted
    }

    /// The first model shown: misses and the position read-out go by it.
    pub fn first<'a>(&'a self, state: &State) -> Option<&'a ModelId> {
        self.list.iter().flatten().find(|id| state.models.iter().any(|model| model.id == **id))
    }

    /// Adds a pane for a loaded model that has none, else an empty one.
    pub fn add(&mut self, state: &State) {
        let unseen = state.models.iter().find(|model| !self.list.iter().flatten().any(|id| *id == model.id));
        self.list.push(unseen.map(|model| model.id.clone()));
    }

    pub fn close(&mut self, index: usize) {
        if index < self.list.len() {
            self.list.remove(index);
        }
    }

    /// Moves a pane one place to the left or right.
    pub fn shift(&mut self, index: usize, right: bool) {
        let other = if right { index + 1 } else { index.wrapping_sub(1) };
        if index < self.list.len() && other < self.list.len() {
            self.list.swap(index, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Architecture;
    use crate::ui::compare::fixture;
    use crate::ui::state::examples;

    fn ids(panes: &Panes) -> Vec<&str> {
        panes.list.iter().map(|pane| pane.as_ref().map_or("-", |id| id.0.as_str())).collect()
    }

    #[test]
    fn out_of_range_changes_nothing() {
        let mut panes = Panes::default();
        panes.close(3);
        panes.shift(0, false);
        panes.shift(0, true);
        assert_eq!(panes, Panes::default());
    }

    #[test]
    fn a_closed_pane_stays_closed_and_a_new_model_gets_one() {
        let mut state = fixture::state(2);
        let mut panes = Panes::default();
        panes.sync(&state);
        assert_eq!(ids(&panes), ["ae-1", "vae-1"]);
        panes.close(0);
        panes.sync(&state);
        assert_eq!(ids(&panes), ["vae-1"]);
        state.models.push(fixture::model(2));
        panes.sync(&state);
        assert_eq!(ids(&panes), ["vae-1", "gan-1"]);
    }

    #[test]
    fn panes_of_deleted_models_close() {
        let mut state = fixture::state(2);
        let mut panes = Panes::default();
        panes.sync(&state);
        state.models.clear();
        panes.sync(&state);
        assert_eq!(panes.list.len(), 2, "runs are not listed yet");
        state.runs = vec![examples::run("vae-1", Architecture::Vae)].into();
        panes.sync(&state);
        assert_eq!(ids(&panes), ["vae-1"], "the run is there and can be loaded again");
    }

    #[test]
    fn an_empty_pane_is_filled_first() {
        let mut panes = Panes::default();
        panes.add(&fixture::state(0));
        panes.sync(&fixture::state(1));
        assert_eq!(ids(&panes), ["ae-1"]);
    }

    #[test]
    fn a_model_that_is_gone_is_not_asked_for() {
        let mut panes = Panes::default();
        panes.sync(&fixture::state(3));
        let state = fixture::state(1);
        assert_eq!(panes.wanted(&state).len(), 1);
        assert_eq!(panes.first(&state).map(|id| id.0.as_str()), Some("ae-1"));
        assert!(panes.first(&fixture::state(0)).is_none());
    }

    #[test]
    fn the_same_model_twice_is_asked_for_once() {
        let state = fixture::state(1);
        let mut panes = Panes::default();
        panes.sync(&state);
        panes.list.push(panes.list[0].clone());
        assert_eq!(panes.wanted(&state).len(), 1);
    }
}
