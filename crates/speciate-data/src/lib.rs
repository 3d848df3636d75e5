//! Seeds in, training files out.
//!
//! [`read_seeds`] turns the files that people have (Alpaca, chat messages, ShareGPT, plain text;
//! compressed or not, tidy or broken) into [`speciate_types::Seed`]s and a [`SeedReport`] in which
//! every record is accounted for. [`Exporter`] turns finished records into the files that trainers
//! read, and [`RecordReader`] reads the full records back.
//!
//! This room knows files and their shapes. It must never know a model, a prompt, a run or a
//! terminal: what it finds it returns as values, and whoever calls decides what to print.

mod export;
mod problem;
mod read;
mod records;
mod shell;
mod visible;

pub use export::{
    ExportError, ExportFormat, ExportOptions, ExportSummary, Exporter, UnknownFormat, write_file,
};
pub use problem::{Problem, code};
pub use read::{
    Compression, DEFAULT_MAX_RECORD_BYTES, FieldMap, FileReport, InvalidFieldMap, KNOWN_SHAPES,
    Layout, MAX_PROBLEMS_OF_CODE, Note, ReadError, ReadOptions, RecordShape, SeedReport,
    read_seeds, read_seeds_from, what_is_read,
};
pub use records::{RecordError, RecordReader};
pub use shell::shell_word;
