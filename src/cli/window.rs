//! The window, which is what starts without a subcommand.

use std::process::ExitCode;

use super::options;
use crate::app;
use crate::config::Loaded;

pub(super) fn run(arguments: options::Window, loaded: Loaded) -> ExitCode {
    let options = app::Options {
        renderer: arguments.renderer,
        data: arguments.data,
        notice: loaded.problem.map(|problem| format!("{problem}; the defaults are used instead")),
        ..app::Options::default()
    };
    match app::run(&loaded.config, &options) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            eprintln!("Without a display, `neuroscan demo` shows what it does, and `neuroscan --help` all commands.");
            ExitCode::FAILURE
        }
    }
}
