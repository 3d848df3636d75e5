//! Tries, tokens and money in words, the same ones in every summary.

use speciate::numbers::CallNumbers;

use super::units::{amount, cost, short_count};

/// What is not there is not mentioned, but for failed tries, tokens and money.
pub(crate) fn tries_and_tokens(numbers: &CallNumbers) -> String {
    let mut parts = vec![format!("{} failed tries", numbers.failed_tries)];
    if numbers.second_tries > 0 {
        parts.push(format!("{} second tries", numbers.second_tries));
    }
    if numbers.maybe_billed_tries > 0 {
        parts.push(format!(
            "{} tries may have been billed without an answer",
            numbers.maybe_billed_tries
        ));
    }
    parts.push(format!("{} tokens in", short_count(numbers.input_tokens)));
    let estimated = match numbers.calls_of_estimated_usage {
        0 => String::new(),
        calls => format!(" (estimated for {calls} calls)"),
    };
    parts.push(format!("{} out{estimated}", short_count(numbers.output_tokens)));
    parts.push(cost(numbers.cost_usd, numbers.cost_is_partial));
    parts.join(", ")
}

/// What counts against a limit though no answer was stored for it; nothing if there is none.
pub(crate) fn at_risk(usd: f64) -> String {
    if usd > 0.0 {
        format!(" and {} at risk without an answer", amount(usd))
    } else {
        String::new()
    }
}
