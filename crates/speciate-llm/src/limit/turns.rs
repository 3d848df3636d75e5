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
    /// A call was sent; what was before a time in which `is_first` says that nothing was in flight tells
    /// nothing.
    pub(super) fn sent(&mut self, now_ms: u64, is_first: bool) {
        if is_first {
            self.marks_ms.clear();
            self.marks_ms.push_back(now_ms);
        }
    }

    pub(super) fn answered(&mut self, now_ms: u64) {
        if self.marks_ms.len() > ANSWERS {
            self.marks_ms.pop_front();
        }
        self.marks_ms.push_back(now_ms);
    }

    /// The mean time from one answer to the next, without the longest, in which there may have been
    /// nothing to do. `None` before the first answer, if the last is older than `age_most_ms`, and where
    /// answers come at once.
    pub(super) fn ms_per_answer(&self, now_ms: u64, age_most_ms: u64) -> Option<f64> {
        let (first, last) = (self.marks_ms.front()?, self.marks_ms.back()?);
        let n_gaps = self.marks_ms.len() as u64 - 1;
        if n_gaps == 0 || last.saturating_add(age_most_ms) < now_ms {
            return None;
        }
        let gaps = self.marks_ms.iter().zip(self.marks_ms.iter().skip(1));
        let longest_ms = gaps.map(|(a, b)| b - a).max().filter(|_| n_gaps > 1).unwrap_or(0);
        let n_counted = n_gaps - u64::from(n_gaps > 1);
        let mean_ms = (last - first - longest_ms) as f64 / n_counted as f64;
        (mean_ms > 0.0).then_some(mean_ms)
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
        assert_eq!(turns.ms_per_answer(5, 100), None);
        turns.sent(1_000, true);
        assert_eq!(turns.ms_per_answer(2_000, 100), None);
        turns.answered(1_400);
        assert_eq!(turns.ms_per_answer(1_400, 100), Some(400.0));
        (1..=17).for_each(|k| turns.answered(1_400 + 10 * k));
        assert_eq!(turns.ms_per_answer(1_570, 100), Some(10.0));
        assert_eq!(turns.ms_per_answer(1_670, 100), Some(10.0));
        assert_eq!(turns.ms_per_answer(1_671, 100), None, "it stands still");
        turns.answered(9_000);
        assert_eq!(turns.ms_per_answer(9_000, 100), Some(10.0), "there was nothing to do");
        turns.sent(9_500, true);
        assert_eq!(turns.ms_per_answer(9_500, 100), None);
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

    fn fixed_64() -> Limiter {
        let concurrency = Concurrency::Fixed(64);
        Limiter::new(&LimitConfig {
            concurrency,
            requests_per_minute: None,
            tokens_per_minute: None,
        })
    }

    /// One call in a hundred hangs for five seconds; the others are answered after 10 ms.
    #[test]
    fn a_call_that_hangs_beside_quick_ones_lowers_nothing() {
        let mut limiter = fixed_64();
        let (mut hanging, mut quick) = (VecDeque::new(), VecDeque::new());
        let mut silent = 0;
        for now_ms in 0..20_000_u64 {
            while hanging.front().is_some_and(|sent_ms| sent_ms + 5_000 <= now_ms) {
                assert!(limiter.in_flight() > 40);
                limiter.silent(now_ms, hanging.pop_front().unwrap());
                silent += 1;
            }
            while quick.front().is_some_and(|sent_ms| sent_ms + 10 <= now_ms) {
                limiter.answered(now_ms, quick.pop_front().unwrap(), 1, 1);
            }
            if limiter.admit(now_ms, 1) == Admission::Go {
                let queue = if now_ms.is_multiple_of(100) { &mut hanging } else { &mut quick };
                queue.push_back(now_ms);
            }
        }
        assert!(silent > 100, "{silent}");
        assert_eq!(limiter.level(), 64);
    }

    /// All that is in flight hangs at once, after answers that came evenly.
    #[test]
    fn an_endpoint_that_stands_still_is_no_queue() {
        let mut limiter = fixed_64();
        for now_ms in (0..10_000).step_by(100) {
            assert_eq!(limiter.admit(now_ms, 1), Admission::Go);
            limiter.answered(now_ms + 50, now_ms, 1, 1);
        }
        while limiter.admit(10_000, 1) == Admission::Go {}
        (0..64).for_each(|_| limiter.silent(130_000, 10_000));
        assert_eq!((limiter.level(), limiter.in_flight()), (64, 0));
    }

    /// Sixty-four at once, each for 70 s, and one of them hangs for two minutes.
    #[test]
    fn slow_answers_side_by_side_are_no_queue() {
        let mut limiter = fixed_64();
        (0..64).for_each(|_| assert_eq!(limiter.admit(0, 1), Admission::Go));
        for k in 0..200_u64 {
            let now_ms = 70_000 + k * 70_000 / 64;
            limiter.answered(now_ms, now_ms - 70_000, 1, 1);
            assert_eq!(limiter.admit(now_ms, 1), Admission::Go);
        }
        let now_ms = 70_000 + 200 * 70_000 / 64;
        // Twice, so that the one is not alone.
        limiter.silent(now_ms, now_ms - SILENCE_MS);
        limiter.silent(now_ms, now_ms - SILENCE_MS);
        assert_eq!(limiter.level(), 64);
    }

    /// Answers are so slow that a single one that hangs cannot be told from a queue.
    #[test]
    fn one_silent_call_alone_says_nothing() {
        let mut limiter = fixed_64();
        (0..16).for_each(|_| assert_eq!(limiter.admit(0, 1), Admission::Go));
        (1..=8).for_each(|k| limiter.answered(k * SERVICE_MS, 0, 1, 1));
        (0..8).for_each(|_| assert_eq!(limiter.admit(SILENCE_MS, 1), Admission::Go));
        limiter.silent(SILENCE_MS, 0);
        assert_eq!(limiter.level(), 64);
        limiter.silent(SILENCE_MS, 0);
        assert_eq!(limiter.level(), 4, "answered within half of the time, at 15 s each");
    }
}
