//! A judge's answer: no verdict without the word.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_evolve::parse_equality;

fuzz_target!(|text: &str| {
    let verdict = parse_equality(text);
    assert!(verdict.is_none() || text.to_lowercase().contains("equal"));
});
