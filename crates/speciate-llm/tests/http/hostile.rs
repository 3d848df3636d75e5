//! Answers that nobody wrote on purpose.

use proptest::prelude::*;
use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, decode};

use crate::support::{check_message, request};

const SOUND: &str = r#"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"<think>a</think>Ucayali é 日","refusal":null,"reasoning_content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2},"error":null}"#;
const ERROR: &str = r#"{"error":{"message":"<b>Unsupported</b> parameter: 'max_tokens'","type":"t","param":"max_tokens","code":"unsupported_parameter","metadata":{"raw":"x"}},"detail":[{"loc":["body","x"],"msg":"y"}]}"#;

const MESSAGE: &str = r#"{"id":"x","type":"message","model":"m","content":[{"type":"thinking","thinking":"b","signature":"c"},{"type":"text","text":"<think>a</think>Ucayali é 日"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"cache_read_input_tokens":2,"output_tokens":3},"error":null}"#;

fn check_message_body(status: u16, body: &[u8]) {
    let reply = Reply { status, hints: ResponseHints::default(), body };
    match speciate_llm::anthropic::decode("m", &request("x"), &reply) {
        Ok(answer) => assert!(status == 200 && !answer.text.trim().is_empty()),
        Err(error) => {
            assert_eq!(error.status, Some(status));
            check_message(&error.message);
        }
    }
}

#[test]
fn every_cut_of_a_sound_message_is_noticed() {
    check_message_body(200, MESSAGE.as_bytes());
    for end in 0..MESSAGE.len() {
        let body = &MESSAGE.as_bytes()[..end];
        let reply = Reply { status: 200, hints: ResponseHints::default(), body };
        let error = speciate_llm::anthropic::decode("m", &request("x"), &reply).unwrap_err();
        assert_eq!(error.class.as_str(), "transient", "cut at {end}: {error}");
    }
}

fn check(status: u16, body: &[u8]) {
    let reply = Reply { status, hints: ResponseHints::default(), body };
    match decode("m", &request("x"), &reply) {
        Ok(answer) => assert!(status == 200 && !answer.text.trim().is_empty()),
        Err(error) => {
            assert_eq!(error.status, Some(status));
            check_message(&error.message);
        }
    }
}

#[test]
fn every_cut_of_a_sound_answer_is_noticed() {
    for end in 0..SOUND.len() {
        let reply =
            Reply { status: 200, hints: ResponseHints::default(), body: &SOUND.as_bytes()[..end] };
        let error = decode("m", &request("x"), &reply).unwrap_err();
        assert_eq!(error.class.as_str(), "transient", "cut at {end}: {error}");
    }
    check(200, SOUND.as_bytes());
}

proptest! {
    #[test]
    fn any_bytes(status in prop::sample::select(vec![200_u16, 400, 422, 429, 500]), body in prop::collection::vec(any::<u8>(), 0..600)) {
        check(status, &body);
    }

    #[test]
    fn mutated_json(
        is_error in any::<bool>(),
        status in prop::sample::select(vec![200_u16, 400, 422, 403, 502]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, any::<u8>()), 1..6),
    ) {
        let mut body = if is_error { ERROR } else { SOUND }.as_bytes().to_vec();
        for (index, what, byte) in edits {
            let at = index.index(body.len());
            match what {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                2 if body.len() > 1 => { body.remove(at); }
                _ => body.truncate(at.max(1)),
            }
        }
        check(status, &body);
    }

    #[test]
    fn words_for_values(
        field in prop::sample::select(vec!["content", "finish_reason", "refusal", "usage", "error", "model", "choices", "message", "reasoning_content"]),
        value in prop::sample::select(vec!["null", "7", "-1e308", "\"\"", "\"<think>\"", "[]", "{}", "[null]", "true", "{\"code\":[]}"]),
    ) {
        let sound: serde_json::Value = serde_json::from_str(SOUND).unwrap();
        let mut broken = sound;
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        for place in [format!("/{field}"), format!("/choices/0/{field}"), format!("/choices/0/message/{field}")] {
            if let Some(slot) = broken.pointer_mut(&place) {
                *slot = value.clone();
            }
        }
        check(200, broken.to_string().as_bytes());
    }

    /// The same for Anthropic's format.
    #[test]
    fn any_message(status in prop::sample::select(vec![200_u16, 400, 429, 529]), body in prop::collection::vec(any::<u8>(), 0..600)) {
        check_message_body(status, &body);
    }

    #[test]
    fn mutated_messages(
        status in prop::sample::select(vec![200_u16, 400, 403, 529]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, any::<u8>()), 1..6),
    ) {
        let mut body = MESSAGE.as_bytes().to_vec();
        for (index, what, byte) in edits {
            let at = index.index(body.len());
            match what {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                2 if body.len() > 1 => { body.remove(at); }
                _ => body.truncate(at.max(1)),
            }
        }
        check_message_body(status, &body);
    }

    /// An answer's text is one that stands in the body, in either format.
    #[test]
    fn answers_are_in_their_bodies(text in "\\PC{0,20}|<think>a</think>\\PC{0,9}", finish in "stop|end_turn|length|") {
        let chat = serde_json::json!({"choices": [{"message": {"content": text}, "finish_reason": finish}]});
        let message = serde_json::json!({"content": [{"type": "text", "text": text}], "stop_reason": finish});
        let (chat, message) = (chat.to_string(), message.to_string());
        let reply = |body| Reply { status: 200, hints: ResponseHints::default(), body };
        let answers = [
            decode("m", &request("x"), &reply(chat.as_bytes())),
            speciate_llm::anthropic::decode("m", &request("x"), &reply(message.as_bytes())),
        ];
        prop_assert_eq!(answers[0].is_ok(), answers[1].is_ok());
        for answer in answers.into_iter().flatten() {
            prop_assert!(text.ends_with(&answer.text) && !matches!(finish.as_str(), "" | "length"));
        }
    }
}
