//! The first exchange of a chat: what the user asked first, and what was answered.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::record::{Row, require_words, type_name, wrong_type};
use crate::code;
use crate::problem::Finding;
use crate::visible::name;

/// Who speaks, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    User,
    Assistant,
    /// The system, tools, narrators and whoever else; their turns are passed over.
    Other,
}

impl Speaker {
    fn of(role: &str) -> Self {
        match role.trim().to_lowercase().as_str() {
            "user" | "human" | "prompter" | "person" => Self::User,
            "assistant" | "gpt" | "chatgpt" | "model" | "bot" | "ai" | "bing" | "bard"
            | "claude" => Self::Assistant,
            _ => Self::Other,
        }
    }
}

/// The first user turn, and the assistant's next turn with text before the user speaks again.
///
/// If two user turns come in a row, the answer that follows is to both, so it is not taken.
pub(super) fn first_exchange(
    row: Row<'_>,
    key: &str,
    turns: &[Value],
) -> Result<(String, Option<String>), Finding> {
    let mut instruction: Option<String> = None;
    for (index, turn) in turns.iter().enumerate() {
        let place = Place { row, key, number: index + 1 };
        let turn = place.object(turn)?;
        match (place.speaker(turn)?, &instruction) {
            (Speaker::User, None) => instruction = Some(place.question(turn)?),
            (Speaker::User, Some(_)) => break,
            (Speaker::Assistant, Some(question)) => {
                if let Some(answer) = place.answer(turn)? {
                    return Ok((question.clone(), Some(answer)));
                }
            }
            _ => {}
        }
    }
    instruction.map(|text| (text, None)).ok_or_else(|| {
        let message = format!("no turn of a user in `{key}`");
        Finding::new(code::NO_USER_TURN, row.place_of(key), message)
    })
}

/// A turn's place in its record, for what may be wrong with it.
#[derive(Clone, Copy)]
struct Place<'a> {
    row: Row<'a>,
    key: &'a str,
    number: usize,
}

impl Place<'_> {
    fn object(self, turn: &Value) -> Result<&Map<String, Value>, Finding> {
        turn.as_object().ok_or_else(|| {
            let message = format!("{self} is {}, not an object", type_name(turn));
            self.finding(code::WRONG_TYPE, message)
        })
    }

    fn speaker(self, turn: &Map<String, Value>) -> Result<Speaker, Finding> {
        let role = turn.get("role").or_else(|| turn.get("from")).and_then(Value::as_str);
        role.map(Speaker::of).ok_or_else(|| {
            let wanted = if self.key == "messages" { "role" } else { "from" };
            self.finding(code::MISSING_FIELD, format!("{self} has no `{wanted}`"))
        })
    }

    fn question(self, turn: &Map<String, Value>) -> Result<String, Finding> {
        let text = match content(turn) {
            Some(value) => self.text(value)?,
            None => Cow::Borrowed(""),
        };
        let text = without_template_marks(&text);
        require_words(text, self.row.place_of(self.key), &self.to_string())?;
        Ok(text.to_owned())
    }

    /// A turn that only calls a tool has no text; that is no fault.
    fn answer(self, turn: &Map<String, Value>) -> Result<Option<String>, Finding> {
        match content(turn) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let text = self.text(value)?;
                let text = without_template_marks(&text);
                Ok((!text.trim().is_empty()).then(|| text.to_owned()))
            }
        }
    }

    fn text(self, value: &Value) -> Result<Cow<'_, str>, Finding> {
        match value {
            Value::String(text) => Ok(Cow::Borrowed(text)),
            Value::Array(parts) => {
                let texts: Result<Vec<_>, _> = parts.iter().map(|part| self.part(part)).collect();
                Ok(Cow::Owned(texts?.join("\n")))
            }
            other => {
                let mut finding = wrong_type(self.row, self.key, other);
                finding.message = format!("expected text in {self}, found {}", type_name(other));
                Err(finding)
            }
        }
    }

    /// A part of a content list: text, or `{"type": "text", "text": …}`, where some write `value`.
    fn part(self, part: &Value) -> Result<&str, Finding> {
        if let Value::String(text) = part {
            return Ok(text);
        }
        let kind = part.get("type").and_then(Value::as_str).unwrap_or("text");
        let text = part.get("text").or_else(|| part.get("value")).and_then(Value::as_str);
        match text {
            Some(text) if kind == "text" => Ok(text),
            _ => {
                let message = format!("{self} holds `{}`, not text alone", name(kind));
                Err(self.finding(code::UNSUPPORTED_CONTENT, message))
            }
        }
    }

    fn finding(self, code: &'static str, message: String) -> Finding {
        Finding::new(code, self.row.place_of(self.key), message)
    }
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "turn {} of `{}`", self.number, self.key)
    }
}

/// `text` without the marks of a chat template that a careless program left at its end.
///
/// Marks elsewhere stay: somebody may be asking about them.
fn without_template_marks(text: &str) -> &str {
    const MARKS: [&str; 9] = [
        "<|im_end|>",
        "<|im_start|>assistant",
        "<|im_start|>",
        "<|endoftext|>",
        "<|end_of_text|>",
        "<|eot_id|>",
        "<|end|>",
        "<end_of_turn>",
        "</s>",
    ];
    let mut kept = text;
    while let Some(shorter) = MARKS.iter().find_map(|mark| kept.trim_end().strip_suffix(mark)) {
        kept = shorter;
    }
    if kept.len() < text.len() { kept.trim_end() } else { text }
}

fn content(turn: &Map<String, Value>) -> Option<&Value> {
    turn.get("content").or_else(|| turn.get("value"))
}
