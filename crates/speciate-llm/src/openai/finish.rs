//! Why a server says that an answer ended.

use serde_json::Value;
use speciate_types::FinishReason;

use super::quote::{shorten, without_markup};
use crate::answer::Finish;

/// Reads `finish_reason` in the words of OpenAI, Anthropic, Google, Mistral, Cohere, DeepSeek, TGI,
/// vLLM, SGLang, xAI and OpenRouter. Only a word that is known as a good end of a text is one:
/// whatever else a server says, now or in a later version, proves nothing.
pub(crate) fn read_finish(value: Option<&Value>) -> Finish {
    let word = value.and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "" => Finish::Unstated,
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "complete" | "completed"
        | "finished" | "finish_reason_stop" | "req_stop" => Finish::Whole(FinishReason::Stop),
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "max_length"
        | "model_length"
        | "error_limit"
        | "finish_reason_max_tokens"
        | "model_context_window_exceeded" => Finish::Length,
        "pause_turn" => Finish::Paused,
        "content_filter"
        | "content_filtered"
        | "guardrail_intervened"
        | "safety"
        | "recitation"
        | "blocklist"
        | "prohibited_content"
        | "spii"
        | "sensitive"
        | "error_toxic"
        | "image_safety"
        | "model_armor" => Finish::Filtered(word),
        "refusal" => Finish::Refused,
        "error"
        | "abort"
        | "aborted"
        | "cancelled"
        | "canceled"
        | "network_error"
        | "insufficient_system_resource" => Finish::Broken(word),
        _ => Finish::Unproven(shorten(&without_markup(&word))),
    }
}

/// The finish reason, and where it says that all is well, what the provider behind OpenRouter says
/// against it. OpenRouter's page on its API: `native_finish_reason` is the provider's own word.
pub(super) fn finish_of(reason: Option<&Value>, native: Option<&Value>) -> Finish {
    match (read_finish(reason), read_finish(native)) {
        (Finish::Whole(_), native @ (Finish::Length | Finish::Filtered(_) | Finish::Refused)) => {
            native
        }
        (finish, _) => finish,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_providers_word_counts_where_it_says_less() {
        for (reason, native, expected) in [
            (json!("stop"), json!("end_turn"), Finish::Whole(FinishReason::Stop)),
            (json!("stop"), json!("a new word"), Finish::Whole(FinishReason::Stop)),
            (json!("stop"), json!(null), Finish::Whole(FinishReason::Stop)),
            (json!("stop"), json!("refusal"), Finish::Refused),
            (json!("stop"), json!("SAFETY"), Finish::Filtered("safety".into())),
            (json!("stop"), json!("MAX_TOKENS"), Finish::Length),
            (json!("length"), json!("stop"), Finish::Length),
            (json!("error"), json!("stop"), Finish::Broken("error".into())),
            (json!(null), json!("stop"), Finish::Unstated),
        ] {
            assert_eq!(finish_of(Some(&reason), Some(&native)), expected, "{reason} {native}");
        }
    }

    #[test]
    fn only_known_words_are_an_end() {
        for word in [
            "stop",
            "STOP",
            "eos",
            "eos_token",
            "end_turn",
            "stop_sequence",
            "COMPLETE",
            "completed",
            "finished",
            "FINISH_REASON_STOP",
        ] {
            let finish = read_finish(Some(&json!(word)));
            assert_eq!(finish, Finish::Whole(FinishReason::Stop), "{word}");
        }
        for word in ["length", "MAX_TOKENS", "max_output_tokens", "model_length", "ERROR_LIMIT"] {
            assert_eq!(read_finish(Some(&json!(word))), Finish::Length, "{word}");
        }
        for word in ["content_filter", "SAFETY", "SPII", "sensitive", "guardrail_intervened"] {
            let finish = read_finish(Some(&json!(word)));
            assert_eq!(finish, Finish::Filtered(word.to_lowercase()), "{word}");
        }
        for word in ["error", "abort", "network_error", "insufficient_system_resource"] {
            assert_eq!(read_finish(Some(&json!(word))), Finish::Broken(word.into()), "{word}");
        }
        for word in [
            "repetition",
            "other",
            "tool_calls",
            "tool_use",
            "function_call",
            "unknown",
            "null",
            "finish_reason_unspecified",
            "malformed_function_call",
            "language",
            "a new word",
        ] {
            assert_eq!(read_finish(Some(&json!(word))), Finish::Unproven(word.into()), "{word}");
        }
    }

    /// The page for users and this file list the same words.
    #[test]
    fn the_page_has_every_word() {
        let page = include_str!("../../../../docs/servers.md").to_lowercase();
        let (code, _) = include_str!("finish.rs").split_once("#[cfg(test)]").unwrap();
        let words = code.split('"').skip(1).step_by(2).filter(|word| !word.is_empty());
        let words: Vec<_> = words.collect();
        assert!(words.len() > 30, "{words:?}");
        for word in words {
            assert!(page.contains(&format!("`{word}`")), "{word}");
        }
    }

    proptest! {
        /// Without a word nothing is whole, and these words are never taken for an end.
        #[test]
        fn only_words_end_an_answer(word in "\\PC{0,12}", number in any::<i64>()) {
            let whole = matches!(read_finish(Some(&json!(word))), Finish::Whole(_));
            prop_assert!(!whole || !word.is_empty());
            for value in [json!(number), json!([word]), json!({"a": word}), json!(true)] {
                prop_assert_eq!(read_finish(Some(&value)), Finish::Unstated);
            }
        }
    }
}
