//! Writes records, row by row, into one file or stream.

use std::io::Write;
use std::path::Path;

use speciate_types::InstructionRecord;

use super::format::check_name;
use super::row::row;
use super::sink::{Packing, Sink};
use super::target::{AtomicFile, Target};
use super::{ExportError, ExportFormat};

/// What the caller decides about writing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// One JSON array instead of one row a line; some trainers want Alpaca files so.
    pub array: bool,
    /// Replace a file that exists.
    pub overwrite: bool,
    /// Only its owner may read the file; otherwise whoever may read the user's new files.
    pub private: bool,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ExportSummary {
    /// Rows in the file.
    pub rows: u64,
    /// Records that the format does not carry: not kept, or without a response.
    pub skipped: u64,
    /// Bytes of the file, compressed if it is.
    pub bytes: u64,
}

/// Writes records, row by row, into one file or stream.
///
/// A file appears under its name, complete and on disk, in [`Exporter::finish`]; dropped before, it
/// leaves nothing. Equal records give equal bytes. A name that ends in `.gz` or `.zst` compresses.
pub struct Exporter {
    sink: Sink,
    format: ExportFormat,
    array: bool,
    rows: u64,
    skipped: u64,
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { format, rows, skipped, .. } = self;
        f.debug_struct("Exporter")
            .field("format", format)
            .field("rows", rows)
            .field("skipped", skipped)
            .finish_non_exhaustive()
    }
}

impl Exporter {
    /// Begins the file at `path`.
    ///
    /// # Errors
    ///
    /// [`ExportError::Misnamed`] if its name ends as that of another format;
    /// [`ExportError::Exists`] if it is there and `options.overwrite` is not set,
    /// [`ExportError::NotAFile`] for a directory, device or pipe, [`ExportError::Create`] if
    /// nothing can be made in its folder.
    pub fn create(
        path: &Path,
        format: ExportFormat,
        options: ExportOptions,
    ) -> Result<Self, ExportError> {
        check_name(path, options.array)?;
        let target = Target::File(AtomicFile::create(path, options)?);
        let packing = Packing::of(path);
        Self::new(target, packing, format, options)
    }

    /// Writes to a stream, uncompressed, for example standard output.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`] if the stream fails.
    pub fn to_writer(
        writer: impl Write + Send + 'static,
        format: ExportFormat,
        options: ExportOptions,
    ) -> Result<Self, ExportError> {
        Self::new(Target::Stream(Box::new(writer)), Packing::Plain, format, options)
    }

    fn new(
        target: Target,
        packing: Packing,
        format: ExportFormat,
        options: ExportOptions,
    ) -> Result<Self, ExportError> {
        let sink = Sink::new(target, packing)?;
        let mut exporter = Self { sink, format, array: options.array, rows: 0, skipped: 0 };
        if options.array {
            exporter.sink.write_all(b"[")?;
        }
        Ok(exporter)
    }

    /// Writes the row of `record`; false if the format does not carry it.
    ///
    /// Training formats carry kept instructions that have a response, [`ExportFormat::Records`]
    /// carries everything.
    ///
    /// # Errors
    ///
    /// [`ExportError::Row`] or [`ExportError::Write`].
    pub fn write(&mut self, record: &InstructionRecord) -> Result<bool, ExportError> {
        let row = row(record, self.format)
            .map_err(|source| ExportError::Row { id: record.id, source })?;
        let Some(row) = row else {
            self.skipped += 1;
            return Ok(false);
        };
        self.separate()?;
        self.sink.write_all(row.as_bytes())?;
        if !self.array {
            self.sink.write_all(b"\n")?;
        }
        self.rows += 1;
        Ok(true)
    }

    fn separate(&mut self) -> Result<(), ExportError> {
        let between: &[u8] = match (self.array, self.rows) {
            (false, _) => b"",
            (true, 0) => b"\n",
            (true, _) => b",\n",
        };
        Ok(self.sink.write_all(between)?)
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`] or [`ExportError::Create`]; [`ExportError::Exists`] if somebody else
    /// made the file in the meantime.
    pub fn finish(mut self) -> Result<ExportSummary, ExportError> {
        if self.array {
            let end: &[u8] = if self.rows == 0 { b"]\n" } else { b"\n]\n" };
            self.sink.write_all(end)?;
        }
        let Self { sink, rows, skipped, .. } = self;
        let (target, bytes) = sink.finish()?;
        if let Target::File(file) = target {
            file.publish()?;
        }
        Ok(ExportSummary { rows, skipped, bytes })
    }
}
