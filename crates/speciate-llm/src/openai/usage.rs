//! Token counts, as far as a server gives sensible ones.

use serde_json::Value;
use speciate_types::Usage;

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
