//! How fast work goes and how long it will take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The speed is taken over this much of the past.
const WINDOW: Duration = Duration::from_secs(8);
/// No estimate before this much has been seen: the first batches pay for warm-up.
const WARM_UP: Duration = Duration::from_millis(1500);
const MOST_POINTS: usize = 256;

/// Watches a count grow.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    points: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// Notes that `done` units were done by `now`.
    pub fn note(&mut self, now: Instant, done: u64) {
        if self.points.back().is_some_and(|&(_, before)| done < before) {
            self.points.clear();
        }
        self.points.push_back((now, done));
        while self.points.len() > 2
            && (self.points.len() > MOST_POINTS || now.duration_since(self.points[0].0) > WINDOW)
        {
            self.points.pop_front();
        }
    }

    /// Units a second over the last seconds; `None` until known.
    pub fn rate(&self) -> Option<f64> {
        let (&(from, before), &(to, after)) = (self.points.front()?, self.points.back()?);
        let span = to.duration_since(from);
        (span >= WARM_UP && after > before).then(|| (after - before) as f64 / span.as_secs_f64())
    }

    /// Seconds until `total` is reached; `None` until known.
    pub fn left_secs(&self, total: u64) -> Option<f64> {
        let done = self.points.back()?.1;
        let rate = self.rate()?;
        Some(total.saturating_sub(done) as f64 / rate)
    }

    /// Forgets the past, after a pause.
    pub fn restart(&mut self) {
        self.points.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_nothing_before_the_warm_up() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        meter.note(start, 0);
        meter.note(start + Duration::from_millis(100), 1000);
        assert_eq!(meter.rate(), None);
        assert_eq!(meter.left_secs(2000), None);
    }

    #[test]
    fn takes_the_speed_of_the_last_seconds_only() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        for second in 0..20_u64 {
            let done = if second < 10 { second } else { 10 + (second - 10) * 100 };
            meter.note(start + Duration::from_secs(second), done);
        }
        let rate = meter.rate().unwrap();
        assert!((99.0..=101.0).contains(&rate), "{rate}");
        assert!((meter.left_secs(1010).unwrap() - 1.0).abs() < 0.1);
    }

    #[test]
    fn a_count_that_falls_back_starts_anew() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        meter.note(start, 500);
        meter.note(start + Duration::from_secs(5), 3);
        assert_eq!(meter.rate(), None);
    }
}
