//! What made a file: written into run folders and reports.

/// Of this program.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// tch 0.24 is built against this one; its build refuses any other.
pub const LIBTORCH: &str = "2.11.0";
