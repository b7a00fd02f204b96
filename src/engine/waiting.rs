//! How libtorch's threads wait for each other: turning in circles while the machine is idle, asleep while it is not.
//!
//! Between two operations a thread waits for the others. Turning in circles for that time (spinning) saves the wake-up,
//! which on an idle machine is a fifth of a small network's time; with anything else to do, a window to draw or another
//! program, the circles take the processor from those who are waited for, and training becomes ten times slower.
//!
//! libgomp reads from the environment how long to spin, before `main`, which is too late to change. But it stops
//! spinning as soon as it manages more threads than there are processors. So a thread that does nothing else makes it
//! manage one more (the *keeper*), and ends when spinning is wanted again.

use std::sync::Once;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::machine::{Niceness, set_threads, yield_to_window};

/// How often the machine is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// Share of the time that this process's threads stand in line for a processor, added up over all of them, from which
/// on the machine counts as busy, and below which it counts as idle again.
const BUSY_ABOVE: f64 = 0.20;
const IDLE_BELOW: f64 = 0.04;
/// Looks in a row that have to find the machine idle before threads spin again.
const IDLE_LOOKS: u32 = 8;

/// Begins to watch the machine, once in the life of the process.
pub(super) fn watch(cores: u32) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let watcher = std::thread::Builder::new().name("waiting".to_owned()).spawn(move || run(cores));
        if let Err(error) = watcher {
            tracing::debug!(%error, "threads of libtorch will spin while they wait");
        }
    });
}

fn run(cores: u32) {
    yield_to_window(Niceness::Interactive);
    let Some(mut waited) = time_in_line() else {
        // Not to be seen here: sleeping is never bad, spinning can be.
        let _kept = Keeper::start(cores);
        loop {
            std::thread::park();
        }
    };
    let (mut looked, mut mood, mut keeper) = (Instant::now(), Mood::default(), None);
    loop {
        std::thread::sleep(BETWEEN_LOOKS);
        let (now, waited_now) = (Instant::now(), time_in_line().unwrap_or(waited));
        // Threads that ended take their time with them.
        let share = waited_now.saturating_sub(waited).as_secs_f64() / (now - looked).as_secs_f64();
        (looked, waited) = (now, waited_now);
        match (mood.after(share), &keeper) {
            (true, None) => keeper = Keeper::start(cores),
            (false, Some(_)) => keeper = None,
            _ => {}
        }
    }
}

/// Whether the machine is busy, with hysteresis.
#[derive(Debug, Default)]
struct Mood {
    busy: bool,
    idle_looks: u32,
}

impl Mood {
    /// Takes up a look; true when threads had better sleep.
    fn after(&mut self, share_in_line: f64) -> bool {
        self.idle_looks = if share_in_line < IDLE_BELOW { self.idle_looks + 1 } else { 0 };
        if share_in_line > BUSY_ABOVE {
            self.busy = true;
        } else if self.idle_looks >= IDLE_LOOKS {
            self.busy = false;
        }
        self.busy
    }
}

/// The time that all threads of this process together have stood in line for a processor; `None` where the system does
/// not say.
fn time_in_line() -> Option<Duration> {
    let mut nanoseconds = 0u64;
    for task in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        // A thread may end between listing and reading.
        let Ok(text) = std::fs::read_to_string(task.path().join("schedstat")) else { continue };
        nanoseconds += text.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()?;
    }
    (nanoseconds > 0).then(|| Duration::from_nanos(nanoseconds))
}

/// Makes libgomp manage more threads than there are processors for as long as it lives.
struct Keeper {
    _alive: Sender<()>,
}

impl Keeper {
    fn start(cores: u32) -> Option<Self> {
        let (alive, end) = crossbeam_channel::bounded(0);
        let keeper = std::thread::Builder::new().name("keeper".to_owned()).spawn(move || keep(cores, &end));
        keeper.map(|_| Self { _alive: alive }).inspect_err(|error| tracing::debug!(%error, "no keeper")).ok()
    }
}

fn keep(cores: u32, end: &Receiver<()>) {
    yield_to_window(Niceness::Background);
    set_threads(cores + 1);
    // Long enough that libtorch divides it among all threads; they are libgomp's until this thread ends.
    let _ = tch::Tensor::zeros([1 << 20], (tch::Kind::Float, tch::Device::Cpu)).exp_();
    let _ = end.recv();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_at_once_and_idle_only_after_a_while() {
        let mut mood = Mood::default();
        assert!(!mood.after(0.1));
        assert!(mood.after(0.5));
        for _ in 1..IDLE_LOOKS {
            assert!(mood.after(0.0));
        }
        assert!(mood.after(0.1), "between the two limits nothing changes, and the count starts anew");
        for _ in 1..IDLE_LOOKS {
            assert!(mood.after(0.0));
        }
        assert!(!mood.after(0.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn time_in_line_only_grows() {
        let Some(before) = time_in_line() else { return };
        assert!(time_in_line().is_some_and(|after| after >= before));
    }

    #[test]
    fn a_keeper_ends_when_it_is_dropped() {
        let keeper = Keeper::start(1);
        assert!(keeper.is_some());
        drop(keeper);
    }
}
