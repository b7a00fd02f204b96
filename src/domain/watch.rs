//! How long work reports and is told to stop, without knowing who listens.

/// Listens to long work. Called from any thread, so it must be quick.
pub trait Watch: Sync {
    /// `total` is 0 while unknown.
    fn progress(&self, stage: &str, done: u64, total: u64);

    /// True when the work should end now and return `Error::Cancelled`.
    fn cancelled(&self) -> bool;
}

/// Nobody listens.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _stage: &str, _done: u64, _total: u64) {}

    fn cancelled(&self) -> bool {
        false
    }
}
