//! Token counts, as far as a server gives sensible ones.

use serde_json::Value;
use speciate_types::{ChatRequest, Usage};

/// Both counts, if both make sense.
pub(super) fn read_usage(usage: Option<&Value>) -> Option<Usage> {
    let usage = usage?;
    Some(Usage {
        input_tokens: count(usage.get("prompt_tokens")?)?,
        output_tokens: count(usage.get("completion_tokens")?)?,
        estimated: false,
    })
}

/// A count that makes sense: not negative, not astronomic; floats and digit strings are accepted.
pub(super) fn count(value: &Value) -> Option<u64> {
    const ASTRONOMIC: f64 = 1e12;
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (0.0..ASTRONOMIC).contains(&number).then_some(number as u64)
}

/// What an answer will have used where no server counted.
pub(super) fn estimate(request: &ChatRequest, text: &str, reasoning: Option<&str>) -> Usage {
    let input = request.messages.iter().map(|message| message.content.len()).sum();
    Usage {
        input_tokens: Usage::estimate_tokens(input),
        output_tokens: Usage::estimate_tokens(text.len() + reasoning.map_or(0, str::len)),
        estimated: true,
    }
}
