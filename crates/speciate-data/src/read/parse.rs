//! From a frame to a seed's text and response, or to what is wrong with it.

use serde_json::Value;

use super::diagnose::diagnose;
use super::double_key::has_double_key;
use super::fields;
use super::frame::{Frame, FrameFault};
use super::note::{Note, Notes};
use super::record::{self, Row};
use super::report::{Layout, RecordShape};
use super::{FieldMap, suggest};
use crate::code;
use crate::problem::Finding;

/// What a good record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    pub text: String,
    pub response: Option<String>,
    pub shape: RecordShape,
    pub notes: Notes,
}

/// Reads one record; `None` for a full record of a run that was not kept there.
pub(super) fn parse(
    frame: &Frame,
    layout: Layout,
    map: Option<&FieldMap>,
) -> Result<Option<Parsed>, Finding> {
    if let Some(fault) = frame.fault {
        return Err(frame_finding(fault));
    }
    let text =
        std::str::from_utf8(&frame.bytes).map_err(|error| utf8_finding(&frame.bytes, error))?;
    if let Some(start) = conflict_mark(text) {
        return Err(Finding::new(code::MERGE_CONFLICT, start..start + 7, "a merge conflict"));
    }
    if layout == Layout::Text { parse_line(text).map(Some) } else { parse_json(text, map) }
}

/// Where a line begins a merge conflict, or ends one. JSON has no raw line ends in its strings.
fn conflict_mark(text: &str) -> Option<usize> {
    let is_mark = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    text.split_inclusive('\n')
        .scan(0, |start, line| {
            *start += line.len();
            Some((*start - line.len(), line))
        })
        .find_map(|(start, line)| is_mark(line).then_some(start))
}

fn parse_line(line: &str) -> Result<Parsed, Finding> {
    record::require_words(line, 0..line.len(), "the line")?;
    Ok(Parsed {
        text: line.trim().to_owned(),
        response: None,
        shape: RecordShape::Text,
        notes: Notes::new(),
    })
}

fn parse_json(text: &str, map: Option<&FieldMap>) -> Result<Option<Parsed>, Finding> {
    match serde_json::from_str(text).map_err(|error| diagnose(text, &error))? {
        Value::Object(object) => {
            let row = Row { object: &object, text };
            let parsed = match map {
                Some(map) => record::by_map(row, map)?,
                None if record::is_not_kept(row) => return Ok(None),
                None => record::by_shape(row)?,
            };
            Ok(Some(with_notes(row, parsed)))
        }
        other => Err(suggest::not_an_object(&other, text)),
    }
}

/// Adds what the whole record says about its answer, and drops an answer that rests on the rest.
fn with_notes(row: Row<'_>, mut parsed: Parsed) -> Parsed {
    if parsed.shape != RecordShape::Record {
        parsed.notes.extend(fields::beside(row.object));
        if fields::medium(row.object).or_else(|| fields::medium_mark(&parsed.text)).is_some() {
            parsed.notes.insert(Note::Media);
        }
        if parsed.response.is_some()
            && row.object.get("rejected").and_then(Value::as_str) == parsed.response.as_deref()
        {
            parsed.notes.insert(Note::RejectedAnswer);
        }
    }
    if has_double_key(row.text) {
        parsed.notes.insert(Note::DoubleKey);
    }
    if parsed.notes.iter().any(|note| note.voids_the_response()) {
        parsed.response = None;
    }
    parsed
}

fn frame_finding(fault: FrameFault) -> Finding {
    let at = 0..1;
    match fault {
        FrameFault::TooLong { bytes, max } => {
            let message = format!("a record of {bytes} bytes; the limit is {max}");
            Finding::new(code::TOO_LONG, at, message).help(
                "if one JSON object wraps all the rows, take them out:  \
                 jq -c '.data[]' FILE > rows.jsonl",
            )
        }
        FrameFault::EmptyElement => {
            Finding::new(code::EMPTY_ELEMENT, at, "no record before this comma")
        }
        FrameFault::UnclosedArray => Finding::new(
            code::UNCLOSED_ARRAY,
            at,
            "the file ends before its array does: it looks cut off",
        ),
        FrameFault::AfterArray => {
            Finding::new(code::AFTER_ARRAY, at, "the array has ended; what follows was not read")
                .help("put all records into one array, or one record on each line without an array")
        }
    }
}

fn utf8_finding(bytes: &[u8], error: std::str::Utf8Error) -> Finding {
    let start = error.valid_up_to();
    let end = error.error_len().map_or(bytes.len(), |length| start + length);
    let message = format!("bytes that are not UTF-8: {:02X?}", &bytes[start..end]);
    let finding = Finding::new(code::INVALID_UTF8, start..end, message);
    if looks_like_latin(bytes, start) {
        finding.help(
            "it looks like Latin-1 or Windows-1252; if the whole file is, convert it with  \
             iconv -f WINDOWS-1252 -t UTF-8 FILE > seeds-utf8.jsonl",
        )
    } else {
        finding
    }
}

/// A single high byte among ASCII is how one-byte encodings write an accent or a curly quote.
fn looks_like_latin(bytes: &[u8], at: usize) -> bool {
    let is_ascii = |index: usize| bytes.get(index).is_none_or(u8::is_ascii);
    at.checked_sub(1).is_none_or(is_ascii) && is_ascii(at + 1)
}
