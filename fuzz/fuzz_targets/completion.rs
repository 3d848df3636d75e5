//! The body of a chat completion: an answer has a text that the body holds, whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, decode};
use speciate_types::{ChatMessage, ChatRequest, MessageRole, Sampling};

fuzz_target!(|body: &[u8]| {
    let request = ChatRequest {
        messages: vec![ChatMessage::new(MessageRole::User, "x".to_owned())],
        sampling: Sampling::default(),
        stop: vec![],
        seed: 0,
        shared_messages: 0,
    };
    let reply = Reply { status: 200, hints: ResponseHints::default(), body };
    match decode("m", &request, &reply) {
        Ok(response) => {
            assert!(!response.text.trim().is_empty());
            // A repaired character would be one that the model never wrote.
            let said = String::from_utf8_lossy(body).to_ascii_lowercase();
            let is_written = body.windows(3).any(|bytes| bytes == "\u{fffd}".as_bytes());
            let is_escaped = said.contains("\\ufffd");
            assert!(is_written || is_escaped || !response.text.contains('\u{fffd}'));
        }
        Err(error) => check(&error.to_string()),
    }
});

fn check(message: &str) {
    assert!(!message.is_empty());
    assert!(message.chars().all(|c| !c.is_control()), "{message:?}");
    assert!(message.chars().count() < 1_000, "{message:?}");
}
