//! Who paints opacities onto healthy images.

use std::fmt;

use crate::domain::Split;
use crate::error::Result;

/// Paints opacities onto a run's healthy images before they are equalised, which a training cannot do itself: it has them
/// only as networks see them.
pub trait Painter: fmt::Debug + Send + Sync {
    /// The images of `Split::Train` or `Split::Validation`, in their order in [`Images`](super::Images), with other
    /// opacities for every seed and epoch and the same ones for the same.
    ///
    /// # Errors
    /// When an image can no longer be read.
    fn paint(&self, split: Split, seed: u64, epoch: u32) -> Result<Vec<u8>>;
}
