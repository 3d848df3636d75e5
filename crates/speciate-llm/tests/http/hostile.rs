//! Answers that nobody wrote on purpose.

use proptest::prelude::*;
use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, decode};

use crate::support::{check_message, request};

const SOUND: &str = r#"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"<think>a</think>Ucayali é 日","refusal":null,"reasoning_content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2},"error":null}"#;
const ERROR: &str = r#"{"error":{"message":"<b>Unsupported</b> parameter: 'max_tokens'","type":"t","param":"max_tokens","code":"unsupported_parameter","metadata":{"raw":"x"}},"detail":[{"loc":["body","x"],"msg":"y"}]}"#;

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
}
