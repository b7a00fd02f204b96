//! What to ask the engine for: the case in sight first, then its neighbours. Nothing twice, nothing that failed.

use std::collections::{HashMap, HashSet};

use crate::domain::{CaseRef, ModelId};
use crate::engine::message::EngineCommand;
use crate::ui::command::Commands;
use crate::ui::state::State;

/// Seconds after which an unanswered request is sent again: another screen's may have replaced it.
const PATIENCE_SECS: f64 = 12.0;

/// What was asked for and not yet answered.
#[derive(Debug, Default)]
pub struct Requests {
    /// With the time of asking, in seconds.
    analyses: HashMap<(CaseRef, ModelId), f64>,
    cases: HashSet<CaseRef>,
    /// Sample numbers mean other images in another data set.
    data: String,
}

impl Requests {
    /// Asks for what the current case lacks; when it lacks nothing, for a neighbour. `now` is in seconds.
    pub fn send(
        &mut self,
        state: &State,
        current: &CaseRef,
        neighbours: &[CaseRef],
        models: &[ModelId],
        now: f64,
        commands: &mut Commands,
    ) {
        self.forget_answered(state);
        // Of painted images the engine reads the newest only: an older one may never be answered.
        self.cases.retain(|case| case.lesions().is_empty() || case == current);
        if !state.cases.contains_key(current) && self.cases.insert(current.clone()) {
            commands.engine(EngineCommand::LoadCase { case: current.clone() });
        }
        let missing = missing(state, current, models);
        if !missing.is_empty() {
            // An older request for another case may never be answered: only what is asked now counts.
            self.analyses.retain(|(case, _), _| case == current);
            self.ask(current, missing, now, commands);
            return;
        }
        for neighbour in neighbours {
            if !state.cases.contains_key(neighbour) && self.cases.insert(neighbour.clone()) {
                commands.engine(EngineCommand::LoadCase { case: neighbour.clone() });
            }
            let missing = self::missing(state, neighbour, models);
            if !missing.is_empty() {
                self.ask(neighbour, missing, now, commands);
                return;
            }
        }
    }

    /// Asks once more for a case that failed.
    pub fn retry(case: &CaseRef, models: Vec<ModelId>, commands: &mut Commands) {
        commands.engine(EngineCommand::LoadCase { case: case.clone() });
        if !models.is_empty() {
            commands.engine(EngineCommand::Analyse { case: case.clone(), models });
        }
    }

    fn ask(&mut self, case: &CaseRef, models: Vec<ModelId>, now: f64, commands: &mut Commands) {
        let due = models.iter().any(|model| {
            self.analyses.get(&(case.clone(), model.clone())).is_none_or(|asked| now - asked > PATIENCE_SECS)
        });
        if due {
            self.analyses.extend(models.iter().map(|model| ((case.clone(), model.clone()), now)));
            commands.engine(EngineCommand::Analyse { case: case.clone(), models });
        }
    }

    fn forget_answered(&mut self, state: &State) {
        let data = state.data.as_ref().map_or("", |data| data.fingerprint.as_str());
        if self.data != data {
            *self = Self { data: data.to_owned(), ..Self::default() };
        }
        self.analyses.retain(|key, _| !state.analyses.contains_key(key));
        self.cases.retain(|case| !state.cases.contains_key(case));
    }
}

/// The models that have neither an answer nor an error for this case.
fn missing(state: &State, case: &CaseRef, models: &[ModelId]) -> Vec<ModelId> {
    models.iter().filter(|model| !state.analyses.contains_key(&(case.clone(), (*model).clone()))).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::SampleId;
    use crate::engine::message::Failure;
    use crate::ui::command::UiCommand;
    use crate::ui::compare::fixture;

    fn asked(commands: &mut Commands) -> Vec<(CaseRef, usize)> {
        commands
            .drain()
            .into_iter()
            .filter_map(|command| match command {
                UiCommand::Engine(EngineCommand::Analyse { case, models }) => Some((case, models.len())),
                _ => None,
            })
            .collect()
    }

    fn case(number: u32) -> CaseRef {
        CaseRef::Sample(SampleId(number))
    }

    #[test]
    fn nothing_is_asked_for_twice_and_nothing_that_failed() {
        let mut state = fixture::state(2);
        state.analyses.clear();
        state.cases.clear();
        let models: Vec<_> = state.models.iter().map(|model| model.id.clone()).collect();
        let (mut requests, mut commands) = (Requests::default(), Commands::default());
        requests.send(&state, &case(0), &[], &models, 0.0, &mut commands);
        assert_eq!(commands.drain().len(), 2);
        for _ in 0..5 {
            requests.send(&state, &case(0), &[], &models, 0.0, &mut commands);
        }
        assert!(commands.drain().is_empty());
        let failure = Failure { message: "broken".to_owned(), advice: String::new() };
        state.cases.insert(case(0), Err(failure.clone()));
        for model in &models {
            state.analyses.insert((case(0), model.clone()), Err(failure.clone()));
        }
        for _ in 0..5 {
            requests.send(&state, &case(0), &[], &models, 0.0, &mut commands);
        }
        assert!(commands.drain().is_empty());
    }

    #[test]
    fn going_back_to_a_case_that_was_never_answered_asks_again() {
        let mut state = fixture::state(1);
        state.analyses.clear();
        let models = vec![state.models[0].id.clone()];
        let (mut requests, mut commands) = (Requests::default(), Commands::default());
        for number in [0, 1, 0] {
            requests.send(&state, &case(number), &[], &models, 0.0, &mut commands);
        }
        assert_eq!(asked(&mut commands), [(case(0), 1), (case(1), 1), (case(0), 1)]);
    }

    #[test]
    fn a_request_that_got_lost_is_sent_again_after_a_while() {
        let mut state = fixture::state(1);
        state.analyses.clear();
        let models = vec![state.models[0].id.clone()];
        let (mut requests, mut commands) = (Requests::default(), Commands::default());
        for now in [0.0, 5.0, 11.0, 13.0, 14.0] {
            requests.send(&state, &case(0), &[], &models, now, &mut commands);
        }
        assert_eq!(asked(&mut commands).len(), 2);
    }

    #[test]
    fn an_answer_that_was_dropped_from_memory_is_asked_for_again() {
        let mut state = fixture::state(1);
        let models = vec![state.models[0].id.clone()];
        let shown = fixture::first_case(&state);
        let (mut requests, mut commands) = (Requests::default(), Commands::default());
        requests.send(&state, &shown, &[], &models, 0.0, &mut commands);
        assert!(asked(&mut commands).is_empty());
        state.analyses.clear();
        requests.send(&state, &shown, &[], &models, 0.0, &mut commands);
        assert_eq!(asked(&mut commands), [(shown, 1)]);
    }

    #[test]
    fn neighbours_wait_for_the_current_case_and_come_one_by_one() {
        let state = fixture::state(1);
        let models = vec![state.models[0].id.clone()];
        let (mut requests, mut commands) = (Requests::default(), Commands::default());
        let current = fixture::first_case(&state);
        for _ in 0..3 {
            requests.send(&state, &current, &[case(1), case(2)], &models, 0.0, &mut commands);
        }
        assert_eq!(asked(&mut commands), [(case(1), 1)]);
    }

    #[test]
    fn another_data_set_forgets_everything() {
        let mut state = fixture::state(1);
        state.analyses.clear();
        let models = vec![state.models[0].id.clone()];
        let (mut requests, mut commands) = (Requests::default(), Commands::default());
        requests.send(&state, &case(0), &[], &models, 0.0, &mut commands);
        let mut data = (*state.data.clone().unwrap()).clone();
        data.fingerprint = "other".to_owned();
        state.data = Some(Arc::new(data));
        requests.send(&state, &case(0), &[], &models, 0.0, &mut commands);
        assert_eq!(asked(&mut commands).len(), 2);
    }
}
