//! Why a server says that an answer ended.

use serde_json::Value;
use speciate_types::FinishReason;

/// What a finish reason means for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// It is complete.
    Whole(FinishReason),
    /// It is cut at the token limit.
    Length,
    /// Nobody says that it is complete.
    Missing,
    /// The provider's filter cut in.
    Filtered,
    /// The model refused.
    Refused,
    /// The server failed while it wrote.
    Broken,
}

/// Reads `finish_reason` in the words of OpenAI, Anthropic, Google, TGI, vLLM and OpenRouter.
pub(super) fn read_finish(value: Option<&Value>) -> Finish {
    let word = value.and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "" => Finish::Missing,
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "complete" => {
            Finish::Whole(FinishReason::Stop)
        }
        "length" | "max_tokens" => Finish::Length,
        "content_filter" | "safety" | "recitation" | "blocklist" | "prohibited_content" => {
            Finish::Filtered
        }
        "refusal" => Finish::Refused,
        "error" | "abort" | "cancelled" => Finish::Broken,
        _ => Finish::Whole(FinishReason::Other),
    }
}
