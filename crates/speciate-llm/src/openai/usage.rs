//! Token counts, as far as a server gives sensible ones.

use serde_json::Value;
use speciate_types::Usage;

/// Both counts, if both make sense.
///
/// xAI and Google count thinking in the total alone, so that the answer took at least what the
/// total has more than the prompt. Cached input is counted as OpenAI, DeepSeek and Moonshot do.
pub(super) fn read_usage(usage: Option<&Value>) -> Option<Usage> {
    let usage = usage?;
    let input_tokens = count(usage.get("prompt_tokens")?)?;
    let completion_tokens = count(usage.get("completion_tokens")?)?;
    let total_tokens = first_count(usage, &["/total_tokens"]);
    let output_tokens = completion_tokens.max(total_tokens.saturating_sub(input_tokens));
    Some(Usage {
        input_tokens,
        output_tokens,
        cached_input_tokens: first_count(usage, &CACHED).min(input_tokens),
        reasoning_tokens: first_count(usage, &REASONING).min(output_tokens),
        estimated: false,
    })
}

const CACHED: [&str; 4] = [
    "/prompt_tokens_details/cached_tokens",
    "/prompt_cache_hit_tokens",
    "/cached_tokens",
    "/cache_read_input_tokens",
];
const REASONING: [&str; 2] = ["/completion_tokens_details/reasoning_tokens", "/reasoning_tokens"];

/// The first count that is there and makes sense, or none at all.
fn first_count(usage: &Value, places: &[&str]) -> u64 {
    places.iter().find_map(|place| count(usage.pointer(place)?)).unwrap_or(0)
}

/// A count that makes sense: not negative, not astronomic; floats and digit strings are accepted.
pub(crate) fn count(value: &Value) -> Option<u64> {
    const ASTRONOMIC: f64 = 1e12;
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (0.0..ASTRONOMIC).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn thinking_and_caches_are_counted() {
        for (more, expected) in [
            (json!({}), (10, 5, 0, 0)),
            (json!({"total_tokens": 15}), (10, 5, 0, 0)),
            (json!({"total_tokens": 1_515}), (10, 1_505, 0, 0)),
            (json!({"total_tokens": 3}), (10, 5, 0, 0)),
            (json!({"total_tokens": "many"}), (10, 5, 0, 0)),
            (
                json!({"total_tokens": 45, "completion_tokens_details": {"reasoning_tokens": 30}}),
                (10, 35, 0, 30),
            ),
            (json!({"prompt_tokens_details": {"cached_tokens": 8}}), (10, 5, 8, 0)),
            (json!({"prompt_tokens_details": {"cached_tokens": 80}}), (10, 5, 10, 0)),
            (json!({"prompt_tokens_details": null, "cached_tokens": 7}), (10, 5, 7, 0)),
            (json!({"prompt_cache_hit_tokens": 6}), (10, 5, 6, 0)),
            (json!({"reasoning_tokens": 4}), (10, 5, 0, 4)),
        ] {
            let mut usage = json!({"prompt_tokens": 10, "completion_tokens": 5});
            usage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let read = read_usage(Some(&usage)).unwrap();
            let Usage { input_tokens, output_tokens, .. } = read;
            let found =
                (input_tokens, output_tokens, read.cached_input_tokens, read.reasoning_tokens);
            assert_eq!(found, expected, "{usage}");
        }
    }

    proptest! {
        /// A count is read as what it says or not at all.
        #[test]
        fn no_count_is_made_up(number in any::<f64>(), integer in any::<u64>(), text in "\\PC{0,12}") {
            for value in [json!(number), json!(integer), json!(text)] {
                let said = value.as_f64().or_else(|| text.trim().parse().ok());
                match count(&value) {
                    Some(read) => prop_assert_eq!(Some(read as f64), said.map(f64::trunc)),
                    None => prop_assert!(said.is_none_or(|said| !(0.0..1e12).contains(&said))),
                }
            }
            prop_assert_eq!(count(&json!([integer])), None);
            let usage = json!({"prompt_tokens": number, "completion_tokens": 1});
            prop_assert_eq!(read_usage(Some(&usage)).is_some(), count(&json!(number)).is_some());
        }
    }
}
