//! NeuroScan: learn healthy chest X-rays, show where an image departs from them.
//!
//! Modules in reading order; imports flow downwards only, which `tests/architecture.rs` holds.

pub mod app;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod domain;
pub mod engine;
pub mod error;
pub mod evaluation;
pub mod imaging;
pub mod models;
pub mod reports;
pub mod scoring;
pub mod store;
pub mod training;
pub mod ui;
