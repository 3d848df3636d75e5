//! Azure's and OpenRouter's own ways, after their documents; the bodies are ours.

use serde_json::json;
use speciate_llm::openai::{Reply, decode};
use speciate_llm::{ResponseHints, WireFormat};

use crate::streams::{read_in, shown};
use crate::support::{check_message, request};

fn table(cases: &[(u16, serde_json::Value)]) -> String {
    let each = |(status, body): &(u16, serde_json::Value)| {
        let body = body.to_string();
        let reply =
            Reply { status: *status, hints: ResponseHints::default(), body: body.as_bytes() };
        match decode("m", &request("x"), &reply) {
            Ok(answer) => format!("{:?}\n", answer.text),
            Err(error) => {
                check_message(&error.message);
                let wait = error.retry_after_ms.map(|ms| format!(" (wait {ms} ms)"));
                let wait = wait.unwrap_or_default();
                format!("{}{wait} <- {}\n", error.class.as_str(), error.message)
            }
        }
    };
    cases.iter().map(each).collect::<Vec<_>>().concat()
}

#[test]
fn azures_bodies() {
    let filtered = json!({"hate": {"filtered": true, "severity": "high"}});
    insta::assert_snapshot!(
        "azure",
        table(&[
            (
                400,
                json!({"error": {
                    "message": "The prompt met the content management policy. Change it and try again.",
                    "type": null, "param": "prompt", "code": "content_filter", "status": 400,
                    "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": filtered},
                }})
            ),
            (
                400,
                json!({"error": {
                    "message": "Change the prompt.", "param": "prompt", "code": null,
                    "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_results": filtered},
                }})
            ),
            (
                200,
                json!({"choices": [{"index": 0, "finish_reason": "content_filter", "content_filter_results": filtered, "message": {"role": "assistant"}}]})
            ),
            (
                200,
                json!({"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": filtered}], "choices": [{"index": 0, "finish_reason": "stop", "content_filter_results": {}, "message": {"role": "assistant", "content": "Fine."}}]})
            ),
            (
                429,
                json!({"error": {"code": "429", "message": "Requests to this operation have exceeded the token rate limit of your current pricing tier. Please retry after 37 seconds. Contact support to raise it."}})
            ),
            (
                429,
                json!({"error": {"code": "429", "message": "Rate limit is exceeded. Try again."}})
            ),
            (
                429,
                json!({"error": {"code": "429", "message": format!("The limit of this tier is exceeded{}. Please retry after 86400 seconds.", " and more is said of it".repeat(20))}})
            ),
            (
                404,
                json!({"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}})
            ),
            (
                401,
                json!({"error": {"code": "401", "message": "Access denied due to a wrong key."}})
            ),
        ])
    );
}

#[test]
fn openrouters_bodies() {
    insta::assert_snapshot!(
        "openrouter",
        table(&[
            (
                200,
                json!({"error": {"code": 429, "message": "Provider returned error", "metadata": {"provider_name": "Some Host", "raw": "too busy"}}})
            ),
            (
                200,
                json!({"error": {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": "Some Host", "raw": {"a": 1}}}})
            ),
            (
                200,
                json!({"choices": [{"finish_reason": "stop", "native_finish_reason": "end_turn", "message": {"content": "Fine."}}]})
            ),
            (
                200,
                json!({"choices": [{"finish_reason": "stop", "native_finish_reason": "refusal", "message": {"content": "No."}}]})
            ),
            (
                200,
                json!({"choices": [{"finish_reason": "error", "native_finish_reason": null, "message": {"content": "Ha"}}]})
            ),
            (402, json!({"error": {"code": 402, "message": "Add credits and try again."}})),
            (
                403,
                json!({"error": {"code": 403, "message": "The model wants moderated input.", "metadata": {"reasons": ["violence"], "flagged_input": "the te...text", "provider_name": "Some Host", "model_slug": "a/b"}}})
            ),
            (403, json!({"error": {"code": 403, "message": "The key has no right to this."}})),
            (408, json!({"error": {"code": 408, "message": "Your request timed out"}})),
            (503, json!({"error": {"code": 503, "message": "No provider meets the requirements"}})),
        ])
    );
}

/// Google ends a long sentence on quotas with the wait, which makes it a limit per minute.
#[test]
fn the_end_of_a_long_sentence_counts() {
    let said = |end: &str| {
        format!("You exceeded your current quota. {}{end}", "More is known. ".repeat(30))
    };
    for (end, expected) in [("Please retry in 34.07s.", "throttled"), ("", "exhausted")] {
        let body =
            json!([{"error": {"code": 429, "message": said(end), "status": "RESOURCE_EXHAUSTED"}}])
                .to_string();
        let reply = Reply { status: 429, hints: ResponseHints::default(), body: body.as_bytes() };
        let error = decode("m", &request("x"), &reply).unwrap_err();
        assert_eq!(error.class.as_str(), expected);
        assert_eq!(error.retry_after_ms.is_some(), expected == "throttled");
        check_message(&error.message);
    }
}

/// The budget for requests in flight frees itself; then, and only then, a 402 names a wait.
#[test]
fn a_402_that_names_a_wait() {
    let body = json!({"error": {"code": 402, "message": "In flight", "metadata": {"limit_source": "openrouter_in_flight_budget"}}}).to_string();
    for (wait_ms, class) in [(Some(5_000), "throttled"), (None, "exhausted")] {
        let hints = ResponseHints { retry_after_ms: wait_ms, should_retry: None };
        let reply = Reply { status: 402, hints, body: body.as_bytes() };
        assert_eq!(decode("m", &request("x"), &reply).unwrap_err().class.as_str(), class);
    }
}

#[test]
fn streams() {
    let said = r#"data: {"choices":[{"index":0,"delta":{"content":"Uca"},"finish_reason":null}]}"#;
    let stop = r#"data: {"choices":[{"index":0,"delta":{"content":"yali."},"finish_reason":"stop","native_finish_reason":"STOP"}]}"#;
    let table = [
        ("openrouter's comments", format!(": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n{said}\n\n{stop}\n\n")),
        ("openrouter's error half-way", format!("{said}\n\n{}\n\n", r#"data: {"id":"gen-1","provider":"Some Host","error":{"code":"server_error","message":"The provider went away"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#)),
        ("openrouter's error with a number", format!("{said}\n\n{}\n\n", r#"data: {"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Some Host","raw":"too busy"}},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#)),
        ("openrouter's finish reason without an error", format!("{said}\n\n{}\n\n", r#"data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#)),
        ("azure's first event", format!("{}\n\n{said}\n\n{stop}\n\n", r#"data: {"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#)),
        ("azure's late filter results", format!("{said}\n\n{}\n\n{stop}\n\n", r#"data: {"choices":[{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_offsets":{"check_offset":1}}]}"#)),
        ("azure's filter", format!("{said}\n\n{}\n\n", r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}"#)),
    ]
    .map(|(name, text)| format!("{name}: {}\n", shown(read_in(WireFormat::OpenAi, [text.as_bytes()]))));
    insta::assert_snapshot!("vendors_streams", table.concat());
}
