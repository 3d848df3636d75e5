//! What vendors' error bodies mean.

use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, classify_status, decode};

use crate::support::{check_message, request};

fn table(cases: &[(u16, &str)]) -> String {
    let each = |(status, body): &(u16, &str)| {
        let reply =
            Reply { status: *status, hints: ResponseHints::default(), body: body.as_bytes() };
        let error = decode("m", &request("x"), &reply).unwrap_err();
        check_message(&error.message);
        format!("{} <- {}\n", error.class.as_str(), error.message)
    };
    cases.iter().map(each).collect::<Vec<_>>().concat()
}

#[test]
fn shapes() {
    insta::assert_snapshot!(
        "shapes",
        table(&[
            (
                400,
                r#"{"error":{"message":"OpenAI's","type":"invalid_request_error","param":null,"code":"some_code"}}"#
            ),
            (
                422,
                r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"},{"loc":["body","x",0],"msg":"Bad"}]}"#
            ),
            (422, r#"{"detail":"FastAPI's text"}"#),
            (400, r#"{"detail":{"message":"nested"}}"#),
            (500, r#"{"error":"a text"}"#),
            (400, r#"[{"error":{"code":400,"message":"Google's","status":"INVALID_ARGUMENT"}}]"#),
            (
                400,
                r#"{"object":"error","message":"vLLM's","type":"BadRequestError","param":null,"code":400}"#
            ),
            (
                422,
                r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","min_p"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error"}"#
            ),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Anthropic's"}}"#
            ),
            (500, r#"{"success":false,"errors":[{"code":7009,"message":"Cloudflare's"}]}"#),
            (
                502,
                r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream fell over"}}}"#
            ),
            (500, "plain words"),
            (
                503,
                "<html><head><style>p{}</style></head><body><h1>Down</h1>for maintenance</body></html>"
            ),
            (
                500,
                r#"{"error":{"message":"<h1>in json</h1><script>x()</script>","code":"<b>c</b>\u001b[2J"}}"#
            ),
            (500, "[]"),
            (500, "null"),
            (500, "7"),
            (500, r#"{"error":null,"message":"outside"}"#),
            (500, r#"{"error":{"message":5,"code":{"a":1}}}"#),
            (500, "\u{feff}\u{202e}turned\u{0}"),
        ])
    );
}

#[test]
fn errors_within_a_200() {
    insta::assert_snapshot!(
        "errors_within_a_200",
        table(&[
            (200, r#"{"error":{"message":"Provider returned error","code":429}}"#),
            (200, r#"{"error":{"message":"slow","code":"rate_limit_exceeded"}}"#),
            (200, r#"{"error":{"message":"gone","code":"insufficient_quota"}}"#),
            (200, r#"{"error":{"message":"Insufficient credits","code":402}}"#),
            (200, r#"{"error":{"message":"busy","type":"overloaded_error"}}"#),
            (200, r#"{"error":{"message":"key","code":401}}"#),
            (200, r#"{"error":{"message":"maximum context length is 10"}}"#),
            (
                200,
                r#"{"error":{"message":"flagged","code":403,"metadata":{"raw":"input was flagged"}}}"#
            ),
            (200, r#"{"error":"boom"}"#),
            (200, r#"{"error":{}}"#),
            (200, r#"{"error":{"message":"x","code":99999}}"#),
            (
                200,
                r#"{"choices":[{"error":{"code":502,"message":"upstream"},"finish_reason":"error","message":{"content":"half"}}]}"#
            ),
        ])
    );
}

fn class(status: u16, body: &str, should_retry: Option<bool>) -> &'static str {
    let hints = ResponseHints { should_retry, retry_after_ms: None };
    classify_status(&Reply { status, hints, body: body.as_bytes() }).class.as_str()
}

fn check(expected: &str, cases: &[(u16, &str)]) {
    for (status, message) in cases {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        assert_eq!(class(*status, &body, None), expected, "{status} {message}");
    }
}

#[test]
fn a_request_that_is_too_long() {
    check(
        "bad-item",
        &[
            (
                400,
                "This model's maximum context length is 8192 tokens. However, you requested 9001 tokens.",
            ),
            (400, "prompt is too long: 9001 tokens > 8192 maximum"),
            (400, "the request exceeds the available context size, try increasing it"),
            (
                400,
                "The input token count (9001) exceeds the maximum number of tokens allowed (8192).",
            ),
            (
                400,
                "The decoder prompt (length 9001) is longer than the maximum model length of 8192.",
            ),
            (400, "Input is too long for requested model."),
            (422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000"),
            (400, "Please reduce the length of the messages or completion."),
            (
                400,
                "The input (9001 tokens) is longer than the model's context length (8192 tokens).",
            ),
            (413, "anything"),
        ],
    );
}

#[test]
fn money_that_is_gone() {
    check(
        "exhausted",
        &[
            (429, "You exceeded your current quota, please check your plan and billing details."),
            (400, "Your credit balance is too low to access the Anthropic API."),
            (403, "Insufficient balance"),
            (402, "This request requires more credits, or fewer max_tokens."),
            (402, ""),
            (429, "You have reached your spend limit."),
        ],
    );
    for code in [
        "insufficient_quota",
        "billing_not_active",
        "billing_hard_limit_reached",
        "credit_balance_exhausted",
        "enforced_spend_limit_reached",
    ] {
        let body = format!(r#"{{"error":{{"message":"x","type":"{code}","code":429}}}}"#);
        assert_eq!(class(429, &body, Some(true)), "exhausted", "{code} as a type");
        let body = format!(r#"{{"error":{{"message":"x","code":"{code}"}}}}"#);
        assert_eq!(class(429, &body, None), "exhausted", "{code} as a code");
    }
    check(
        "throttled",
        &[
            (429, "You exceeded your current quota. Please retry in 34.07s."),
            (429, "Rate limit reached for requests per minute."),
            (429, ""),
            (503, "slow_down"),
        ],
    );
}

#[test]
fn what_a_person_must_mend() {
    check(
        "bad-config",
        &[
            (403, "Country, region, or territory not supported"),
            (400, "Unsupported parameter: 'logit_bias' is not supported with this model."),
            (400, "foo/bar is not a valid model ID"),
            (422, "Extra inputs are not permitted"),
            (404, "The model `x` does not exist"),
            (410, "This model has been retired"),
        ],
    );
    check(
        "auth",
        &[
            (401, "x"),
            (403, "You have no access to this model"),
            (400, "API key not valid. Please pass a valid API key."),
            (400, "Incorrect API key provided"),
        ],
    );
    check(
        "bad-item",
        &[
            (400, "Your request was rejected by our safety system."),
            (
                400,
                "The response was filtered due to the prompt triggering Azure's content management policy.",
            ),
            (403, "Your chosen model requires moderation and your input was flagged for hate."),
            (400, "string too long"),
        ],
    );
    let of_parameter = |name: &str| {
        class(400, &format!(r#"{{"error":{{"message":"wrong value","param":"{name}"}}}}"#), None)
    };
    assert_eq!(of_parameter("temperature"), "bad-config");
    assert_eq!(of_parameter("messages[1].content"), "bad-item");
}

#[test]
fn a_servers_wish_about_retries_is_obeyed() {
    for (status, wish, expected) in [
        (500, Some(false), "bad-item"),
        (503, Some(false), "bad-item"),
        (409, Some(false), "bad-item"),
        (429, Some(false), "exhausted"),
        (400, Some(true), "transient"),
        (404, Some(true), "transient"),
        (503, Some(true), "overloaded"),
        (429, Some(true), "throttled"),
        (401, Some(true), "auth"),
        (402, Some(true), "exhausted"),
    ] {
        assert_eq!(class(status, "{}", wish), expected, "{status} {wish:?}");
    }
}

/// What passes by itself, what a key stands behind, and what a recipe has to change: by the words,
/// where the status does not say.
#[test]
fn passing_or_final() {
    for (status, message, expected) in [
        (498, "flex tier capacity exceeded", "overloaded"),
        (498, "invalid api key", "auth"),
        (460, "client closed the connection", "transient"),
        (499, "closed", "transient"),
        (520, "unknown error", "transient"),
        (525, "handshake failed", "transient"),
        (530, "origin error", "transient"),
        (529, "overloaded", "overloaded"),
        (418, "The service is temporarily unavailable", "overloaded"),
        (400, "Model is overloaded, please try again later", "overloaded"),
        (403, "We are at capacity in this zone", "overloaded"),
        (404, "The model is loading, try again in 20 seconds", "overloaded"),
        (418, "I'm a teapot", "bad-item"),
        (400, "content management policy: change it and try again later", "bad-item"),
        (400, "Authentication Error, No api key passed in.", "auth"),
        (400, "invalid x-api-key", "auth"),
        (400, "No connected db.", "auth"),
        (400, "API key not valid. Please pass a valid API key.", "auth"),
        (400, "Invalid model name passed in model=x", "bad-config"),
        (400, "The provided model identifier is invalid.", "bad-config"),
        (400, "The model `x` has been decommissioned", "bad-config"),
        (404, "The model `x` does not exist", "bad-config"),
        (200, "Unexpected endpoint or method. (POST /x). Returning 200 anyway", "bad-config"),
    ] {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        let reply = Reply { status, hints: ResponseHints::default(), body: body.as_bytes() };
        let error = decode("m", &request("x"), &reply).unwrap_err();
        assert_eq!(error.class.as_str(), expected, "{status} {message}");
    }
    let hints = ResponseHints { retry_after_ms: None, should_retry: Some(false) };
    let reply = Reply { status: 498, hints, body: b"{}" };
    assert_eq!(classify_status(&reply).class.as_str(), "bad-item");
}
