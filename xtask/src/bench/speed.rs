//! How long the mock server takes: what it is told, and what follows from that for one call.

use serde::Deserialize;

/// Tokens of the prompt that a slot reads in a second.
const PREFILL_TOKENS_PER_S: f64 = 8_000.0;
/// With Alpaca's seeds and the prompts of the recipe `paper` a call then takes 0.24 s on average:
/// the mean of what other tools were measured against. (The mock's default gives 0.285 s.)
const DECODE_US_PER_TOKEN: f64 = 1_270.0;
/// The mean answers with these seeds and prompts, so that another spread leaves the mean time.
const EVOLUTION_TOKENS: u32 = 108;
const VERDICT_TOKENS: u32 = 2;
const RESPONSE_TOKENS: u32 = 209;

/// For whom a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Evolver,
    Judge,
    Responder,
}

/// The speed of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Speed {
    /// The mock's `length_spread`, in percent.
    pub(crate) spread_percent: u32,
    /// The mock's `kinship`, in percent.
    pub(crate) kinship_percent: u32,
}

impl Speed {
    fn length_spread(self) -> f64 {
        f64::from(self.spread_percent) / 100.0
    }

    /// The configuration of a mock of this speed.
    pub(crate) fn toml(self) -> String {
        format!(
            "[capacity]\nprefill_tokens_per_s = {PREFILL_TOKENS_PER_S:.1}\n\
             decode_us_per_token = {DECODE_US_PER_TOKEN:.1}\nlength_spread = {:.2}\n\n\
             [capacity.usual_tokens]\nevolution = {EVOLUTION_TOKENS}\n\
             verdict = {VERDICT_TOKENS}\nresponse = {RESPONSE_TOKENS}\n\n\
             [quality]\nkinship = {:.2}\n",
            self.length_spread(),
            f64::from(self.kinship_percent) / 100.0
        )
    }

    /// How long such a mock works on a call with these tokens, by its own formula.
    pub(crate) fn service_us(self, role: Role, prompt_tokens: u64, answer_tokens: u64) -> u64 {
        let usual = f64::from(match role {
            Role::Evolver => EVOLUTION_TOKENS,
            Role::Judge => VERDICT_TOKENS,
            Role::Responder => RESPONSE_TOKENS,
        });
        let tokens = usual + self.length_spread() * (answer_tokens as f64 - usual);
        let prefill_us = prompt_tokens as f64 / PREFILL_TOKENS_PER_S * 1e6;
        (prefill_us + tokens.max(0.0) * DECODE_US_PER_TOKEN).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mock_is_told_everything_that_the_time_depends_on() {
        let expected = "\
[capacity]
prefill_tokens_per_s = 8000.0
decode_us_per_token = 1270.0
length_spread = 0.75

[capacity.usual_tokens]
evolution = 108
verdict = 2
response = 209

[quality]
kinship = 0.65
";
        let speed = Speed { spread_percent: 75, kinship_percent: 65 };
        assert_eq!(speed.toml(), expected);
    }

    #[test]
    fn a_call_takes_as_long_as_its_tokens() {
        let speed = |spread_percent| Speed { spread_percent, kinship_percent: 0 };
        let all = speed(100);
        assert_eq!(all.service_us(Role::Evolver, 800, 100), 100_000 + 127_000);
        assert_eq!(all.service_us(Role::Responder, 0, 0), 0);
        let half = speed(50);
        assert_eq!(half.service_us(Role::Responder, 80, 109), 10_000 + 159 * 1_270);
        let none = speed(0);
        assert_eq!(none.service_us(Role::Judge, 8, 40), 1_000 + 2 * 1_270);
        let more = speed(150);
        assert_eq!(more.service_us(Role::Evolver, 8, 208), 1_000 + 258 * 1_270);
        assert_eq!(more.service_us(Role::Evolver, 8, 10), 1_000);
    }
}
