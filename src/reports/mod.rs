//! A benchmark as JSON, CSV, SVG and PNG.
