//! From a frame to a seed's text and response, or to what is wrong with it.

use serde_json::Value;

use super::diagnose::diagnose;
use super::frame::{Frame, FrameFault};
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
    if layout == Layout::Text { parse_line(text).map(Some) } else { parse_json(text, map) }
}

fn parse_line(line: &str) -> Result<Parsed, Finding> {
    record::require_words(line, 0..line.len(), "the line")?;
    Ok(Parsed { text: line.trim().to_owned(), response: None, shape: RecordShape::Text })
}

fn parse_json(text: &str, map: Option<&FieldMap>) -> Result<Option<Parsed>, Finding> {
    match serde_json::from_str(text).map_err(|error| diagnose(text, &error))? {
        Value::Object(object) => {
            let row = Row { object: &object, text };
            match map {
                Some(map) => record::by_map(row, map).map(Some),
                None if record::is_not_kept(row) => Ok(None),
                None => record::by_shape(row).map(Some),
            }
        }
        other => Err(suggest::not_an_object(&other, text)),
    }
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
