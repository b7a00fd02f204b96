//! The training loop: augmentation, schedule, early stopping, checkpoints; reports through a trait and does not know
//! who draws.
//!
//! Chance comes from the seed and the epoch alone, and `last.safetensors` holds weights and optimiser, so a run that was
//! stopped or killed goes on to the same bits, on one machine's CPU with the same number of threads.

mod augment;
mod clock;
mod development;
mod ending;
mod epoch;
mod evaluate;
mod lungs;
mod observer;
mod painter;
mod plan;
mod previews;
mod schedule;
mod session;

pub use development::MOST_AT_END as MOST_DEVELOPMENT;
pub use lungs::{LungDice, LungImages, LungSettings, LungTruth, cross_validate, train_lungs};
pub use observer::{BatchReport, Observer, Wish};
pub use painter::Painter;
pub use session::{Images, Pin, calibrate_interrupted, train};

#[cfg(test)]
mod tests;
