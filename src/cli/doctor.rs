//! `neuroscan doctor`: what the program found on this machine, and what to do about what is missing.

use std::future::Future as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::task::{Context, Poll, Waker};

use clap::Args;
use eframe::wgpu;
use serde_json::json;

use super::ended::{Ended, Result};
use super::options::Compute;
use super::output::Output;
use super::session::{Session, bundled};
use crate::config::Config;
use crate::domain::{DataSetSummary, DevicePreference, Finding, JobOutcome, Label, Severity, Split};
use crate::engine;
use crate::engine::message::{DataOptions, DataSource, EngineCommand, EngineEvent, MachineInfo};
use crate::store;

/// Say what the program found on this machine, and what to do about what is missing
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A data set to open and check
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
    /// Only print what can draw the window
    #[arg(long, hide = true)]
    renderers: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Fine,
    /// The program works without it.
    Note,
    /// Figures may be wrong.
    Caution,
    /// They are.
    Unsound,
    /// The program does not work without it.
    Problem,
}

/// Collects what was found.
struct Report<'a> {
    output: &'a Output,
    problems: usize,
}

impl Report<'_> {
    fn tell(&mut self, status: Status, name: &str, found: &str, advice: &str) {
        let (mark, word) = match status {
            Status::Fine => ("ok  ", "fine"),
            Status::Note => ("note", "note"),
            Status::Caution => ("care", "caution"),
            Status::Unsound | Status::Problem => ("BAD ", "problem"),
        };
        self.problems += usize::from(status == Status::Problem);
        self.output.event(&json!({ "event": "check", "status": word, "name": name, "found": found, "advice": advice }));
        self.output.line(&format!("{mark}  {name:<16} {found}"));
        if !advice.is_empty() {
            self.output.line(&format!("{:23}{advice}", ""));
        }
    }
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    if arguments.renderers {
        list_renderers(output);
        return Ok(());
    }
    let mut report = Report { output, problems: 0 };
    let compute = Compute { device: DevicePreference::Auto, threads: None };
    let mut session = Session::start(config, &compute, output)?;
    machine(&mut report, session.machine());
    libtorch(&mut report);
    display(&mut report);
    folders(&mut report, config);
    if let Some(data) = &arguments.data {
        check_data(&mut report, &mut session, data)?;
    }
    if report.problems > 0 {
        let things = if report.problems == 1 { "one thing keeps" } else { "several things keep" };
        return Err(Ended::failed(format!("{things} NeuroScan from working here; see above"), ""));
    }
    output.event(&json!({ "event": "done", "usable": true }));
    output.line("\nNeuroScan can be used on this machine. Research use only – not for diagnosis.");
    Ok(())
}

fn machine(report: &mut Report, machine: &MachineInfo) {
    let version = format!("NeuroScan {}, libtorch {}", env!("CARGO_PKG_VERSION"), machine.libtorch);
    report.tell(Status::Fine, "Program", &version, "");
    report.tell(Status::Fine, "Device", &machine.device_name, "");
    match &machine.cuda_reason {
        None => report.tell(Status::Fine, "CUDA", "in use", ""),
        Some(reason) => {
            report.tell(
                Status::Note,
                "CUDA",
                &format!("not in use: {reason}"),
                "Everything works on the processor, slower.",
            );
        }
    }
    let cores = format!("{}, of which {} compute", machine.cores, machine.threads);
    report.tell(Status::Fine, "Cores", &cores, "");
    let memory = machine.memory_bytes as f64 / 1e9;
    let (status, advice) = if memory < 4.0 {
        (Status::Note, "The full data set with four models needs 2.5 GB.")
    } else {
        (Status::Fine, "")
    };
    report.tell(status, "Memory", &format!("{memory:.1} GB"), advice);
}

fn libtorch(report: &mut Report) {
    // The program would not have started without it.
    let Some(folder) = engine::libtorch_folder() else {
        return report.tell(Status::Fine, "libtorch", "loaded", "");
    };
    let bytes: u64 = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|file| Some(file.ok()?.metadata().ok()?.len()))
        .sum();
    let cuda = if folder.join("libtorch_cuda.so").is_file() { "with CUDA" } else { "without CUDA" };
    let found = format!("{} ({:.0} MB, {cuda})", folder.display(), bytes as f64 / 1e6);
    report.tell(Status::Fine, "libtorch", &found, "");
}

fn display(report: &mut Report) {
    let server = ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some(format!("{name}={value}"))
    });
    match server {
        Some(server) => report.tell(Status::Fine, "Display", &server, ""),
        None if cfg!(unix) => {
            report.tell(Status::Note, "Display", "none", "The window needs one; all commands work without.");
        }
        None => {}
    }
    let renderers = renderers();
    if renderers.is_empty() {
        let advice = "Install a Vulkan driver (Debian: mesa-vulkan-drivers), or start the window with --renderer glow.";
        report.tell(Status::Note, "Renderer", "no Vulkan driver", advice);
    } else {
        report.tell(Status::Fine, "Renderer", &renderers.join("; "), "");
    }
}

/// What can draw the window, by name. Asked in a process of its own: graphics drivers print and crash as they like.
fn renderers() -> Vec<String> {
    let asked = std::env::current_exe()
        .and_then(|program| Command::new(program).args(["doctor", "--renderers"]).stderr(Stdio::null()).output());
    match asked {
        Ok(answer) => String::from_utf8_lossy(&answer.stdout).lines().map(str::to_owned).collect(),
        Err(error) => {
            tracing::warn!("cannot ask for renderers: {error}");
            Vec::new()
        }
    }
}

fn list_renderers(output: &Output) {
    let backends = wgpu::Backends::PRIMARY;
    let description = wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
    let instance = wgpu::Instance::new(description);
    let mut found = std::pin::pin!(instance.enumerate_adapters(backends));
    // Outside of browsers the answer is there at once.
    if let Poll::Ready(adapters) = found.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        for info in adapters.iter().map(wgpu::Adapter::get_info) {
            output.line(&format!("{} ({})", info.name, info.backend));
        }
    }
}

fn folders(report: &mut Report, config: &Config) {
    if let Some(file) = &config.file {
        report.tell(Status::Fine, "Configuration", &file.display().to_string(), "");
    }
    writable(report, "Run folders", &config.models_dir, Status::Problem);
    writable(report, "Cache", &config.cache_dir, Status::Note);
    let models = bundled(&config.bundled_models_dir);
    let place = config.bundled_models_dir.display();
    if models.is_empty() {
        report.tell(
            Status::Note,
            "Bundled models",
            &format!("none in {place}"),
            "Train your own, or run “make models”.",
        );
    } else {
        report.tell(Status::Fine, "Bundled models", &format!("{} in {place}", models.len()), "");
    }
    let sample = config.sample_dir.display().to_string();
    if config.sample_dir.is_dir() {
        report.tell(Status::Fine, "Bundled sample", &sample, "");
    } else {
        report.tell(Status::Note, "Bundled sample", &format!("not at {sample}"), "Open a folder of your own.");
    }
}

/// Whether files can be made in a folder, which is made itself where it is not there.
fn writable(report: &mut Report, name: &str, folder: &Path, otherwise: Status) {
    match store::check_folder(folder) {
        Ok(()) => report.tell(Status::Fine, name, &folder.display().to_string(), ""),
        Err(error) => {
            let advice = "Name another folder in config.ron, or change its permissions.";
            report.tell(otherwise, name, &error.to_string(), advice);
        }
    }
}

fn check_data(report: &mut Report, session: &mut Session, folder: &Path) -> Result<()> {
    let job = session.new_job();
    let source = DataSource::Folder(folder.to_path_buf());
    let (mut opened, mut checked) = (None, None);
    let command = EngineCommand::OpenData { job, source, options: DataOptions::default() };
    let outcome = session.follow(job, command, |event, _| match event {
        EngineEvent::DataOpened { data, .. } => opened = Some(data.clone()),
        EngineEvent::DataChecked { findings, .. } => checked = Some(findings.clone()),
        _ => {}
    })?;
    let (Some(data), Some(findings), JobOutcome::Done) = (opened, checked, outcome) else {
        return Err(Ended::interrupted());
    };
    summarise(report, &data);
    for finding in findings.iter() {
        tell_finding(report, finding);
    }
    Ok(())
}

fn summarise(report: &mut Report, data: &DataSetSummary) {
    let counts: Vec<String> = Split::ALL
        .into_iter()
        .flat_map(|split| [Some(Label::Healthy), Some(Label::Diseased), None].map(|label| (split, label)))
        .filter_map(|(split, label)| {
            let count = data.samples.iter().filter(|sample| sample.split == split && sample.label == label).count();
            let label = match label {
                Some(Label::Healthy) => " healthy",
                Some(Label::Diseased) => " diseased",
                None => "",
            };
            (count > 0).then(|| format!("{} {count}{label}", split.name().to_lowercase()))
        })
        .collect();
    let found = format!("{}: {} images; {}", data.name, data.samples.len(), counts.join(", "));
    report.tell(Status::Fine, "Data set", &found, "");
    if !data.rejected.is_empty() {
        report.tell(Status::Note, "Left out", &format!("{} files", data.rejected.len()), "");
    }
}

/// The findings are about the images, not about whether the program works.
fn tell_finding(report: &mut Report, finding: &Finding) {
    let status = match finding.severity {
        Severity::Problem => Status::Unsound,
        Severity::Caution => Status::Caution,
        Severity::Note => Status::Note,
        Severity::Fine => Status::Fine,
    };
    let found = format!("{}: {}", finding.title, finding.figure);
    let advice = if finding.severity == Severity::Fine { "" } else { &finding.explanation };
    report.tell(status, "Data", &found, advice);
}
