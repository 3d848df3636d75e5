//! How fast the simulated server is, and how many requests it works on at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::answer::AnswerKind;

/// The speed of the simulated server.
///
/// A request takes a slot for `prompt tokens / prefill + answer tokens × decode time`. The defaults
/// give 0.24 s for the mean of an evolution and its response, about 260 requests a second.
///
/// With another `length_spread` than 1 the time of an answer is that of
/// `usual + length_spread × (answer tokens − usual)` tokens instead, but of no less than none, where
/// `usual` is the [`UsualTokens`] of its kind. The text and the token counts stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capacity {
    /// Requests that are worked on at once. Default 64.
    pub slots: usize,
    /// Requests that may wait for a slot, first come first served; without a limit if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_max: Option<usize>,
    /// What a request is told that finds the queue full: 503 (default) or 429.
    pub queue_full_status: u16,
    /// Prompt tokens that a slot reads in a second. Default 8,000.
    pub prefill_tokens_per_s: f64,
    /// Microseconds for each token of the answer. Default 1,550.
    pub decode_us_per_token: f64,
    /// How far the time of an answer is from that of the usual one of its kind: 1 (default) as far
    /// as its length, 0 not at all, so that all answers of a kind take the same time, 2 twice as far.
    pub length_spread: f64,
    /// What is usual.
    pub usual_tokens: UsualTokens,
    /// No slots and no waiting: every request is answered at once. Default false.
    pub instant: bool,
}

/// The length of a usual answer of each kind, in tokens. Matters with a `length_spread` other than 1 only.
///
/// The defaults are the means over 2,000 of Alpaca's seeds and four rounds with the prompts of the
/// recipe `paper`, so that the spread leaves the mean time of such a run as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsualTokens {
    /// An evolved instruction. Default 108.
    pub evolution: u32,
    /// A judge's verdict. Default 2.
    pub verdict: u32,
    /// A response. Default 209.
    pub response: u32,
}

impl UsualTokens {
    fn of(self, kind: AnswerKind) -> u32 {
        match kind {
            AnswerKind::Evolution => self.evolution,
            AnswerKind::Verdict => self.verdict,
            AnswerKind::Response => self.response,
        }
    }
}

impl Default for UsualTokens {
    fn default() -> Self {
        Self { evolution: 108, verdict: 2, response: 209 }
    }
}

/// Longest time that one request takes, whatever the rates say.
const SERVICE_MAX: Duration = Duration::from_secs(3_600);

impl Capacity {
    /// Answers at once.
    pub fn instant() -> Self {
        Self { instant: true, ..Self::default() }
    }

    /// Time to read a prompt of `prompt_tokens`.
    pub fn prefill(&self, prompt_tokens: u64) -> Duration {
        seconds(prompt_tokens as f64 / self.prefill_tokens_per_s)
    }

    /// Time to write an answer of that kind with `completion_tokens`.
    pub fn decode(&self, kind: AnswerKind, completion_tokens: u64) -> Duration {
        let usual = f64::from(self.usual_tokens.of(kind));
        let tokens = usual + self.length_spread * (completion_tokens as f64 - usual);
        seconds(tokens.max(0.0) * self.decode_us_per_token / 1e6)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(SERVICE_MAX).min(SERVICE_MAX)
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            slots: 64,
            queue_max: None,
            queue_full_status: 503,
            prefill_tokens_per_s: 8_000.0,
            decode_us_per_token: 1_550.0,
            length_spread: 1.0,
            usual_tokens: UsualTokens::default(),
            instant: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_bounded() {
        let odd = Capacity {
            prefill_tokens_per_s: 0.0,
            decode_us_per_token: f64::INFINITY,
            ..Capacity::default()
        };
        assert_eq!(odd.prefill(9), SERVICE_MAX);
        assert_eq!(odd.decode(AnswerKind::Response, 9), SERVICE_MAX);
        let usual = Capacity::default().decode(AnswerKind::Response, 100);
        assert_eq!(usual, Duration::from_millis(155));
    }

    #[test]
    fn a_spread_brings_times_near_the_usual_one_of_their_kind_or_away_from_it() {
        let times_ms = |length_spread| {
            let capacity =
                Capacity { length_spread, decode_us_per_token: 1e3, ..Capacity::default() };
            [
                (AnswerKind::Evolution, 8),
                (AnswerKind::Evolution, 208),
                (AnswerKind::Verdict, 6),
                (AnswerKind::Response, 109),
                (AnswerKind::Response, 0),
            ]
            .map(|(kind, tokens)| capacity.decode(kind, tokens).as_millis())
        };
        assert_eq!(times_ms(1.0), [8, 208, 6, 109, 0]);
        assert_eq!(times_ms(0.5), [58, 158, 4, 159, 104]);
        assert_eq!(times_ms(0.0), [108, 108, 2, 209, 209]);
        assert_eq!(times_ms(2.0), [0, 308, 10, 9, 0]);
    }
}
