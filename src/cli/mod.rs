//! The command line: one file a subcommand, all through the engine and its events.
//!
//! With `--json`, every event is one JSON object on a line of standard output; without it, progress is drawn on standard
//! error and results are printed on standard output. Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted.

mod bench;
mod benchmark;
mod calibrate;
mod demo;
mod doctor;
mod ended;
mod ensemble;
mod explore;
mod interrupt;
mod options;
mod output;
mod score;
mod screenshot;
mod session;
mod train;
mod train_lungs;
mod window;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use serde_json::json;

use crate::config::Config;
use crate::engine::heap;
use ended::{Ended, Result};
use output::Output;

/// Learns healthy chest X-rays and shows where an image departs from them. Research use only – not for diagnosis.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "neuroscan", version, about, max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    window: options::Window,
}

#[derive(Debug, Subcommand)]
enum Command {
    Doctor(doctor::Arguments),
    Train(train::Arguments),
    #[command(hide = true)]
    TrainLungs(train_lungs::Arguments),
    Score(score::Arguments),
    Benchmark(benchmark::Arguments),
    Explore(explore::Arguments),
    Calibrate(calibrate::Arguments),
    Ensemble(ensemble::Arguments),
    Bench(bench::Arguments),
    Screenshot(screenshot::Arguments),
    Demo(demo::Arguments),
}

/// The program: reads the command line, does what it says.
pub fn main() -> ExitCode {
    heap::keep_freed();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => {
            // Nobody is left to tell when this cannot be printed.
            let _ = message.print();
            return ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2));
        }
    };
    log_to_stderr();
    let loaded = Config::load();
    let Some(command) = arguments.command else {
        return window::run(arguments.window, loaded);
    };
    let output = Output::new(command.json());
    leave_panics_to_the_engine();
    if let Some(problem) = &loaded.problem {
        output.warn(&format!("{problem}; the defaults are used instead"));
    }
    let result = command.run(&loaded.config, &output).and_then(|()| output.check());
    exit_code(result, &output)
}

impl Command {
    fn json(&self) -> bool {
        match self {
            Self::Doctor(arguments) => arguments.json,
            Self::Train(arguments) => arguments.json,
            Self::TrainLungs(arguments) => arguments.json,
            Self::Score(arguments) => arguments.json,
            Self::Benchmark(arguments) => arguments.json,
            Self::Explore(arguments) => arguments.json,
            Self::Calibrate(arguments) => arguments.json,
            Self::Ensemble(arguments) => arguments.json,
            Self::Bench(arguments) => arguments.json,
            Self::Demo(arguments) => arguments.json,
            Self::Screenshot(_) => false,
        }
    }

    fn run(self, config: &Config, output: &Output) -> Result<()> {
        match self {
            Self::Doctor(arguments) => doctor::run(&arguments, config, output),
            Self::Train(arguments) => train::run(&arguments, config, output),
            Self::TrainLungs(arguments) => train_lungs::run(&arguments, config, output),
            Self::Score(arguments) => score::run(&arguments, config, output),
            Self::Benchmark(arguments) => benchmark::run(&arguments, config, output),
            Self::Explore(arguments) => explore::run(&arguments, config, output),
            Self::Calibrate(arguments) => calibrate::run(&arguments, config, output),
            Self::Ensemble(arguments) => ensemble::run(&arguments, config, output),
            Self::Bench(arguments) => bench::run(&arguments, config, output),
            Self::Screenshot(arguments) => screenshot::run(&arguments, config, output),
            Self::Demo(arguments) => demo::run(&arguments, config, output),
        }
    }
}

/// Tells how it ended, once.
fn exit_code(result: Result<()>, output: &Output) -> ExitCode {
    let ended = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(ended) => ended,
    };
    output.clear();
    match &ended {
        Ended::Usage(message) => {
            let error = Arguments::command().error(clap::error::ErrorKind::ValueValidation, message);
            let _ = error.print();
        }
        Ended::Failed(failure) => {
            output.event(&json!({ "event": "failed", "error": failure.message, "advice": failure.advice }));
            output.say(&format!("error: {}", failure.message));
            if !failure.advice.is_empty() {
                output.say(&failure.advice);
            }
        }
        Ended::Interrupted { event, message } => {
            output.event(event);
            output.say(message);
        }
    }
    ExitCode::from(ended.exit_code())
}

/// The engine catches panics of its threads, libtorch's errors among them, and reports each as a failure; they are not
/// printed a second time.
fn leave_panics_to_the_engine() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() == Some("main") {
            print(info);
        } else {
            tracing::debug!("{info}");
        }
    }));
}

/// `NEUROSCAN_LOG=debug` says what happens inside.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("NEUROSCAN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("neuroscan=error"));
    // A second call, from a test, changes nothing.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn figures_have_the_colours_of_the_screen() {
        for (index, colour) in crate::reports::SERIES.iter().enumerate() {
            assert_eq!(crate::ui::theme::LIGHT.series(index).to_array()[..3], *colour, "series {index}");
        }
    }
}
