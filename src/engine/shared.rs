//! What the engine's threads know in common.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::EngineConfig;
use super::jobs::Jobs;
use super::librarian::Errands;
use super::machine;
use super::mailbox::Mailbox;
use super::message::{EngineEvent, MachineInfo, Notice};
use super::outbox::Outbox;
use super::pictures::Pictures;
use crate::domain::{JobId, ModelId};
use crate::error::{Error, Result};

pub(crate) struct Shared {
    pub config: EngineConfig,
    pub outbox: Outbox,
    pub jobs: Jobs,
    pub librarian: Mailbox<Errands>,
    pub pictures: Mailbox<Pictures>,
    /// For decoding; its threads yield to the window.
    pub pool: ThreadPool,
    closing: Arc<AtomicBool>,
    machine: OnceLock<Arc<MachineInfo>>,
    loaded: Mutex<Vec<(ModelId, PathBuf)>>,
    /// The run folder that is being written.
    in_training: Mutex<Option<PathBuf>>,
}

impl Shared {
    pub fn new(config: EngineConfig, outbox: Outbox, closing: Arc<AtomicBool>) -> Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(config.threads as usize)
            .thread_name(|index| format!("decode {index}"))
            .start_handler(|_| machine::yield_to_window())
            .build()
            .map_err(|error| Error::Other(format!("cannot start threads: {error}")))?;
        Ok(Self {
            pool,
            config,
            outbox,
            closing,
            jobs: Jobs::default(),
            librarian: Mailbox::default(),
            pictures: Mailbox::default(),
            machine: OnceLock::new(),
            loaded: Mutex::default(),
            in_training: Mutex::default(),
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

    /// Prepares the calling thread for tensors.
    pub fn enter_tensor_thread(&self) {
        machine::yield_to_window();
        self.machine();
        tch::set_num_threads(i32::try_from(self.config.threads).unwrap_or(1));
    }

    pub fn is_bundled(&self, folder: &Path) -> bool {
        folder.starts_with(&self.config.bundled_models_dir)
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
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
