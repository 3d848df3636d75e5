//! Error answers in Anthropic's shapes.

use serde_json::{Value, json};

use super::FaultKind;
use super::bodies::Page;

/// The error type that goes with a status, from the page "Errors" of Anthropic's documentation.
pub(crate) fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        503 | 529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

/// The body of an error.
pub(crate) fn anthropic_error(kind: &str, text: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_mock"})
}

/// The same page as this API would write it. Pages that no API writes (HTML, nothing, another API's
/// JSON) stay as they are.
pub(super) fn translated(kind: FaultKind, page: Page) -> Page {
    let json: Option<Value> = serde_json::from_slice(&page.body).ok();
    let Some(text) = json.as_ref().and_then(|json| json.pointer("/error/message")?.as_str()) else {
        return page;
    };
    let body = match kind {
        FaultKind::SpendLimit => anthropic_error("enforced_spend_limit_reached", text),
        FaultKind::ErrorIn200 => anthropic_error("rate_limit_error", text),
        _ => anthropic_error(anthropic_type(page.status), text),
    };
    Page { body: body.to_string().into_bytes(), ..page }
}
