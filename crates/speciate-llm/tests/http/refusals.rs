//! Parameters that an endpoint does not take.

use speciate_llm::openai::{Quirks, Reply, decode, encode};
use speciate_llm::{Endpoint, Model as _, ResponseHints, StreamMode};
use speciate_mock::{FaultKind, FaultRule};
use speciate_types::{ChatMessage, ErrorClass, MessageRole};

use super::over::{model, over};
use crate::raw::{Act, Raw, response, sound};
use crate::support::{PATIENT, ask, endpoint, mock, request};

/// Refused once, then left out for good; the refusal is no try of its own.
#[tokio::test]
async fn a_refused_parameter_is_learned() {
    for parameter in ["max_tokens", "temperature", "seed"] {
        let rule = FaultRule {
            parameter: Some(parameter.to_owned()),
            ..FaultRule::always(FaultKind::BadParameter)
        };
        let mock = mock(vec![rule]);
        let model = model(&mock.base_url(), PATIENT);
        for _ in 0..3 {
            ask(&model).await.unwrap();
        }
        let stats = mock.stats();
        assert_eq!((stats.requests, stats.answered), (4, 3), "{parameter}");
        assert_eq!(stats.faults["bad-parameter"], 1, "{parameter}");
    }
}

#[tokio::test]
async fn several_are_learned_in_one_call() {
    let rule = |parameter: &str| FaultRule {
        parameter: Some(parameter.to_owned()),
        ..FaultRule::always(FaultKind::BadParameter)
    };
    let mock = mock(vec![rule("max_tokens"), rule("temperature"), rule("seed")]);
    ask(&model(&mock.base_url(), PATIENT)).await.unwrap();
    assert_eq!(mock.stats().requests, 4);
}

/// A server that refuses what it is not sent does not keep us in a circle.
#[tokio::test]
async fn a_stubborn_refusal_ends() {
    let body = r#"{"error":{"message":"Unsupported parameter: 'seed'","param":"seed"}}"#;
    let refusal = response(400, "", body);
    let server = Raw::start(vec![vec![refusal; 5]]);
    let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!((error.class, server.requests()), (ErrorClass::BadConfig, 2));
}

/// Each wording makes the client leave out what it names; the second answer is sound.
#[tokio::test]
async fn vendors_wordings() {
    for body in [
        r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}}"#,
        r#"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":1}]}"#,
        r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error","code":null}"#,
        r#"{"error":{"message":"Unrecognized request argument supplied: `seed`"}}"#,
        r#"{"error":"unknown parameter \"seed\""}"#,
    ] {
        for status in [400, 422] {
            let server = Raw::start(vec![vec![response(status, "", body), sound()]]);
            let answer = ask(&model(&server.base_url, PATIENT)).await;
            assert!(answer.is_ok(), "{status} {body}: {answer:?}");
            assert_eq!(server.requests(), 2);
        }
    }
}

/// What cannot be left out is the recipe's fault, and is not tried again.
#[tokio::test]
async fn other_parameters_are_not_learned() {
    let body = r#"{"error":{"message":"Unsupported parameter: 'messages'","param":"messages"}}"#;
    let server = Raw::start(vec![vec![response(400, "", body), sound()]]);
    let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!((error.class, server.requests()), (ErrorClass::BadConfig, 1));
}

/// Many calls at once learn it together.
#[tokio::test]
async fn learning_is_shared() {
    let mock = mock(vec![FaultRule::always(FaultKind::BadParameter)]);
    let model = model(&mock.base_url(), PATIENT);
    let calls: Vec<_> =
        (0..20).map(|n| tokio::spawn(model.call(request(&format!("Name {n} rivers."))))).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let before = mock.stats().requests;
    assert!(before <= 40, "{before}");
    ask(&model).await.unwrap();
    assert_eq!(mock.stats().requests, before + 1);
}

#[test]
fn every_name_is_left_out() {
    let mut request = request("x");
    request.sampling.repeat_penalty = Some(1.1);
    for name in ["repetition_penalty", "repeat_penalty", "temperature", "seed", "max_tokens"] {
        let quirk = Quirks::of_parameter(name).unwrap();
        let body = String::from_utf8(encode("m", &request, quirk)).unwrap();
        assert!(!body.contains(&format!("\"{name}\"")), "{name}: {body}");
    }
    assert_eq!(Quirks::of_parameter("repeat_penalty"), Quirks::of_parameter("repetition_penalty"));
    assert!(Quirks::of_parameter("messages").is_none());
    let reply = Reply { status: 400, hints: ResponseHints::default(), body: b"{}" };
    assert_eq!(decode("m", &request, &reply).unwrap_err().class, ErrorClass::BadItem);
}

fn refusal(status: u16, message: &str) -> Act {
    response(status, "", &serde_json::json!({"error": {"message": message}}).to_string())
}

/// A limit that does not fit is lowered at once, for this call and those that follow.
#[tokio::test]
async fn a_limit_that_does_not_fit_is_lowered() {
    for (message, sent, lesson) in [
        ("`max_tokens` must be less than or equal to `1024`", 1_024, "max_tokens<=1024"),
        (
            "maximum context length is 1500 tokens and your request has 300 input tokens",
            1_200,
            "context<=1500",
        ),
        ("max_tokens is too large", 1_000, "max_tokens<=1000"),
    ] {
        let server = Raw::start(vec![vec![refusal(400, message), sound(), sound()]]);
        let model = model(&server.base_url, PATIENT);
        ask(&model).await.unwrap();
        assert_eq!(
            (model.learned(), model.refused()),
            (vec![lesson.to_owned()], vec![lesson.to_owned()])
        );
        ask(&model).await.unwrap();
        let seen = server.seen().concat();
        assert_eq!(seen.matches("\"max_tokens\":2000").count(), 1, "{seen}");
        assert!(seen.contains(&format!("\"max_tokens\":{sent},")), "{seen}");
    }
    let server = Raw::start(vec![vec![sound()]]);
    let taught = model(&server.base_url, PATIENT);
    taught.teach(&["max_tokens<=512".to_owned()]);
    ask(&taught).await.unwrap();
    assert!(server.seen().concat().contains("\"max_tokens\":512,"));
}

/// A prompt that is too long by itself is this item's fault, and the message says what to change.
#[tokio::test]
async fn a_prompt_without_room_fails() {
    let message = "request (1407 tokens) exceeds the available context size (256 tokens)";
    let server = Raw::start(vec![vec![refusal(400, message), sound()]]);
    let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!((error.class, server.requests()), (ErrorClass::BadItem, 1));
    assert!(error.message.contains("lower `max_tokens` of the role"), "{error}");
}

/// Whole and streamed requests, on the other wire too, and again after being taught.
#[tokio::test]
async fn a_system_role_that_is_missing_is_learned() {
    let mut request = request("Name a river.");
    request.messages.insert(0, ChatMessage::new(MessageRole::System, "Be brief."));
    let moved = r#""messages":[{"role":"user","content":"Be brief.\n\nName a river."}]"#;
    for stream in [StreamMode::Never, StreamMode::Always] {
        let refused = refusal(400, "System role not supported");
        let server = Raw::start(vec![vec![refused, sound()], vec![sound()]]);
        let endpoint = Endpoint { stream, ..endpoint(&server.base_url, PATIENT) };
        let first = over(&endpoint, "m");
        first.call(request.clone()).await.unwrap();
        assert_eq!(first.refused(), ["system"]);
        let taught = over(&endpoint, "m");
        taught.teach(&first.refused());
        taught.call(request.clone()).await.unwrap();
        let seen = server.seen().concat();
        assert_eq!((server.requests(), seen.matches(moved).count()), (3, 2), "{seen}");
    }
}
