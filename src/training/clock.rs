//! How long a training took, by the clock on the wall and by the processor's.

use std::time::{Duration, Instant};

use crate::domain::EpochRecord;

/// Time spent so far, pauses and interruptions left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub wall: Duration,
    /// User and system time of all threads of this program, so that the window and what else it does counts too; `None`
    /// where the system does not tell or an earlier part of the run was not measured.
    pub cpu: Option<Duration>,
}

/// Time that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lap {
    wall: Instant,
    cpu: Option<Duration>,
}

impl Clock {
    /// Goes on after these epochs.
    pub fn after(epochs: &[EpochRecord]) -> Self {
        let secs = |secs: f64| Duration::try_from_secs_f64(secs).unwrap_or_default();
        match epochs.last() {
            Some(last) => Self { wall: secs(last.elapsed_secs), cpu: last.cpu_secs.map(secs) },
            None => Self { wall: Duration::ZERO, cpu: Some(Duration::ZERO) },
        }
    }

    /// Adds what has passed, but for a pause. What the window draws during a pause is not told apart.
    pub fn add(&mut self, lap: Lap, paused: Duration) {
        self.wall += lap.wall.elapsed().saturating_sub(paused);
        let spent = cpu_time().zip(lap.cpu).map(|(now, then)| now.saturating_sub(then));
        self.cpu = self.cpu.zip(spent).map(|(before, spent)| before + spent);
    }
}

impl Lap {
    pub fn begin() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }
}

/// User and system time of this process, of threads that have ended too; good to a hundredth of a second.
#[cfg(target_os = "linux")]
fn cpu_time() -> Option<Duration> {
    // The kernel counts these in hundredths of a second on every architecture that libtorch is made for.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything; the 14th and 15th field are the 12th and 13th after it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()?.checked_add(ticks()?)?))
}

#[cfg(not(target_os = "linux"))]
fn cpu_time() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn work_takes_processor_time_and_waiting_takes_none() {
        let mut clock = Clock::after(&[]);
        let lap = Lap::begin();
        let mut sum = 0u64;
        while lap.wall.elapsed() < Duration::from_millis(400) {
            sum = std::hint::black_box(sum.wrapping_mul(3).wrapping_add(1));
        }
        clock.add(lap, Duration::ZERO);
        let worked = clock.cpu.unwrap();
        // Other tests run in this process, too, and the machine may be busy.
        assert!(worked >= Duration::from_millis(20), "{worked:?}");
        assert!(clock.wall >= Duration::from_millis(400));
        let before = clock.wall;
        clock.add(Lap::begin(), Duration::from_secs(9));
        assert!(clock.wall.abs_diff(before) < Duration::from_millis(50), "a pause is left out");
    }

    #[test]
    fn what_was_not_measured_stays_unknown() {
        let epoch = |cpu_secs| EpochRecord {
            epoch: 1,
            train: crate::domain::LossComponents::default(),
            validation: crate::domain::LossComponents::default(),
            development_auroc: None,
            learning_rate: 1e-3,
            images_per_s: 1.0,
            elapsed_secs: 3.0,
            cpu_secs,
            best: true,
        };
        let mut clock = Clock::after(&[epoch(None)]);
        clock.add(Lap::begin(), Duration::ZERO);
        assert!(clock.cpu.is_none() && clock.wall >= Duration::from_secs(3));
        assert_eq!(Clock::after(&[epoch(Some(2.5))]).cpu, Some(Duration::from_millis(2_500)));
        assert_eq!(Clock::after(&[epoch(Some(f64::NAN))]).cpu, Some(Duration::ZERO));
    }
}
