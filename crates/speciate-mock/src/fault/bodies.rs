//! Error answers as vendors write them.

use serde_json::json;

use super::anthropic::translated;
use super::{Case, FaultKind};
use crate::chat::Dialect;

/// A complete answer that is not an answer.
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// The page of a kind that answers with one, as the API of the request writes it; `None` for the
/// kinds that act on the connection or on a real answer.
pub(super) fn page(kind: FaultKind, case: &Case<'_>) -> Option<Page> {
    let page = openai_page(kind, case)?;
    Some(match case.dialect {
        Dialect::OpenAi => page,
        Dialect::Anthropic => translated(kind, page),
    })
}

fn openai_page(kind: FaultKind, case: &Case<'_>) -> Option<Page> {
    let error = |status, type_: &str, code: &str, message: &str| {
        let body =
            json!({"error": {"message": message, "type": type_, "param": null, "code": code}});
        Some(Page { status, content_type: JSON, body: body.to_string().into_bytes() })
    };
    let invalid = "invalid_request_error";
    match kind {
        FaultKind::Throttle => {
            let message = "Rate limit reached for requests per minute. Please try again later.";
            error(429, "requests", "rate_limit_exceeded", message)
        }
        FaultKind::SlowDown => {
            error(429, "requests", "slow_down", "Slow down: reduce your request rate.")
        }
        FaultKind::Quota => {
            let message =
                "You exceeded your current quota, please check your plan and billing details.";
            error(429, "insufficient_quota", "insufficient_quota", message)
        }
        FaultKind::SpendLimit => {
            let message = "Your organization has reached its enforced spend limit.";
            error(429, "rate_limit_error", "enforced_spend_limit_reached", message)
        }
        FaultKind::PaymentRequired => {
            error(402, "billing", "insufficient_balance", "Insufficient balance.")
        }
        FaultKind::Unauthorized => {
            let message =
                format!("Incorrect API key provided: {}.", case.authorization.unwrap_or("(none)"));
            error(401, invalid, "invalid_api_key", &message)
        }
        FaultKind::Forbidden => error(
            403,
            invalid,
            "permission_denied",
            "You do not have permission to use this model.",
        ),
        FaultKind::NotFoundModel => {
            let message = format!(
                "The model `{}` does not exist or you do not have access to it.",
                case.model
            );
            error(404, invalid, "model_not_found", &message)
        }
        FaultKind::ContextLength => error(400, invalid, "", context_words(case.number)),
        FaultKind::ContentPolicy => {
            let message = "Your request was rejected by our safety system.";
            error(400, invalid, "content_policy_violation", message)
        }
        FaultKind::PayloadTooLarge => {
            error(413, invalid, "request_too_large", "Request exceeds the maximum size.")
        }
        FaultKind::RequestTimeout => error(408, "timeout", "request_timeout", "Request timed out."),
        FaultKind::Conflict => {
            error(409, invalid, "conflict", "The resource is locked by another request.")
        }
        FaultKind::ServerError => {
            let message = "The server had an error while processing your request.";
            error(500, "server_error", "internal_error", message)
        }
        FaultKind::Unavailable => {
            error(503, "server_error", "unavailable", "The engine is temporarily unavailable.")
        }
        FaultKind::Overloaded => error(529, "overloaded_error", "overloaded_error", "Overloaded"),
        _ => odd_page(kind, case),
    }
}

/// Pages whose shape is not that of an error with a status.
fn odd_page(kind: FaultKind, case: &Case<'_>) -> Option<Page> {
    let json = |status, body: serde_json::Value| Page {
        status,
        content_type: JSON,
        body: body.to_string().into_bytes(),
    };
    let refused = |type_: &str, message: &str| {
        json(
            400,
            json!({"error": {"message": message, "type": type_, "param": null, "code": "400"}}),
        )
    };
    let html =
        |status, body: &str| Page { status, content_type: HTML, body: body.as_bytes().to_vec() };
    let page = match kind {
        FaultKind::BadParameter => json(400, bad_parameter(case.parameter)),
        FaultKind::AnswerLimit => refused(
            "invalid_request_error",
            "max_tokens is too large: this model supports at most 1024 completion tokens",
        ),
        FaultKind::NoSystemRole => refused(
            "invalid_request_error",
            "System role not supported by this model's chat template",
        ),
        FaultKind::KeyIn400 => refused(
            "no_db_connection",
            "Authentication Error, No connected db. Key-based authentication needs a database.",
        ),
        FaultKind::Unprocessable => json(
            422,
            json!({"detail": [{"type": "missing", "loc": ["body", "messages"], "msg": "Field required"}]}),
        ),
        FaultKind::BadGatewayHtml => html(502, BAD_GATEWAY),
        FaultKind::Html200 => html(200, LOGIN),
        FaultKind::ErrorIn200 => json(
            200,
            json!({"error": {"message": "Provider returned error", "code": 429, "type": "rate_limit_error"}}),
        ),
        FaultKind::EmptyBody => Page { status: 200, content_type: JSON, body: Vec::new() },
        FaultKind::NoContent => Page { status: 204, content_type: "", body: Vec::new() },
        FaultKind::Redirect => html(302, "<a href=\"http://127.0.0.2/\">Found</a>"),
        FaultKind::EmptyChoices => {
            json(200, json!({"object": "chat.completion", "model": case.model, "choices": []}))
        }
        FaultKind::MissingChoices => {
            json(200, json!({"object": "chat.completion", "model": case.model}))
        }
        FaultKind::WrongJson => {
            json(200, json!({"result": "ok", "data": [{"embedding": [0.1, 0.2]}]}))
        }
        FaultKind::DeepJson => Page { status: 200, content_type: JSON, body: deep_json() },
        _ => return None,
    };
    Some(page)
}

fn bad_parameter(name: &str) -> serde_json::Value {
    let instead = if name == "max_tokens" { " Use 'max_completion_tokens' instead." } else { "" };
    let message =
        format!("Unsupported parameter: '{name}' is not supported with this model.{instead}");
    json!({"error": {
        "message": message, "type": "invalid_request_error", "param": name, "code": "unsupported_parameter",
    }})
}

fn context_words(number: u64) -> &'static str {
    const WORDINGS: [&str; 5] = [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
        "prompt is too long: 9001 tokens > 8192 maximum",
        "the request exceeds the available context size (8192 tokens), try increasing it",
        "The input token count (9001) exceeds the context window of this model (8192).",
        "Input length 9001 exceeds max_model_len of 8192",
    ];
    WORDINGS[(number % 5) as usize]
}

const DEPTH: usize = 200_000;

fn deep_json() -> Vec<u8> {
    let mut body = b"{\"choices\":".to_vec();
    body.resize(body.len() + DEPTH, b'[');
    body.resize(body.len() + DEPTH, b']');
    body.push(b'}');
    body
}

const BAD_GATEWAY: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>cloud proxy</center><script>var ray = \"8a1\";</script></body></html>\n";
const LOGIN: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Guest network</h1><form action=\"/login\"><input name=\"code\"></form></body></html>\n";
