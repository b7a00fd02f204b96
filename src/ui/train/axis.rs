//! Where grid lines stand, what is written at them, and how an axis grows without jumping.

/// A grid line: its place on the axis (a logarithm where the axis is one) and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub label: String,
}

/// Ticks of a logarithmic axis from 10^`low` to 10^`high`: as many steps of each decade as there is room for.
pub fn log_ticks(low: f64, high: f64) -> Vec<Tick> {
    const MOST: usize = 7;
    let choices: [&[f64]; 3] = [&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0], &[1.0, 2.0, 5.0], &[1.0]];
    let at_steps = |steps: &[f64]| -> Vec<Tick> {
        let decades = (low.floor() as i32)..=(high.ceil() as i32);
        decades
            .flat_map(|decade| steps.iter().map(move |step| step * 10f64.powi(decade)))
            .map(|value| Tick { at: value.log10(), label: number(value) })
            .filter(|tick| tick.at >= low - 1e-9 && tick.at <= high + 1e-9)
            .collect()
    };
    let mut found = choices.into_iter().map(at_steps);
    let ticks = found.find(|ticks| ticks.len() <= MOST).unwrap_or_else(|| at_steps(choices[2]));
    if ticks.len() >= 2 {
        return ticks;
    }
    // Less than a step of the decade is in view: there a logarithm is as good as straight.
    let straight = linear_ticks(10f64.powf(low), 10f64.powf(high), 5);
    straight.into_iter().filter(|tick| tick.at > 0.0).map(|tick| Tick { at: tick.at.log10(), ..tick }).collect()
}

/// About `count` ticks at multiples of 1, 2 or 5 times a power of ten.
pub fn linear_ticks(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let step = nice_step((high - low) / count.max(1) as f64);
    if !step.is_finite() || step <= 0.0 {
        return Vec::new();
    }
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    let decimals = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
    (first..=last.min(first + 50))
        .map(|index| {
            let at = index as f64 * step;
            let label = if at.abs() >= 1e4 || (decimals > 5) { number(at) } else { format!("{at:.decimals$}") };
            Tick { at, label }
        })
        .collect()
}

/// Ticks of the axis of epochs; whole epochs unless one looks closer.
pub fn epoch_ticks(from: f64, to: f64) -> Vec<Tick> {
    let ticks = linear_ticks(from, to, 6);
    ticks.into_iter().filter(|tick| tick.at >= 0.0).collect()
}

fn nice_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let share = rough / power;
    let step = if share <= 1.0 {
        1.0
    } else if share <= 2.0 {
        2.0
    } else if share <= 5.0 {
        5.0
    } else {
        10.0
    };
    step * power
}

/// A loss as short as it can be read: 0.05, 0.0146, 3.2, 1200, 2e-5.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e5).contains(&size) {
        let short = format!("{value:.2e}");
        match short.split_once('e') {
            Some((digits, power)) => format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.')),
            None => short,
        }
    } else {
        let digits = (3 - (size.log10() + 1e-12).floor() as i32 - 1).clamp(0, 6) as usize;
        let text = format!("{value:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    }
}

/// A loss with always the same number of digits, so that it does not jump while it changes: 0.0146, 12.4, 310.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "–".to_owned()
    } else if size > 0.0 && size < 1e-3 {
        format!("{value:.2e}")
    } else if size < 1.0 {
        format!("{value:.4}")
    } else if size < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

/// The range an axis of losses should have: what is drawn with some air, ended at round values so that it moves rarely.
pub fn roomy(low: f64, high: f64, log: bool) -> (f64, f64) {
    if log {
        let air = ((high - low) * 0.04).max(0.03);
        (round_log(low - air, false), round_log(high + air, true))
    } else {
        let top = high + (high - low).abs().max(high.abs() * 0.05).max(1e-9) * 0.06;
        let step = nice_step(top / 10.0);
        let bottom = if low < 0.0 { (low / step).floor() * step } else { 0.0 };
        (bottom, (top / step).ceil() * step)
    }
}

/// The next of 1, 2, 3, 4, 5, 7 times a power of ten, as a logarithm.
fn round_log(at: f64, up: bool) -> f64 {
    let decade = at.floor();
    let steps = [1.0f64, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0].map(f64::log10);
    let share = at - decade;
    let found = if up {
        steps.into_iter().find(|step| *step >= share - 1e-9)
    } else {
        steps.into_iter().rev().find(|step| *step <= share + 1e-9)
    };
    decade + found.unwrap_or(0.0)
}

/// A range that follows its target smoothly.
#[derive(Clone, Copy, Debug, Default)]
pub struct Follower {
    now: Option<(f64, f64)>,
}

impl Follower {
    /// The range after `dt` seconds more; true while it still moves. The first target is taken at once.
    pub fn step(&mut self, target: (f64, f64), dt: f64) -> ((f64, f64), bool) {
        const PER_SECOND: f64 = 9.0;
        let Some(now) = self.now else {
            self.now = Some(target);
            return (target, false);
        };
        let share = 1.0 - (-dt * PER_SECOND).exp();
        let size = (target.1 - target.0).abs().max(f64::MIN_POSITIVE);
        let near = |from: f64, to: f64| (from - to).abs() < size * 2e-3;
        let moved = (now.0 + (target.0 - now.0) * share, now.1 + (target.1 - now.1) * share);
        let there = near(moved.0, target.0) && near(moved.1, target.1);
        let next = if there { target } else { moved };
        self.now = Some(next);
        (next, !there)
    }

    /// Takes the next target at once: another quantity is shown.
    pub fn reset(&mut self) {
        self.now = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn logarithmic_ticks_are_round() {
        let ticks = log_ticks(0.004f64.log10(), 0.1f64.log10());
        assert_eq!(labels(&ticks), ["0.005", "0.01", "0.02", "0.05", "0.1"]);
        assert_eq!(labels(&log_ticks(0.0, 4.0)), ["1", "10", "100", "1000", "10000"]);
        assert_eq!(labels(&log_ticks(0.004f64.log10(), 0.0075f64.log10())), ["0.004", "0.005", "0.007"]);
    }

    #[test]
    fn a_sliver_of_a_decade_still_has_ticks() {
        let ticks = log_ticks(0.01234f64.log10(), 0.0128f64.log10());
        assert!(ticks.len() >= 3, "{ticks:?}");
        assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].label != pair[1].label));
    }

    #[test]
    fn straight_ticks_are_round() {
        assert_eq!(labels(&linear_ticks(0.0, 0.1, 5)), ["0.00", "0.02", "0.04", "0.06", "0.08", "0.10"]);
        assert_eq!(labels(&epoch_ticks(0.0, 50.0)), ["0", "10", "20", "30", "40", "50"]);
        assert_eq!(labels(&epoch_ticks(3.1, 4.2)), ["3.2", "3.4", "3.6", "3.8", "4.0", "4.2"]);
        assert!(linear_ticks(1.0, 1.0, 5).is_empty());
        assert!(linear_ticks(f64::NAN, 1.0, 5).is_empty());
    }

    #[test]
    fn numbers_are_as_short_as_can_be_read() {
        for (value, text) in
            [(0.05, "0.05"), (0.0146, "0.0146"), (3.2, "3.2"), (1200.0, "1200"), (2e-5, "2e-5"), (1.5e6, "1.5e6")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(figure(0.0146), "0.0146");
        assert_eq!(figure(310.4), "310");
        assert_eq!(figure(f64::NAN), "–");
    }

    #[test]
    fn ranges_have_air_and_round_ends() {
        let (low, high) = roomy(0.0055f64.log10(), 0.082f64.log10(), true);
        assert!((10f64.powf(low) - 0.004).abs() < 1e-6 && (10f64.powf(high) - 0.1).abs() < 1e-6, "{low} {high}");
        assert_eq!(roomy(0.01, 0.09, false), (0.0, 0.1));
        let (low, high) = roomy(0.02, 0.02, true);
        assert!(low < high);
    }

    #[test]
    fn ranges_arrive_and_never_jump() {
        let mut follower = Follower::default();
        assert_eq!(follower.step((0.0, 1.0), 0.016), ((0.0, 1.0), false));
        let (mut range, mut frames) = ((0.0, 1.0), 0);
        loop {
            let (next, moves) = follower.step((0.0, 2.0), 0.016);
            assert!(next.1 >= range.1 && next.1 - range.1 < 0.2);
            range = next;
            frames += 1;
            if !moves {
                break;
            }
        }
        assert_eq!(range, (0.0, 2.0));
        assert!((10..80).contains(&frames), "{frames}");
    }
}
