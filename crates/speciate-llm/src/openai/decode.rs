//! From the bytes of an answer to what it means.

use serde::Deserialize;
use serde_json::Value;
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass};

use super::classify::{Reply, classify_inner, classify_status};
use super::finish::finish_of;
use super::parse::parse;
use super::usage::{count, read_usage};
use crate::answer::{RawAnswer, after_work, judge};
use crate::retry_after::ResponseHints;

/// The parts of an answer that count. Typed, because a `Value` would silently take the last of two
/// equal keys; lenient where a wrong value does no harm.
#[derive(Deserialize)]
#[serde(expecting = "an object with `choices`")]
pub(super) struct Body {
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    model: Option<Value>,
    #[serde(default)]
    created: Option<Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with a `message`")]
struct Choice {
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    finish_reason: Option<Value>,
    /// OpenRouter's: the reason in the words of the provider behind it.
    #[serde(default)]
    native_finish_reason: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `content`")]
pub(super) struct Message {
    #[serde(default)]
    pub(super) content: Option<Value>,
    #[serde(default)]
    pub(super) refusal: Option<Value>,
    #[serde(default)]
    pub(super) reasoning_content: Option<Value>,
    #[serde(default)]
    pub(super) reasoning: Option<Value>,
    #[serde(default)]
    thinking: Option<Value>,
    /// OpenRouter's: a list of parts.
    #[serde(default)]
    reasoning_details: Option<Value>,
}

impl Message {
    /// What was thought, from whichever field or part has it. The fields repeat each other.
    pub(super) fn take_reasoning(&mut self) -> Option<String> {
        let fields = [self.reasoning_content.take(), self.reasoning.take(), self.thinking.take()];
        let details = self.reasoning_details.as_ref().map(thought_in);
        let parts = self.content.as_ref().map(thought_in);
        let fields = fields.into_iter().flatten().filter_map(|field| match field {
            Value::String(text) => Some(text),
            _ => None,
        });
        fields.chain(details).chain(parts).find(|text| !text.is_empty())
    }
}

/// The thinking in a list of parts.
fn thought_in(parts: &Value) -> String {
    const TEXTS: [&str; 4] = ["text", "thinking", "summary", "reasoning"];
    let of_part = |part: &Value| -> Option<String> {
        let thought = TEXTS.iter().find_map(|key| part.get(key))?;
        is_thinking(part).then(|| content_text(thought.clone()))
    };
    parts.as_array().into_iter().flatten().filter_map(of_part).collect()
}

/// Reads a response to `request`, which was sent to `model`.
///
/// An answer counts only if it is whole: valid JSON of the agreed shape, a finish reason that ends
/// it, and text that is left when reasoning is taken away.
pub fn decode(
    model: &str,
    request: &ChatRequest,
    reply: &Reply<'_>,
) -> Result<ChatResponse, CallError> {
    judge(model, request, read_reply(reply)?)
}

/// The same before it is judged.
pub(crate) fn read_reply(reply: &Reply<'_>) -> Result<RawAnswer, CallError> {
    if reply.status != 200 {
        return Err(classify_status(reply));
    }
    read(parse(reply.body)?, reply.hints)
}

/// The first choice of a body, or the error in the place of it.
fn read(body: Body, hints: ResponseHints) -> Result<RawAnswer, CallError> {
    let usage = read_usage(body.usage.as_ref());
    let choice = body.choices.and_then(|choices| choices.into_iter().next());
    let inner = body.error.or_else(|| choice.as_ref()?.error.clone());
    if let Some(error) = inner.filter(|error| !error.is_null()) {
        return Err(CallError { usage, ..classify_inner(&error, hints) });
    }
    let missing = |what: &str| after_work((ErrorClass::Malformed, what), usage);
    let choice = choice.ok_or_else(|| missing("the answer has no `choices`"))?;
    let finish = finish_of(choice.finish_reason.as_ref(), choice.native_finish_reason.as_ref());
    let mut message =
        choice.message.ok_or_else(|| missing("the answer's choice has no `message`"))?;
    let reasoning = message.take_reasoning();
    Ok(RawAnswer {
        content: message.content.map(content_text).unwrap_or_default(),
        reasoning: reasoning.filter(|text| !text.trim().is_empty()),
        is_refusal: message.refusal.and_then(non_empty).is_some(),
        finish,
        usage,
        model: body.model.and_then(non_empty),
        created_unix_s: body.created.as_ref().and_then(count),
    })
}

/// Content is a text, or a list of parts of which the texts count.
pub(super) fn content_text(content: Value) -> String {
    match content {
        Value::String(text) => text,
        Value::Array(parts) => parts.iter().filter_map(part_text).collect(),
        _ => String::new(),
    }
}

/// Parts of thinking are none of the answer, whatever they carry (Mistral, Anthropic, Bedrock).
fn part_text(part: &Value) -> Option<&str> {
    if is_thinking(part) {
        return None;
    }
    part.as_str().or_else(|| part.get("text")?.as_str())
}

fn is_thinking(part: &Value) -> bool {
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
    ["think", "thought", "reason", "redacted"].iter().any(|start| kind.starts_with(start))
}

pub(super) fn non_empty(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}
