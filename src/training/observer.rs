//! Who listens to a training.

use crate::domain::{EpochRecord, LossComponents, Preview, RunInfo, Watch};

/// What the listener wants; asked before every batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    GoOn,
    Pause,
    /// End now, keep best and last checkpoint.
    Stop,
}

/// One batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchReport {
    /// From 1.
    pub epoch: u32,
    /// In the whole run.
    pub epochs: u32,
    /// From 1 over the whole run, in batches of the settings' size.
    pub step: u64,
    /// Training images used since the run began, and in the whole run.
    pub images: u64,
    pub images_total: u64,
    /// Of this epoch so far: augmentation and learning, without validation and previews.
    pub images_per_s: f64,
    pub loss: LossComponents,
}

/// Listens to a training. Called from its thread, so it must be quick.
pub trait Observer: Sync {
    /// The folder exists, or has been taken up again; steps follow.
    fn started(&self, run: &RunInfo, steps_per_epoch: u32);
    fn batch(&self, report: &BatchReport);
    /// The epoch is saved.
    fn epoch(&self, record: &EpochRecord);
    fn preview(&self, preview: Preview);
    /// Something worth knowing that stopped nothing.
    fn notice(&self, message: &str);
    /// What is done beside learning: "Calibrating on healthy images".
    fn stage(&self, what: &str);
    fn wish(&self) -> Wish;
}

/// Lets scoring in the midst of training be stopped.
pub(super) struct StopWatch<'a>(pub &'a dyn Observer);

impl Watch for StopWatch<'_> {
    fn progress(&self, _stage: &str, _done: u64, _total: u64) {}

    fn cancelled(&self) -> bool {
        self.0.wish() == Wish::Stop
    }
}
