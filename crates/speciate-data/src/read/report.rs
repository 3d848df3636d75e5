//! What was read: the seeds, and an account of every record.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use speciate_types::Seed;

use super::Note;
use crate::Problem;

/// Most problems of one code that a report keeps; all are counted.
pub const MAX_PROBLEMS_OF_CODE: u64 = 100;

/// What seeds are read from, for a person who asks.
pub const KNOWN_SHAPES: &str = "JSON or JSON lines of Alpaca rows (instruction, input, output), \
    of `instruction` alone, of `messages` (role, content), of ShareGPT `conversations` (from, \
    value), of self-instruct tasks (instruction, instances) or of our own `records` (those that \
    were kept); or text with one instruction a line";

/// How the records of a file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One JSON value a line.
    JsonLines,
    /// One JSON array.
    JsonArray,
    /// JSON values one after the other, each over any number of lines.
    JsonStream,
    /// One instruction a line.
    Text,
    /// Nothing but white space.
    Empty,
}

impl Layout {
    /// The name used in messages and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JsonLines => "json-lines",
            Self::JsonArray => "json-array",
            Self::JsonStream => "json-stream",
            Self::Text => "text",
            Self::Empty => "empty",
        }
    }
}

/// Which known schema a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordShape {
    /// `instruction` with any of `input`, `output`; or `context`, `response` as Dolly calls them.
    Alpaca,
    /// `instruction` alone.
    Plain,
    /// `instruction` with a list of `instances`.
    SelfInstruct,
    /// `messages` of `role` and `content`.
    Messages,
    /// `conversations` of `from` and `value`.
    Sharegpt,
    /// A full record of a run, as [`crate::ExportFormat::Records`] writes it.
    Record,
    /// A line of text.
    Text,
    /// Fields that the caller named.
    Mapped,
}

impl RecordShape {
    /// The name used in messages and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alpaca => "alpaca",
            Self::Plain => "plain",
            Self::SelfInstruct => "self-instruct",
            Self::Messages => "messages",
            Self::Sharegpt => "sharegpt",
            Self::Record => "record",
            Self::Text => "text",
            Self::Mapped => "mapped",
        }
    }
}

/// How a file was compressed, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// It was not.
    None,
    /// gzip, of one or more members.
    Gzip,
    /// Zstandard, of one or more frames.
    Zstd,
}

impl Compression {
    /// The name used in messages and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

macro_rules! display_as_str {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}
display_as_str!(Layout, RecordShape, Compression);

/// What one input held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// File name as given, `-` for standard input.
    pub name: String,
    /// How its records are laid out.
    pub layout: Layout,
    /// How many good records have which schema.
    pub shapes: BTreeMap<RecordShape, u64>,
    /// How it was compressed.
    pub compression: Compression,
    /// Records that were seen, bad ones and duplicates included.
    pub records: u64,
    /// Seeds that came out of them.
    pub seeds: u64,
}

/// What all inputs held. Every record is a seed, an exact duplicate, left out or a bad record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SeedReport {
    /// The seeds, in the order of the inputs.
    pub seeds: Vec<Seed>,
    /// Records that were seen.
    pub records: u64,
    /// Records whose text (white space around it apart, in NFC) came before; the first one stays.
    pub exact_duplicates: u64,
    /// Full records of runs that were not kept there: eliminated, failed or invalid.
    pub not_kept: u64,
    /// Bad records, all of them, shown or not.
    pub skipped_bad: u64,
    /// The first [`MAX_PROBLEMS_OF_CODE`] bad records of each code, in the order of the inputs.
    pub problems: Vec<Problem>,
    /// All bad records by code.
    pub bad_by_code: BTreeMap<&'static str, u64>,
    /// How many seeds (or files, for what concerns a file) have which note.
    pub notes: BTreeMap<Note, u64>,
    /// One report for each input, in order. Inputs beyond the limit are not opened.
    pub files: Vec<FileReport>,
}

impl SeedReport {
    /// What was left out or read in a way worth saying: a line for each kind, with what to do.
    pub fn told(&self) -> Vec<String> {
        let told = |(note, count): (&Note, &u64)| {
            let (all, what) = match note {
                Note::AfterGzip => (self.files.len(), "file"),
                _ => (self.seeds.len(), "seed"),
            };
            let ending = if all == 1 { "" } else { "s" };
            format!("{count} of {all} {what}{ending}: {} ({})", note.told(), note.as_str())
        };
        self.notes.iter().map(told).collect()
    }

    /// Whether every record is accounted for exactly once.
    pub fn adds_up(&self) -> bool {
        let in_files: u64 = self.files.iter().map(|file| file.records).sum();
        let seeds = self.seeds.len() as u64;
        let parts = seeds + self.exact_duplicates + self.not_kept + self.skipped_bad;
        self.records == in_files && self.records == parts
    }
}
