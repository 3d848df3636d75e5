//! Tries, tokens and money in words, the same ones in every summary.

use speciate::numbers::CallNumbers;

use super::units::{amount, cost, counted, short_count};

/// What became of the tries of all calls. What is not there is not mentioned, but for failed tries.
pub(crate) fn tries(numbers: &CallNumbers) -> String {
    let cut = match numbers.cut_tries {
        0 => String::new(),
        tries => format!(" ({tries} cut short)"),
    };
    let second = match numbers.second_tries {
        0 => String::new(),
        tries => format!(", {tries} hedged requests"),
    };
    format!("{} failed tries{cut}{second}", numbers.failed_tries)
}

/// `1.2k in (400 cached), 2.0k out (1.5k of reasoning)`.
pub(crate) fn tokens(numbers: &CallNumbers) -> String {
    let of = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!(" ({} {what})", short_count(count)),
    };
    let estimated = match numbers.calls_of_estimated_usage {
        0 => String::new(),
        calls => format!("; estimated for {}", counted(calls, "call")),
    };
    format!(
        "{} in{}, {} out{}{estimated}",
        short_count(numbers.input_tokens),
        of(numbers.cached_input_tokens, "cached"),
        short_count(numbers.output_tokens),
        of(numbers.reasoning_tokens, "of reasoning"),
    )
}

/// What was spent, and what may have been billed on top without an answer.
pub(crate) fn money(numbers: &CallNumbers, at_risk_usd: f64) -> String {
    let spent = cost(numbers.cost_usd, numbers.cost_is_partial);
    let of_answers = if numbers.cost_usd.is_some() { " spent" } else { "" };
    let tries = numbers.maybe_billed_tries;
    let risk = match (at_risk_usd > 0.0, tries) {
        (false, 0) => return format!("{spent}{of_answers}"),
        // Tries that a kill left in flight are no tries on record.
        (true, 0) => format!("{} at risk", amount(at_risk_usd)),
        (true, _) => format!("{} at risk for {}", amount(at_risk_usd), counted_tries(tries)),
        (false, _) => format!("{} more may have been billed", counted_tries(tries)),
    };
    format!("{spent}{of_answers}, {risk} without an answer")
}

fn counted_tries(tries: u64) -> String {
    if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") }
}
