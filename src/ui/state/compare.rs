//! Loaded models and what they make of cases.

use std::sync::Arc;

use super::{State, limit, plane_bytes};
use crate::domain::{Analysis, CaseRef, ModelId, ModelInfo, Plane};
use crate::engine::message::{CaseImage, Failure};

/// Images of codes, or why there are none.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub request: u64,
    pub images: Result<Vec<Arc<Plane>>, Failure>,
}

impl State {
    pub fn model(&self, id: &ModelId) -> Option<&Arc<ModelInfo>> {
        self.models.iter().find(|model| &model.id == id)
    }

    pub(super) fn case_loaded(&mut self, case: CaseRef, image: Result<Arc<CaseImage>, Failure>) {
        if self.cases.insert(case.clone(), image).is_none() {
            self.loaded_cases.push_back(case);
        }
        while self.loaded_cases.len() > limit::CASES {
            if let Some(oldest) = self.loaded_cases.pop_front() {
                self.cases.remove(&oldest);
            }
        }
    }

    pub(super) fn analysed(&mut self, key: (CaseRef, ModelId), analysis: Result<Arc<Analysis>, Failure>) {
        self.analysed_bytes += analysis_bytes(&analysis);
        match self.analyses.insert(key.clone(), analysis) {
            Some(before) => self.analysed_bytes -= analysis_bytes(&before),
            None => self.analysed.push_back(key),
        }
        while self.analysed_bytes > limit::ANALYSIS_BYTES && self.analysed.len() > 1 {
            if let Some(oldest) = self.analysed.pop_front()
                && let Some(gone) = self.analyses.remove(&oldest)
            {
                self.analysed_bytes -= analysis_bytes(&gone);
            }
        }
    }

    pub(super) fn model_loaded(&mut self, model: Arc<ModelInfo>) {
        self.log(false, format!("{} loaded", model.name));
        match self.models.iter_mut().find(|known| known.id == model.id) {
            Some(known) => {
                *known = model.clone();
                self.forget_analyses(&model.id);
                self.latents.remove(&model.id);
            }
            None => self.models.push(model),
        }
    }

    /// Loaded, or there to be loaded.
    pub fn has_model(&self, id: &ModelId) -> bool {
        self.models.iter().any(|model| model.id == *id)
            || self.runs.iter().any(|run| run.id == *id)
            || self.ensembles.iter().any(|ensemble| ensemble.id == *id)
    }

    pub(super) fn model_unloaded(&mut self, id: &ModelId) {
        self.models.retain(|model| &model.id != id);
        self.forget_analyses(id);
        self.latents.remove(id);
    }

    pub(super) fn score_changed(&mut self, model: &Arc<ModelInfo>) {
        if let Some(known) = self.models.iter_mut().find(|known| known.id == model.id) {
            *known = Arc::clone(model);
            self.forget_analyses(&model.id);
            self.log(false, format!("{} scores by {}", model.name, model.score));
        }
    }

    pub(super) fn forget_analyses(&mut self, id: &ModelId) {
        self.analyses.retain(|(_, model), _| model != id);
        self.analysed.retain(|(_, model)| model != id);
        self.analysed_bytes = self.analyses.values().map(analysis_bytes).sum();
    }
}

/// Of no data set, painted or not.
pub(super) fn is_file(case: &CaseRef) -> bool {
    matches!(case.original(), CaseRef::File(_))
}

pub(super) fn analysis_bytes(analysis: &Result<Arc<Analysis>, Failure>) -> usize {
    match analysis {
        Ok(analysis) => {
            let mask = analysis.lungs.as_ref().map_or(0, |lungs| plane_bytes(&lungs.mask));
            let spread = analysis.disagreement.as_ref().map_or(0, |found| plane_bytes(&found.map));
            let pictures = [&analysis.input, &analysis.reconstruction, &analysis.map];
            pictures.into_iter().map(|plane| plane_bytes(plane)).sum::<usize>() + mask + spread
        }
        Err(_) => 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, SampleId};
    use crate::engine::message::EngineEvent;
    use crate::ui::state::examples::{self, analysis};

    #[test]
    fn analyses_are_bounded_by_memory_and_the_newest_stay() {
        let mut state = State::default();
        for sample in 0..200 {
            state.apply(EngineEvent::Analysed(analysis(sample, "vae", 256)));
        }
        assert!(state.analysed_bytes <= limit::ANALYSIS_BYTES);
        assert!(state.analyses.len() < 200);
        assert_eq!(state.analyses.len(), state.analysed.len());
        assert!(state.analyses.contains_key(&(CaseRef::Sample(SampleId(199)), ModelId("vae".to_owned()))));
        state.apply(EngineEvent::ModelUnloaded(ModelId("vae".to_owned())));
        assert_eq!((state.analyses.len(), state.analysed_bytes), (0, 0));
    }

    #[test]
    fn a_model_loaded_again_replaces_itself() {
        let mut state = State::default();
        state.apply(EngineEvent::ModelLoaded(examples::model("vae-1", Architecture::Vae)));
        state.apply(EngineEvent::Analysed(analysis(3, "vae-1", 8)));
        state.apply(EngineEvent::ModelLoaded(examples::model("vae-1", Architecture::Vae)));
        assert_eq!(state.models.len(), 1);
        assert!(state.analyses.is_empty(), "its analyses were another checkpoint's");
    }
}
