//! What the program computes with, and how much memory it takes.

use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::cuda;
use super::gpu::GpuMeter;
use super::message::{MachineInfo, MemoryInfo};
use super::waiting;
use crate::domain::version;

/// Finds the device. The first call into libtorch of the whole process; takes up to a second.
pub(crate) fn explore(threads: u32) -> MachineInfo {
    let cuda = cuda::enable();
    let cores = cores();
    waiting::watch(cores);
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let device_name = match &cuda {
        Ok(()) => gpu_name().unwrap_or_else(|| "NVIDIA GPU".to_owned()),
        Err(_) if cores == 1 => "CPU · 1 core".to_owned(),
        Err(_) => format!("CPU · {cores} cores"),
    };
    MachineInfo {
        device_name,
        cuda: cuda.is_ok(),
        cuda_reason: cuda.err(),
        cores,
        threads,
        memory_bytes: system.total_memory(),
        libtorch: version::LIBTORCH.to_owned(),
    }
}

/// Processors that this process may use.
pub(crate) fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32)
}

/// The name the driver gives the first GPU.
fn gpu_name() -> Option<String> {
    let mut gpus: Vec<_> = std::fs::read_dir("/proc/driver/nvidia/gpus").ok()?.flatten().collect();
    gpus.sort_by_key(std::fs::DirEntry::file_name);
    let text = std::fs::read_to_string(gpus.first()?.path().join("information")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Model:")).map(|model| model.trim().to_owned())
}

/// Reads the memory figures, cheaply enough for every second.
pub(crate) struct MemoryMeter {
    system: System,
    process: Option<Pid>,
    gpu: Option<GpuMeter>,
}

impl MemoryMeter {
    /// The GPU's figures too where something is computed `on_gpu`.
    pub fn new(on_gpu: bool) -> Self {
        let process = sysinfo::get_current_pid().ok();
        Self { system: System::new(), process, gpu: on_gpu.then(GpuMeter::new) }
    }

    pub fn read(&mut self) -> MemoryInfo {
        self.system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let used_bytes = self.process.map_or(0, |process| {
            let what = ProcessRefreshKind::nothing().with_memory();
            self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, what);
            self.system.process(process).map_or(0, sysinfo::Process::memory)
        });
        let gpu_bytes = self.gpu.as_ref().and_then(GpuMeter::read);
        MemoryInfo { used_bytes, total_bytes: self.system.total_memory(), gpu_bytes }
    }
}

/// How far a thread stands back. On Linux niceness belongs to a thread: 10 leaves it a tenth of a core that the window
/// wants too, and a quarter of one that a thread with 5 wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Niceness {
    /// Somebody waits for a picture.
    Interactive = 5,
    Background = 10,
}

/// Gives the calling thread, and the threads it will start, less of the processor than the window has, so that the
/// window stays smooth while training takes every core. On a system that cannot do this for one thread, nothing happens.
pub(crate) fn yield_to_window(niceness: Niceness) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, niceness as i32) {
        tracing::debug!(%error, "cannot lower the priority of a worker thread");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = niceness;
}

/// The number of threads that tensor operations called from this thread use; other threads keep theirs.
pub(crate) fn set_threads(threads: u32) {
    // libtorch sets a thread's number once by itself, at its first operation, to what was last set anywhere. Asking for
    // it makes that happen now, so that it cannot undo what is set next.
    let _ = tch::get_num_threads();
    tch::set_num_threads(i32::try_from(threads.max(1)).unwrap_or(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_known() {
        let memory = MemoryMeter::new(false).read();
        assert!(memory.used_bytes > 1 << 20, "{memory:?}");
        assert!(memory.total_bytes > memory.used_bytes, "{memory:?}");
        assert_eq!(memory.gpu_bytes, None, "nothing is computed on a GPU");
    }

    #[test]
    fn the_device_has_a_name_and_a_reason() {
        let machine = explore(2);
        assert!(!machine.device_name.is_empty());
        assert_eq!(machine.cuda, machine.cuda_reason.is_none());
        assert_eq!(machine.threads, 2);
    }
}
