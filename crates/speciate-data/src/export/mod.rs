//! Finished records out, in the shapes that trainers read.
//!
//! `row` is plain shaping, `sink` is where bytes go, `exporter` joins them.

mod error;
mod exporter;
mod format;
mod row;
mod sink;
mod target;

pub use error::ExportError;
pub use exporter::{ExportOptions, ExportSummary, Exporter};
pub use format::{ExportFormat, UnknownFormat};
pub use target::write_file;
