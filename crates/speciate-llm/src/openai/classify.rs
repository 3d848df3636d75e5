//! From a status and an error body to an [`ErrorClass`].

use serde_json::Value;
use speciate_types::{CallError, ErrorClass};

use super::error_text::ErrorText;
use super::words::{self, says};
use crate::retry_after::{ResponseHints, wait_in_words};

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

/// The error of a response whose status is not 200.
pub fn classify_status(reply: &Reply<'_>) -> CallError {
    let text = ErrorText::of_body(reply.body);
    let class = class_of(reply.status, reply.hints, &text);
    let mut error = CallError::new(class, describe(&reply.status.to_string(), &text));
    error.status = Some(reply.status);
    error.retry_after_ms = wait_of(class, reply.hints, &text);
    error.maybe_billed = may_have_worked(reply.status);
    let advice = advice(class, &text);
    if !advice.is_empty() {
        error.message = format!("{}; {advice}", error.message.trim_end_matches('.'));
    }
    error
}

/// What a person can change where a prompt and its answer have no room.
fn advice(class: ErrorClass, text: &ErrorText) -> &'static str {
    if class == ErrorClass::BadItem && says(&text.lower(), &words::CONTEXT) {
        "give the server a longer context, shorten the seed, or lower `max_tokens` of the role in \
         the recipe"
    } else {
        ""
    }
}

/// How long to wait: as the headers say, or else as the sentence does (Azure, Google).
fn wait_of(class: ErrorClass, hints: ResponseHints, text: &ErrorText) -> Option<u64> {
    let is_load = matches!(class, ErrorClass::Throttled | ErrorClass::Overloaded);
    hints.retry_after_ms.or_else(|| wait_in_words(&text.lower()).filter(|_| is_load))
}

/// The error that a body with status 200 carries: judged by the status that it names or means.
pub(crate) fn classify_inner(error: &Value, hints: ResponseHints) -> CallError {
    let text = ErrorText::of_error(error);
    let meant = inner_status(&text);
    let class = class_of(meant, hints, &text);
    let mut error = CallError::new(class, describe("200 with error", &text));
    error.status = Some(200);
    error.retry_after_ms = wait_of(class, hints, &text);
    // A server that took the request and then failed, not one that turned it away.
    error.maybe_billed = meant >= 500 || may_have_worked(meant);
    error
}

/// The status that an error within a 200 stands for.
fn inner_status(text: &ErrorText) -> u16 {
    let named = text.code.parse::<u16>().ok().filter(|code| (400..600).contains(code));
    let by_name = || status_of_name(&text.code).or_else(|| status_of_name(&text.kind));
    let by_words = || status_of_words(&text.lower());
    named.or_else(by_name).unwrap_or_else(by_words)
}

fn status_of_words(lower: &str) -> u16 {
    match () {
        () if says(lower, &words::CONTEXT) => 400,
        () if says(lower, &words::WRONG_ADDRESS) => 404,
        () if says(lower, &words::KEY) => 401,
        () if says(lower, &words::UNKNOWN_MODEL) => 404,
        () => 500,
    }
}

fn status_of_name(name: &str) -> Option<u16> {
    Some(match name {
        "rate_limit_exceeded" | "slow_down" => 429,
        "server_is_overloaded" | "capacity_exceeded" => 503,
        "invalid_api_key" => 401,
        "model_not_found" => 404,
        "context_length_exceeded" | "content_filter" => 400,
        _ if words::EXHAUSTED_CODES.contains(&name) => 402,
        _ => return crate::anthropic::status_of_type(name),
    })
}

/// A gateway that gave up on a server, or a server that gave up on its work, may have paid for it.
fn may_have_worked(status: u16) -> bool {
    matches!(status, 200..=299 | 408 | 499 | 502 | 504 | 520..=524)
}

fn describe(answered: &str, text: &ErrorText) -> String {
    let said = if text.message.is_empty() { "no message" } else { &text.message };
    match text.name() {
        name if name.is_empty() || answered == name => {
            format!("the endpoint answered {answered}: {said}")
        }
        name => format!("the endpoint answered {answered} {name}: {said}"),
    }
}

fn class_of(status: u16, hints: ResponseHints, text: &ErrorText) -> ErrorClass {
    let lower = text.lower();
    if text.is_in_flight_budget && hints.retry_after_ms.is_some() {
        return ErrorClass::Throttled;
    }
    if status == 402 || is_exhausted(status, text, &lower) {
        return ErrorClass::Exhausted;
    }
    let may_retry = hints.should_retry;
    match status {
        401 => ErrorClass::Auth,
        // A limit that waiting does not lift.
        429 if may_retry == Some(false) => ErrorClass::Exhausted,
        429 => ErrorClass::Throttled,
        503 | 529 if may_retry != Some(false) && says(&lower, &["slow_down"]) => {
            ErrorClass::Throttled
        }
        503 | 529 if may_retry != Some(false) => ErrorClass::Overloaded,
        400..=599 if may_retry.unwrap_or(is_passing(status)) => ErrorClass::Transient,
        501 | 505 | 511 => ErrorClass::BadConfig,
        400..=499 if may_retry != Some(false) && comes_back(status, text, &lower) => {
            ErrorClass::Overloaded
        }
        400..=499 if !is_passing(status) => class_of_refusal(status, text, &lower),
        400..=599 => ErrorClass::BadItem,
        _ => ErrorClass::Malformed,
    }
}

/// Whether a refusal says that it passes: by its words, or as Groq's 498 for a lack of capacity.
fn comes_back(status: u16, text: &ErrorText, lower: &str) -> bool {
    let is_final = text.is_policy
        || [&words::POLICY[..], &words::CONTEXT, &words::KEY]
            .iter()
            .any(|of_kind| says(lower, of_kind));
    !is_final && (status == 498 || says(lower, &words::LATER))
}

/// Whether a status tells of something that passes by itself.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 409 | 423..=425 | 444 | 460 | 499 | 500 | 502..=504 | 506..=510 | 512..=599)
}

fn is_exhausted(status: u16, text: &ErrorText, lower: &str) -> bool {
    let is_code =
        |code: &str| words::EXHAUSTED_CODES.contains(&code) || code.starts_with("billing_");
    let can_be = (400..=499).contains(&status) && status != 401;
    // Google uses the same sentence for limits per minute, and then adds when to come back.
    let comes_back = lower.contains("retry in");
    (can_be && !comes_back && says(lower, &words::EXHAUSTED_WORDS))
        || ((can_be || status == 500) && (is_code(&text.code) || is_code(&text.kind)))
}

/// Requests that the endpoint will refuse again.
fn class_of_refusal(status: u16, text: &ErrorText, lower: &str) -> ErrorClass {
    match status {
        403 if says(lower, &words::REGION) => ErrorClass::BadConfig,
        400 | 403 | 422 if text.is_policy || says(lower, &words::POLICY) => ErrorClass::BadItem,
        403 => ErrorClass::Auth,
        404..=407 | 410 | 411 | 415 | 421 | 426 | 428 | 431 | 451 => ErrorClass::BadConfig,
        400 | 422 if says(lower, &words::CONTEXT) => ErrorClass::BadItem,
        400 | 422 | 498 if says(lower, &words::KEY) => ErrorClass::Auth,
        400 | 422 if says(lower, &words::UNSUPPORTED) => ErrorClass::BadConfig,
        400 | 422 if says(lower, &words::UNKNOWN_MODEL) => ErrorClass::BadConfig,
        400 if text.parameter.as_deref().is_some_and(is_of_every_request) => ErrorClass::BadConfig,
        _ => ErrorClass::BadItem,
    }
}

/// Whether a parameter is the same for all items, so that none of them can work.
fn is_of_every_request(parameter: &str) -> bool {
    !["messages", "input", "prompt"].iter().any(|own| parameter.starts_with(own))
}
