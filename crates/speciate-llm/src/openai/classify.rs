//! From a status and an error body to an [`ErrorClass`].

use serde_json::Value;
use speciate_types::{CallError, ErrorClass};

use super::Quirks;
use crate::retry_after::ResponseHints;

/// A whole response as it came.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// What the headers ask.
    pub hints: ResponseHints,
    /// The bytes.
    pub body: &'a [u8],
}

/// Money or quota that does not come back by waiting a minute.
const EXHAUSTED_CODES: [&str; 6] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "enforced_spend_limit_reached",
    "billing_hard_limit_reached",
    "billing_not_active",
    "insufficient_balance",
];
const EXHAUSTED_WORDS: [&str; 4] = [
    "exceeded your current quota",
    "credit balance is too low",
    "spend limit reached",
    "insufficient balance",
];
/// How vendors say that a request is longer than the model's context.
const CONTEXT_WORDS: [&str; 9] = [
    "context_length_exceeded",
    "maximum context length",
    "context window",
    "context length",
    "exceeds the available context size",
    "prompt is too long",
    "max_model_len",
    "input is too long",
    "too many tokens",
];
const POLICY_WORDS: [&str; 4] =
    ["content_policy", "content_filter", "content management policy", "safety system"];
const UNSUPPORTED_WORDS: [&str; 6] = [
    "unsupported",
    "not supported",
    "unrecognized",
    "unknown parameter",
    "extra fields not permitted",
    "extra inputs are not permitted",
];
const MESSAGE_CHARS_MAX: usize = 200;

/// What an error body says, whatever its shape.
#[derive(Debug, Default)]
struct ErrorText {
    code: String,
    message: String,
    parameter: Option<String>,
}

/// The error of a response whose status is not 200.
pub fn classify_status(reply: &Reply<'_>) -> CallError {
    let json: Option<Value> = serde_json::from_slice(reply.body).ok();
    let text = json.as_ref().map_or_else(|| plain_text(reply.body), error_text);
    with_status(reply.status, reply.hints, &text)
}

/// The error that a body with status 200 carries.
pub(super) fn classify_inner(error: &Value, hints: ResponseHints) -> CallError {
    let text =
        error_text(&Value::Object([("error".to_owned(), error.clone())].into_iter().collect()));
    let status = text.code.parse::<u16>().ok().filter(|code| (400..600).contains(code));
    let by_name = match text.code.as_str() {
        "rate_limit_exceeded" | "rate_limit_error" => 429,
        "overloaded_error" => 529,
        "authentication_error" | "invalid_api_key" => 401,
        "not_found_error" | "model_not_found" => 404,
        "invalid_request_error" => 400,
        _ => 500,
    };
    with_status(status.unwrap_or(by_name), hints, &text)
}

fn with_status(status: u16, hints: ResponseHints, text: &ErrorText) -> CallError {
    let class = class_of(status, hints, text);
    let said = if text.message.is_empty() { "no message" } else { &text.message };
    let code = if text.code.is_empty() { String::new() } else { format!(" {}", text.code) };
    let mut error = CallError::new(class, format!("the endpoint answered {status}{code}: {said}"));
    error.status = Some(status);
    error.retry_after_ms = hints.retry_after_ms;
    error
}

fn class_of(status: u16, hints: ResponseHints, text: &ErrorText) -> ErrorClass {
    let lower = format!("{} {}", text.code, text.message).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let is_exhausted = EXHAUSTED_CODES.contains(&text.code.as_str())
        || text.code.starts_with("billing_")
        || says(&EXHAUSTED_WORDS);
    match (status, hints.should_retry) {
        (402, _) | (403 | 429, _) if status == 402 || is_exhausted => ErrorClass::Exhausted,
        (429, _) => ErrorClass::Throttled,
        (503 | 529, None | Some(true)) if says(&["slow_down"]) => ErrorClass::Throttled,
        (401, _) => ErrorClass::Auth,
        (_, Some(true)) => ErrorClass::Transient,
        (500..=599, Some(false)) => ErrorClass::BadItem,
        (503 | 529, _) => ErrorClass::Overloaded,
        (408 | 409 | 425 | 500..=599, _) => ErrorClass::Transient,
        (403, _) if says(&["region", "country", "territory"]) => ErrorClass::BadConfig,
        (400 | 403, _) if says(&POLICY_WORDS) => ErrorClass::BadItem,
        (403, _) => ErrorClass::Auth,
        (404 | 405 | 407 | 300..=399, _) => ErrorClass::BadConfig,
        (400, _) if says(&CONTEXT_WORDS) => ErrorClass::BadItem,
        (400, _) if text.parameter.is_some() || says(&UNSUPPORTED_WORDS) => ErrorClass::BadConfig,
        (400, _) if says(&["invalid_api_key", "api key not valid"]) => ErrorClass::Auth,
        (400..=499, _) => ErrorClass::BadItem,
        _ => ErrorClass::Malformed,
    }
}

/// The optional parameter that a 400 complains about, if it is one that can be left out.
pub(crate) fn refused_parameter(reply: &Reply<'_>) -> Option<Quirks> {
    if reply.status != 400 && reply.status != 422 {
        return None;
    }
    let text = error_text(&serde_json::from_slice(reply.body).ok()?);
    let lower = text.message.to_lowercase();
    let says_unsupported = UNSUPPORTED_WORDS.iter().any(|word| lower.contains(word))
        || text.code == "unsupported_parameter"
        || text.code == "unsupported_value"
        || lower.contains("does not support");
    if !says_unsupported {
        return None;
    }
    let named = text.parameter.as_deref().and_then(Quirks::of_parameter);
    named.or_else(|| {
        let quoted = |name: &&str| {
            ["'", "`", "\""].iter().any(|mark| lower.contains(&format!("{mark}{name}{mark}")))
        };
        Quirks::parameter_names().find(quoted).and_then(Quirks::of_parameter)
    })
}

fn error_text(json: &Value) -> ErrorText {
    let json = json.as_array().and_then(|items| items.first()).unwrap_or(json);
    let inner = json.get("error").unwrap_or(json);
    if let Some(message) = inner.as_str() {
        return ErrorText { message: shorten(message), ..ErrorText::default() };
    }
    let word = |name: &str| inner.get(name).map(scalar).filter(|text| !text.is_empty());
    let detail = json.get("detail").map(detail_text).filter(|text| !text.is_empty());
    ErrorText {
        code: word("code").or_else(|| word("type")).unwrap_or_default(),
        message: shorten(&word("message").or(detail).unwrap_or_default()),
        parameter: inner.get("param").and_then(Value::as_str).map(str::to_owned),
    }
}

/// FastAPI's `detail`: a text, or a list of `{loc, msg}`.
fn detail_text(detail: &Value) -> String {
    match detail {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let messages: Vec<_> =
                items.iter().filter_map(|item| item.get("msg")?.as_str()).collect();
            messages.join("; ")
        }
        _ => String::new(),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn plain_text(body: &[u8]) -> ErrorText {
    let text = String::from_utf8_lossy(&body[..body.len().min(8_192)]);
    ErrorText { message: shorten(&without_markup(&text)), ..ErrorText::default() }
}

/// The words of an HTML page, or the text itself.
pub(super) fn without_markup(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        words.push_str(&rest[..open]);
        words.push(' ');
        let tag = &rest[open..];
        let end = ["script", "style"]
            .iter()
            .find(|name| tag[1..].to_ascii_lowercase().starts_with(**name))
            .and_then(|name| tag.to_ascii_lowercase().find(&format!("</{name}")))
            .unwrap_or(0);
        rest = tag[end..].find('>').map_or("", |close| &tag[end + close + 1..]);
    }
    words.push_str(rest);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn shorten(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}
