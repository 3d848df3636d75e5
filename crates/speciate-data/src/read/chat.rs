//! The first exchange of a chat: what the user asked first, and what was answered.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::fields::{is_rejected, says_something};
use super::note::{Note, Notes};
use super::parse::Parsed;
use super::record::{Row, require_words, type_name, wrong_type};
use super::report::RecordShape;
use crate::code;
use crate::problem::Finding;
use crate::visible::name;

/// Who speaks, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    User,
    Assistant,
    System,
    Tool,
    Other,
}

impl Speaker {
    fn of(role: &str) -> Self {
        match role.trim().to_lowercase().replace(['-', ' '], "_").as_str() {
            "user" | "human" | "prompter" | "person" => Self::User,
            "assistant" | "gpt" | "chatgpt" | "model" | "bot" | "ai" | "bing" | "bard"
            | "claude" => Self::Assistant,
            "system" | "developer" | "system_prompt" => Self::System,
            "tool" | "tools" | "function" | "function_call" | "function_response"
            | "function_result" | "observation" | "tool_call" | "tool_calls" | "tool_response"
            | "tool_result" | "tool_output" | "ipython" => Self::Tool,
            _ => Self::Other,
        }
    }

    /// What it means that a turn of this speaker is left out.
    fn note(self) -> Note {
        match self {
            Self::User | Self::Assistant => Note::EarlierTurns,
            Self::System => Note::SystemText,
            Self::Tool => Note::Tools,
            Self::Other => Note::OtherTurns,
        }
    }
}

/// What of a chat has been read so far.
#[derive(Default)]
struct Exchange {
    question: Option<String>,
    answer: Option<String>,
    notes: Notes,
    is_over: bool,
}

/// The first user turn, and the assistant's next turn with text before the user speaks again.
///
/// If two user turns come in a row, the answer that follows is to both, so it is not taken. What
/// else stands in the chat is noted.
pub(super) fn first_exchange(
    row: Row<'_>,
    key: &str,
    turns: &[Value],
    shape: RecordShape,
) -> Result<Parsed, Finding> {
    let mut exchange = Exchange::default();
    for (index, turn) in turns.iter().enumerate() {
        let place = Place { row, key, number: index + 1 };
        if exchange.is_over {
            exchange.notes.insert(Note::LaterTurns);
            break;
        }
        exchange.take(place, place.object(turn)?)?;
    }
    let Some(text) = exchange.question else {
        let message = format!("no turn of a user in `{key}`");
        return Err(Finding::new(code::NO_USER_TURN, row.place_of(key), message));
    };
    Ok(Parsed { text, response: exchange.answer, shape, notes: exchange.notes })
}

impl Exchange {
    fn take(&mut self, place: Place<'_>, turn: &Map<String, Value>) -> Result<(), Finding> {
        let speaker = place.speaker(turn)?;
        match (speaker, &self.question) {
            (Speaker::User, None) => self.question = Some(place.question(turn)?),
            (Speaker::User, Some(_)) => {
                self.notes.insert(Note::LaterTurns);
                self.is_over = true;
            }
            (Speaker::Assistant, Some(_)) => self.answered(place, turn)?,
            _ if content(turn).is_some_and(says_something) => {
                self.notes.insert(speaker.note());
            }
            _ => {}
        }
        Ok(())
    }

    fn answered(&mut self, place: Place<'_>, turn: &Map<String, Value>) -> Result<(), Finding> {
        if ["tool_calls", "function_call"]
            .iter()
            .any(|key| turn.get(*key).is_some_and(says_something))
        {
            self.notes.insert(Note::Tools);
        }
        let Some(answer) = place.answer(turn)? else { return Ok(()) };
        // A weight of 0 tells trainers to pass over the turn.
        let is_passed_over = turn.get("weight").and_then(Value::as_f64) == Some(0.0);
        if is_passed_over || is_rejected(turn) {
            self.notes.insert(Note::RejectedAnswer);
        }
        self.answer = Some(answer);
        self.is_over = true;
        Ok(())
    }
}

/// The turns of a row that keeps the question in `prompt` and the answer in `completion` or
/// `chosen`, at least one of them a list of turns; or all of them in `chosen`.
pub(super) fn turns_in_parts(row: Row<'_>) -> Option<(&'static str, Vec<Value>)> {
    let is_chat = |key: &str| {
        let first = row.object.get(key).and_then(|value| value.get(0));
        first.is_some_and(|turn| turn.get("role").or_else(|| turn.get("from")).is_some())
    };
    let answers = ["completion", "chosen", "response"];
    let answer = answers.into_iter().find(|key| row.object.get(*key).is_some_and(says_something));
    let part = |key: &str, role: &str| match row.object.get(key) {
        Some(Value::Array(turns)) => turns.clone(),
        Some(Value::String(text)) => vec![json!({"role": role, "content": text})],
        _ => Vec::new(),
    };
    let has_chat = is_chat("prompt") || answer.is_some_and(is_chat);
    let has_question = row.object.contains_key("prompt") || is_chat("chosen");
    if !has_chat || !has_question {
        return None;
    }
    let mut turns = part("prompt", "user");
    turns.extend(answer.map(|key| part(key, "assistant")).unwrap_or_default());
    Some((if row.object.contains_key("prompt") { "prompt" } else { "chosen" }, turns))
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
