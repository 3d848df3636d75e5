//! Tokens and money.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// Tokens of one call or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompts.
    pub input_tokens: u64,
    /// Tokens of the answers, reasoning included.
    pub output_tokens: u64,
    /// True when a server did not count and we estimated (4 bytes a token).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

impl Usage {
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
}

impl Price {
    /// The price of a model that runs here.
    pub const FREE: Self = Self { input_usd_per_million: 0.0, output_usd_per_million: 0.0 };

    /// What this many tokens cost.
    pub fn cost(&self, usage: Usage) -> NanoUsd {
        // One dollar per million tokens is 1,000 nano-dollars a token.
        let nano = (usage.input_tokens as f64).mul_add(
            self.input_usd_per_million,
            usage.output_tokens as f64 * self.output_usd_per_million,
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
        let price = Price { input_usd_per_million: 0.15, output_usd_per_million: 0.60 };
        let usage = Usage { input_tokens: 1_000, output_tokens: 500, estimated: false };
        assert_eq!(price.cost(usage), NanoUsd(450_000));
        assert_eq!(NanoUsd::from_usd(1.5).as_usd().to_string(), "1.5");
        assert_eq!(NanoUsd::from_usd(-3.0), NanoUsd(0));
        assert_eq!(NanoUsd::from_usd(f64::NAN), NanoUsd(0));
    }
}
