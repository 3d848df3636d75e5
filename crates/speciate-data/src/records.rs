//! Reads the full records back that the `records` format holds.

use std::io::Read;
use std::path::Path;

use speciate_types::InstructionRecord;

use crate::read::{Lines, decompress, open_file};
use crate::visible::visible;

/// Largest record that is read back: 64 MiB.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// Reads full records, one a line, compressed or not.
///
/// After an error of the stream itself there are no more records; a line that is no record does
/// not end the reading.
pub struct RecordReader {
    name: String,
    lines: Option<Lines<Box<dyn std::io::BufRead>>>,
}

impl std::fmt::Debug for RecordReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordReader").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A line that is not a full record, or a file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read a record from `{}`, line {line}: {message}", visible(file))]
pub struct RecordError {
    /// File name as given.
    pub file: String,
    /// Line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What was found.
    pub message: String,
}

impl RecordReader {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// [`RecordError`] with line 0 if it is not a file that can be read.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let name = path.display().to_string();
        match open_file(path) {
            Ok(file) => Self::new(&name, file),
            Err(fault) => Err(RecordError { file: name, line: 0, message: fault.message }),
        }
    }

    /// Reads from a stream, which is called `name` in errors.
    ///
    /// # Errors
    ///
    /// [`RecordError`] with line 0 if its first bytes cannot be read.
    pub fn new(name: &str, reader: impl Read + 'static) -> Result<Self, RecordError> {
        match decompress(reader) {
            Ok((input, _)) => {
                let lines = Some(Lines::new(input, MAX_RECORD_BYTES));
                Ok(Self { name: name.to_owned(), lines })
            }
            Err(error) => {
                Err(RecordError { file: name.to_owned(), line: 0, message: error.to_string() })
            }
        }
    }

    fn error(&self, line: u64, message: String) -> RecordError {
        RecordError { file: self.name.clone(), line, message }
    }
}

impl Iterator for RecordReader {
    type Item = Result<InstructionRecord, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.lines.as_mut()?.next_frame() {
            Ok(Some(frame)) if frame.fault.is_some() => {
                Some(Err(self.error(frame.line, "the line is too long".to_owned())))
            }
            Ok(Some(frame)) => Some(
                serde_json::from_slice(&frame.bytes)
                    .map_err(|error| self.error(frame.line, error.to_string())),
            ),
            Ok(None) => None,
            Err(error) => {
                self.lines = None;
                Some(Err(self.error(0, error.to_string())))
            }
        }
    }
}
