//! What a parser finds: a problem before it has a file, a line and a column.

use std::ops::Range;

use super::Problem;
use super::excerpt::{Window, excerpt};
use crate::read::Frame;

/// Bytes on each side of the spot that can matter for an excerpt.
const WINDOW_BYTES: usize = 512;

/// Something wrong at a byte range of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub code: &'static str,
    pub at: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

impl Finding {
    pub(crate) fn new(code: &'static str, at: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, at, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The problem that this is, for a record of `file`.
    pub(crate) fn locate(self, file: &str, frame: &Frame) -> Problem {
        let bytes = &frame.bytes;
        let start = self.at.start.min(bytes.len());
        let line = line_around(bytes, start);
        let (excerpt, caret) =
            show(bytes, &line, start..self.at.end.clamp(start, line.end.max(start)));
        let first_column = if line.start == 0 { frame.column } else { 1 };
        Problem {
            file: file.to_owned(),
            line: frame.line + n_line_ends(&bytes[..line.start]),
            column: first_column + n_chars(&bytes[line.start..start]),
            code: self.code,
            message: self.message,
            excerpt,
            caret,
            help: self.help,
        }
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The bounds of the physical line that holds `at`.
fn line_around(bytes: &[u8], at: usize) -> Range<usize> {
    let start = bytes[..at].iter().rposition(|byte| is_line_end(*byte)).map_or(0, |end| end + 1);
    let length = bytes[at..].iter().position(|byte| is_line_end(*byte));
    start..length.map_or(bytes.len(), |length| at + length)
}

/// Line ends of all three kinds; `\r\n` is one.
fn n_line_ends(bytes: &[u8]) -> u64 {
    let mut previous = 0;
    let mut count = 0;
    for &byte in bytes {
        count += u64::from(byte == b'\r' || (byte == b'\n' && previous != b'\r'));
        previous = byte;
    }
    count
}

fn n_chars(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| !is_continuation(**byte)).count() as u64
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

fn show(bytes: &[u8], line: &Range<usize>, spot: Range<usize>) -> (String, Range<usize>) {
    let mut from = spot.start.saturating_sub(WINDOW_BYTES).max(line.start);
    while from > line.start && is_continuation(bytes[from]) {
        from -= 1;
    }
    let mut to = spot.start.saturating_add(2 * WINDOW_BYTES).min(line.end);
    while to < line.end && is_continuation(bytes[to]) {
        to += 1;
    }
    // Bytes before the spot are valid UTF-8 or the spot is inside them, so offsets still hold.
    let text = String::from_utf8_lossy(&bytes[from..to]);
    let window = Window { text: &text, more_before: from > line.start, more_after: to < line.end };
    excerpt(window, spot.start - from..spot.end - from)
}
