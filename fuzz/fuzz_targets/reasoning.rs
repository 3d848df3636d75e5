//! Reasoning and answer: nothing is made up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_llm::{Split, split_plumbing};

fuzz_target!(|text: &str| {
    match split_plumbing(text, "") {
        Split::Answer { text: answer, .. } => assert!(text.contains(&answer)),
        Split::Unclosed(mark) | Split::Unclear(mark) => assert!(!mark.is_empty()),
    }
});
