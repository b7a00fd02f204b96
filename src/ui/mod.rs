//! What is on screen. Panes read `State`, keep only view state of their own, and ask for things with `UiCommand`.

pub mod command;
pub mod state;
