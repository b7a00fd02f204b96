//! What the engine's threads know in common.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::EngineConfig;
use super::jobs::Jobs;
use super::librarian::Errands;
use super::machine::{self, Niceness};
use super::mailbox::Mailbox;
use super::measured::MeasuredModels;
use super::message::{EngineEvent, MachineInfo, Notice};
use super::opener::Folders;
use super::outbox::Outbox;
use super::pictures::Pictures;
use super::trainer::Queue;
use super::viewer::Requests;
use crate::dataset::OpenDataSet;
use crate::domain::{Contender, DevicePreference, JobId, ModelId, ModelInfo, Scoring};
use crate::error::{Error, Result};

pub(crate) struct Shared {
    pub config: EngineConfig,
    pub outbox: Outbox,
    pub jobs: Jobs,
    pub librarian: Mailbox<Errands>,
    pub pictures: Mailbox<Pictures>,
    pub opener: Mailbox<Folders>,
    pub trainer: Mailbox<Queue>,
    pub viewer: Mailbox<Requests>,
    /// For decoding; its threads yield to the window.
    pub pool: Arc<ThreadPool>,
    closing: Arc<AtomicBool>,
    machine: OnceLock<Arc<MachineInfo>>,
    data: Mutex<Option<OpenDataSet>>,
    /// What the viewer holds, in order of loading.
    loaded: Mutex<Vec<Arc<ModelInfo>>>,
    /// The run that this process writes.
    writing: Mutex<Option<ModelId>>,
    /// What benchmarks have measured.
    pub measured: MeasuredModels,
}

impl Shared {
    pub fn new(config: EngineConfig, outbox: Outbox, closing: Arc<AtomicBool>) -> Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(config.threads as usize)
            .thread_name(|index| format!("decode {index}"))
            .start_handler(|_| machine::yield_to_window(Niceness::Background))
            .build()
            .map_err(|error| Error::Other(format!("cannot start threads: {error}")))?;
        Ok(Self {
            pool: Arc::new(pool),
            config,
            outbox,
            closing,
            jobs: Jobs::default(),
            librarian: Mailbox::default(),
            pictures: Mailbox::default(),
            opener: Mailbox::default(),
            trainer: Mailbox::default(),
            viewer: Mailbox::default(),
            machine: OnceLock::new(),
            data: Mutex::default(),
            loaded: Mutex::default(),
            writing: Mutex::default(),
            measured: MeasuredModels::default(),
        })
    }

    /// What there is to compute with. The first caller finds out and tells; others wait for it. Every thread calls
    /// this before its first tensor, because CUDA has to be switched on before that.
    pub fn machine(&self) -> &MachineInfo {
        self.machine.get_or_init(|| {
            let machine = Arc::new(machine::explore(self.config.threads));
            self.outbox.send(EngineEvent::Ready(Arc::clone(&machine)));
            machine
        })
    }

    /// Prepares the calling thread for tensors on so many processor threads.
    pub fn enter_tensor_thread(&self, niceness: Niceness, threads: u32) {
        machine::yield_to_window(niceness);
        self.machine();
        machine::set_threads(threads);
    }

    /// Where to compute, given what is wanted and what there is.
    ///
    /// # Errors
    /// When CUDA is insisted on and there is none: why.
    pub fn compute_device(&self, wanted: DevicePreference) -> Result<tch::Device> {
        let machine = self.machine();
        match wanted {
            DevicePreference::Cpu => Ok(tch::Device::Cpu),
            DevicePreference::Auto if !machine.cuda => Ok(tch::Device::Cpu),
            DevicePreference::Cuda if !machine.cuda => {
                let reason = machine.cuda_reason.as_deref().unwrap_or("There is no CUDA here.");
                Err(Error::Other(format!("CUDA was asked for, but: {reason}")))
            }
            DevicePreference::Auto | DevicePreference::Cuda => Ok(tch::Device::Cuda(0)),
        }
    }

    /// The data set that is open; it stays usable when another replaces it.
    pub fn open_data(&self) -> Option<OpenDataSet> {
        lock(&self.data).clone()
    }

    /// The data set that is open, or what to do about there being none.
    pub fn need_data(&self) -> Result<OpenDataSet> {
        self.open_data().ok_or_else(|| Error::Other("No data set is open.".to_owned()))
    }

    pub fn replace_data(&self, data: OpenDataSet) {
        *lock(&self.data) = Some(data);
    }

    /// Tells something about a sample, unless another data set was opened meanwhile, in which its number means another
    /// image. Holds the data set while sending, so that what is sent is out before the other one is announced.
    pub fn send_about(&self, data: &OpenDataSet, event: EngineEvent) {
        let open = lock(&self.data);
        if open.as_ref().is_some_and(|open| Arc::ptr_eq(open.summary(), data.summary())) {
            self.outbox.send(event);
        }
    }

    /// The loaded models that are meant, in the order asked for.
    ///
    /// # Errors
    /// Names the first that is not loaded.
    pub fn loaded_of(&self, ids: &[ModelId]) -> Result<Vec<Arc<ModelInfo>>> {
        let loaded = lock(&self.loaded);
        let find = |id: &ModelId| {
            let found = loaded.iter().find(|model| &model.id == id).cloned();
            found.ok_or_else(|| Error::Other(format!("the model {} is not loaded", id.0)))
        };
        ids.iter().map(find).collect()
    }

    /// The loaded models that are meant, each with the score it takes part by, each pair once.
    ///
    /// # Errors
    /// Names the first that is not loaded.
    pub fn contenders(&self, wanted: &[Contender]) -> Result<Vec<(Arc<ModelInfo>, Scoring)>> {
        let mut found: Vec<(Arc<ModelInfo>, Scoring)> = Vec::with_capacity(wanted.len());
        for Contender { model, score } in wanted {
            for info in self.loaded_of(std::slice::from_ref(model))? {
                let score = score.clone().unwrap_or_else(|| info.score.clone());
                if !found.iter().any(|(other, known)| other.id == info.id && *known == score) {
                    found.push((info, score));
                }
            }
        }
        Ok(found)
    }

    pub fn change_loaded<R>(&self, change: impl FnOnce(&mut Vec<Arc<ModelInfo>>) -> R) -> R {
        change(&mut lock(&self.loaded))
    }

    /// The run that is trained here; all others that are being trained are so by another process.
    pub fn writing(&self) -> Option<ModelId> {
        lock(&self.writing).clone()
    }

    pub fn set_writing(&self, run: Option<ModelId>) {
        *lock(&self.writing) = run;
    }

    /// True for what came with the program.
    pub fn is_bundled(&self, folder: &Path) -> bool {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        absolute(folder).starts_with(absolute(&self.config.bundled_models_dir))
    }

    /// Says something worth knowing.
    pub fn notice(&self, job: Option<JobId>, message: &str) {
        self.outbox.send(EngineEvent::Notice(Notice { warning: true, job, message: message.to_owned() }));
    }

    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Ends every thread as soon as its batch or file is done.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.jobs.stop_all();
        self.librarian.close();
        self.pictures.close();
        self.opener.close();
        self.trainer.close();
        self.viewer.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
