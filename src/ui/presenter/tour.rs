//! Which cases are presented, and where the tour stands.

use std::sync::Arc;

use crate::domain::{CaseRef, DataSetSummary};
use crate::ui::drawn;

/// The cases and where the tour stands.
#[derive(Debug, Default)]
pub struct Tour {
    cases: Vec<CaseRef>,
    position: usize,
    /// The data set the cases are of.
    data: Option<Arc<DataSetSummary>>,
}

impl Tour {
    /// Draws cases anew when another data set is open.
    pub fn follow(&mut self, data: Option<&Arc<DataSetSummary>>) {
        if self.data.as_ref().map(Arc::as_ptr) == data.map(Arc::as_ptr) {
            return;
        }
        self.data = data.cloned();
        self.position = 0;
        self.cases = data.map_or_else(Vec::new, |data| drawn::cases(data).into_iter().map(CaseRef::Sample).collect());
    }

    pub fn current(&self) -> Option<&CaseRef> {
        self.cases.get(self.position)
    }

    pub fn cases(&self) -> &[CaseRef] {
        &self.cases
    }

    /// The others, nearest next first.
    pub fn others(&self) -> Vec<CaseRef> {
        let (before, from) = self.cases.split_at(self.position.min(self.cases.len()));
        from.iter().skip(1).chain(before).cloned().collect()
    }

    pub fn position(&self) -> usize {
        self.position
    }

    /// One on or back, round and round: a talk has no last slide.
    pub fn step(&mut self, forward: bool) {
        let count = self.cases.len().max(1);
        self.position = (self.position + if forward { 1 } else { count - 1 }) % count;
    }

    pub fn restart(&mut self) {
        self.position = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::drawn::CASES;
    use crate::ui::state::examples;

    #[test]
    fn it_goes_round_and_starts_again() {
        let (mut tour, data) = (Tour::default(), examples::data());
        tour.step(true);
        assert!(tour.current().is_none());
        tour.follow(Some(&data));
        let first = tour.current().cloned();
        tour.step(false);
        assert_eq!(tour.position(), CASES - 1);
        assert_eq!(tour.others().len(), CASES - 1);
        tour.step(true);
        assert_eq!(tour.current().cloned(), first);
        tour.step(true);
        tour.follow(Some(&data));
        assert_eq!(tour.position(), 1, "the same data set goes on");
        tour.restart();
        assert_eq!(tour.position(), 0);
    }
}
