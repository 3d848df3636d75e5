//! The body of a refusal, for every status: a class and a message that is safe to print.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, classify_status};

fuzz_target!(|input: &[u8]| {
    let Some((status, body)) = input.split_first_chunk::<2>() else { return };
    let status = 100 + u16::from_le_bytes(*status) % 500;
    let error = classify_status(&Reply { status, hints: ResponseHints::default(), body });
    let message = error.to_string();
    assert!(message.chars().all(|c| !c.is_control()), "{message:?}");
    assert!(message.chars().count() < 1_000, "{message:?}");
});
