//! How much of the GPU's memory is taken, from NVIDIA's management library (NVML), which comes with the driver and is
//! loaded at run time. Without a driver there is no figure, and nothing is said about it.

use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

/// Reads the memory of the first GPU that CUDA offers this program. NVML counts GPUs in the order of the bus and CUDA the
/// fastest first, which is the same where all are alike.
pub(crate) struct GpuMeter {
    nvml: Option<Nvml>,
    gpu: Gpu,
}

/// How a GPU is named.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Gpu {
    Index(u32),
    Uuid(String),
}

impl GpuMeter {
    /// Loads the library, which can take a second where no other program keeps the driver awake.
    pub fn new() -> Self {
        Self::with(Nvml::init())
    }

    fn with(nvml: Result<Nvml, NvmlError>) -> Self {
        let visible = std::env::var("CUDA_VISIBLE_DEVICES").unwrap_or_default();
        let nvml = nvml.inspect_err(|error| tracing::debug!(%error, "the memory of a GPU cannot be read"));
        Self { nvml: nvml.ok(), gpu: first_visible(&visible) }
    }

    /// Bytes used and in all, by everybody; `None` where there is no NVIDIA GPU or its driver does not tell.
    pub fn read(&self) -> Option<(u64, u64)> {
        let memory = self.device()?.memory_info().ok()?;
        (memory.total > 0).then_some((memory.used.min(memory.total), memory.total))
    }

    fn device(&self) -> Option<Device<'_>> {
        let nvml = self.nvml.as_ref()?;
        match &self.gpu {
            Gpu::Index(index) => nvml.device_by_index(*index).ok(),
            Gpu::Uuid(uuid) => nvml.device_by_uuid(uuid.as_str()).ok(),
        }
    }
}

/// The first of the GPUs that `CUDA_VISIBLE_DEVICES` lets programs see; the machine's first where it does not say.
fn first_visible(variable: &str) -> Gpu {
    match variable.split(',').next().map(str::trim) {
        None | Some("") => Gpu::Index(0),
        Some(first) => first.parse().map_or_else(|_| Gpu::Uuid(first.to_owned()), Gpu::Index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_driver_there_is_no_figure_and_no_fuss() {
        let missing = Nvml::builder().lib_path("libno-such-nvml.so".as_ref()).init();
        assert!(missing.is_err());
        assert_eq!(GpuMeter::with(missing).read(), None);
        // With a driver the figures are of this machine.
        if let Some((used, total)) = GpuMeter::new().read() {
            assert!(used <= total && total > 1 << 28, "{used} of {total}");
        }
    }

    #[test]
    fn the_gpu_is_the_one_that_cuda_uses() {
        assert_eq!(first_visible(""), Gpu::Index(0));
        assert_eq!(first_visible("3,1"), Gpu::Index(3));
        assert_eq!(first_visible(" GPU-8932f937 ,1"), Gpu::Uuid("GPU-8932f937".to_owned()));
        assert_eq!(first_visible("-1"), Gpu::Uuid("-1".to_owned()), "none: no GPU has that name");
    }
}
