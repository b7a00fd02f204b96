//! Everything that takes time, on threads of its own: commands in, events out.
//!
//! - `trainer` does the long jobs, one at a time: training, benchmarks, measuring heatmaps, latent spaces, scoring files;
//! - `viewer` holds the loaded models, shows a case to them and decodes codes;
//! - `opener` opens folders;
//! - `librarian` writes exports, `pictures` reads image files;
//! - a router in this file hands out the commands, so that `EngineHandle::send` never waits; another thread watches the memory.
//!
//! The window, the command line and the tests are all just listeners to the same events.

mod benchmark;
mod calibrating;
mod chest;
mod concerns;
mod cuda;
mod detector;
mod ensembles;
mod explore;
mod failure;
mod film;
mod foreign;
mod gpu;
pub mod heap;
mod heatmap;
mod heatmaps;
mod jobs;
#[cfg(test)]
mod lesion_tests;
mod librarian;
mod lung_card;
pub mod lung_training;
mod lungs;
mod machine;
mod mailbox;
mod measured;
pub mod message;
mod meter;
mod names;
mod opacities;
mod opener;
mod outbox;
mod painted;
mod part;
mod pictures;
mod run_data;
mod score;
mod shared;
mod source;
pub mod speed;
mod trainer;
mod training;
mod viewer;
mod waiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

pub(crate) use self::cuda::libtorch_folder;
use self::librarian::Export;
use self::machine::{MemoryMeter, Niceness};
use self::message::{EngineCommand, EngineEvent};
use self::outbox::Outbox;
use self::shared::Shared;
use self::trainer::Work;
use crate::config::Config;
use crate::domain::{DevicePreference, JobId, JobKind};
use crate::error::{Error, Result};

/// Events that may wait for the listener.
const EVENT_CAPACITY: usize = 4096;
const BETWEEN_MEMORY_READINGS: Duration = Duration::from_secs(1);
/// Two, so that a large file does not hold up a case.
const PICTURE_THREADS: usize = 2;

/// Where things are and what to compute with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where run folders are made.
    pub models_dir: PathBuf,
    /// Models that come with the program.
    pub bundled_models_dir: PathBuf,
    /// The lung mask that comes with the program.
    pub lungs_dir: PathBuf,
    /// The data set that comes with the program.
    pub sample_dir: PathBuf,
    /// Decoded images.
    pub cache_dir: PathBuf,
    /// Threads for computing, at least 1.
    pub threads: u32,
    /// Where loaded models and benchmarks compute; a training says so itself.
    pub device: DevicePreference,
}

impl From<&Config> for EngineConfig {
    fn from(config: &Config) -> Self {
        Self {
            models_dir: config.models_dir.clone(),
            bundled_models_dir: config.bundled_models_dir.clone(),
            lungs_dir: config.lungs_dir.clone(),
            sample_dir: config.sample_dir.clone(),
            cache_dir: config.cache_dir.clone(),
            threads: config.threads.max(1),
            device: DevicePreference::Auto,
        }
    }
}

/// The channel from the engine to its listener. Bounded: a listener that sleeps holds up results, never loses them.
pub fn channel() -> (Sender<EngineEvent>, Receiver<EngineEvent>) {
    crossbeam_channel::bounded(EVENT_CAPACITY)
}

/// Starts engines.
pub struct Engine;

/// The way in. Dropping it stops all work, waits for the threads and keeps what was reached.
pub struct EngineHandle {
    commands: Sender<EngineCommand>,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Starts the threads and returns at once; `Ready` follows when the device is known. `wake` is called after each
    /// event, from any thread.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start(
        config: EngineConfig,
        events: Sender<EngineEvent>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<EngineHandle> {
        let closing = Arc::new(AtomicBool::new(false));
        let outbox = Outbox::new(events, wake, Arc::clone(&closing));
        let shared = Arc::new(Shared::new(config, outbox, closing)?);
        let (commands, requests) = crossbeam_channel::unbounded();
        let mut handle = EngineHandle { commands, shared, threads: Vec::new() };
        let (alive, end) = crossbeam_channel::bounded(0);
        handle.spawn("router", move |shared| route(shared, &requests, alive))?;
        handle.spawn("memory", move |shared| watch_memory(shared, &end))?;
        handle.spawn("librarian", librarian::run)?;
        handle.spawn("opener", opener::run)?;
        handle.spawn("trainer", trainer::run)?;
        handle.spawn("viewer", viewer::run)?;
        for _ in 0..PICTURE_THREADS {
            handle.spawn("pictures", pictures::run)?;
        }
        Ok(handle)
    }
}

impl EngineHandle {
    /// Hands a command over; never waits. Ignored after `Shutdown`.
    pub fn send(&self, command: EngineCommand) {
        if let Err(refused) = self.commands.send(command) {
            tracing::debug!("the engine has closed and ignores {:?}", refused.0);
        }
    }

    fn spawn(&mut self, name: &str, run: impl FnOnce(&Shared) + Send + 'static) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&shared))
            .map_err(|error| Error::Other(format!("cannot start the {name} thread: {error}")))?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.send(EngineCommand::Shutdown);
        self.shared.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("an engine thread ended by a panic");
            }
        }
    }
}

/// The router's thread: hands out commands. Ends what lives as long as `alive`.
fn route(shared: &Shared, requests: &Receiver<EngineCommand>, _alive: Sender<()>) {
    while !shared.is_closing() {
        match requests.recv() {
            Ok(command) => carry_out(shared, command),
            Err(_) => return,
        }
    }
}

/// The memory's thread: reads it once a second. It has a thread of its own because a driver may take its time to answer.
fn watch_memory(shared: &Shared, end: &Receiver<()>) {
    machine::yield_to_window(Niceness::Interactive);
    let mut memory = MemoryMeter::new(shared.machine().cuda);
    while !shared.is_closing() {
        shared.outbox.offer(EngineEvent::Memory(memory.read()));
        if end.recv_timeout(BETWEEN_MEMORY_READINGS) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Gives a command to the thread that does it. Quick.
fn carry_out(shared: &Shared, command: EngineCommand) {
    match command {
        EngineCommand::OpenData { job, source, options } => opener::open(shared, job, source, options),
        EngineCommand::Thumbnails { samples, side } => {
            shared.pictures.change(|pictures| pictures.want_thumbnails(samples, side));
        }
        EngineCommand::LoadCase { case } => shared.pictures.change(|pictures| pictures.want_case(case)),
        EngineCommand::LoadFilm { folder } => shared.pictures.change(|pictures| pictures.want_film(folder)),
        EngineCommand::ListRuns => librarian::list_runs(shared),
        EngineCommand::DeleteRun { folder } => librarian::delete_run(shared, folder),
        EngineCommand::Train { job, settings, pins, out } => training::start(shared, job, *settings, pins, out),
        EngineCommand::Resume { job, folder, pins } => training::resume(shared, job, folder, pins),
        EngineCommand::Calibrate { job, folders } => calibrating::start(shared, job, folders),
        EngineCommand::LoadModel { path } => viewer::load(shared, path),
        EngineCommand::UnloadModel { model } => viewer::unload(shared, model),
        EngineCommand::Analyse { case, models } => viewer::analyse(shared, case, models),
        EngineCommand::SetScore { model, score } => viewer::set_score(shared, model, score),
        EngineCommand::MakeEnsemble { job, members, name, out } => {
            let request = ensembles::Request { members, name, out };
            let work: Work = Box::new(move |shared, job| ensembles::run(shared, job, &request));
            trainer::enqueue(shared, job, JobKind::Ensemble, work);
        }
        EngineCommand::Rescore { benchmark, models } => viewer::rescore(shared, benchmark, models),
        EngineCommand::Benchmark { job, models } => {
            let work: Work = Box::new(move |shared, job| benchmark::run(shared, job, &models));
            trainer::enqueue(shared, job, JobKind::Benchmark, work);
        }
        EngineCommand::MeasureHeatmaps { job, benchmark, models } => {
            let work: Work = Box::new(move |shared, job| heatmaps::run(shared, job, &benchmark, &models));
            trainer::enqueue(shared, job, JobKind::Heatmaps, work);
        }
        EngineCommand::Score { job, models, inputs, heatmaps } => {
            let request = score::Request { models, inputs, heatmaps };
            let work: Work = Box::new(move |shared, job| score::run(shared, job, &request));
            trainer::enqueue(shared, job, JobKind::Score, work);
        }
        EngineCommand::Explore { job, model } => {
            let work: Work = Box::new(move |shared, job| explore::run(shared, job, &model));
            trainer::enqueue(shared, job, JobKind::Explore, work);
        }
        EngineCommand::Decode { model, codes, request } => viewer::decode(shared, model, codes, request),
        EngineCommand::Pause { job } => pause(shared, job, true),
        EngineCommand::Continue { job } => pause(shared, job, false),
        EngineCommand::Stop { job } => stop(shared, job),
        EngineCommand::ReadGroups { job, path } => librarian::read_groups(shared, job, path),
        EngineCommand::ExportBenchmark { job, benchmark, groups, rule, folder } => {
            librarian::export(shared, job, Export::Benchmark { benchmark, groups, rule, folder });
        }
        EngineCommand::ExportImage { job, width, height, rgba, path } => {
            librarian::export(shared, job, Export::Image { width, height, rgba, path });
        }
        EngineCommand::ExportText { job, text, path } => librarian::export(shared, job, Export::Text { text, path }),
        EngineCommand::Shutdown => shared.close(),
    }
}

fn pause(shared: &Shared, id: JobId, paused: bool) {
    // Nothing else looks whether it is to pause.
    if let Some(job) = shared.jobs.get(id).filter(|job| matches!(job.kind, JobKind::Train(_))) {
        job.control.pause(paused);
        shared.outbox.send(EngineEvent::JobPaused { job: id, paused });
    }
}

fn stop(shared: &Shared, id: JobId) {
    if trainer::withdraw(shared, id) || opener::withdraw(shared, id) {
        return;
    }
    if let Some(job) = shared.jobs.get(id) {
        job.control.stop();
    }
}
