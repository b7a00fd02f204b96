//! Which case is shown, and which are before and after it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::misses::{self, NoMisses};
use crate::domain::{Benchmark, CaseRef, DataSetSummary, Label, ModelId, SampleId, Split, ThresholdRule};
use crate::ui::drawn;
use crate::ui::state::State;

/// Where the cases come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    Split(Split),
    /// Images opened or dropped in this session.
    Own,
}

impl Source {
    /// "test set", under the case number.
    pub fn name(self) -> &'static str {
        match self {
            Self::Split(Split::Train) => "training set",
            Self::Split(Split::Validation) => "validation set",
            Self::Split(Split::Development) => "development set",
            Self::Split(Split::Test) => "test set",
            Self::Split(Split::Unlabelled) => "unlabelled images",
            Self::Own => "own images",
        }
    }

    /// In the order of the menu: what is reported on first.
    pub const ALL: [Self; 6] = [
        Self::Split(Split::Test),
        Self::Split(Split::Validation),
        Self::Split(Split::Train),
        Self::Split(Split::Development),
        Self::Split(Split::Unlabelled),
        Self::Own,
    ];
}

/// Which labels are walked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LabelFilter {
    #[default]
    All,
    Healthy,
    Diseased,
}

impl LabelFilter {
    pub fn label(self) -> Option<Label> {
        match self {
            Self::All => None,
            Self::Healthy => Some(Label::Healthy),
            Self::Diseased => Some(Label::Diseased),
        }
    }
}

/// What the list of cases was made from; it is made anew when one of these changes.
#[derive(Clone, PartialEq)]
struct Key {
    data: Option<*const DataSetSummary>,
    source: Source,
    filter: LabelFilter,
    worst: Option<(*const Benchmark, ModelId, ThresholdRule)>,
    own: usize,
}

/// The current case and the list it is walked in.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct Navigator {
    source: Source,
    filter: LabelFilter,
    /// Path of the last sample shown, so that a restart comes back to it.
    last_path: Option<String>,
    #[serde(skip)]
    worst: bool,
    /// What tells a miss.
    #[serde(skip)]
    rule: ThresholdRule,
    #[serde(skip)]
    current: Option<CaseRef>,
    #[serde(skip)]
    own: Vec<PathBuf>,
    #[serde(skip)]
    list: Vec<CaseRef>,
    #[serde(skip)]
    key: Option<Key>,
    /// A case was asked for from outside: source and filter follow it.
    #[serde(skip)]
    reveal: bool,
    /// Keeps the data set alive that `key` points to, so that no other can have its address.
    #[serde(skip)]
    data: Option<Arc<DataSetSummary>>,
}

impl Default for Navigator {
    fn default() -> Self {
        Self {
            source: Source::Split(Split::Test),
            filter: LabelFilter::All,
            last_path: None,
            worst: false,
            rule: ThresholdRule::default(),
            current: None,
            own: Vec::new(),
            list: Vec::new(),
            key: None,
            reveal: false,
            data: None,
        }
    }
}

impl Navigator {
    pub fn current(&self) -> Option<&CaseRef> {
        self.current.as_ref()
    }

    /// The cases walked through, in order.
    pub fn list(&self) -> &[CaseRef] {
        &self.list
    }

    pub fn source(&self) -> Source {
        self.source
    }

    pub fn filter(&self) -> LabelFilter {
        self.filter
    }

    pub fn worst_first(&self) -> bool {
        self.worst
    }

    /// What the threshold of misses is drawn by.
    pub fn rule(&self) -> ThresholdRule {
        self.rule
    }

    /// The list of misses follows at the next `sync`.
    pub fn set_rule(&mut self, rule: ThresholdRule) {
        self.rule = rule;
    }

    /// How many images of one's own were opened.
    pub fn own_count(&self) -> usize {
        self.own.len()
    }

    /// Position of the current case in the list, from 0.
    pub fn position(&self) -> Option<usize> {
        let current = self.current.as_ref()?;
        self.list.iter().position(|case| case == current)
    }

    /// Shows a case, without what may be painted onto it; the list follows it at the next `sync`.
    pub fn show(&mut self, case: CaseRef) {
        let case = match case {
            CaseRef::Painted(painted) => painted.original.clone(),
            plain => plain,
        };
        if let CaseRef::File(path) = &case
            && !self.own.contains(path)
        {
            self.own.push(path.clone());
        }
        self.current = Some(case);
        self.reveal = true;
    }

    /// Goes to a case of the list.
    pub fn pick(&mut self, case: CaseRef) {
        self.current = Some(case);
    }

    pub fn set_source(&mut self, source: Source) {
        self.source = source;
        self.worst = false;
    }

    pub fn set_filter(&mut self, filter: LabelFilter) {
        self.filter = filter;
    }

    /// Walks the misses of the first pane's model, worst first, or goes back to the order of files.
    pub fn set_worst_first(&mut self, worst: bool) {
        self.worst = worst;
        if worst {
            self.source = Source::Split(Split::Test);
            self.current = None;
        }
    }

    /// One case on, or back; stops at the ends.
    pub fn step(&mut self, forward: bool) {
        let next = match self.position() {
            None => 0,
            Some(position) if forward => (position + 1).min(self.list.len().saturating_sub(1)),
            Some(position) => position.saturating_sub(1),
        };
        if let Some(case) = self.list.get(next) {
            self.current = Some(case.clone());
        }
    }

    /// Any other case of the list.
    pub fn random(&mut self, random: &mut impl Rng) {
        let others = self.list.len() - usize::from(self.position().is_some() && !self.list.is_empty());
        if others == 0 {
            return;
        }
        let mut pick = random.random_range(0..others);
        if self.position().is_some_and(|position| pick >= position) {
            pick += 1;
        }
        self.current = self.list.get(pick).cloned();
    }

    /// Brings list and current case in line with the data set, the benchmark and the first pane's model.
    pub fn sync(&mut self, state: &State, first_model: Option<&ModelId>) {
        let data = state.data.as_ref();
        let replaced = data.map(Arc::as_ptr) != self.data.as_ref().map(Arc::as_ptr);
        if replaced {
            self.adopt(data);
        }
        if std::mem::take(&mut self.reveal) {
            self.follow_current();
        }
        if self.worst && misses::available(state, first_model).is_err() {
            self.worst = false;
        }
        let key = Key {
            data: data.map(Arc::as_ptr),
            source: self.source,
            filter: self.filter,
            worst: state
                .benchmark
                .as_ref()
                .zip(first_model)
                .filter(|_| self.worst)
                .map(|(benchmark, model)| (Arc::as_ptr(benchmark), model.clone(), self.rule)),
            own: self.own.len(),
        };
        if self.key.as_ref() != Some(&key) {
            self.list = self.build_list(state, first_model);
            self.key = Some(key);
            if self.list.is_empty() && self.current.is_none() && (self.worst || self.filter != LabelFilter::All) {
                // No misses, or none of this label: there would be nothing on screen to choose from.
                self.worst = false;
                self.filter = LabelFilter::All;
                self.list = self.build_list(state, first_model);
            }
            let lost = self.current.as_ref().is_none_or(|current| !self.list.contains(current));
            if lost && !self.list.is_empty() {
                self.current = self.first_choice(state);
            }
        }
        if let Some(CaseRef::Sample(id)) = self.current
            && let Some(sample) = data.and_then(|data| data.sample(id))
            && self.last_path.as_ref() != Some(&sample.path)
        {
            self.last_path = Some(sample.path.clone());
        }
    }

    /// Why misses cannot be shown, if so.
    pub fn misses_reason(state: &State, first_model: Option<&ModelId>) -> Option<NoMisses> {
        misses::available(state, first_model).err()
    }

    /// Another data set: sample numbers mean other images now.
    fn adopt(&mut self, data: Option<&Arc<DataSetSummary>>) {
        self.data = data.cloned();
        self.key = None;
        self.worst = false;
        if self.reveal && matches!(self.current, Some(CaseRef::Sample(_))) {
            return;
        }
        if matches!(self.current, Some(CaseRef::File(_))) {
            return;
        }
        self.current = None;
        let Some(data) = data else { return };
        if let Some(path) = &self.last_path
            && let Some(index) = data.samples.iter().position(|sample| sample.path == *path)
        {
            self.current = Some(CaseRef::Sample(SampleId(index as u32)));
            self.reveal = true;
            return;
        }
        let empty = match self.source {
            Source::Split(split) => data.ids(split, None).next().is_none(),
            Source::Own => self.own.is_empty(),
        };
        if empty {
            self.source = Source::ALL
                .into_iter()
                .find(|source| matches!(source, Source::Split(split) if data.ids(*split, None).next().is_some()))
                .unwrap_or(self.source);
        }
    }

    /// Source and filter such that the current case is in the list.
    fn follow_current(&mut self) {
        match &self.current {
            Some(CaseRef::File(_)) => {
                self.source = Source::Own;
                self.worst = false;
            }
            Some(CaseRef::Sample(id)) => {
                let Some(sample) = self.data.as_ref().and_then(|data| data.sample(*id)) else { return };
                if self.source != Source::Split(sample.split) {
                    self.source = Source::Split(sample.split);
                    self.worst = false;
                }
                if self.filter.label().is_some() && self.filter.label() != sample.label {
                    self.filter = LabelFilter::All;
                }
                if self.worst && !self.list.contains(&CaseRef::Sample(*id)) {
                    self.worst = false;
                }
            }
            Some(CaseRef::Painted(_)) | None => {}
        }
    }

    fn build_list(&self, state: &State, first_model: Option<&ModelId>) -> Vec<CaseRef> {
        if self.worst {
            let misses = misses::worst_first(state, self.rule, first_model).unwrap_or_default();
            let label = self.filter.label();
            return misses
                .into_iter()
                .filter(|miss| label.is_none_or(|label| miss.label == label))
                .map(|miss| CaseRef::Sample(miss.sample))
                .collect();
        }
        match (self.source, &state.data) {
            (Source::Own, _) => self.own.iter().cloned().map(CaseRef::File).collect(),
            (Source::Split(split), Some(data)) => data.ids(split, self.filter.label()).map(CaseRef::Sample).collect(),
            (Source::Split(_), None) => Vec::new(),
        }
    }

    /// Where to begin: where the presenter begins, at the first test case of those drawn by the split's seed, whatever the
    /// models make of it. In other lists at the first diseased case, which has something to show, else at the first.
    /// Misses begin with the worst.
    fn first_choice(&self, state: &State) -> Option<CaseRef> {
        let data = state.data.as_ref().filter(|_| !self.worst);
        let drawn = data.map_or_else(Vec::new, |data| drawn::cases(data));
        let drawn = drawn.into_iter().map(CaseRef::Sample).find(|case| self.list.contains(case));
        let diseased = |case: &&CaseRef| match case {
            CaseRef::Sample(id) => {
                data.and_then(|data| data.sample(*id)).is_some_and(|sample| sample.label == Some(Label::Diseased))
            }
            CaseRef::File(_) | CaseRef::Painted(_) => false,
        };
        drawn.or_else(|| self.list.iter().find(diseased).or(self.list.first()).cloned())
    }
}

/// The name of a case without folders and ending.
pub fn case_name(case: &CaseRef, data: Option<&DataSetSummary>) -> String {
    match case {
        CaseRef::Sample(id) => data
            .and_then(|data| data.sample(*id))
            .map_or_else(|| format!("Image {}", id.0 + 1), |s| s.stem().to_owned()),
        CaseRef::File(path) => file_stem(path),
        CaseRef::Painted(painted) => format!("{}-synthetic-lesion", case_name(&painted.original, data)),
    }
}

fn file_stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;
    use crate::ui::compare::fixture;

    fn synced(state: &State) -> Navigator {
        let mut navigator = Navigator::default();
        navigator.sync(state, None);
        navigator
    }

    #[test]
    fn without_data_there_is_nothing_and_nothing_breaks() {
        let state = State::default();
        let mut navigator = synced(&state);
        navigator.step(true);
        navigator.step(false);
        navigator.random(&mut rand_chacha::ChaCha8Rng::seed_from_u64(1));
        navigator.set_worst_first(true);
        navigator.sync(&state, None);
        assert!(navigator.current().is_none() && !navigator.worst_first());
    }

    #[test]
    fn it_begins_with_a_diseased_test_case_and_stops_at_the_ends() {
        let state = fixture::state(1);
        let mut navigator = synced(&state);
        assert_eq!(navigator.list().len(), 12);
        let presented = drawn::cases(state.data.as_ref().unwrap())[0];
        assert_eq!(navigator.current(), Some(&CaseRef::Sample(presented)), "where the presenter begins");
        assert!(navigator.position() >= Some(6), "diseased");
        for _ in 0..40 {
            navigator.step(true);
        }
        assert_eq!(navigator.position(), Some(11));
        for _ in 0..40 {
            navigator.step(false);
        }
        assert_eq!(navigator.position(), Some(0));
    }

    #[test]
    fn a_filter_keeps_the_case_when_it_may_stay() {
        let state = fixture::state(1);
        let mut navigator = synced(&state);
        let before = navigator.current().cloned();
        navigator.set_filter(LabelFilter::Diseased);
        navigator.sync(&state, None);
        assert_eq!((navigator.current().cloned(), navigator.list().len()), (before, 6));
        navigator.set_filter(LabelFilter::Healthy);
        navigator.sync(&state, None);
        let presented = drawn::cases(state.data.as_ref().unwrap())[1];
        assert_eq!(navigator.current(), Some(&CaseRef::Sample(presented)));
    }

    #[test]
    fn random_never_stays_and_reaches_every_case() {
        let state = fixture::state(1);
        let mut navigator = synced(&state);
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..300 {
            let before = navigator.position();
            navigator.random(&mut random);
            assert_ne!(navigator.position(), before);
            seen.insert(navigator.position());
        }
        assert_eq!(seen.len(), 12);
    }

    #[test]
    fn an_own_image_is_shown_and_the_way_back_is_open() {
        let state = fixture::state(1);
        let mut navigator = synced(&state);
        navigator.show(CaseRef::File(PathBuf::from("/x/mine.png")));
        navigator.show(CaseRef::File(PathBuf::from("/x/mine.png")));
        navigator.sync(&state, None);
        assert_eq!((navigator.source(), navigator.list().len(), navigator.position()), (Source::Own, 1, Some(0)));
        navigator.set_source(Source::Split(Split::Validation));
        navigator.sync(&state, None);
        assert!(matches!(navigator.current(), Some(CaseRef::Sample(_))));
    }

    #[test]
    fn a_case_asked_for_from_outside_changes_split_and_filter() {
        let state = fixture::state(1);
        let mut navigator = synced(&state);
        navigator.set_filter(LabelFilter::Diseased);
        navigator.sync(&state, None);
        let training = state.data.as_ref().unwrap().ids(Split::Train, None).next().unwrap();
        navigator.show(CaseRef::Sample(training));
        navigator.sync(&state, None);
        assert_eq!(navigator.source(), Source::Split(Split::Train));
        assert_eq!(navigator.filter(), LabelFilter::All);
        assert_eq!(navigator.current(), Some(&CaseRef::Sample(training)));
    }

    #[test]
    fn another_data_set_drops_the_sample_but_comes_back_to_its_path() {
        let state = fixture::state(1);
        let mut navigator = synced(&state);
        navigator.step(true);
        navigator.sync(&state, None);
        let text = serde_json::to_string(&navigator).unwrap();
        let mut restored: Navigator = serde_json::from_str(&text).unwrap();
        restored.sync(&State::default(), None);
        assert!(restored.current().is_none());
        restored.sync(&state, None);
        assert_eq!(restored.current(), navigator.current());
    }

    #[test]
    fn lists_without_cases_are_left() {
        let state = fixture::state(1);
        let restored = r#"{"source":"Own","filter":"Healthy"}"#;
        let mut navigator: Navigator = serde_json::from_str(restored).unwrap();
        navigator.sync(&state, None);
        assert_eq!((navigator.source(), navigator.list().len()), (Source::Split(Split::Test), 6));
        let mut perfect = fixture::benchmark(&state);
        for (case, score) in perfect.cases.iter().zip(&mut perfect.entries[0].test_scores) {
            *score = if case.label == Label::Diseased { 1.0 } else { 0.0 };
        }
        let mut state = state;
        state.benchmark = Some(Arc::new(perfect));
        let model = state.models[0].id.clone();
        navigator.set_worst_first(true);
        navigator.sync(&state, Some(&model));
        assert!(!navigator.worst_first() && navigator.current().is_some());
    }

    #[test]
    fn a_flat_folder_shows_its_unlabelled_images() {
        let mut state = fixture::state(0);
        let mut data = (*state.data.clone().unwrap()).clone();
        for sample in &mut data.samples {
            sample.split = Split::Unlabelled;
            sample.label = None;
        }
        state.data = Some(Arc::new(data));
        let navigator = synced(&state);
        assert_eq!(navigator.source(), Source::Split(Split::Unlabelled));
        assert!(navigator.current().is_some());
    }
}
