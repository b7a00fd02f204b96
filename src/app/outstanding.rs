//! What was asked of the engine and is not there yet, for whoever waits until a screen is complete.

use std::path::PathBuf;

use crate::domain::{CaseRef, ModelId, SampleId};
use crate::engine::message::EngineCommand;
use crate::ui::state::State;

/// The newest requests of each kind.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    analyses: Option<(CaseRef, Vec<ModelId>)>,
    case: Option<CaseRef>,
    thumbnails: Vec<SampleId>,
    film: Option<PathBuf>,
    decode: Option<u64>,
}

impl Outstanding {
    /// Notes what a command asks for; a newer request replaces an older one, as it does in the engine.
    pub fn note(&mut self, command: &EngineCommand) {
        match command {
            EngineCommand::Analyse { case, models } => self.analyses = Some((case.clone(), models.clone())),
            EngineCommand::LoadCase { case } => self.case = Some(case.clone()),
            EngineCommand::Thumbnails { samples, .. } => self.thumbnails.clone_from(samples),
            EngineCommand::LoadFilm { folder } => self.film = Some(folder.clone()),
            EngineCommand::Decode { request, .. } => self.decode = Some(*request),
            EngineCommand::OpenData { .. } => *self = Self::default(),
            _ => {}
        }
    }

    /// The first kind that is not there.
    pub fn missing(&self, state: &State) -> Option<&'static str> {
        let analysed = self.analyses.iter().all(|(case, models)| {
            let mut loaded = models.iter().filter(|model| state.model(model).is_some());
            loaded.all(|model| state.analyses.contains_key(&(case.clone(), (*model).clone())))
        });
        let read = self.case.iter().all(|case| state.cases.contains_key(case));
        let decoded =
            self.decode.iter().all(|asked| state.decoded.as_ref().is_some_and(|decoded| decoded.request >= *asked));
        if !analysed {
            Some("analysis")
        } else if !read {
            Some("image")
        } else if !decoded {
            Some("decoded image")
        } else if self.thumbnails.iter().any(|sample| !state.thumbnails.contains_key(sample)) {
            Some("thumbnail")
        } else if self.film.as_ref().is_some_and(|folder| state.film(folder).is_none()) {
            Some("film")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::GrayImage;

    #[test]
    fn what_was_asked_for_is_missing_until_it_comes() {
        let (mut state, mut outstanding) = (State::default(), Outstanding::default());
        assert_eq!(outstanding.missing(&state), None);
        outstanding.note(&EngineCommand::Thumbnails { samples: vec![SampleId(3)], side: 80 });
        assert_eq!(outstanding.missing(&state), Some("thumbnail"));
        state.thumbnails.insert(SampleId(3), Arc::new(GrayImage::new(1, 1, vec![0])));
        assert_eq!(outstanding.missing(&state), None);
        let models = vec![ModelId("gone".to_owned())];
        outstanding.note(&EngineCommand::Analyse { case: CaseRef::Sample(SampleId(3)), models });
        assert_eq!(outstanding.missing(&state), None, "a model that is not loaded is not waited for");
    }
}
