//! Whether an answer is asked for as a stream: pure, from facts.
//!
//! A whole answer has fewer ways to fail, but not a byte of it comes before its last token is
//! written. So an answer that may take longer than the silence that is borne has to be streamed.

use speciate_types::{CallError, ErrorClass};

/// When answers are asked for as streams.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum StreamMode {
    /// Where an answer may outlast the clock for silence.
    #[default]
    Auto,
    /// All.
    Always,
    /// None.
    Never,
}

/// What is known when a request is about to be sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StreamFacts {
    pub(crate) mode: StreamMode,
    /// The endpoint has refused to stream.
    pub(crate) is_refused: bool,
    /// Most tokens of the answer.
    pub(crate) tokens_max: Option<u32>,
    /// Milliseconds for a token of this model's answers, as far as seen.
    pub(crate) ms_per_token: Option<f64>,
    /// The clock for silence.
    pub(crate) silence_ms: u64,
    /// The smallest limit of an answer that did not come within that clock.
    pub(crate) silent_tokens: Option<u32>,
}

/// What a token takes until one has been seen: a slow model, so that the first call is safe.
const MS_PER_TOKEN_AT_FIRST: f64 = 50.0;
/// Longest answer that is expected where a request sets no limit.
const TOKENS_WITHOUT_LIMIT: u32 = 2_048;
/// An answer that may not be longer is never made a stream by somebody's silence.
const LONG_TOKENS_MIN: u32 = 256;
/// Fewer tokens say more of the way there than of the model.
const TELLING_TOKENS: u64 = 16;
/// Share of a new measurement in the pace.
const NEWEST: f64 = 0.125;

/// Decides.
pub(crate) fn should_stream(facts: &StreamFacts) -> bool {
    let tokens = facts.tokens_max.unwrap_or(TOKENS_WITHOUT_LIMIT);
    match facts.mode {
        StreamMode::Never => false,
        _ if facts.is_refused => false,
        StreamMode::Always => true,
        StreamMode::Auto => {
            let ms_per_token = facts.ms_per_token.unwrap_or(MS_PER_TOKEN_AT_FIRST);
            f64::from(tokens) * ms_per_token > facts.silence_ms as f64
                || facts.silent_tokens.is_some_and(|silent| tokens >= silent.max(LONG_TOKENS_MIN))
        }
    }
}

/// The pace after an answer of `tokens` that took `took_ms`; `None` if there is still none.
pub(crate) fn next_pace(before: Option<f64>, took_ms: u64, tokens: u64) -> Option<f64> {
    if tokens < TELLING_TOKENS {
        return before;
    }
    let seen = took_ms as f64 / tokens as f64;
    Some(before.map_or(seen, |before| before + (seen - before) * NEWEST))
}

/// Whether a whole answer failed to come because nobody on the way waits that long: our own clock,
/// or that of a gateway, which a stream would have kept quiet.
pub(crate) fn is_silence(error: &CallError, took_ms: u64, silence_ms: u64) -> bool {
    match error.status {
        None => error.class == ErrorClass::Transient && took_ms >= silence_ms,
        Some(status) => matches!(status, 408 | 504 | 524),
    }
}

/// The limit that an answer of `tokens_max` counts as.
pub(crate) fn silent_at(tokens_max: Option<u32>) -> u32 {
    tokens_max.unwrap_or(TOKENS_WITHOUT_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FACTS: StreamFacts = StreamFacts {
        mode: StreamMode::Auto,
        is_refused: false,
        tokens_max: Some(2_048),
        ms_per_token: None,
        silence_ms: 120_000,
        silent_tokens: None,
    };

    #[test]
    fn only_what_may_outlast_the_silence() {
        for (tokens_max, ms_per_token, silent_tokens, expected) in [
            (Some(2_048), None, None, false),
            (None, None, None, false),
            (Some(4_096), None, None, true),
            (Some(4_096), Some(15.0), None, false),
            (Some(16_384), Some(15.0), None, true),
            (Some(2_048), Some(70.0), None, true),
            (Some(32), Some(70.0), None, false),
            // Once there was silence, everything as long is streamed, and nothing short.
            (Some(2_048), Some(15.0), Some(2_048), true),
            (None, Some(15.0), Some(2_048), true),
            (Some(1_024), Some(15.0), Some(2_048), false),
            (Some(32), Some(15.0), Some(16), false),
            (Some(256), Some(15.0), Some(16), true),
        ] {
            let facts = StreamFacts { tokens_max, ms_per_token, silent_tokens, ..FACTS };
            assert_eq!(should_stream(&facts), expected, "{facts:?}");
        }
    }

    #[test]
    fn a_setting_is_obeyed_but_not_against_a_refusal() {
        let always = StreamFacts { mode: StreamMode::Always, tokens_max: Some(1), ..FACTS };
        assert!(should_stream(&always));
        assert!(!should_stream(&StreamFacts { is_refused: true, ..always }));
        let long = StreamFacts { tokens_max: Some(1_000_000), ..FACTS };
        assert!(!should_stream(&StreamFacts { mode: StreamMode::Never, ..long }));
        assert!(!should_stream(&StreamFacts { is_refused: true, ..long }));
    }

    #[test]
    fn silence_is_told_from_other_faults() {
        let error = |class, status| CallError { status, ..CallError::new(class, "x") };
        assert!(is_silence(&error(ErrorClass::Transient, None), 300, 300));
        assert!(!is_silence(&error(ErrorClass::Transient, None), 299, 300));
        assert!(!is_silence(&error(ErrorClass::BadConfig, None), 300, 300));
        assert!(is_silence(&error(ErrorClass::Transient, Some(504)), 1, 300));
        assert!(!is_silence(&error(ErrorClass::Transient, Some(502)), 900, 300));
        assert_eq!(silent_at(None), TOKENS_WITHOUT_LIMIT);
    }

    proptest! {
        /// The pace stays among what was seen.
        #[test]
        fn the_pace_is_a_mean(seen in prop::collection::vec((0_u64..600_000, 0_u64..5_000), 0..40)) {
            let pace = seen.iter().fold(None, |pace, (ms, tokens)| next_pace(pace, *ms, *tokens));
            let paces = seen.iter().filter(|(_, tokens)| *tokens >= TELLING_TOKENS);
            let paces: Vec<_> = paces.map(|(ms, tokens)| *ms as f64 / *tokens as f64).collect();
            let least = paces.iter().copied().fold(f64::INFINITY, f64::min);
            let most = paces.iter().copied().fold(0.0, f64::max);
            match pace {
                None => prop_assert!(paces.is_empty()),
                Some(pace) => prop_assert!((least - 1e-9..=most + 1e-9).contains(&pace)),
            }
        }

        /// A longer answer, a slower model or less patience never ends a stream.
        #[test]
        fn more_reason_is_never_less(tokens in 1_u32..100_000, more in 0_u32..1_000, ms in 0.1_f64..100.0, silence_ms in 1_000_u64..600_000) {
            let facts = StreamFacts { tokens_max: Some(tokens), ms_per_token: Some(ms), silence_ms, ..FACTS };
            if should_stream(&facts) {
                let longer = StreamFacts { tokens_max: Some(tokens + more), ..facts };
                let slower = StreamFacts { ms_per_token: Some(ms * 2.0), ..facts };
                let sooner = StreamFacts { silence_ms: silence_ms / 2, ..facts };
                prop_assert!([longer, slower, sooner].iter().all(should_stream));
            }
        }
    }
}
