//! What a command says: events or results on standard output, progress and messages on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::ended::{Ended, Result};
use crate::domain::JobProgress;
use crate::error::Error;

const REDRAWS_PER_SECOND: u8 = 8;
/// The bar shows that something goes on, also while nothing is reported.
const BETWEEN_TICKS: Duration = Duration::from_millis(250);

/// Where a command speaks.
pub(super) struct Output {
    json: bool,
    bar: ProgressBar,
    stdout: Mutex<Stdout>,
}

/// How standard output is doing.
enum Stdout {
    Open,
    /// The reader has gone, which is its right: nothing more is written, and nothing said about it.
    Closed,
    Broken(std::io::Error),
}

impl Output {
    pub fn new(json: bool) -> Self {
        let bar = if json || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND))
        };
        // Nothing goes on yet.
        bar.finish_and_clear();
        Self { json, bar, stdout: Mutex::new(Stdout::Open) }
    }

    /// True where a person follows the bar.
    pub fn is_drawn(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// One object a line, with `--json` only.
    pub fn event(&self, event: &Value) {
        if self.json {
            self.write(&event.to_string());
        }
    }

    /// A line of the result, without `--json` only.
    pub fn line(&self, line: &str) {
        if !self.json {
            self.write(line);
        }
    }

    /// A message on standard error, above the bar.
    pub fn say(&self, message: &str) {
        self.bar.suspend(|| {
            // Without a standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "{message}");
        });
    }

    /// A message for people who follow: nothing with `--json`.
    pub fn note(&self, message: &str) {
        if !self.json {
            self.say(message);
        }
    }

    /// Something that stopped nothing.
    pub fn warn(&self, message: &str) {
        if self.json {
            self.event(&json!({ "event": "warning", "message": message }));
        } else {
            self.say(&format!("warning: {message}"));
        }
    }

    /// Something long begins: an event with `--json`, a line on standard error where there is no bar to say so.
    pub fn stage(&self, stage: &str) {
        self.event(&json!({ "event": "stage", "stage": stage }));
        if !self.is_drawn() {
            self.note(&format!("{stage}…"));
        }
    }

    /// Draws how far a job is.
    pub fn progress(&self, progress: &JobProgress) {
        let rate = progress.images_per_s.map_or_else(String::new, |rate| format!("{rate:.0} img/s  "));
        let left = progress.left_secs.map_or_else(String::new, |secs| format!("{} left", duration(secs)));
        self.draw(&progress.stage, progress.done, progress.total, &format!("{rate}{left}"));
    }

    /// Draws the bar; without a total, that something goes on.
    pub fn draw(&self, stage: &str, done: u64, total: u64, message: &str) {
        if self.bar.is_finished() {
            self.bar.reset();
            if self.is_drawn() {
                self.bar.enable_steady_tick(BETWEEN_TICKS);
            }
        }
        let template = match (done, total) {
            (0, 0) => "{prefix:<30!} {spinner} {wide_msg}",
            (_, 0) => "{prefix:<30!} {spinner} {pos} {wide_msg}",
            _ => "{prefix:<30!} {bar:30} {pos:>6}/{len:<6} {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_prefix(stage.to_owned());
        if total > 0 {
            self.bar.set_length(total);
        }
        self.bar.set_message(message.to_owned());
        self.bar.set_position(done);
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// At the end: an error when results could not be written, unless their reader went away.
    pub fn check(&self) -> Result<()> {
        self.clear();
        let stdout = std::mem::replace(&mut *self.lock(), Stdout::Closed);
        match stdout {
            Stdout::Broken(source) => {
                Err(Ended::from(Error::Io { action: "write", source, path: "standard output".into() }))
            }
            Stdout::Open | Stdout::Closed => Ok(()),
        }
    }

    fn write(&self, line: &str) {
        let mut stdout = self.lock();
        if !matches!(*stdout, Stdout::Open) {
            return;
        }
        let written = self.bar.suspend(|| {
            let mut out = std::io::stdout().lock();
            out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush())
        });
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => *stdout = Stdout::Closed,
            Err(error) => *stdout = Stdout::Broken(error),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stdout> {
        self.stdout.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// "48 s", "3 min 05 s", "2 h 10 min".
pub(super) fn duration(secs: f64) -> String {
    let secs = Duration::try_from_secs_f64(secs.max(0.0)).unwrap_or(Duration::MAX).as_secs();
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        _ => format!("{} h {:02} min", secs / 3600, secs / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(
            [0.4, 59.9, 65.0, 3600.0, 7830.0].map(duration),
            ["0 s", "59 s", "1 min 05 s", "1 h 00 min", "2 h 10 min"]
        );
        assert_eq!(duration(-1.0), "0 s");
        assert!(!duration(f64::INFINITY).is_empty());
    }
}
