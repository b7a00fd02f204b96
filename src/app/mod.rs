//! The eframe application: drains the engine's events, draws the screens, and carries out what they ask for.
//!
//! Nothing here waits. Dialogs and file managers run on threads of their own and answer through a channel; the engine
//! starts once the first frame is on screen.

mod dialogs;
mod execute;
#[cfg(test)]
mod flow;
mod frames;
mod link;
pub mod offscreen;
mod outstanding;
mod rehearsal;
mod saved;
#[cfg(test)]
mod tests;
mod unasked;
mod window;
mod workbench;

pub use frames::FrameTimes;
pub use rehearsal::Rehearsal;
pub use window::{Options, RendererChoice, Report, run};
