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
            assert!(std::str::from_utf8(body).is_ok(), "bytes that are not text gave an answer");
        }
        Err(error) => check(&error.to_string()),
    }
});

fn check(message: &str) {
    assert!(!message.is_empty());
    assert!(message.chars().all(|c| !c.is_control()), "{message:?}");
    assert!(message.chars().count() < 1_000, "{message:?}");
}
