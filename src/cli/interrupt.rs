//! Ctrl-C, and the system's request to end: the first one is passed on, the second one ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use super::ended::Ended;
use super::output::Output;

static PRESSED: AtomicBool = AtomicBool::new(false);

static FIRST: Mutex<Vec<Box<dyn Fn() + Send>>> = Mutex::new(Vec::new());
static INSTALLED: Once = Once::new();

/// Calls `first`, too, at the first Ctrl-C, on a thread of its own.
pub(super) fn listen(output: &Output, first: impl Fn() + Send + 'static) {
    FIRST.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(first));
    INSTALLED.call_once(|| {
        let installed = ctrlc::set_handler(|| {
            if PRESSED.swap(true, Ordering::Relaxed) {
                exit_at_once();
            }
            FIRST.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|first| first());
        });
        if let Err(error) = installed {
            output.warn(&format!("Ctrl-C ends the program without saving: {error}"));
        }
    });
}

/// Whether it was pressed.
pub(super) fn pressed() -> bool {
    PRESSED.load(Ordering::Relaxed)
}

/// Ends without running anyone's clean-up: libtorch's crashes while its threads compute. Replacing the process by one
/// that only returns the exit code is the one safe call that does this.
fn exit_at_once() {
    let code = i32::from(Ended::interrupted().exit_code());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = std::process::Command::new("/bin/sh").args(["-c", &format!("exit {code}")]).exec();
        tracing::debug!("cannot end at once: {error}");
    }
    std::process::exit(code);
}
