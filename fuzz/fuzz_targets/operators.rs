//! Operator files: refused with a hint, or used with the source unchanged in the prompt.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_evolve::{EvolveInput, OperatorFile, OperatorSet, PromptStyle};
use speciate_types::InstructionId;

fuzz_target!(|text: &str| {
    // A template of one's own may loop for as long as one likes.
    if text.contains("for") || text.contains("range") {
        return;
    }
    let file = OperatorFile { name: "fuzzed.jinja".to_owned(), text: text.to_owned() };
    let set = match OperatorSet::builtin(PromptStyle::Paper).with_files(vec![file]) {
        Ok(set) => set,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.hint().is_empty());
            return;
        }
    };
    let source = "What is {{ 7 * 7 }}? {% raw %}";
    let input = EvolveInput { source, child: InstructionId::of_seed("x"), run_seed: 1 };
    let Some(operator) = set.get("fuzzed") else { return };
    let prompt = operator.request(&input);
    let said: String = prompt.messages.iter().map(|m| m.content.as_str()).collect();
    assert!(said.contains(source), "the source is not in the prompt");
});
