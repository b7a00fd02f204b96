//! The command line: one file a subcommand, all through the same engine and the same events as the window.
