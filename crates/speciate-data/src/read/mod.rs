//! From files to seeds: open, look at the first bytes, cut into records, read each.
//!
//! `open` and `source` touch the world; `sniff`, `scan`, `record`, `chat` and `diagnose` are plain
//! functions from bytes to values.

mod chat;
mod collect;
mod cutter;
mod diagnose;
mod double_key;
mod error;
mod field_map;
mod fields;
mod frame;
mod gzip;
mod lines;
mod note;
mod open;
mod options;
mod parse;
mod record;
mod report;
mod scan;
mod sniff;
mod source;
mod spot;
mod suggest;
mod values;

pub use collect::{read_seeds, read_seeds_from};
pub use error::{ReadError, what_is_read};
pub use field_map::{FieldMap, InvalidFieldMap};
pub(crate) use frame::Frame;
pub(crate) use lines::Lines;
pub use note::Note;
pub(crate) use open::{decompress, kind_name, open_file};
pub use options::{DEFAULT_MAX_RECORD_BYTES, ReadOptions};
pub use report::{
    Compression, FileReport, KNOWN_SHAPES, Layout, MAX_PROBLEMS_OF_CODE, RecordShape, SeedReport,
};
