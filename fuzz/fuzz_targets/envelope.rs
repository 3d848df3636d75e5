//! A model's answer to an evolving prompt: reading the result again changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_evolve::{DataFormat, PromptStyle, read_evolved};

fuzz_target!(|text: &str| {
    for style in [PromptStyle::Paper, PromptStyle::Compact] {
        for format in [None, Some(DataFormat::Json)] {
            let Ok(first) = read_evolved(text, style, format) else { continue };
            assert!(!first.text.trim().is_empty());
            let again = read_evolved(&format!("<evolved>{}</evolved>", first.text), style, format);
            let again = again.expect("a read instruction is read again");
            assert_eq!(again.text, first.text);
        }
    }
});
