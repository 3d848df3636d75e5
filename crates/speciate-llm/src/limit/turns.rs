//! How often an endpoint answers, and so how long a call in flight waits for its turn.

use std::collections::VecDeque;

/// Answers that are looked back on.
const ANSWERS: usize = 16;

/// The times of the first call and of the last answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    marks_ms: VecDeque<u64>,
}

impl Turns {
    pub(super) fn sent(&mut self, now_ms: u64) {
        if self.marks_ms.is_empty() {
            self.marks_ms.push_back(now_ms);
        }
    }

    pub(super) fn answered(&mut self, now_ms: u64) {
        if self.marks_ms.len() > ANSWERS {
            self.marks_ms.pop_front();
        }
        self.marks_ms.push_back(now_ms);
    }

    /// The mean time from one answer to the next; `None` before the first one.
    pub(super) fn ms_per_answer(&self, now_ms: u64) -> Option<f64> {
        let n_answers = self.marks_ms.len().checked_sub(1).filter(|n| *n > 0)?;
        let since_ms = now_ms.saturating_sub(*self.marks_ms.front()?);
        Some(since_ms as f64 / n_answers as f64)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::Turns;
    use crate::limit::{Admission, Concurrency, LimitConfig, Limiter};

    #[test]
    fn the_time_between_answers_is_that_of_the_last_ones() {
        let mut turns = Turns::default();
        assert_eq!(turns.ms_per_answer(5), None);
        turns.sent(1_000);
        assert_eq!(turns.ms_per_answer(2_000), None);
        turns.answered(1_400);
        assert_eq!(turns.ms_per_answer(1_400), Some(400.0));
        (1..=16).for_each(|k| turns.answered(1_400 + 10 * k));
        assert_eq!(turns.ms_per_answer(1_560), Some(10.0));
        assert_eq!(turns.ms_per_answer(1_720), Some(20.0));
    }

    const SERVICE_MS: u64 = 15_000;
    const SILENCE_MS: u64 = 120_000;

    /// What a server that works on one call at a time, for 15 s, made of an hour: calls that were
    /// answered, those that were not within two minutes, and the level at the end. A call that has
    /// been given up is not worked on.
    fn an_hour_of_one_slot(concurrency: Concurrency) -> (u64, u64, u32) {
        let config =
            LimitConfig { concurrency, requests_per_minute: None, tokens_per_minute: None };
        let mut limiter = Limiter::new(&config);
        let (mut waiting, mut working) = (VecDeque::new(), None);
        let (mut answered, mut silent) = (0, 0);
        for now_ms in (0..3_600_000).step_by(100) {
            if let Some((sent_ms, ends_ms)) = working
                && ends_ms <= now_ms
            {
                limiter.answered(now_ms, sent_ms, 1, 1);
                answered += 1;
                working = None;
            }
            while waiting.front().is_some_and(|sent_ms| sent_ms + SILENCE_MS <= now_ms) {
                limiter.silent(now_ms, waiting.pop_front().unwrap());
                silent += 1;
            }
            while limiter.admit(now_ms, 1) == Admission::Go {
                waiting.push_back(now_ms);
            }
            if working.is_none() {
                working = waiting.pop_front().map(|sent_ms| (sent_ms, now_ms + SERVICE_MS));
            }
        }
        (answered, silent, limiter.level())
    }

    #[test]
    fn a_queue_that_outlasts_the_patience_is_made_shorter() {
        for concurrency in [Concurrency::Auto { most: 512 }, Concurrency::Fixed(16)] {
            let (answered, silent, level) = an_hour_of_one_slot(concurrency);
            assert!(answered >= 238, "{concurrency:?}: {answered} answered");
            assert!(silent <= 24, "{concurrency:?}: {silent} silent");
            assert!((1..=8).contains(&level), "{concurrency:?}: level {level}");
        }
    }

    /// One in a hundred hangs; the others are answered in no time.
    #[test]
    fn a_call_that_hangs_beside_quick_ones_lowers_nothing() {
        let concurrency = Concurrency::Fixed(64);
        let config =
            LimitConfig { concurrency, requests_per_minute: None, tokens_per_minute: None };
        let mut limiter = Limiter::new(&config);
        for now_ms in 0..10_000_u64 {
            assert_eq!(limiter.admit(now_ms, 1), Admission::Go);
            if now_ms.is_multiple_of(100) && now_ms > 5_000 {
                limiter.silent(now_ms, now_ms - 5_000);
            } else {
                limiter.answered(now_ms, now_ms, 1, 1);
            }
        }
        assert_eq!(limiter.level(), 64);
    }
}
