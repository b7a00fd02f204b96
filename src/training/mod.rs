//! The training loop: augmentation, early stopping, checkpoints; reports through a trait and does not know who draws.
