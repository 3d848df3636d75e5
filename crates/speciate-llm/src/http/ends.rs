//! What the answers of one model have shown of how they end.
//!
//! A finish reason proves that an answer is whole. A server that never gives one can prove it by its
//! count of tokens alone: an answer that stays below the limit was not cut by it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use speciate_types::FinishReason;

use crate::answer::{Finish, RawAnswer};

/// The lesson, as it is stored and said.
const LESSON: &str = "finish_reason";
/// So many answers without a reason, and none with one, are those of a server that gives none.
const ENOUGH: u32 = 3;
/// Where nobody set a limit, one is needed to stay below.
const LIMIT: u32 = 8_192;

#[derive(Debug, Default)]
pub(super) struct KnownEnds {
    /// Answers that ended without a reason, and were counted.
    unstated: AtomicU32,
    /// A reason was given once.
    is_stated: AtomicBool,
}

impl KnownEnds {
    /// Takes an answer to a request of at most `limit` tokens. One that is proven whole by its count is
    /// given a reason.
    pub(super) fn take(&self, mut raw: RawAnswer, limit: Option<u32>) -> RawAnswer {
        if raw.finish != Finish::Unstated {
            // One that broke off says nothing of what the server would have said.
            let is_stated = !matches!(raw.finish, Finish::Missing);
            self.is_stated.fetch_or(is_stated, Ordering::Relaxed);
            return raw;
        }
        let Some(usage) = raw.usage.filter(|usage| !usage.estimated) else { return raw };
        self.unstated.fetch_add(1, Ordering::Relaxed);
        let is_below = limit.is_some_and(|limit| usage.output_tokens < u64::from(limit));
        if self.are_silent() && is_below && usage.output_tokens > 0 {
            raw.finish = Finish::Whole(FinishReason::Other);
        }
        raw
    }

    fn are_silent(&self) -> bool {
        let is_stated = self.is_stated.load(Ordering::Relaxed);
        !is_stated && self.unstated.load(Ordering::Relaxed) >= ENOUGH
    }

    /// The limit for a request that has none.
    pub(super) fn limit(&self) -> Option<u32> {
        self.are_silent().then_some(LIMIT)
    }

    pub(super) fn lesson(&self) -> Option<String> {
        self.are_silent().then(|| LESSON.to_owned())
    }

    pub(super) fn teach(&self, lesson: &str) {
        if lesson == LESSON {
            self.unstated.store(ENOUGH, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speciate_types::Usage;

    fn take(ends: &KnownEnds, finish: Finish, tokens: Option<u64>, limit: Option<u32>) -> bool {
        let raw = RawAnswer {
            content: "Tides.".to_owned(),
            reasoning: None,
            is_refusal: false,
            finish,
            usage: tokens.map(|tokens| Usage::counted(10, tokens)),
            model: None,
            created_unix_s: None,
        };
        ends.take(raw, limit).finish == Finish::Whole(FinishReason::Other)
    }

    #[test]
    fn a_server_that_never_says_why_is_believed_by_its_count() {
        let ends = KnownEnds::default();
        for expected in [false, false, true] {
            assert_eq!(take(&ends, Finish::Unstated, Some(50), Some(100)), expected);
        }
        assert_eq!((ends.lesson().as_deref(), ends.limit()), (Some("finish_reason"), Some(8_192)));
        for (tokens, limit) in
            [(Some(100), Some(100)), (Some(50), None), (None, Some(100)), (Some(0), Some(9))]
        {
            assert!(!take(&ends, Finish::Unstated, tokens, limit), "{tokens:?} of {limit:?}");
        }
        assert!(!take(&ends, Finish::Missing, Some(50), Some(100)), "it broke off");
        assert!(take(&ends, Finish::Unstated, Some(50), Some(100)));
    }

    #[test]
    fn one_reason_is_enough_to_expect_it_always() {
        let ends = KnownEnds::default();
        take(&ends, Finish::Whole(FinishReason::Stop), Some(50), Some(100));
        for _ in 0..5 {
            assert!(!take(&ends, Finish::Unstated, Some(50), Some(100)));
        }
        assert_eq!((ends.lesson(), ends.limit()), (None, None));
    }

    #[test]
    fn an_earlier_session_has_learned_it() {
        let ends = KnownEnds::default();
        ends.teach("seed");
        assert_eq!(ends.lesson(), None);
        ends.teach("finish_reason");
        assert!(take(&ends, Finish::Unstated, Some(50), Some(100)));
    }
}
