//! Anthropic's format: what bodies, streams and errors mean.

use serde_json::{Value, json};
use speciate_llm::anthropic::decode;
use speciate_llm::openai::Reply;
use speciate_llm::{ResponseHints, WireFormat};
use speciate_types::{CallError, ChatResponse};

use crate::streams::{read_in, shown};
use crate::support::{check_message, request};

fn read(status: u16, body: &str) -> Result<ChatResponse, CallError> {
    let reply = Reply { status, hints: ResponseHints::default(), body: body.as_bytes() };
    decode("m", &request("Name a river."), &reply)
}

pub(crate) fn message(content: &Value, stop_reason: &Value) -> String {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x-1",
        "content": content, "stop_reason": stop_reason, "stop_sequence": null,
        "usage": {"input_tokens": 12, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 30, "output_tokens": 9},
    })
    .to_string()
}

#[test]
fn contents() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let thought = json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"});
    let hidden = json!({"type": "redacted_thinking", "data": "c2ln"});
    let table = [
        json!([text("Ucayali.")]),
        json!([text("Uca"), text("yali.")]),
        json!([thought, text("A.")]),
        json!([hidden, text("A.")]),
        json!([thought]),
        json!([text("<think>Hm.</think>A.")]),
        json!([text(" ")]),
        json!([]),
        json!(null),
        json!("A."),
        json!([{"type": "text", "text": 7}]),
        json!([{"type": "tool_use", "id": "t", "name": "n", "input": {"text": "x"}}]),
        json!([{"text": "no type"}]),
        json!([null]),
    ]
    .map(|content| {
        format!("{content} -> {}\n", shown(read(200, &message(&content, &json!("end_turn")))))
    });
    insta::assert_snapshot!("anthropic_contents", table.concat());
}

#[test]
fn stop_reasons() {
    let table = [
        json!("end_turn"),
        json!("stop_sequence"),
        json!("max_tokens"),
        json!("model_context_window_exceeded"),
        json!("refusal"),
        json!("pause_turn"),
        json!("tool_use"),
        json!(null),
        json!(""),
    ]
    .map(|reason| {
        let content = json!([{"type": "text", "text": "A."}]);
        format!("{reason} -> {}\n", shown(read(200, &message(&content, &reason))))
    });
    insta::assert_snapshot!("anthropic_stop_reasons", table.concat());
}

/// The table of the page "Errors", each as a status and as an event of a stream that had begun.
#[test]
fn errors() {
    let each = |(status, kind, said): (u16, &str, &str)| {
        let body = json!({"type": "error", "error": {"type": kind, "message": said}, "request_id": "req_1"});
        let error = read(status, &body.to_string()).unwrap_err();
        check_message(&error.message);
        let event = format!("event: error\ndata: {body}\n\n");
        format!(
            "{status} {kind}\n  {} <- {}\n  {}\n",
            error.class.as_str(),
            error.message,
            shown(read_in(WireFormat::Anthropic, [event.as_bytes()]))
        )
    };
    let table = [
        (400, "invalid_request_error", "messages: at least one message is required"),
        (400, "invalid_request_error", "prompt is too long: 205351 tokens > 200000 maximum"),
        (400, "invalid_request_error", "`temperature` is deprecated for this model."),
        (400, "invalid_request_error", "Your credit balance is too low to access the API."),
        (
            400,
            "invalid_request_error",
            "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
        ),
        (401, "authentication_error", "invalid x-api-key"),
        (402, "billing_error", "Check your payment details."),
        (403, "permission_error", "Your key may not use this resource."),
        (404, "not_found_error", "model: claude-y"),
        (413, "request_too_large", "Request exceeds the maximum size"),
        (429, "rate_limit_error", "This request would exceed your account's rate limit."),
        (429, "enforced_spend_limit_reached", "The spend limit is reached."),
        (500, "api_error", "Internal server error"),
        (504, "timeout_error", "The request timed out."),
        (529, "overloaded_error", "Overloaded"),
    ]
    .map(each);
    insta::assert_snapshot!("anthropic_errors", table.concat());
    assert!(read(200, r#"{"type":"error","error":{"type":"overloaded_error"}}"#).is_err());
}

#[test]
fn streams() {
    let sound = include_str!("fixtures/anthropic-stream.txt");
    let without = |word: &str| {
        let events = sound.split_inclusive("\n\n").filter(|event| !event.contains(word));
        events.collect::<String>()
    };
    let table = [
        ("whole", sound.to_owned()),
        ("event names lost", sound.replace("event: ", ": ")),
        ("no message_stop", without("message_stop")),
        ("no message_delta", without("message_delta")),
        ("no message_start", without("message_start")),
        ("no deltas", without("_delta\",\"")),
        ("unknown events", sound.replace("{\"type\": \"ping\"}", "{\"type\": \"new\", \"delta\": 7}")),
        ("limit", sound.replace("end_turn", "max_tokens")),
        ("refusal", sound.replace("end_turn", "refusal")),
        ("not json", sound.replace("{\"type\": \"ping\"}", "{")),
        ("counts of the whole at the end", sound.replace("\"usage\":{\"output_tokens\":15}", "\"usage\":{\"input_tokens\":13,\"cache_read_input_tokens\":30,\"output_tokens\":15}")),
        ("overloaded half-way", sound[..sound.find("event: message_delta").unwrap()].to_owned() + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"),
        ("nothing", String::new()),
    ]
    .map(|(name, text)| format!("{name}: {}\n", shown(read_in(WireFormat::Anthropic, [text.as_bytes()]))));
    insta::assert_snapshot!("anthropic_streams", table.concat());
}
