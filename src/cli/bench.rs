//! `neuroscan bench`: how fast this machine decodes, trains, applies networks, scores and draws.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::ended::{Ended, Result};
use super::interrupt;
use super::options::{self, Compute, Models};
use super::output::Output;
use super::session::Session;
use crate::app::{self, FrameTimes, Rehearsal};
use crate::config::Config;
use crate::dataset::speed::{decode_speed, image_files};
use crate::domain::{Architecture, Preprocessing, Residual, Score, Scoring, Watch};
use crate::engine::message::{DataOptions, DataSource};
use crate::engine::speed::Probe;
use crate::error::Error;

/// As the peer that these figures are compared with.
const BATCH: u32 = 32;
/// As the peer's loader.
const DECODE_SIDE: u32 = 128;
const MOST_FILES: usize = 5000;
/// Frames are measured for so long, while a model is trained.
const REHEARSAL: Duration = Duration::from_secs(20);

/// Measure this machine: decoding, training, inference, scoring, frames of the window, memory
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder whose images are decoded and shown; the bundled sample without it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Measure these only
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
    /// Train and apply networks of these architectures only
    #[arg(long, value_name = "ARCH", value_delimiter = ',', value_parser = options::architecture)]
    arch: Vec<Architecture>,
    #[command(flatten)]
    compute: Compute,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
    /// Measure the window in this process: its start and its memory are those of a process that does nothing else
    #[arg(long, hide = true)]
    window_here: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Reading, decoding and preprocessing image files
    Decode,
    /// Training steps, 128 px, batch 32
    Train,
    /// One image through a network
    Infer,
    /// All bundled models by another score, from what a benchmark measured; and the scoring itself
    Score,
    /// Start of the window, its frames and the memory while a model is trained
    Window,
}

/// Ctrl-C, and a bar.
struct Watcher<'a> {
    output: &'a Output,
    what: String,
}

impl Watch for Watcher<'_> {
    fn progress(&self, stage: &str, done: u64, total: u64) {
        self.output.draw(stage, done, total, &self.what);
    }

    fn cancelled(&self) -> bool {
        interrupt::pressed()
    }
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    let data = arguments.data.clone().unwrap_or_else(|| config.sample_dir.clone());
    if arguments.window_here {
        return window_here(&data, config, output);
    }
    interrupt::listen(output, || ());
    let watch = |what: &str| Watcher { output, what: what.to_owned() };
    let wanted = |part: Part| arguments.only.is_empty() || arguments.only.contains(&part);
    if wanted(Part::Decode) {
        decode(&data, arguments, config, output, &watch("files"))?;
    }
    let probe = Probe {
        threads: arguments.compute.threads.unwrap_or(config.threads),
        device: arguments.compute.device,
        batch_size: BATCH,
    };
    let measured = |architecture: &Architecture| arguments.arch.is_empty() || arguments.arch.contains(architecture);
    for architecture in Architecture::ALL.into_iter().filter(measured) {
        let (arch, watch) = (architecture.slug(), watch(architecture.name()));
        if wanted(Part::Train) {
            let rate = rounded(probe.train_rate(architecture, &watch)?);
            tell(output, &json!({ "event": "bench", "name": "train", "arch": arch, "images_per_s": rate }));
        }
        if wanted(Part::Infer) {
            let ms = rounded(probe.infer_ms(architecture, &watch)?);
            tell(output, &json!({ "event": "bench", "name": "infer", "arch": arch, "ms": ms }));
        }
    }
    if wanted(Part::Score) {
        score(&data, arguments, config, output)?;
    }
    if wanted(Part::Window) {
        window(&data, output)?;
    }
    output.event(&json!({ "event": "done" }));
    Ok(())
}

fn decode(data: &Path, arguments: &Arguments, config: &Config, output: &Output, watch: &Watcher) -> Result<()> {
    let files = image_files(data, MOST_FILES, watch)?;
    let threads = arguments.compute.threads.unwrap_or(config.threads) as usize;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Error::Other(format!("cannot start threads: {error}")))?;
    // What the peer does; and what the recommended settings do.
    for (name, clahe) in [("decode", false), ("decode_clahe", true)] {
        let how = Preprocessing { image_size: DECODE_SIDE, clahe };
        let speed = pool.install(|| decode_speed(&files, how, watch))?;
        if speed.failed > 0 {
            output.warn(&format!("{} of {} files are no images", speed.failed, files.len()));
        }
        let rate = rounded(speed.images_per_s);
        tell(output, &json!({ "event": "bench", "name": name, "images_per_s": rate, "images": speed.images }));
    }
    Ok(())
}

/// How long a benchmark scores by each bundled model's own score, and how long it takes until it stands there by others.
fn score(data: &Path, arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    let mut session = Session::start(config, &arguments.compute, output)?;
    session.open(DataSource::Folder(data.to_path_buf()), DataOptions::default())?;
    let models = session.load_all(&Models { models: Vec::new() })?;
    let benchmark = session.benchmark(models.iter().map(|model| model.id.clone().into()).collect())?;
    for (model, entry) in models.iter().zip(&benchmark.entries) {
        if let Some(ms) = entry.ms_per_image {
            let arch = model.kind.slug();
            tell(output, &json!({ "event": "bench", "name": "score", "arch": arch, "ms": rounded(ms) }));
        }
    }
    let others = [Residual::Squared, Residual::Absolute, Residual::GRADIENT];
    let others = others.map(|residual| Scoring::from(Score { residual, ..Score::MSE }));
    let mut worst = 0.0f64;
    for other in &others {
        let started = Instant::now();
        session.rescore(&benchmark, &models, other)?;
        worst = worst.max(started.elapsed().as_secs_f64() * 1000.0);
    }
    let images = benchmark.cases.len();
    tell(output, &json!({ "event": "bench", "name": "rescore", "worst_ms": rounded(worst), "images": images }));
    Ok(())
}

/// Measures the window in a process of its own.
fn window(data: &Path, output: &Output) -> Result<()> {
    output.draw("Window", 0, 0, "opens a window and trains a model in it");
    let program = std::env::current_exe().map_err(Error::io("find", "this program"))?;
    let child = Command::new(&program)
        .args(["bench", "--json", "--window-here", "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(Error::io("start", &program))?;
    for line in String::from_utf8_lossy(&child.stdout).lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(event) if event["event"] == "bench" => tell(output, &event),
            Ok(event) if event["event"] == "failed" => {
                output.warn(&format!("the window was not measured: {}", event["error"].as_str().unwrap_or_default()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn window_here(data: &Path, config: &Config, output: &Output) -> Result<()> {
    let scratch = tempfile::tempdir().map_err(Error::io("make a folder in", std::env::temp_dir()))?;
    let rehearsal = Rehearsal::new(REHEARSAL, Some(scratch.path().join("run")));
    let data = Some(data.to_path_buf());
    let painted = has_display();
    let report = if painted {
        app::run(config, &app::Options { data, rehearsal: Some(rehearsal), ..app::Options::default() })
    } else {
        app::offscreen::rehearse(config, data, rehearsal)
    };
    let report =
        report.context("cannot measure the window").map_err(|error| Ended::failed(format!("{error:#}"), ""))?;
    if let Some(first) = report.first_frame_ms {
        tell(output, &json!({ "event": "bench", "name": "start", "first_frame_ms": rounded(first) }));
    }
    let FrameTimes { count, p50_ms, p99_ms, worst_ms } = report.frames;
    tell(
        output,
        &json!({
            "event": "bench", "name": "frame", "p50_ms": rounded(p50_ms), "p99_ms": rounded(p99_ms),
            "worst_ms": rounded(worst_ms), "frames": count, "painted": painted,
            "pace_p50_ms": rounded(report.pace.p50_ms), "pace_p99_ms": rounded(report.pace.p99_ms),
        }),
    );
    if let Some(peak) = peak_mb() {
        tell(output, &json!({ "event": "bench", "name": "memory", "peak_mb": rounded(peak) }));
    }
    Ok(())
}

/// Without one, frames are laid out and tessellated, but not painted.
fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// A line of the result, for programs or for people.
fn tell(output: &Output, event: &Value) {
    output.event(event);
    let figures: Vec<String> = event
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !["event", "name", "arch"].contains(&key.as_str()))
        .map(|(key, value)| format!("{key} {value}"))
        .collect();
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    output.line(&format!("{:<13} {:<4} {}", text("name"), text("arch"), figures.join("   ")));
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The most memory this process ever held, in millions of bytes.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_is_known() {
        assert!(peak_mb().unwrap() > 1.0);
    }
}
