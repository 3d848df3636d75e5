//! Answers and faults in Anthropic's format.

use serde_json::{Value, json};
use speciate_mock::{Dialect, FaultKind, FaultScript, MockConfig, MockServer, ParsedRequest};

use crate::client::{Seen, ask, exchange, plain, unchunk};

fn message(text: &str) -> Value {
    json!({
        "model": "m",
        "max_tokens": 5_000,
        "system": "Be plain.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}],
    })
}

fn send(config: MockConfig, body: &Value) -> Seen {
    let mock = MockServer::start(config).unwrap();
    let body = body.to_string();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: mock\r\nx-api-key: sk-test-42\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    exchange(mock.addr(), format!("{head}{body}").as_bytes())
}

/// The data of a stream's events, each under the name that it says itself.
fn events(config: MockConfig, text: &str) -> Vec<Value> {
    let mut body = message(text);
    body["stream"] = json!(true);
    let seen = send(config, &body);
    let head = seen.head();
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    let is_chunked = head.contains("chunked");
    let bytes = if is_chunked { unchunk(seen.body()).0 } else { seen.body().to_vec() };
    let text = String::from_utf8(bytes).unwrap();
    text.split_terminator("\n\n")
        .map(|event| {
            let (name, data) = event.split_once("\ndata: ").unwrap();
            let data: Value = serde_json::from_str(data).unwrap();
            assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
            data
        })
        .collect()
}

fn faulty(kind: FaultKind) -> MockConfig {
    MockConfig { faults: FaultScript::always(kind), ..MockConfig::perfect() }
}

const LIGHTHOUSE: &str = "Describe how a lighthouse is kept.";

#[test]
fn the_same_conversation_gets_the_same_answer() {
    let answer = send(MockConfig::perfect(), &message(LIGHTHOUSE)).json();
    let mut chat = plain(LIGHTHOUSE);
    chat["messages"] = json!([
        {"role": "system", "content": "Be plain."},
        {"role": "user", "content": LIGHTHOUSE},
    ]);
    chat.as_object_mut().unwrap().remove("seed");
    let mock = MockServer::start(MockConfig::perfect()).unwrap();
    let other = ask(mock.addr(), &chat).json();
    assert_eq!(answer["content"][0]["text"], other["choices"][0]["message"]["content"]);
    assert_eq!(answer["usage"]["input_tokens"], other["usage"]["prompt_tokens"]);
    assert_eq!(answer["usage"]["output_tokens"], other["usage"]["completion_tokens"]);
    assert_eq!((&answer["type"], &answer["role"]), (&json!("message"), &json!("assistant")));
    assert_eq!((&answer["model"], &answer["stop_reason"]), (&json!("m"), &json!("end_turn")));
}

#[test]
fn a_stream_holds_the_same_text() {
    let whole = send(MockConfig::perfect(), &message(LIGHTHOUSE)).json();
    let events = events(MockConfig::perfect(), LIGHTHOUSE);
    let text: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert_eq!(whole["content"][0]["text"], json!(text));
    let kinds: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(kinds[..2], ["message_start", "content_block_start"]);
    assert_eq!(kinds[kinds.len() - 3..], ["content_block_stop", "message_delta", "message_stop"]);
    let end = &events[events.len() - 2];
    assert_eq!(end["delta"]["stop_reason"], "end_turn");
    assert_eq!(end["usage"]["output_tokens"], whole["usage"]["output_tokens"]);
}

#[test]
fn errors_have_its_shape() {
    for (kind, status, error_type) in [
        (FaultKind::Throttle, 429, "rate_limit_error"),
        (FaultKind::SpendLimit, 429, "enforced_spend_limit_reached"),
        (FaultKind::PaymentRequired, 402, "billing_error"),
        (FaultKind::Unauthorized, 401, "authentication_error"),
        (FaultKind::Forbidden, 403, "permission_error"),
        (FaultKind::NotFoundModel, 404, "not_found_error"),
        (FaultKind::PayloadTooLarge, 413, "request_too_large"),
        (FaultKind::BadParameter, 400, "invalid_request_error"),
        (FaultKind::ServerError, 500, "api_error"),
        (FaultKind::Overloaded, 529, "overloaded_error"),
        (FaultKind::ErrorIn200, 200, "rate_limit_error"),
    ] {
        let seen = send(faulty(kind), &message("x"));
        assert!(seen.head().starts_with(&format!("HTTP/1.1 {status} ")), "{kind}");
        let body = seen.json();
        assert_eq!((&body["type"], &body["error"]["type"]), (&json!("error"), &json!(error_type)));
        assert!(body["error"]["message"].is_string(), "{kind}");
    }
    let quoted = send(faulty(FaultKind::Unauthorized), &message("x")).text();
    assert!(quoted.contains("sk-test-42"), "{quoted}");
}

#[test]
fn contents_go_wrong_in_its_shape() {
    let whole = |kind| send(faulty(kind), &message(LIGHTHOUSE)).json();
    let cut = whole(FaultKind::Truncation);
    assert_eq!(cut["stop_reason"], "max_tokens");
    let thought = whole(FaultKind::NullContentReasoning);
    assert_eq!(thought["content"][0]["type"], "thinking");
    assert_eq!(thought["content"].as_array().map(Vec::len), Some(1));
    assert_eq!(whole(FaultKind::Refusal)["stop_reason"], "refusal");
    assert!(whole(FaultKind::NoUsage)["usage"].is_null());
    assert_eq!(whole(FaultKind::WeirdUsage)["usage"]["input_tokens"], -12);
    let last = |kind| events(faulty(kind), LIGHTHOUSE).pop().unwrap();
    assert_eq!(last(FaultKind::ErrorEvent)["error"]["type"], "overloaded_error");
    assert_eq!(last(FaultKind::NoDone)["type"], "message_delta");
    assert_eq!(last(FaultKind::NoFinish)["type"], "content_block_delta");
}

#[test]
fn requests_are_checked() {
    for wrong in ["{}", r#"{"messages":[]}"#, r#"{"messages":[],"max_tokens":5}"#, "[]"] {
        assert!(ParsedRequest::from_anthropic(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let body = message("x").to_string();
    let parsed = ParsedRequest::from_anthropic(body.as_bytes()).unwrap();
    assert_eq!((parsed.dialect, parsed.messages.len()), (Dialect::Anthropic, 2));
    let refused = send(MockConfig::perfect(), &json!({"messages": []})).json();
    assert_eq!(refused["error"]["type"], "invalid_request_error");
}
