//! Why a server says that an answer ended.

use serde_json::Value;
use speciate_types::FinishReason;

use crate::answer::Finish;

/// Reads `finish_reason` in the words of OpenAI, Anthropic, Google, Mistral, TGI, vLLM and
/// OpenRouter.
pub(crate) fn read_finish(value: Option<&Value>) -> Finish {
    let word = value.and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "" => Finish::Missing,
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "complete" => {
            Finish::Whole(FinishReason::Stop)
        }
        "length" | "max_tokens" | "model_length" | "model_context_window_exceeded" => {
            Finish::Length
        }
        "pause_turn" => Finish::Paused,
        "content_filter" | "safety" | "recitation" | "blocklist" | "prohibited_content" => {
            Finish::Filtered
        }
        "refusal" => Finish::Refused,
        "error" | "abort" | "cancelled" => Finish::Broken,
        _ => Finish::Whole(FinishReason::Other),
    }
}

/// The finish reason, and where it says that all is well, what the provider behind OpenRouter says
/// against it. OpenRouter's page on its API: `native_finish_reason` is the provider's own word.
pub(super) fn finish_of(reason: Option<&Value>, native: Option<&Value>) -> Finish {
    match (read_finish(reason), read_finish(native)) {
        (Finish::Whole(_), native @ (Finish::Length | Finish::Filtered | Finish::Refused)) => {
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
            (json!("stop"), json!("SAFETY"), Finish::Filtered),
            (json!("stop"), json!("MAX_TOKENS"), Finish::Length),
            (json!("length"), json!("stop"), Finish::Length),
            (json!("error"), json!("stop"), Finish::Broken),
            (json!(null), json!("stop"), Finish::Missing),
        ] {
            assert_eq!(finish_of(Some(&reason), Some(&native)), expected, "{reason} {native}");
        }
    }

    proptest! {
        /// Without a word nothing is whole, and these words are never taken for an end.
        #[test]
        fn only_words_end_an_answer(word in "\\PC{0,12}", number in any::<i64>()) {
            let whole = matches!(read_finish(Some(&json!(word))), Finish::Whole(_));
            prop_assert!(!whole || !word.is_empty());
            for value in [json!(number), json!([word]), json!({"a": word}), json!(true)] {
                prop_assert_eq!(read_finish(Some(&value)), Finish::Missing);
            }
        }
    }
}
