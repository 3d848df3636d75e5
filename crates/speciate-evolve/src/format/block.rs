//! Fenced blocks, and the formats that are found by trying a parser: JSON, YAML, log lines.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::text::patterns;

/// Most places of a text where a parser is tried, so that a hostile text costs little.
const TRIES_MAX: usize = 200;

/// A fenced block: the word after the fence, lower case, and the lines between.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fence<'a> {
    pub(crate) tag: String,
    pub(crate) body: &'a str,
}

/// All closed fenced blocks, in order. An unclosed one is not a block.
pub(crate) fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(&str, String, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        match (&open, mark) {
            (None, Some(mark)) => {
                let tag = bare.trim_start_matches(['`', '~']).trim().to_lowercase();
                // One line such as ```x``` is an inline span, not the start of a block.
                if !tag.contains('`') {
                    open = Some((mark, tag, at + line.len()));
                }
            }
            (Some((opened, tag, start)), Some(mark))
                if *opened == mark && bare.trim_matches(['`', '~']).is_empty() =>
            {
                found.push(Fence { tag: tag.clone(), body: &text[*start..at] });
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    found
}

/// A JSON object with a key, or an array of at least two elements or of one object.
pub(super) fn has_json(text: &str) -> bool {
    let starts = text.char_indices().filter(|(_, c)| matches!(c, '{' | '['));
    starts.take(TRIES_MAX).any(|(start, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        matches!(values.next(), Some(Ok(value)) if is_data(&value))
    })
}

fn is_data(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => items.len() >= 2 || items.first().is_some_and(Value::is_object),
        _ => false,
    }
}

/// A fenced block, or a run of at least two lines, that YAML reads as a mapping or a list.
pub(super) fn has_yaml(text: &str) -> bool {
    let fenced = fences(text).iter().any(|fence| is_yaml(fence.body));
    fenced || yaml_runs(text).iter().any(|run| is_yaml(run))
}

fn is_yaml(block: &str) -> bool {
    // Braces, brackets or angles at the front are JSON or markup, which YAML may also accept.
    if block.trim_start().starts_with(['{', '[', '<']) {
        return false;
    }
    match serde_yaml_ng::from_str::<serde_yaml_ng::Value>(block) {
        Ok(serde_yaml_ng::Value::Mapping(fields)) => !fields.is_empty(),
        Ok(serde_yaml_ng::Value::Sequence(items)) => {
            items.iter().any(serde_yaml_ng::Value::is_mapping)
        }
        _ => false,
    }
}

static YAML_LINE: LazyLock<Regex> =
    LazyLock::new(|| patterns(r#"^\s*(?:- )?["']?[A-Za-z_][\w.-]*["']?:(?:\s|$)|^\s*- \S|^---$"#));

fn yaml_runs(text: &str) -> Vec<String> {
    let mut runs = vec![Vec::new()];
    for line in text.lines() {
        if YAML_LINE.is_match(line) {
            if let Some(run) = runs.last_mut() {
                run.push(line);
            }
        } else {
            runs.push(Vec::new());
        }
    }
    runs.iter().filter(|run| run.len() >= 2).map(|run| run.join("\n")).collect()
}

static LOG_LINE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)
        ^\W{0,2}\d{4}[-/]\d{2}[-/]\d{2}[T\ ]\d{2}:\d{2}          # 2024-01-31 10:15
        | ^\W{0,2}\d{2}:\d{2}:\d{2}                              # 10:15:42
        | ^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d+\s+\d{2}:\d{2}
        | \[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}              # web server
        | ^\W{0,2}(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b
        ",
    )
});

/// At least two lines that begin as log lines do.
pub(super) fn has_log_lines(text: &str) -> bool {
    text.lines().filter(|line| LOG_LINE.is_match(line)).take(2).count() == 2
}
