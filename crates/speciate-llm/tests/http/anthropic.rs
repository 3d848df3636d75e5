//! Anthropic's format: bodies, streams, errors.

use serde_json::{Value, json};
use speciate_llm::anthropic::decode;
use speciate_llm::openai::Reply;
use speciate_llm::{HttpModel, Model as _, ResponseHints, WireFormat};
use speciate_types::{CallError, ChatResponse};

use crate::raw::{Raw, response};
use crate::streams::{read_in, shown};
use crate::support::{KEY, PATIENT, anthropic, ask, check_message, endpoint, request, streaming};

fn read(status: u16, body: &str) -> Result<ChatResponse, CallError> {
    let reply = Reply { status, hints: ResponseHints::default(), body: body.as_bytes() };
    decode("m", &request("Name a river."), &reply)
}

fn message(content: &Value, stop_reason: &Value) -> String {
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

/// The key goes into its header and no other, with the version of the format.
#[tokio::test]
async fn requests() {
    let body = message(&json!([{"type": "text", "text": "Ucayali."}]), &json!("end_turn"));
    let server = Raw::start(vec![vec![response(200, "", &body)]]);
    let answer = ask(&anthropic(&server.base_url, PATIENT)).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.model.as_str()), ("Ucayali.", "claude-x-1"));
    assert_eq!(answer.usage.input_tokens, 47);
    let seen = server.seen().concat();
    assert!(seen.starts_with("post /v1/messages http/1.1\r\n"), "{seen}");
    let key = KEY.to_lowercase();
    assert!(seen.contains(&format!("\r\nx-api-key: {key}\r\n")), "{seen}");
    assert!(seen.contains("\r\nanthropic-version: 2023-06-01\r\n"), "{seen}");
    assert!(!seen.contains("authorization") && seen.matches(&key).count() == 1, "{seen}");
}

#[tokio::test]
async fn a_stream_over_the_wire() {
    let body = include_str!("fixtures/anthropic-stream.txt");
    let server = Raw::once(crate::raw::stream(body));
    let model = streaming(&server.base_url, WireFormat::Anthropic, PATIENT);
    let answer = ask(&model).await.unwrap();
    assert_eq!(answer.text, "Ucayali é 🦀");
    assert_eq!(answer.reasoning.as_deref(), Some("A river in Peru… 日"));
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (42, 15));
    assert!(server.seen().concat().ends_with(r#""stream":true}"#));
}

#[tokio::test]
async fn models_are_listed() {
    let body = r#"{"data":[{"type":"model","id":"claude-b","display_name":"B"},{"type":"model","id":"claude-a"}],"has_more":false}"#;
    let server = Raw::start(vec![vec![response(200, "", body)]]);
    let wire = WireFormat::Anthropic;
    let endpoint = speciate_llm::Endpoint { wire, ..endpoint(&server.base_url, PATIENT) };
    assert_eq!(HttpModel::list(&endpoint).await.unwrap(), ["claude-a", "claude-b"]);
    let seen = server.seen().concat();
    assert!(seen.starts_with("get /v1/models?limit=1000 http/1.1\r\n"), "{seen}");
    assert!(seen.contains("x-api-key") && !seen.contains("authorization"), "{seen}");
}

/// Newer models refuse the temperature, or one of a pair; the answer comes without it.
#[tokio::test]
async fn refused_parameters_are_learned() {
    let refusal = |said: &str| {
        let body =
            json!({"type": "error", "error": {"type": "invalid_request_error", "message": said}});
        response(400, "", &body.to_string())
    };
    let sound =
        response(200, "", &message(&json!([{"type": "text", "text": "A."}]), &json!("end_turn")));
    let pair =
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
    for (said, left_out) in
        [("`temperature` is deprecated for this model.", "temperature"), (pair, "top_p")]
    {
        let server = Raw::start(vec![vec![refusal(said), sound.clone()]]);
        let model = anthropic(&server.base_url, PATIENT);
        let mut request = request("Name a river.");
        request.sampling.top_p = Some(0.9);
        model.call(request).await.unwrap();
        assert_eq!(model.learned(), [left_out, "seed"], "{said}");
        let seen = server.seen();
        assert!(seen[0].contains(left_out) && !seen[1].contains(left_out), "{seen:?}");
    }
    // The format wants a limit, so it is never left out.
    let server = Raw::start(vec![vec![refusal("`max_tokens` is not supported")]]);
    let error = ask(&anthropic(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!((error.class.as_str(), server.requests()), ("bad-config", 1));
}
