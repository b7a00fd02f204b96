//! One part of a job's work as seen from the whole: its progress counts on from what was done before.

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
