//! What the user probably meant, when no known field holds the instruction.
//!
//! Nothing here is taken silently: a guess becomes a help line with the option to type.

use serde_json::{Map, Value};

use super::record::{Row, type_name};
use super::scan::find_key;
use crate::code;
use crate::problem::Finding;
use crate::visible::name;

const INSTRUCTION_NAMES: [&str; 10] = [
    "instruction",
    "prompt",
    "question",
    "problem",
    "query",
    "task",
    "request",
    "user",
    "turns",
    "goal",
];
const INPUT_NAMES: [&str; 2] = ["input", "context"];
const RESPONSE_NAMES: [&str; 8] =
    ["output", "response", "completion", "answer", "solution", "answers", "target", "chosen"];

/// Levels of nesting in which a field is looked for.
const DEPTH_MAX: usize = 3;

/// Most field names that a message lists.
const FIELDS_SHOWN: usize = 8;

/// The finding for an object in which no known field holds the instruction.
pub(super) fn missing_instruction(row: Row<'_>) -> Finding {
    if let Some(finding) = wrapped(row) {
        return finding;
    }
    if let Some(finding) = chat_without_list(row) {
        return finding;
    }
    let message = "missing field `instruction`";
    if let Some(path) = find(row.object, &INSTRUCTION_NAMES, DEPTH_MAX) {
        return Finding::new(code::MISSING_FIELD, row.place_of(&path), message)
            .help(map_help(row.object, &path));
    }
    let message = format!("{message}; {}", fields(row.object));
    Finding::new(code::MISSING_FIELD, 0..1, message).help(
        "known shapes: Alpaca (instruction, input, output), messages (role, content), \
         ShareGPT conversations (from, value); others with  --map instruction=FIELD",
    )
}

/// The finding for an object without the field that the caller named.
pub(super) fn missing_mapped(row: Row<'_>, path: &str) -> Finding {
    let message = format!("missing field `{}`; {}", name(path), fields(row.object));
    Finding::new(code::MISSING_FIELD, 0..1, message)
}

/// The finding for JSON that is not an object.
pub(super) fn not_an_object(value: &Value, text: &str) -> Finding {
    let message = format!("expected an object, found {}", type_name(value));
    let finding = Finding::new(code::NOT_AN_OBJECT, 0..text.len(), message);
    match value {
        Value::String(_) => finding.help("write it as {\"instruction\": \"…\"}"),
        Value::Array(_) => finding.help("write one object with named fields for each record"),
        _ => finding,
    }
}

/// Where the text is inside a value that is not text: `instruction.text`, `instruction.0`.
pub(super) fn inner_text_path(path: &str, value: &Value) -> Option<String> {
    match value {
        Value::Object(inner) => {
            let key = ["text", "content", "value"]
                .into_iter()
                .find(|key| inner.get(*key).is_some_and(Value::is_string));
            key.map(|key| format!("{path}.{key}"))
        }
        Value::Array(list) => list.first()?.is_string().then(|| format!("{path}.0")),
        _ => None,
    }
}

fn map_help(object: &Map<String, Value>, path: &str) -> String {
    let mut map = format!("instruction={path}");
    for (field, names) in [("input", &INPUT_NAMES[..]), ("response", &RESPONSE_NAMES[..])] {
        if let Some(path) = find(object, names, 1) {
            map.extend([",", field, "=", &path]);
        }
    }
    format!("map it with  --map {map}")
}

/// The path of text under one of `names`, whatever its case; the outermost first.
fn find(object: &Map<String, Value>, names: &[&str], depth: usize) -> Option<String> {
    for wanted in names {
        for (key, value) in object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(wanted)) {
            if value.is_string() {
                return Some(key.clone());
            }
            if let Some(path) = inner_text_path(key, value) {
                return Some(path);
            }
        }
    }
    if depth <= 1 {
        return None;
    }
    object.iter().find_map(|(key, value)| {
        let inner = find(value.as_object()?, names, depth - 1)?;
        Some(format!("{key}.{inner}"))
    })
}

fn fields(object: &Map<String, Value>) -> String {
    if object.is_empty() {
        return "the object is empty".to_owned();
    }
    let shown: Vec<String> =
        object.keys().take(FIELDS_SHOWN).map(|key| format!("`{}`", name(key))).collect();
    let rest = if object.len() > FIELDS_SHOWN { ", …" } else { "" };
    format!("found {}{rest}", shown.join(", "))
}

/// A `messages` or `conversations` that is no list.
fn chat_without_list(row: Row<'_>) -> Option<Finding> {
    let keys = ["messages", "conversations"];
    let (key, value) = keys.iter().find_map(|key| Some((*key, row.object.get(*key)?)))?;
    let message = format!("expected a list of turns in `{key}`, found {}", type_name(value));
    Some(Finding::new(code::WRONG_TYPE, row.place_of(key), message))
}

/// One object around all the rows, in the three ways that programs write it.
fn wrapped(row: Row<'_>) -> Option<Finding> {
    let (key, message, command) = wrapping(row.object)?;
    let at = find_key(row.text, key).unwrap_or(0..1);
    let help = format!("take them out:  jq -c '{command}' FILE > rows.jsonl");
    Some(Finding::new(code::WRAPPED_ROWS, at, message).help(help))
}

fn wrapping(object: &Map<String, Value>) -> Option<(&str, String, String)> {
    let is_list = |key: &str| object.get(key).is_some_and(Value::is_array);
    if is_list("columns") && is_list("data") {
        let command = ".columns as $c | .data[] | [$c, .] | transpose | map({(.[0]): .[1]}) | add";
        let message = "the rows are in `data`, apart from their `columns`".to_owned();
        return Some(("data", message, command.to_owned()));
    }
    let holds_rows = |value: &Value| value.get(0).is_some_and(Value::is_object);
    if let Some((key, _)) = object.iter().find(|(_, value)| holds_rows(value)) {
        let message = format!("the rows are in a list under `{}`", name(key));
        return Some((key, message, format!(".[{}][]", Value::String(key.clone()))));
    }
    let is_row = |value: &Value| value.get("instruction").is_some();
    let (key, _) = object.iter().next()?;
    object
        .values()
        .all(is_row)
        .then(|| (key.as_str(), "each field of this object is a row".to_owned(), ".[]".to_owned()))
}
