//! The same application without a window: pictures of screens, and frame times where there is no display.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use egui_kittest::Harness;
use image::RgbaImage;

use super::link;
use super::rehearsal::Rehearsal;
use super::window::{Report, SharedReport};
use super::workbench::{Setup, Workbench};
use crate::config::Config;
use crate::domain::Contender;
use crate::engine::EngineConfig;
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, Screen};
use crate::ui::state::{JobView, State};

/// What can be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShotScreen {
    Screen(Screen),
    Presenter,
}

impl ShotScreen {
    pub const ALL: [Self; 6] = [
        Self::Screen(Screen::Data),
        Self::Screen(Screen::Train),
        Self::Screen(Screen::Compare),
        Self::Screen(Screen::Benchmark),
        Self::Screen(Screen::Explore),
        Self::Presenter,
    ];

    /// The name on the command line.
    pub fn name(self) -> String {
        match self {
            Self::Screen(screen) => screen.name().to_lowercase(),
            Self::Presenter => "presenter".to_owned(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.name().eq_ignore_ascii_case(text))
    }
}

/// A picture to make.
#[derive(Clone, Debug)]
pub struct Shot {
    pub screen: ShotScreen,
    /// Logical points.
    pub width: u32,
    pub height: u32,
    /// Pixels a point.
    pub scale: f32,
    pub dark: bool,
    /// Opened instead of the bundled sample.
    pub data: Option<PathBuf>,
    /// What is not there by then is an error.
    pub patience: Duration,
}

impl Shot {
    /// 1280 × 800 at twice the resolution, dark.
    pub fn of(screen: ShotScreen) -> Self {
        Self { screen, width: 1280, height: 800, scale: 2.0, dark: true, data: None, patience: Duration::from_mins(5) }
    }
}

const STEP: Duration = Duration::from_millis(16);
/// Nothing may be missing for so many frames in a row.
const STILL_FRAMES: u32 = 6;

/// Renders a screen once everything it shows is there: data open and checked, models loaded, the case analysed, and
/// for the Benchmark screen a benchmark of the loaded models, for the Explore screen the latent space of the one shown.
///
/// # Errors
/// When nothing can render off-screen, the data set does not open, or something does not come in time.
pub fn render(config: &Config, shot: &Shot) -> anyhow::Result<RgbaImage> {
    let setup = setup(config, shot.data.clone(), None, &SharedReport::default());
    let (width, height, scale, dark) = (shot.width, shot.height, shot.scale, shot.dark);
    let mut harness = harness([width as f32, height as f32], scale, dark, setup)?;
    harness.state_mut().show(shot.screen);
    settle(&mut harness, shot)?;
    harness.state_mut().toasts.clear_fading();
    harness.step();
    let drawn = catch_unwind(AssertUnwindSafe(|| harness.render()));
    drawn.map_err(|_| no_renderer())?.map_err(|error| anyhow!("cannot render: {error}"))
}

/// Rehearses without a window: frame times are of laying out and tessellating, not of painting.
///
/// # Errors
/// When the application cannot be set up.
pub fn rehearse(config: &Config, data: Option<PathBuf>, rehearsal: Rehearsal) -> anyhow::Result<Report> {
    let report = SharedReport::default();
    let setup = setup(config, data, Some(rehearsal), &report);
    let mut harness = harness([1280.0, 800.0], 1.0, true, setup)?;
    while harness.state().is_rehearsing() {
        let started = Instant::now();
        harness.step();
        let shapes = harness.output().shapes.clone();
        let tessellated = harness.ctx.tessellate(shapes, harness.ctx.pixels_per_point());
        let taken = started.elapsed();
        drop(tessellated);
        harness.state_mut().frames.note(taken.as_secs_f64());
        std::thread::sleep(STEP.saturating_sub(taken));
    }
    Ok(Report { first_frame_ms: None, ..report.get() })
}

fn setup(config: &Config, data: Option<PathBuf>, rehearsal: Option<Rehearsal>, report: &SharedReport) -> Setup {
    Setup {
        config: config.clone(),
        starter: link::engine(EngineConfig::from(config)),
        asker: Box::new(|_, _, _| {}),
        data,
        notice: None,
        rehearsal,
        report: report.clone(),
    }
}

fn harness(size: [f32; 2], scale: f32, dark: bool, setup: Setup) -> anyhow::Result<Harness<'static, Workbench>> {
    let built = catch_unwind(AssertUnwindSafe(|| {
        Harness::builder()
            .with_size(size)
            .with_pixels_per_point(scale)
            .with_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light })
            .with_step_dt(STEP.as_secs_f32())
            .with_accessibility_check(false)
            .with_render_cursor(false)
            .allow_missing_glyphs()
            .build_eframe(|creation| {
                let mut workbench = Workbench::new(creation, setup);
                workbench.settings.dark = dark;
                workbench
            })
    }));
    built.map_err(|_| anyhow!("the window cannot be laid out off-screen"))
}

fn no_renderer() -> anyhow::Error {
    anyhow!("nothing here can render off-screen; install a Vulkan driver, such as Mesa's (mesa-vulkan-drivers)")
}

/// Draws frames until nothing is missing any more.
fn settle(harness: &mut Harness<'static, Workbench>, shot: &Shot) -> anyhow::Result<()> {
    let started = Instant::now();
    let (mut still, mut asked) = (0, false);
    while still < STILL_FRAMES {
        harness.step();
        let missing = harness.state().missing();
        if missing.is_none() && !asked {
            asked = true;
            harness.state_mut().run_job_of(shot.screen);
            still = 0;
            continue;
        }
        still = if missing.is_none() { still + 1 } else { 0 };
        if let Some(failure) = &harness.state().state.data_failure {
            bail!("{}", failure.message);
        }
        if started.elapsed() > shot.patience {
            bail!("after {} s there is still no {}", shot.patience.as_secs(), missing.unwrap_or("rest"));
        }
        std::thread::sleep(STEP);
    }
    Ok(())
}

impl Workbench {
    fn show(&mut self, screen: ShotScreen) {
        self.opening.undecided = false;
        match screen {
            ShotScreen::Screen(screen) => self.screen = screen,
            ShotScreen::Presenter => self.overlays.presenter = true,
        }
    }

    /// Starts what the screen needs a job for.
    fn run_job_of(&mut self, screen: ShotScreen) {
        match screen {
            ShotScreen::Screen(Screen::Benchmark) => self.run_benchmark(),
            ShotScreen::Screen(Screen::Explore) => {
                if let Some(model) = self.views.explore.model(&self.state).map(|model| model.id.clone()) {
                    self.send(EngineCommand::Explore { job: Commands::new_job(), model });
                }
            }
            ShotScreen::Screen(_) | ShotScreen::Presenter => {}
        }
    }

    fn run_benchmark(&mut self) {
        let models: Vec<Contender> = self.state.models.iter().map(|model| model.id.clone().into()).collect();
        if !models.is_empty() {
            self.send(EngineCommand::Benchmark { job: Commands::new_job(), models });
        }
    }

    /// The first thing that is not there yet; `None` when all is.
    fn missing(&self) -> Option<&'static str> {
        let state = &self.state;
        let models_left = match &self.opening.asked {
            None => true,
            Some(folders) => folders.iter().any(|folder| !state.models.iter().any(|model| &model.folder == folder)),
        };
        if state.machine.is_none() {
            Some("device")
        } else if state.data.is_none() {
            Some("data set")
        } else if state.findings.is_none() {
            Some("data-set check")
        } else if state.jobs.iter().any(JobView::is_active) {
            Some("end of a job")
        } else if models_left && !any_failed(state) {
            Some("model")
        } else {
            self.outstanding.missing(state)
        }
    }
}

/// A model that cannot be loaded is said in a toast; it is not waited for.
fn any_failed(state: &State) -> bool {
    state.log.iter().any(|line| line.warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_have_the_names_of_the_command_line() {
        let names = ShotScreen::ALL.map(ShotScreen::name);
        assert_eq!(names, ["data", "train", "compare", "benchmark", "explore", "presenter"].map(str::to_owned));
        assert_eq!(ShotScreen::parse("Presenter"), Some(ShotScreen::Presenter));
        assert_eq!(ShotScreen::parse("nowhere"), None);
    }
}
