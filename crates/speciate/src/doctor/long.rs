//! A long prompt: some servers cut what does not fit their context and say nothing, so that an
//! answer rests on half of what was sent. What they count gives it away.

use speciate_types::{CallError, ChatResponse, ErrorClass};

use super::Finding;
use super::endpoint::shown_name;

/// Words of the prompt. A word of English takes at least one token in every tokeniser in use.
const WORDS: usize = 3_000;
/// A server that counts fewer tokens than this share of the words has cut some.
const WHOLE_SHARE: f64 = 0.9;
const COMMON: [&str; 16] = [
    "river", "stone", "winter", "garden", "letter", "morning", "village", "bridge", "yellow",
    "silver", "market", "island", "forest", "window", "summer", "road",
];
/// What it is that sets the length, by server.
pub(super) const SETTINGS: &str = "raise the context length of the server: OLLAMA_CONTEXT_LENGTH or \
     num_ctx (Ollama), Context Length of the loaded model (LM Studio), -c (llama.cpp), \
     --max-model-len (vLLM)";

/// A prompt of [`WORDS`] words. It begins with `mark`, so that no server has kept a part of it,
/// which some do not count.
pub(super) fn prompt(mark: u64) -> String {
    let mut text = format!("{mark}. Read this list, then reply with one word: ready\n");
    for at in 0..WORDS {
        // A fixed order without a pattern that a short period would show.
        text.push_str(COMMON[(at * at / 7 + at) % COMMON.len()]);
        text.push(' ');
    }
    text
}

/// What the answer to [`prompt`] says of the model; `None` where it says nothing.
pub(super) fn long_prompt(name: &str, result: &Result<ChatResponse, CallError>) -> Option<Finding> {
    let name = shown_name(name);
    let usage = match result {
        Ok(response) => Some(response.usage),
        Err(error) if error.class == ErrorClass::Truncated => error.usage,
        Err(error) => return refused(&name, error),
    };
    let counted = usage.filter(|usage| !usage.estimated && usage.input_tokens > 0)?.input_tokens;
    if counted as f64 >= WORDS as f64 * WHOLE_SHARE {
        let found = format!("{name} takes a prompt of {WORDS} words whole ({counted} tokens)");
        return Some(Finding::ok("context", found));
    }
    let found = format!(
        "{name} cuts long prompts without a word: of {WORDS} words it counted {counted} tokens"
    );
    Some(Finding::warning("context", found).hint(SETTINGS))
}

/// A prompt that is too long is refused by name; other failures say nothing of its length.
fn refused(name: &str, error: &CallError) -> Option<Finding> {
    use ErrorClass::{BadConfig, BadItem};
    let is_refusal = matches!(error.class, BadItem | BadConfig) && error.status.is_some();
    is_refusal.then(|| {
        let found = format!("{name} takes no prompt of {WORDS} words: {}", error.message);
        Finding::warning("context", found).hint(SETTINGS)
    })
}

#[cfg(test)]
mod tests {
    use speciate_types::{FinishReason, Usage};

    use super::*;
    use crate::doctor::Status;

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside errors in a table")]
    fn counted(input_tokens: u64, estimated: bool) -> Result<ChatResponse, CallError> {
        Ok(ChatResponse {
            text: "ready".to_owned(),
            reasoning: None,
            finish_reason: FinishReason::Stop,
            usage: Usage { input_tokens, output_tokens: 1, estimated, ..Usage::default() },
            model: "m".to_owned(),
            created_unix_s: None,
        })
    }

    #[test]
    fn a_server_that_cuts_prompts_is_found_out() {
        let error = |class, status| Err(CallError { status, ..CallError::new(class, "too long") });
        for (what, result, expected) in [
            ("whole", counted(3_020, false), Some(Status::Ok)),
            ("a tokeniser of many pieces", counted(9_000, false), Some(Status::Ok)),
            ("Ollama's usual context", counted(2_048, false), Some(Status::Warning)),
            ("half of a small one", counted(1_024, false), Some(Status::Warning)),
            ("an estimate of ours", counted(2_048, true), None),
            ("counts nothing", counted(0, false), None),
            ("refused", error(ErrorClass::BadItem, Some(400)), Some(Status::Warning)),
            (
                "cut, as the client says",
                error(ErrorClass::BadConfig, Some(200)),
                Some(Status::Warning),
            ),
            ("busy", error(ErrorClass::Overloaded, Some(503)), None),
            ("gone", error(ErrorClass::BadConfig, None), None),
        ] {
            let finding = long_prompt("m", &result);
            assert_eq!(finding.as_ref().map(|finding| finding.status), expected, "{what}");
            if expected == Some(Status::Warning) {
                assert!(finding.unwrap().hint.unwrap().contains("num_ctx"), "{what}");
            }
        }
    }

    #[test]
    fn the_prompt_is_as_long_as_is_said_and_never_the_same() {
        assert!((WORDS..WORDS + 20).contains(&prompt(7).split_whitespace().count()));
        assert_ne!(prompt(7)[..10], prompt(8)[..10]);
    }
}
