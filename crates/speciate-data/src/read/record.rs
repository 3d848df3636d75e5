//! From a JSON object to a seed: the shapes of rows that people have.

use std::ops::Range;

use serde_json::{Map, Value};
use speciate_types::Seed;

use super::field_map::resolve;
use super::fields;
use super::note::{Note, Notes};
use super::parse::Parsed;
use super::report::RecordShape;
use super::scan::find_key;
use super::{FieldMap, chat, suggest};
use crate::code;
use crate::problem::Finding;
use crate::visible::{is_invisible, name};

/// A record as JSON and as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub object: &'a Map<String, Value>,
    pub text: &'a str,
}

impl Row<'_> {
    /// Where `key` is written; the record's beginning if it is not.
    pub(super) fn place_of(self, key: &str) -> Range<usize> {
        let outermost = key.split('.').next().unwrap_or(key);
        let found = find_key(self.text, key).or_else(|| find_key(self.text, outermost));
        found.unwrap_or(0..1)
    }
}

/// The fields by which a full record of a run is known, besides its verdict.
const RECORD_FIELDS: [&str; 4] = ["id", "root", "kind", "round"];

/// The verdict of a full record of a run; `None` for any other row.
fn verdict(row: Row<'_>) -> Option<&str> {
    let is_record = RECORD_FIELDS.iter().all(|field| row.object.contains_key(*field));
    row.object.get("verdict").filter(|_| is_record)?.as_str()
}

/// Whether this is a full record of a run that was not kept there: nobody wants it as a seed.
pub(super) fn is_not_kept(row: Row<'_>) -> bool {
    verdict(row).is_some_and(|verdict| verdict != "kept")
}

/// Finds out which known shape the row has.
pub(super) fn by_shape(row: Row<'_>) -> Result<Parsed, Finding> {
    for (key, shape) in
        [("messages", RecordShape::Messages), ("conversations", RecordShape::Sharegpt)]
    {
        if let Some(Value::Array(turns)) = row.object.get(key) {
            return chat::first_exchange(row, key, turns, shape);
        }
    }
    if let Some((key, turns)) = chat::turns_in_parts(row) {
        return chat::first_exchange(row, key, &turns, RecordShape::Messages);
    }
    let Some(instruction) = row.object.get("instruction") else {
        return Err(suggest::missing_instruction(row));
    };
    let instruction = words(row, "instruction", instruction)?;
    match row.object.get("instances") {
        Some(Value::Array(instances)) => self_instruct(row, instruction, instances),
        _ => alpaca(row, instruction),
    }
}

fn alpaca(row: Row<'_>, instruction: &str) -> Result<Parsed, Finding> {
    let input = first_text(row, ["input", "context"])?;
    let response = first_text(row, ["output", "response"])?;
    let chosen = || row.object.get("chosen").and_then(Value::as_str);
    let response = response.or_else(chosen);
    let has_more = input.is_some() || response.is_some();
    let shape = match verdict(row) {
        Some(_) => RecordShape::Record,
        None if has_more => RecordShape::Alpaca,
        None => RecordShape::Plain,
    };
    Ok(joined(instruction, input, response, shape))
}

/// Reads the first of the instances; the others repeat the task on other inputs.
fn self_instruct(row: Row<'_>, instruction: &str, instances: &[Value]) -> Result<Parsed, Finding> {
    let first = instances.first().and_then(Value::as_object);
    let field = |key: &str| match first.and_then(|instance| instance.get(key)) {
        Some(value) => optional_text(row, "instances", value),
        None => Ok(None),
    };
    Ok(joined(instruction, field("input")?, field("output")?, RecordShape::SelfInstruct))
}

/// Reads the fields that the caller named, and no others.
pub(super) fn by_map(row: Row<'_>, map: &FieldMap) -> Result<Parsed, Finding> {
    let Some(instruction) = resolve(row.object, &map.instruction) else {
        return Err(suggest::missing_mapped(row, &map.instruction));
    };
    let instruction = words(row, &map.instruction, instruction)?;
    let field = |path: &Option<String>| match path {
        Some(path) => match resolve(row.object, path) {
            Some(value) => optional_text(row, path, value),
            None => Ok(None),
        },
        None => Ok(None),
    };
    Ok(joined(instruction, field(&map.input)?, field(&map.response)?, RecordShape::Mapped))
}

fn joined(
    instruction: &str,
    input: Option<&str>,
    response: Option<&str>,
    shape: RecordShape,
) -> Parsed {
    let mut notes = Notes::new();
    if input.is_some_and(fields::is_no_input) {
        notes.insert(Note::NoInput);
    }
    let input = input.filter(|text| !fields::is_no_input(text));
    let text = Seed::join_input(instruction, input.unwrap_or_default());
    let says = |text: &&str| !text.trim().is_empty() && !fields::is_no_output(text);
    let response = response.filter(says).map(str::to_owned);
    Parsed { text, response, shape, notes }
}

/// The text of the first of `keys` that holds any.
fn first_text<'a>(row: Row<'a>, keys: [&str; 2]) -> Result<Option<&'a str>, Finding> {
    for key in keys {
        if let Some(value) = row.object.get(key)
            && let Some(text) = optional_text(row, key, value)?
        {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

fn optional_text<'a>(
    row: Row<'_>,
    key: &str,
    value: &'a Value,
) -> Result<Option<&'a str>, Finding> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        other => Err(wrong_type(row, key, other).help(
            "fix it, or name the fields to read, for example  --map instruction=instruction",
        )),
    }
}

/// The text of a field that has to say something.
fn words<'a>(row: Row<'_>, key: &str, value: &'a Value) -> Result<&'a str, Finding> {
    let Value::String(text) = value else {
        let finding = wrong_type(row, key, value);
        return Err(match suggest::inner_text_path(key, value) {
            Some(path) => finding.help(format!("map it with  --map instruction={path}")),
            None => finding,
        });
    };
    require_words(text, row.place_of(key), &format!("`{}`", name(key)))?;
    Ok(text)
}

pub(super) fn wrong_type(row: Row<'_>, key: &str, value: &Value) -> Finding {
    let message = format!("expected text in `{}`, found {}", name(key), type_name(value));
    Finding::new(code::WRONG_TYPE, row.place_of(key), message)
}

/// Refuses a text of nothing but white space, invisible characters and ASCII punctuation.
pub(super) fn require_words(text: &str, at: Range<usize>, what: &str) -> Result<(), Finding> {
    let says_nothing = |c: char| {
        c.is_whitespace() || c.is_control() || c.is_ascii_punctuation() || is_invisible(c)
    };
    if !text.chars().all(says_nothing) {
        return Ok(());
    }
    let message = if text.trim().is_empty() {
        format!("{what} is empty")
    } else {
        format!("{what} has no letter, digit or symbol that says anything")
    };
    Err(Finding::new(code::EMPTY_INSTRUCTION, at, message))
}

/// What a JSON value is, with its article.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
