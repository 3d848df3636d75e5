//! From the bytes of an answer to what it means.

use serde::Deserialize;
use serde_json::Value;
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass, FinishReason};

use super::classify::{Reply, classify_inner, classify_status};
use super::finish::{Finish, read_finish};
use super::parse::parse;
use super::usage::{count, estimate, read_usage};
use crate::reasoning::{Split, split_reasoning};

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
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `content`")]
struct Message {
    #[serde(default)]
    content: Option<Value>,
    #[serde(default)]
    refusal: Option<Value>,
    #[serde(default)]
    reasoning_content: Option<Value>,
    #[serde(default)]
    reasoning: Option<Value>,
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
    if reply.status != 200 {
        return Err(classify_status(reply));
    }
    let body = parse(reply.body)?;
    let usage = read_usage(body.usage.as_ref());
    let choice = body.choices.and_then(|choices| choices.into_iter().next());
    let inner = body.error.or_else(|| choice.as_ref()?.error.clone());
    if let Some(error) = inner.filter(|error| !error.is_null()) {
        return Err(CallError { usage, ..classify_inner(&error, reply.hints) });
    }
    let answer = read_choice(choice).map_err(|(class, message)| {
        let mut error = CallError::new(class, message);
        error.status = Some(200);
        error.usage = usage;
        error.maybe_billed = true;
        error
    })?;
    let usage =
        usage.unwrap_or_else(|| estimate(request, &answer.text, answer.reasoning.as_deref()));
    Ok(ChatResponse {
        text: answer.text,
        reasoning: answer.reasoning,
        finish_reason: answer.finish,
        usage,
        model: body.model.and_then(non_empty).unwrap_or_else(|| model.to_owned()),
        created_unix_s: body.created.as_ref().and_then(count),
    })
}

struct Answer {
    text: String,
    reasoning: Option<String>,
    finish: FinishReason,
}

type Refusal = (ErrorClass, &'static str);

fn read_choice(choice: Option<Choice>) -> Result<Answer, Refusal> {
    let choice = choice.ok_or((ErrorClass::Malformed, "the answer has no `choices`"))?;
    let message =
        choice.message.ok_or((ErrorClass::Malformed, "the answer's choice has no `message`"))?;
    if message.refusal.and_then(non_empty).is_some() {
        return Err((ErrorClass::Refused, "the model refused"));
    }
    let finish = check_finish(choice.finish_reason.as_ref())?;
    let content = message.content.map(content_text).unwrap_or_default();
    let Split::Answer { text, reasoning: within } = split_reasoning(&content) else {
        return Err((ErrorClass::Truncated, "the reasoning never ended"));
    };
    if text.trim().is_empty() {
        return Err((ErrorClass::Empty, "the answer is empty"));
    }
    let beside = [message.reasoning_content, message.reasoning];
    let beside = beside.into_iter().flatten().find_map(non_empty);
    Ok(Answer { text, reasoning: beside.or(within), finish })
}

fn check_finish(value: Option<&Value>) -> Result<FinishReason, Refusal> {
    Err(match read_finish(value) {
        Finish::Whole(reason) => return Ok(reason),
        Finish::Length => (ErrorClass::Truncated, "the answer ran into the token limit"),
        Finish::Missing => {
            (ErrorClass::Truncated, "the answer has no finish reason, so it may be cut")
        }
        Finish::Filtered => (ErrorClass::Filtered, "the provider's filter took the answer away"),
        Finish::Refused => (ErrorClass::Refused, "the model refused"),
        Finish::Broken => (ErrorClass::Transient, "the server gave the answer up half-way"),
    })
}

/// Content is a text, or a list of parts of which the texts count.
fn content_text(content: Value) -> String {
    match content {
        Value::String(text) => text,
        Value::Array(parts) => parts.iter().filter_map(part_text).collect(),
        _ => String::new(),
    }
}

fn part_text(part: &Value) -> Option<&str> {
    part.as_str().or_else(|| part.get("text")?.as_str())
}

fn non_empty(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}
