//! The names of the export formats.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::ExportError;

/// A shape of exported rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// Every record with its whole story.
    Records,
    /// `{"messages": [{"role": "user", …}, {"role": "assistant", …}]}`
    Messages,
    /// `{"instruction": …, "input": "", "output": …}`
    Alpaca,
    /// `{"id": …, "conversations": [{"from": "human", …}, {"from": "gpt", …}]}`
    Sharegpt,
}

impl ExportFormat {
    /// Every format, the default for training first.
    pub const ALL: [Self; 4] = [Self::Messages, Self::Alpaca, Self::Sharegpt, Self::Records];

    /// The name used in options.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Messages => "messages",
            Self::Alpaca => "alpaca",
            Self::Sharegpt => "sharegpt",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names of files that hold something else than rows of JSON.
const OTHER_FORMATS: [(&str, &str); 16] = [
    ("csv", "CSV"),
    ("tsv", "TSV"),
    ("parquet", "Parquet"),
    ("arrow", "Arrow"),
    ("feather", "Arrow"),
    ("xlsx", "Excel"),
    ("xls", "Excel"),
    ("db", "SQLite"),
    ("sqlite", "SQLite"),
    ("yaml", "YAML"),
    ("yml", "YAML"),
    ("toml", "TOML"),
    ("xml", "XML"),
    ("html", "HTML"),
    ("svg", "SVG"),
    ("zip", "zip"),
];

/// Refuses a name that says another format than the one written, compressed or not.
pub(super) fn check_name(path: &Path, array: bool) -> Result<(), ExportError> {
    let extension =
        |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let mut named = extension(path);
    if matches!(named.as_str(), "gz" | "zst") {
        named = extension(Path::new(path.file_stem().unwrap_or_default()));
    }
    let is_lines = matches!(named.as_str(), "jsonl" | "ndjson");
    let written = if array { "a JSON array" } else { "JSON lines" };
    let named = match OTHER_FORMATS.iter().find(|(extension, _)| *extension == named) {
        Some((_, name)) => name,
        None if array && is_lines => "JSON lines",
        None => return Ok(()),
    };
    Err(ExportError::Misnamed { path: path.to_owned(), named, written })
}

/// The text names no export format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`: expected `messages`, `alpaca`, `sharegpt` or `records`")]
pub struct UnknownFormat(String);

impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}
