//! An engine and the one who listens to it: follows jobs to their end, passes Ctrl-C on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, select, unbounded};

use super::ended::{Ended, Result};
use super::interrupt;
use super::options::{Compute, Models};
use super::output::Output;
use crate::config::Config;
use crate::domain::{
    Benchmark, BenchmarkEntry, Contender, DataSetSummary, GroupTable, JobId, JobOutcome, LatentMap, ModelInfo, Scoring,
    ThresholdRule,
};
use crate::engine::message::{DataOptions, DataSource, EngineCommand, EngineEvent, MachineInfo, ScoreWorth};
use crate::engine::{self, Engine, EngineConfig, EngineHandle};
use crate::store;

const LOADING: &str = "Loading models";

/// A running engine. Dropping it ends all work and keeps what was reached.
pub(super) struct Session<'a> {
    output: &'a Output,
    engine: EngineHandle,
    events: Receiver<EngineEvent>,
    interrupts: Receiver<()>,
    /// Kept, so that no Ctrl-C is heard where there can be none.
    _interrupt: Sender<()>,
    machine: Arc<MachineInfo>,
    bundled_models_dir: PathBuf,
    last_job: u64,
    /// The stage that was told last, where stages are told.
    stage: Option<String>,
}

enum Heard {
    Event(EngineEvent),
    Interrupt,
}

impl<'a> Session<'a> {
    /// Starts the engine and waits until the device is known.
    pub fn start(config: &Config, compute: &Compute, output: &'a Output) -> Result<Self> {
        let (interrupt, interrupts) = unbounded();
        let pressed = interrupt.clone();
        // The listener may have gone already, because the work is done.
        interrupt::listen(output, move || {
            let _ = pressed.send(());
        });
        let mut settings = EngineConfig::from(config);
        settings.device = compute.device;
        settings.threads = compute.threads.unwrap_or(settings.threads);
        let (sender, events) = engine::channel();
        let engine = Engine::start(settings, sender, Arc::new(|| {}))?;
        let mut session = Self {
            output,
            engine,
            events,
            interrupts,
            _interrupt: interrupt,
            machine: Arc::default(),
            bundled_models_dir: config.bundled_models_dir.clone(),
            last_job: 0,
            stage: None,
        };
        output.draw("Starting", 0, 0, "libtorch");
        session.machine = session.until(|event| match event {
            EngineEvent::Ready(machine) => Some(Arc::clone(machine)),
            _ => None,
        })?;
        output.clear();
        Ok(session)
    }

    /// From now on every new stage of the work is told, not only drawn.
    pub fn tell_stages(&mut self) {
        self.stage = Some(String::new());
    }

    fn begin(&mut self, stage: &str) {
        if let Some(told) = self.stage.as_mut().filter(|told| *told != stage) {
            stage.clone_into(told);
            self.output.stage(stage);
        }
    }

    pub fn machine(&self) -> &MachineInfo {
        &self.machine
    }

    /// A fresh job id.
    pub fn new_job(&mut self) -> JobId {
        self.last_job += 1;
        JobId(self.last_job)
    }

    /// Sends the command of a job and follows it to its end; `hear` gets every event meanwhile. Ctrl-C stops the job,
    /// which then ends as `Stopped` or `Cancelled`.
    pub fn follow(
        &mut self,
        job: JobId,
        command: EngineCommand,
        mut hear: impl FnMut(&EngineEvent, &Output),
    ) -> Result<JobOutcome> {
        self.engine.send(command);
        loop {
            let event = match self.next()? {
                Heard::Event(event) => event,
                Heard::Interrupt => {
                    self.engine.send(EngineCommand::Stop { job });
                    continue;
                }
            };
            hear(&event, self.output);
            match event {
                EngineEvent::JobProgress { job: of, progress } if of == job => {
                    self.begin(&progress.stage);
                    self.output.progress(&progress);
                }
                EngineEvent::JobEnded { job: of, outcome } if of == job => {
                    self.output.clear();
                    return Ok(outcome);
                }
                EngineEvent::JobFailed { job: of, error } if of == job => return Err(error.into()),
                EngineEvent::Notice(notice) if notice.warning => self.output.warn(&notice.message),
                _ => {}
            }
        }
    }

    /// The same for jobs that leave nothing behind when they are stopped.
    fn finish(&mut self, job: JobId, command: EngineCommand, hear: impl FnMut(&EngineEvent, &Output)) -> Result<()> {
        match self.follow(job, command, hear)? {
            JobOutcome::Done => Ok(()),
            JobOutcome::Stopped | JobOutcome::Cancelled => Err(Ended::interrupted()),
        }
    }

    /// Waits for one event.
    pub fn until<T>(&mut self, mut wanted: impl FnMut(&EngineEvent) -> Option<T>) -> Result<T> {
        loop {
            match self.next()? {
                Heard::Event(event) => {
                    if let Some(found) = wanted(&event) {
                        return Ok(found);
                    }
                    match event {
                        EngineEvent::Failed(failure) => return Err(failure.into()),
                        EngineEvent::Notice(notice) if notice.warning => self.output.warn(&notice.message),
                        _ => {}
                    }
                }
                Heard::Interrupt => return Err(Ended::interrupted()),
            }
        }
    }

    fn next(&self) -> Result<Heard> {
        let gone = || Ended::failed("The engine ended unexpectedly.", "");
        select! {
            recv(self.interrupts) -> _ => Ok(Heard::Interrupt),
            recv(self.events) -> event => event.map(Heard::Event).map_err(|_| gone()),
        }
    }

    /// Opens a data set.
    pub fn open(&mut self, source: DataSource, options: DataOptions) -> Result<Arc<DataSetSummary>> {
        let job = self.new_job();
        let mut opened = None;
        self.finish(job, EngineCommand::OpenData { job, source, options }, |event, _| {
            if let EngineEvent::DataOpened { data, .. } = event {
                opened = Some(Arc::clone(data));
            }
        })?;
        opened.ok_or_else(|| Ended::failed("The folder was not opened.", ""))
    }

    /// Loads models and gives them in the order they are named in; all bundled ones where none is.
    pub fn load_all(&mut self, models: &Models) -> Result<Vec<Arc<ModelInfo>>> {
        let mut folders = models.models.clone();
        if folders.is_empty() {
            folders = bundled(&self.bundled_models_dir);
            if folders.is_empty() {
                self.output.warn(&format!("there are no bundled models in {}", self.bundled_models_dir.display()));
            }
        }
        let mut loaded: Vec<(usize, Arc<ModelInfo>)> = Vec::new();
        self.begin(LOADING);
        for (place, before) in naming_order(&folders, &self.bundled_models_dir).into_iter().zip(0..) {
            let folder = &folders[place];
            self.output.draw(LOADING, before, folders.len() as u64, &folder.display().to_string());
            let model = self.load(folder)?;
            match loaded.iter_mut().find(|(_, other)| other.id == model.id) {
                Some((first, _)) => *first = place.min(*first),
                None => loaded.push((place, model)),
            }
        }
        loaded.sort_by_key(|&(place, _)| place);
        Ok(loaded.into_iter().map(|(_, model)| model).collect())
    }

    fn load(&mut self, path: &Path) -> Result<Arc<ModelInfo>> {
        self.engine.send(EngineCommand::LoadModel { path: path.to_path_buf() });
        self.until(|event| match event {
            EngineEvent::ModelLoaded(model) => Some(Arc::clone(model)),
            _ => None,
        })
    }

    /// Scores the open data set.
    pub fn benchmark(&mut self, models: Vec<Contender>) -> Result<Arc<Benchmark>> {
        let job = self.new_job();
        let mut measured = None;
        self.finish(job, EngineCommand::Benchmark { job, models }, |event, _| {
            if let EngineEvent::Benchmarked { benchmark, .. } = event {
                measured = Some(Arc::clone(benchmark));
            }
        })?;
        measured.ok_or_else(|| Ended::failed("The benchmark gave no result.", ""))
    }

    /// The same benchmark with these models by another score, from what it measured.
    pub fn rescore(
        &mut self,
        benchmark: &Arc<Benchmark>,
        models: &[Arc<ModelInfo>],
        score: &Scoring,
    ) -> Result<Arc<Benchmark>> {
        let by = |model: &Arc<ModelInfo>| Contender { model: model.id.clone(), score: Some(score.clone()) };
        let ids: Vec<String> = models.iter().map(|model| BenchmarkEntry::id_of(model, score)).collect();
        let (benchmark, models) = (Arc::clone(benchmark), models.iter().map(by).collect());
        self.engine.send(EngineCommand::Rescore { benchmark, models });
        // An earlier answer may come once more, with times.
        self.until(|event| match event {
            EngineEvent::Rescored(benchmark) if benchmark.entries.iter().any(|entry| ids.contains(&entry.id)) => {
                Some(Arc::clone(benchmark))
            }
            _ => None,
        })
    }

    /// Calibrates runs on their images; `each` is told what each one's scores are worth on the open data set.
    pub fn calibrate(
        &mut self,
        folders: Vec<PathBuf>,
        mut each: impl FnMut(&Path, &[ScoreWorth], &Output),
    ) -> Result<()> {
        let job = self.new_job();
        self.finish(job, EngineCommand::Calibrate { job, folders }, |event, output| {
            if let EngineEvent::ScoresCalibrated { folder, worth, .. } = event {
                each(folder, worth, output);
            }
        })
    }

    /// Measures the models' maps on painted lesions: the same benchmark with what was found.
    pub fn measure_heatmaps(
        &mut self,
        benchmark: &Arc<Benchmark>,
        models: &[Arc<ModelInfo>],
    ) -> Result<Arc<Benchmark>> {
        let job = self.new_job();
        let models = models.iter().map(|model| model.id.clone()).collect();
        let mut measured = None;
        let command = EngineCommand::MeasureHeatmaps { job, benchmark: Arc::clone(benchmark), models };
        self.finish(job, command, |event, _| {
            if let EngineEvent::Benchmarked { benchmark, .. } = event {
                measured = Some(Arc::clone(benchmark));
            }
        })?;
        measured.ok_or_else(|| Ended::failed("The maps were not measured.", ""))
    }

    /// Encodes the open data set by a model.
    pub fn explore(&mut self, model: &ModelInfo) -> Result<Arc<LatentMap>> {
        let job = self.new_job();
        let mut explored = None;
        self.finish(job, EngineCommand::Explore { job, model: model.id.clone() }, |event, _| {
            if let EngineEvent::Explored { map, .. } = event {
                explored = Some(Arc::clone(map));
            }
        })?;
        explored.ok_or_else(|| Ended::failed("The latent space was not made.", ""))
    }

    /// Reads a table that sorts images into groups.
    pub fn read_groups(&mut self, path: &Path) -> Result<Arc<GroupTable>> {
        let job = self.new_job();
        let mut read = None;
        self.finish(job, EngineCommand::ReadGroups { job, path: path.to_path_buf() }, |event, _| {
            if let EngineEvent::GroupsRead { table, .. } = event {
                read = Some(Arc::clone(table));
            }
        })?;
        read.ok_or_else(|| Ended::failed("The table of groups was not read.", ""))
    }

    /// Writes a benchmark's files.
    pub fn export(
        &mut self,
        benchmark: &Arc<Benchmark>,
        groups: Option<&Arc<GroupTable>>,
        folder: &Path,
    ) -> Result<Vec<PathBuf>> {
        let job = self.new_job();
        let (benchmark, groups) = (Arc::clone(benchmark), groups.cloned());
        let mut written = Vec::new();
        self.finish(
            job,
            EngineCommand::ExportBenchmark {
                job,
                benchmark,
                groups,
                rule: ThresholdRule::default(),
                folder: folder.to_path_buf(),
            },
            |event, _| {
                if let EngineEvent::Exported { paths, .. } = event {
                    written.clone_from(paths);
                }
            },
        )?;
        Ok(written)
    }
}

/// In which order models are loaded, so that what each is called does not depend on the order they are named in: bundled ones
/// first, whose the plain names are in the window too, then by folder, whose name begins with the date.
fn naming_order(folders: &[PathBuf], bundled: &Path) -> Vec<usize> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let bundled = real(bundled);
    let mut order: Vec<usize> = (0..folders.len()).collect();
    order.sort_by_cached_key(|&place| {
        let folder = real(&folders[place]);
        (!folder.starts_with(&bundled), folder)
    });
    order
}

/// The bundled models' folders, in the order of architectures.
pub(super) fn bundled(folder: &Path) -> Vec<PathBuf> {
    let listing = store::list(Path::new(""), folder);
    for damaged in &listing.damaged {
        tracing::warn!("{damaged}");
    }
    listing.runs.into_iter().filter(|run| run.usable).map(|run| run.folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_depend_on_the_order_of_the_command_line() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = place.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            folder
        };
        let (bundled, newer, older) = (folder("models/ae"), folder("runs/2026-11-23_ae"), folder("runs/2026-11-20_ae"));
        for named in [[&newer, &bundled, &older], [&older, &newer, &bundled], [&bundled, &older, &newer]] {
            let folders = named.map(Clone::clone);
            let order = naming_order(&folders, &place.path().join("models"));
            assert_eq!(order.iter().map(|&at| &folders[at]).collect::<Vec<_>>(), [&bundled, &older, &newer]);
        }
    }
}
