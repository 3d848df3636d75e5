//! Why a text is not JSON, in words that say what happened to it.

use std::ops::Range;

use serde_json::Error;

use super::spot::Spot;
use crate::code;
use crate::problem::Finding;
use crate::visible::name;

const SINGLE_QUOTES: &str = "single quotes; JSON has double quotes only";

/// Names what `error` found in `text`.
pub(super) fn diagnose(text: &str, error: &Error) -> Finding {
    let spot = Spot::of(text, error);
    let words = error.to_string();
    // The parser's own words without the place, which is told apart.
    let reason = words.split(" at line ").next().unwrap_or(&words);
    at_the_start(text)
        .or_else(|| with_its_own_code(spot, reason))
        .or_else(|| foreign_word(spot))
        .or_else(|| error.is_eof().then(|| cut_off(spot)))
        .or_else(|| by_reason(spot, reason))
        .unwrap_or_else(|| invalid(spot.character(), reason))
}

fn invalid(at: Range<usize>, message: impl Into<String>) -> Finding {
    Finding::new(code::INVALID_JSON, at, message)
}

/// Mistakes that the first characters show.
fn at_the_start(text: &str) -> Option<Finding> {
    let finding = match text.as_bytes() {
        [b'/', b'/' | b'*', ..] => invalid(0..2, "a comment; JSON has none").help("delete it"),
        [b'#', ..] => invalid(0..1, "a comment; JSON has none").help("delete it"),
        [b'<', ..] => invalid(0..1, "markup, not JSON")
            .help("a server's error page may have been saved instead of data"),
        [b'{', b'\'', ..] => invalid(1..2, SINGLE_QUOTES)
            .help("it looks like Python's repr(); write records with json.dumps(record)"),
        _ => return None,
    };
    Some(finding)
}

fn with_its_own_code(spot: Spot<'_>, reason: &str) -> Option<Finding> {
    if reason.contains("recursion limit") {
        let message = "nested more than 127 levels deep";
        return Some(Finding::new(code::TOO_DEEP, spot.character(), message));
    }
    if !reason.contains("surrogate") && !reason.contains("hex escape") {
        return None;
    }
    let at = spot.surrogate_escape()?;
    let escape = &spot.text[at.clone()];
    let message = format!("`{escape}` is half of a surrogate pair and names no character");
    let help = "the text was cut inside an emoji or a rare letter; fix or drop it";
    Some(Finding::new(code::LONE_SURROGATE, at, message).help(help))
}

/// Words that Python and JavaScript write where JSON has others.
fn foreign_word(spot: Spot<'_>) -> Option<Finding> {
    let at = spot.word();
    let word = &spot.text[at.clone()];
    let instead = match word {
        "None" | "NaN" | "nan" | "Infinity" | "inf" | "undefined" => "null",
        "True" => "true",
        "False" => "false",
        _ => return None,
    };
    let message = format!("`{word}` is not JSON");
    Some(invalid(at, message).help(format!("write {instead}")))
}

/// A record that never ends points at its start if it runs over lines: the end is far away.
fn cut_off(spot: Spot<'_>) -> Finding {
    let runs_over_lines = spot.text.trim_end().contains(['\n', '\r']);
    let at = if runs_over_lines { 0..1 } else { spot.character() };
    invalid(at, "the record ends before it is complete")
        .help("it was cut off, or a bracket or quote is missing")
}

/// Mistakes that show where the parser stopped.
fn by_reason(spot: Spot<'_>, reason: &str) -> Option<Finding> {
    let at = spot.character();
    let next = spot.rest().as_bytes().first();
    let finding = match (reason, next) {
        ("expected value", Some(b'\'')) => invalid(at, SINGLE_QUOTES),
        ("expected ident", _) => {
            let word = name(&spot.text[spot.word()]);
            invalid(spot.word(), format!("`{word}` is not JSON"))
        }
        ("trailing characters", Some(b'{')) => {
            invalid(at, "a second object follows on the same line")
                .help("put each record on its own line")
        }
        ("trailing characters", Some(b',')) => invalid(at, "a comma follows the record")
            .help("delete it: between lines of JSON stands nothing"),
        ("trailing characters", _) => invalid(at, "something follows the end of the record"),
        ("key must be a string", _) => invalid(spot.word(), "a key without double quotes"),
        ("invalid escape", _) => {
            invalid(spot.escape(), "no such escape in JSON").help("write a backslash as \\\\")
        }
        _ if reason.starts_with("control character") => control_character(spot),
        _ => return None,
    };
    Some(finding)
}

fn control_character(spot: Spot<'_>) -> Finding {
    let at = spot.character();
    let c = spot.rest().chars().next().unwrap_or('\0');
    if matches!(c, '\n' | '\r') {
        return invalid(at, "the line ends inside a string")
            .help("a closing quote is missing; or write a line end in a string as \\n");
    }
    let message = format!("a raw control character (U+{:04X}) in a string", c as u32);
    let escape = if c == '\t' { "\\t".to_owned() } else { format!("\\u{:04x}", c as u32) };
    invalid(at, message).help(format!("write it as {escape}"))
}
