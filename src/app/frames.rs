//! How long frames take, and how long the first one did.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Frames that are remembered: a minute's worth.
const MOST: usize = 3_600;

/// Times of frames, in milliseconds of the window's thread: reading events, laying out, tessellating and, in a real
/// window, handing the picture to the graphics driver.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameTimes {
    pub count: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub worst_ms: f64,
}

/// Remembers the newest frames.
#[derive(Debug, Default)]
pub(crate) struct FrameMeter {
    newest: VecDeque<f64>,
    began: Option<Instant>,
    between: VecDeque<f64>,
}

impl FrameMeter {
    /// What the thread of the window spent on a frame.
    pub fn note(&mut self, secs: f64) {
        push(&mut self.newest, secs * 1000.0);
    }

    /// A frame begins.
    pub fn begin(&mut self, now: Instant) {
        if let Some(before) = self.began.replace(now) {
            push(&mut self.between, now.duration_since(before).as_secs_f64() * 1000.0);
        }
    }

    pub fn restart(&mut self) {
        *self = Self::default();
    }

    pub fn times(&self) -> FrameTimes {
        FrameTimes::of(&self.newest)
    }

    /// From the beginning of a frame to that of the next: painting, the graphics driver and the display included. Only
    /// of use while every frame asks for the next.
    pub fn pace(&self) -> FrameTimes {
        FrameTimes::of(&self.between)
    }
}

fn push(times: &mut VecDeque<f64>, milliseconds: f64) {
    if times.len() == MOST {
        times.pop_front();
    }
    times.push_back(milliseconds);
}

impl FrameTimes {
    fn of(times: &VecDeque<f64>) -> Self {
        let mut sorted: Vec<f64> = times.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        // The nearest rank: the least time that so many per cent of the frames do not exceed.
        let at = |percent: f64| {
            let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { count: sorted.len(), p50_ms: at(50.0), p99_ms: at(99.0), worst_ms: at(100.0) }
    }
}

/// Time since the process began, the loading of its libraries included; good to a hundredth of a second.
#[cfg(target_os = "linux")]
pub(crate) fn since_process_start() -> Option<Duration> {
    // The kernel counts these in hundredths of a second on every architecture that libtorch is made for.
    const TICKS_PER_SEC: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything; the 22nd field is the 20th after it.
    let started: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let now: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(now - started / TICKS_PER_SEC).ok()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn since_process_start() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_newest_frames() {
        let mut meter = FrameMeter::default();
        assert_eq!(meter.times(), FrameTimes::default());
        for _ in 0..MOST {
            meter.note(1.0);
        }
        for frame in 1..=MOST {
            meter.note(frame as f64 / 1000.0);
        }
        let times = meter.times();
        assert_eq!((times.count, times.p50_ms, times.p99_ms, times.worst_ms), (3600, 1800.0, 3564.0, 3600.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_process_began_a_while_ago() {
        let first = since_process_start().unwrap();
        assert!(first < Duration::from_hours(24), "{first:?}");
        std::thread::sleep(Duration::from_millis(30));
        assert!(since_process_start().unwrap() > first);
    }
}
