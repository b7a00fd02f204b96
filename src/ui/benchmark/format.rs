//! Figures as they stand on this screen.

use crate::domain::Interval;

/// Before a per cent sign.
pub const THIN: char = '\u{2009}';

/// An area under a curve, or a p-value's neighbour: "0.935".
pub fn area(value: f64) -> String {
    format!("{value:.3}")
}

/// "0.911–0.953".
pub fn area_range(interval: &Interval) -> String {
    format!("{:.3}–{:.3}", interval.low, interval.high)
}

/// A share in per cent without its sign, for columns whose head says so: "90.8"; "–" where there is none.
pub fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{:.1}", value * 100.0))
}

/// "90.8 %".
pub fn percent(value: f64) -> String {
    format!("{:.1}{THIN}%", value * 100.0)
}

/// Decimals at which a share below 1 is not written as 100 %: one as a rule, five at most.
fn decimals(share: f64) -> usize {
    let all = |decimals: &usize| share < 1.0 && share * 100.0 >= 100.0 - 0.5 / 10.0_f64.powi(*decimals as i32);
    (1..5).find(|decimals| !all(decimals)).unwrap_or(5)
}

/// A share with its interval, "90.8 %" and "87.5–93.3"; with more decimals where it would be rounded to 100 % and is not. An
/// end that is still rounded so is "<100".
pub fn share_of_all(share: &Interval) -> (String, String) {
    let digits = decimals(share.value);
    let end = |end: f64| {
        if decimals(end) > digits { "<100".to_owned() } else { format!("{:.digits$}", end * 100.0) }
    };
    (format!("{:.digits$}{THIN}%", share.value * 100.0), format!("{}–{}", end(share.low), end(share.high)))
}

/// A percentage that is often whole: "95 %", "99.5 %".
pub fn round_percent(value: f64) -> String {
    let tenths = (value * 1000.0).round() / 10.0;
    format!("{tenths}{THIN}%")
}

/// "87.5–93.3".
pub fn percent_range(interval: &Interval) -> String {
    format!("{:.1}–{:.1}", interval.low * 100.0, interval.high * 100.0)
}

/// "1.81 σ".
pub fn sigma(value: f64) -> String {
    // Never "-0.00".
    let value = if value.abs() < 0.005 { 0.0 } else { value };
    format!("{value:.2} σ").replace('-', "−")
}

/// "0.2 M", "48 k", "–".
pub fn parameters(count: Option<u64>) -> String {
    match count {
        None => "–".to_owned(),
        Some(count) if count < 50_000 => format!("{:.0} k", count as f64 / 1e3),
        Some(count) if count < 99_950_000 => format!("{:.1} M", count as f64 / 1e6),
        Some(count) => format!("{:.0} M", count as f64 / 1e6),
    }
}

/// Minutes and seconds, "6:42"; above an hour "1:20 h".
pub fn training_time(secs: Option<f64>) -> String {
    let Some(secs) = secs.filter(|secs| secs.is_finite() && *secs >= 0.0) else { return "–".to_owned() };
    let secs = secs.round() as u64;
    if secs < 3600 {
        format!("{}:{:02}", secs / 60, secs % 60)
    } else {
        format!("{}:{:02} h", secs / 3600, secs / 60 % 60)
    }
}

/// "28:05 by the clock, 7:36 of processor time".
pub fn training_times(secs: Option<f64>, cpu_secs: Option<f64>) -> String {
    let wall = training_time(secs);
    match cpu_secs {
        Some(cpu_secs) => format!("{wall} by the clock, {} of processor time", training_time(Some(cpu_secs))),
        None => wall,
    }
}

/// "1.9", "0.1", "240".
pub fn milliseconds(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value < 0.05 => "<0.1".to_owned(),
        Some(value) if value < 99.95 => format!("{value:.1}"),
        Some(value) => format!("{value:.0}"),
    }
}

/// "0.4 s", "41 s", "3:12 min".
pub fn took(secs: f64) -> String {
    match secs {
        secs if secs < 10.0 => format!("{secs:.1} s"),
        secs if secs < 120.0 => format!("{secs:.0} s"),
        secs => format!("{}:{:02} min", secs as u64 / 60, secs as u64 % 60),
    }
}

/// "finished 12:48 in 41 s"; with the day when that was another.
pub fn finished(unix_secs: i64, took_secs: f64) -> String {
    let took = took(took_secs);
    let Ok(stamp) = jiff::Timestamp::from_second(unix_secs) else { return format!("took {took}") };
    let then = stamp.to_zoned(jiff::tz::TimeZone::system());
    let today = jiff::Zoned::now().date() == then.date();
    let when = then.strftime(if today { "%H:%M" } else { "%-d %b %H:%M" });
    format!("finished {when} in {took}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_large_and_missing_figures_fit_their_columns() {
        assert_eq!([parameters(None), parameters(Some(215_433)), parameters(Some(48_200))], ["–", "0.2 M", "48 k"]);
        assert_eq!(parameters(Some(86_000_000)), "86.0 M");
        assert_eq!(parameters(Some(123_400_000)), "123 M");
        assert_eq!(
            [training_time(None), training_time(Some(118.2)), training_time(Some(4821.0))],
            ["–", "1:58", "1:20 h"]
        );
        assert_eq!(training_time(Some(f64::NAN)), "–");
        assert_eq!([Some(0.01), Some(1.94), Some(240.4), None].map(milliseconds), ["<0.1", "1.9", "240", "–"]);
        assert_eq!([took(0.42), took(41.3), took(192.0)], ["0.4 s", "41 s", "3:12 min"]);
    }

    #[test]
    fn shares_and_sigmas_read_well() {
        assert_eq!([share(Some(354.0 / 390.0)), share(None)], ["90.8", "–"]);
        assert_eq!(
            [percent(1.0), round_percent(0.95), round_percent(0.995)],
            ["100.0\u{2009}%", "95\u{2009}%", "99.5\u{2009}%"]
        );
        assert_eq!([sigma(-0.001), sigma(-1.5), sigma(1.805)], ["0.00 σ", "−1.50 σ", "1.80 σ"]);
    }

    #[test]
    fn a_share_below_all_is_never_written_as_all() {
        let share = |value, low, high| share_of_all(&Interval { value, low, high });
        let words = |figure: &str, range: &str| (format!("{figure}\u{2009}%"), range.to_owned());
        assert_eq!(share(0.999_6, 0.999_5, 0.999_67), words("99.96", "99.95–99.97"));
        assert_eq!(share(0.908, 0.875, 0.933), words("90.8", "87.5–93.3"));
        assert_eq!(share(0.998, 0.99, 0.999_7), words("99.8", "99.0–<100"));
        assert_eq!(share(1.0, 0.984, 1.0), words("100.0", "98.4–100.0"));
        assert_eq!(share(0.999_999_99, 0.9, 1.0).0, "100.00000\u{2009}%", "five decimals at most");
        assert_eq!(share(f64::NAN, 0.0, 1.0).0, "NaN\u{2009}%");
    }

    #[test]
    fn a_benchmark_of_another_day_says_which() {
        let now = jiff::Timestamp::now().as_second();
        assert!(!finished(now, 41.0).contains(" Nov ") || finished(now, 41.0).len() < 24);
        assert!(finished(0, 41.0).contains("Jan") || finished(0, 41.0).contains("Dec"));
        assert_eq!(finished(i64::MAX, 41.0), "took 41 s");
    }
}
