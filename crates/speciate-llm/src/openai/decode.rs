//! From the bytes of an answer to what it means.

use serde::Deserialize;
use serde_json::Value;
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass, FinishReason, Usage};

use super::classify::{Reply, classify_inner, classify_status, shorten, without_markup};
use crate::reasoning::{Split, split_reasoning};

#[derive(Deserialize)]
struct Body {
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
struct Choice {
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    finish_reason: Option<Value>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<Value>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    reasoning_content: Option<String>,
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
    if let Some(error) = body.error.as_ref().filter(|error| !error.is_null()) {
        return Err(classify_inner(error, reply.hints));
    }
    let usage = read_usage(body.usage.as_ref());
    let fail = |class, message: &str| {
        let mut error = CallError::new(class, message);
        error.status = Some(200);
        error.usage = usage;
        error.maybe_billed = true;
        error
    };
    let choice = body
        .choices
        .and_then(|choices| choices.into_iter().next())
        .ok_or_else(|| fail(ErrorClass::Malformed, "the answer has no `choices`"))?;
    let message = choice
        .message
        .ok_or_else(|| fail(ErrorClass::Malformed, "the answer's choice has no `message`"))?;
    let finish = read_finish(choice.finish_reason.as_ref());
    let (text, reasoning) =
        read_message(message, finish).map_err(|(class, message)| fail(class, message))?;
    let finish_reason = finish.unwrap_or(FinishReason::Other);
    let usage = usage.unwrap_or_else(|| estimate(request, &text, reasoning.as_deref()));
    Ok(ChatResponse {
        text,
        reasoning,
        finish_reason,
        usage,
        model: body.model.and_then(non_empty).unwrap_or_else(|| model.to_owned()),
        created_unix_s: body.created.as_ref().and_then(count),
    })
}

fn parse(bytes: &[u8]) -> Result<Body, CallError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let start = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        // A body that ends early or is no JSON at all is the network's fault or a proxy's; one
        // that is complete JSON of another shape is the server's.
        let (class, found) = match start {
            None => (ErrorClass::Transient, "an empty body".to_owned()),
            Some(b'{') if error.is_eof() => {
                (ErrorClass::Transient, "a body that was cut".to_owned())
            }
            Some(b'{' | b'[') => {
                (ErrorClass::Malformed, format!("json that cannot be read ({error})"))
            }
            Some(_) => {
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(8_192)]);
                (
                    ErrorClass::Transient,
                    format!("something else: {}", shorten(&without_markup(&text))),
                )
            }
        };
        let mut error =
            CallError::new(class, format!("expected json from the endpoint, found {found}"));
        error.status = Some(200);
        error.maybe_billed = true;
        error
    })
}

type Refusal = (ErrorClass, &'static str);

fn read_message(
    message: Message,
    finish: Option<FinishReason>,
) -> Result<(String, Option<String>), Refusal> {
    if message.refusal.is_some_and(|refusal| !refusal.trim().is_empty()) {
        return Err((ErrorClass::Refused, "the model refused"));
    }
    match finish {
        Some(FinishReason::ContentFilter) => {
            return Err((ErrorClass::Filtered, "the provider's filter took the answer away"));
        }
        Some(FinishReason::Length) => {
            return Err((ErrorClass::Truncated, "the answer ran into the token limit"));
        }
        None => {
            return Err((
                ErrorClass::Truncated,
                "the answer has no finish reason, so it may be cut",
            ));
        }
        Some(FinishReason::Stop | FinishReason::Other) => {}
    }
    let beside = message.reasoning_content.or_else(|| message.reasoning.and_then(non_empty));
    let content = message.content.map(content_text).unwrap_or_default();
    let Split::Answer { text, reasoning } = split_reasoning(&content) else {
        return Err((ErrorClass::Truncated, "the reasoning never ended"));
    };
    if text.trim().is_empty() {
        return Err((ErrorClass::Empty, "the answer is empty"));
    }
    Ok((text, beside.filter(|text| !text.trim().is_empty()).or(reasoning)))
}

/// Content is a text, or a list of parts of which the texts count.
fn content_text(content: Value) -> String {
    match content {
        Value::String(text) => text,
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

fn non_empty(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn read_finish(value: Option<&Value>) -> Option<FinishReason> {
    Some(match value?.as_str()? {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    })
}

fn read_usage(usage: Option<&Value>) -> Option<Usage> {
    let usage = usage?;
    Some(Usage {
        input_tokens: count(usage.get("prompt_tokens")?)?,
        output_tokens: count(usage.get("completion_tokens")?)?,
        estimated: false,
    })
}

/// A count that makes sense: not negative, not astronomic; floats and digit strings are accepted.
fn count(value: &Value) -> Option<u64> {
    const ASTRONOMIC: f64 = 1e12;
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (0.0..ASTRONOMIC).contains(&number).then_some(number as u64)
}

fn estimate(request: &ChatRequest, text: &str, reasoning: Option<&str>) -> Usage {
    let input = request.messages.iter().map(|message| message.content.len()).sum();
    Usage {
        input_tokens: Usage::estimate_tokens(input),
        output_tokens: Usage::estimate_tokens(text.len() + reasoning.map_or(0, str::len)),
        estimated: true,
    }
}
