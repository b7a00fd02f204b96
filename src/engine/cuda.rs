//! Finds out whether there is CUDA, and switches it on.
//!
//! The program is linked without `libtorch_cuda`, so that one binary starts on any machine. Loading that library
//! before the first tensor registers its backend with libtorch. The `unsafe` of this module is that loading.

use std::path::Path;

/// The driver's own library: without it none of the rest can work.
#[cfg(unix)]
const DRIVER: &str = "libcuda.so.1";
#[cfg(unix)]
const BACKEND: &str = "libtorch_cuda.so";

/// Registers the CUDA backend. Call once, before anything else touches libtorch.
///
/// # Errors
/// Why there is no CUDA, in one sentence with what to do.
#[cfg(unix)]
pub(crate) fn enable() -> Result<(), String> {
    if load(Path::new(DRIVER)).is_err() {
        return Err("No NVIDIA driver was found (libcuda.so.1).".to_owned());
    }
    let mut candidates = vec![Path::new(BACKEND).to_path_buf()];
    candidates.extend(libtorch_folder().map(|folder| folder.join(BACKEND)));
    let mut reason = String::new();
    for candidate in &candidates {
        match load(candidate) {
            Ok(()) => {
                let reason = "The CUDA libraries are loaded, but the driver offers no usable GPU; it may be too old.";
                return if tch::Cuda::is_available() { Ok(()) } else { Err(reason.to_owned()) };
            }
            Err(error) => reason = error,
        }
    }
    Err(format!("There is an NVIDIA driver, but the CUDA libraries cannot be loaded; run “make cuda” ({reason})."))
}

#[cfg(not(unix))]
pub(crate) fn enable() -> Result<(), String> {
    if tch::Cuda::is_available() { Ok(()) } else { Err("This build has no CUDA support.".to_owned()) }
}

/// Loads a library for all others to see and keeps it until the process ends.
#[cfg(unix)]
fn load(name: &Path) -> Result<(), String> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
    // SAFETY: loading runs the library's initialisers. Both names are NVIDIA's and PyTorch's own libraries, found by
    // the system's loader or beside the libtorch this program already runs; their initialisers only register
    // themselves and may run on any thread. The handle is leaked, so no code is ever unmapped while in use.
    let library = unsafe { Library::open(Some(name), RTLD_NOW | RTLD_GLOBAL) };
    match library {
        Ok(library) => {
            std::mem::forget(library);
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The folder that libtorch was loaded from.
pub(crate) fn libtorch_folder() -> Option<std::path::PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let file = maps.lines().find_map(|line| {
        let path = &line[line.find('/')?..];
        path.ends_with("/libtorch_cpu.so").then_some(path)
    })?;
    Path::new(file).parent().map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_an_error_that_names_it() {
        let error = load(Path::new("libno-such-thing.so")).unwrap_err();
        assert!(error.contains("libno-such-thing.so"), "{error}");
    }

    #[test]
    fn without_cuda_there_is_a_reason() {
        if let Err(reason) = enable() {
            assert!(reason.ends_with('.') && reason.len() > 20, "{reason}");
        }
    }
}
