//! Anthropic's format over a connection.

use serde_json::json;
use speciate_llm::{Endpoint, Model as _, WireFormat};

use super::over::{anthropic, list, streaming};
use crate::anthropic::message;
use crate::raw::{Raw, response};
use crate::support::{KEY, PATIENT, ask, endpoint, request};

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
    let endpoint = Endpoint { wire, ..endpoint(&server.base_url, PATIENT) };
    assert_eq!(list(&endpoint).await.unwrap(), ["claude-a", "claude-b"]);
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
