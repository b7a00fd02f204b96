//! The native window: renderer, icon, size; and what is measured in it.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, anyhow};
use egui::ViewportBuilder;

use super::dialogs;
use super::frames::FrameTimes;
use super::link;
use super::rehearsal::Rehearsal;
use super::workbench::{Setup, Workbench};
use crate::config::Config;
use crate::engine::EngineConfig;

const APP_ID: &str = "neuroscan";
const SIZE: [f32; 2] = [1280.0, 800.0];
const LEAST_SIZE: [f32; 2] = [1024.0, 700.0];

/// What draws the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RendererChoice {
    /// wgpu, or OpenGL where it does not start.
    #[default]
    Auto,
    Wgpu,
    Glow,
}

/// How the window is opened.
#[derive(Debug, Default)]
pub struct Options {
    pub renderer: RendererChoice,
    /// Opened instead of the folder that was open last.
    pub data: Option<PathBuf>,
    /// Said at the start, such as what is wrong with the configuration.
    pub notice: Option<String>,
    /// Walks through the screens, measures frames, and closes the window.
    pub rehearsal: Option<Rehearsal>,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// From the start of the process until the first frame was on screen.
    pub first_frame_ms: Option<f64>,
    /// Of the rehearsal.
    pub frames: FrameTimes,
    /// From frame to frame, waiting for the driver and the display included.
    pub pace: FrameTimes,
}

/// Filled by the application, read when the window has closed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedReport(Arc<Mutex<Report>>);

impl SharedReport {
    pub fn change(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn get(&self) -> Report {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When no window can be opened, with what was tried.
pub fn run(config: &Config, options: &Options) -> anyhow::Result<Report> {
    log_panics();
    let renderers: &[eframe::Renderer] = match options.renderer {
        RendererChoice::Auto => &[eframe::Renderer::Wgpu, eframe::Renderer::Glow],
        RendererChoice::Wgpu => &[eframe::Renderer::Wgpu],
        RendererChoice::Glow => &[eframe::Renderer::Glow],
    };
    let report = SharedReport::default();
    let mut failed = Vec::new();
    for &renderer in renderers {
        let setup = Setup {
            config: config.clone(),
            starter: link::engine(EngineConfig::from(config)),
            asker: dialogs::asker(config.exports_dir()),
            data: options.data.clone(),
            notice: options.notice.clone(),
            rehearsal: options.rehearsal.clone(),
            report: report.clone(),
        };
        let opened = Rc::new(Cell::new(false));
        let noted = Rc::clone(&opened);
        let result = eframe::run_native(
            "NeuroScan",
            native_options(renderer)?,
            Box::new(move |creation| {
                noted.set(true);
                Ok(Box::new(Workbench::new(creation, setup)))
            }),
        );
        match result {
            Ok(()) => return Ok(report.get()),
            // A window that was there and then failed is not tried again: work may have been under way in it.
            Err(error) if opened.get() => return Err(anyhow!("{error}")).context("the window failed"),
            Err(error) => {
                tracing::warn!("{renderer} does not start: {error}");
                failed.push(format!("{renderer}: {error}"));
            }
        }
    }
    Err(anyhow!("{}", failed.join("; "))).context("no window can be opened")
}

fn native_options(renderer: eframe::Renderer) -> anyhow::Result<eframe::NativeOptions> {
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png"))
        .map_err(|error| anyhow!("the icon cannot be read: {error}"))?;
    let viewport = ViewportBuilder::default()
        .with_app_id(APP_ID)
        .with_title("NeuroScan")
        .with_icon(icon)
        .with_inner_size(SIZE)
        .with_min_inner_size(LEAST_SIZE)
        .with_drag_and_drop(true);
    Ok(eframe::NativeOptions { viewport, renderer, system_font_fallback: false, ..eframe::NativeOptions::default() })
}

/// A panic of the window goes to the log before it ends the program; those of the engine are caught there.
fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!("panic in {:?}: {info}", std::thread::current().name().unwrap_or("a thread"));
        before(info);
    }));
}
