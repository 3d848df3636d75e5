//! Reasoning and answer: nothing is made up, and nothing but the marks and blanks is lost.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_llm::{Split, split_reasoning};

fuzz_target!(|text: &str| {
    match split_reasoning(text) {
        Split::Answer { text: answer, reasoning } => {
            assert!(text.contains(answer.trim()));
            match reasoning {
                None => assert!(text.ends_with(&answer)),
                Some(reasoning) => assert!(text.contains(reasoning.trim())),
            }
        }
        Split::Unclosed => assert!(text.contains("hink") || text.contains("THINK")),
    }
});
