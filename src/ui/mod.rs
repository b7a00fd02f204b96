//! What is on screen. Panes read `State`, keep only view state of their own, and ask for things with `UiCommand`.

pub mod benchmark;
pub mod command;
pub mod compare;
pub mod data;
pub mod drawn;
pub mod explore;
pub mod frame;
pub mod icons;
pub mod keys;
pub mod presenter;
pub mod question;
pub mod settings;
pub mod state;
pub mod textures;
pub mod theme;
pub mod toasts;
pub mod train;
pub mod widgets;
