//! Tokens and money.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// Tokens of one call or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompts, those that came from a provider's cache included.
    pub input_tokens: u64,
    /// Tokens of the answers, reasoning included.
    pub output_tokens: u64,
    /// Of the prompts' tokens, those that were read from a provider's cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_input_tokens: u64,
    /// Of the answers' tokens, those of reasoning, where a server counts them apart.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u64,
    /// True when a server did not count and we estimated (4 bytes a token).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Usage {
    /// So many tokens as a server counted them, without a word on caches and reasoning.
    pub fn counted(input_tokens: u64, output_tokens: u64) -> Self {
        Self { input_tokens, output_tokens, ..Self::default() }
    }

    /// Both kinds together.
    pub fn total(self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// The estimate for a text where no server counted: one token for 4 bytes, at least 1.
    pub fn estimate_tokens(bytes: usize) -> u64 {
        (bytes as u64).div_ceil(4).max(1)
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cached_input_tokens: self.cached_input_tokens.saturating_add(other.cached_input_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
            estimated: self.estimated || other.estimated,
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Money in billionths of a US dollar, so that sums are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NanoUsd(pub u64);

impl NanoUsd {
    /// From dollars; negative and non-finite amounts become 0.
    pub fn from_usd(usd: f64) -> Self {
        Self((usd * 1e9).round().clamp(0.0, u64::MAX as f64) as u64)
    }

    /// In dollars.
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The sum, or the largest amount.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or nothing.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// What a model's tokens cost, in US dollars per million.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Dollars per million prompt tokens.
    pub input_usd_per_million: f64,
    /// Dollars per million answer tokens.
    pub output_usd_per_million: f64,
    /// Dollars per million prompt tokens that a provider read from its cache; as other prompt
    /// tokens where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input_usd_per_million: Option<f64>,
}

impl Price {
    /// The price of a model that runs here.
    pub const FREE: Self = Self::new(0.0, 0.0);

    /// Dollars per million prompt tokens and per million answer tokens.
    pub const fn new(input_usd_per_million: f64, output_usd_per_million: f64) -> Self {
        Self { input_usd_per_million, output_usd_per_million, cached_input_usd_per_million: None }
    }

    /// What this many tokens cost.
    pub fn cost(&self, usage: Usage) -> NanoUsd {
        let cached_tokens = usage.cached_input_tokens.min(usage.input_tokens);
        let fresh_tokens = usage.input_tokens - cached_tokens;
        let cached_price = self.cached_input_usd_per_million.unwrap_or(self.input_usd_per_million);
        // One dollar per million tokens is 1,000 nano-dollars a token.
        let nano = (fresh_tokens as f64).mul_add(
            self.input_usd_per_million,
            (cached_tokens as f64)
                .mul_add(cached_price, usage.output_tokens as f64 * self.output_usd_per_million),
        ) * 1_000.0;
        NanoUsd(nano.round().clamp(0.0, u64::MAX as f64) as u64)
    }

    /// Whether nothing is ever paid.
    pub fn is_free(&self) -> bool {
        self.input_usd_per_million <= 0.0 && self.output_usd_per_million <= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_exact_in_nano_dollars() {
        let price = Price::new(0.15, 0.60);
        assert_eq!(price.cost(Usage::counted(1_000, 500)), NanoUsd(450_000));
        assert_eq!(NanoUsd::from_usd(1.5).as_usd().to_string(), "1.5");
        assert_eq!(NanoUsd::from_usd(-3.0), NanoUsd(0));
        assert_eq!(NanoUsd::from_usd(f64::NAN), NanoUsd(0));
    }

    #[test]
    fn cached_input_has_its_own_price() {
        let usage = Usage { cached_input_tokens: 800, ..Usage::counted(1_000, 500) };
        let price = Price { cached_input_usd_per_million: Some(0.015), ..Price::new(0.15, 0.60) };
        assert_eq!(price.cost(usage), NanoUsd(30_000 + 12_000 + 300_000));
        assert_eq!(Price::new(0.15, 0.60).cost(usage), NanoUsd(450_000), "no price of its own");
        let odd = Usage { cached_input_tokens: 9_000, ..usage };
        assert_eq!(price.cost(odd), NanoUsd(15_000 + 300_000), "never more than there was");
    }

    #[test]
    fn what_is_not_there_is_not_written() {
        let json = serde_json::to_string(&Usage::counted(3, 5)).unwrap();
        assert_eq!(json, r#"{"input_tokens":3,"output_tokens":5}"#);
        assert_eq!(serde_json::from_str::<Usage>(&json).unwrap(), Usage::counted(3, 5));
        let more = Usage { cached_input_tokens: 1, reasoning_tokens: 2, ..Usage::counted(3, 5) };
        let twice = more + more;
        assert_eq!((twice.cached_input_tokens, twice.reasoning_tokens), (2, 4));
        let json = serde_json::to_string(&more).unwrap();
        assert_eq!(serde_json::from_str::<Usage>(&json).unwrap(), more);
    }
}
