//! Calls, tries, tokens and money of a run, in the same terms wherever they are shown.

use speciate_store::Totals;
use speciate_types::NanoUsd;

/// Sums over the stored calls of all sessions. Every call was answered or failed, and every try
/// ended in one way: `tries` = `answered_calls` + `failed_tries` + `second_tries`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CallNumbers {
    /// Calls that ended.
    pub calls: u64,
    /// Of these, with an answer.
    pub answered_calls: u64,
    /// Of these, without one.
    pub failed_calls: u64,
    /// Tries of all calls, second ones included.
    pub tries: u64,
    /// Tries that ended without an answer.
    pub failed_tries: u64,
    /// Tries beside another one of the same call that were given up when that one ended.
    pub second_tries: u64,
    /// Tries of any kind that may have been billed though no answer of theirs was stored.
    pub maybe_billed_tries: u64,
    /// Of the failed tries, those whose answer was cut. They are paid, and known.
    pub cut_tries: u64,
    /// Tokens of all prompts.
    pub input_tokens: u64,
    /// Of these, read from a provider's cache.
    pub cached_input_tokens: u64,
    /// Tokens of all answers.
    pub output_tokens: u64,
    /// Of these, of reasoning, where a server counts them apart.
    pub reasoning_tokens: u64,
    /// Calls whose server did not count tokens, so that they are estimated here.
    pub calls_of_estimated_usage: u64,
    /// Dollars of all calls whose price is known; `None` if none is known.
    pub cost_usd: Option<f64>,
    /// Some calls have no known price, so that `cost_usd` is not the whole.
    pub cost_is_partial: bool,
}

impl From<&Totals> for CallNumbers {
    fn from(totals: &Totals) -> Self {
        let cost_is_partial = totals.calls_of_unknown_cost > 0;
        Self {
            calls: totals.calls,
            answered_calls: totals.answered,
            failed_calls: totals.failed,
            tries: totals.tries,
            failed_tries: totals.failed_tries,
            second_tries: totals.second_tries(),
            maybe_billed_tries: totals.maybe_billed_tries,
            cut_tries: totals.cut_tries,
            input_tokens: totals.input_tokens,
            cached_input_tokens: totals.cached_input_tokens,
            output_tokens: totals.output_tokens,
            reasoning_tokens: totals.reasoning_tokens,
            calls_of_estimated_usage: totals.calls_of_estimated_usage,
            cost_usd: known_usd(totals.cost, cost_is_partial),
            cost_is_partial,
        }
    }
}

/// The dollars that are known: nothing and more that is not known is `None`, and never zero.
pub fn known_usd(cost: NanoUsd, is_partial: bool) -> Option<f64> {
    (cost.0 > 0 || !is_partial).then(|| cost.as_usd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_zero() {
        assert_eq!(known_usd(NanoUsd(0), true), None);
        assert_eq!(known_usd(NanoUsd(0), false), Some(0.0));
        assert_eq!(known_usd(NanoUsd(2_000_000_000), true), Some(2.0));
    }
}
