//! One part of a job's work as seen from the whole: its progress counts on from what was done before, or stays there.

use crate::domain::Watch;

/// Listens to one part and passes it on.
pub(super) struct Part<'a> {
    pub watch: &'a dyn Watch,
    /// What is being done: "Scoring by VAE".
    pub stage: String,
    /// Units done before this part.
    pub before: u64,
    /// Units of all parts.
    pub total: u64,
}

impl Watch for Part<'_> {
    fn progress(&self, _stage: &str, done: u64, _total: u64) {
        self.watch.progress(&self.stage, self.before + done, self.total);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

/// A part whose own count is none of the whole's: what it does is told, and that the whole is where it was.
pub(super) struct Aside<'a> {
    pub watch: &'a dyn Watch,
    /// Units of the whole that are done.
    pub done: u64,
    pub total: u64,
}

impl Watch for Aside<'_> {
    fn progress(&self, stage: &str, _done: u64, _total: u64) {
        self.watch.progress(stage, self.done, self.total);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<(String, u64, u64)>>);

    impl Watch for Heard {
        fn progress(&self, stage: &str, done: u64, total: u64) {
            self.0.lock().unwrap().push((stage.to_owned(), done, total));
        }

        fn cancelled(&self) -> bool {
            false
        }
    }

    #[test]
    fn progress_of_the_whole_never_falls() {
        let heard = Heard::default();
        Part { watch: &heard, stage: "Scoring".to_owned(), before: 80, total: 100 }.progress("inner", 6, 7);
        Aside { watch: &heard, done: 86, total: 100 }.progress("Fitting", 1, 2);
        let told = |stage: &str| (stage.to_owned(), 86, 100);
        assert_eq!(*heard.0.lock().unwrap(), [told("Scoring"), told("Fitting")]);
    }
}
