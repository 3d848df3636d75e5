//! An amount in any minute, counted in one-second steps.

use std::collections::VecDeque;

const STEP_MS: u64 = 1_000;
const STEPS: u64 = 60;

/// Lets through at most `limit` in any 60 seconds. Memory is at most 61 steps.
#[derive(Debug, Clone)]
pub struct RateWindow {
    limit: u64,
    used: u64,
    steps: VecDeque<(u64, u64)>,
}

impl RateWindow {
    /// A window with nothing used.
    pub fn new(limit: u64) -> Self {
        Self { limit: limit.max(1), used: 0, steps: VecDeque::new() }
    }

    /// When `amount` more would be over the limit: the time at which to ask again.
    ///
    /// More than the whole limit is let through when the window is empty, else it would wait for ever.
    pub fn free_at(&mut self, now_ms: u64, amount: u64) -> Option<u64> {
        self.forget(now_ms);
        if self.used == 0 || self.used.saturating_add(amount) <= self.limit {
            return None;
        }
        let mut excess = self.used.saturating_add(amount).saturating_sub(self.limit);
        let mut last_step = now_ms / STEP_MS;
        for &(step, used) in &self.steps {
            last_step = step;
            excess = excess.saturating_sub(used);
            if excess == 0 {
                break;
            }
        }
        Some((last_step + STEPS + 1) * STEP_MS)
    }

    /// Counts `amount` as used now.
    pub fn take(&mut self, now_ms: u64, amount: u64) {
        let step = now_ms / STEP_MS;
        self.used = self.used.saturating_add(amount);
        match self.steps.back_mut() {
            Some((last, used)) if *last == step => *used = used.saturating_add(amount),
            _ => self.steps.push_back((step, amount)),
        }
    }

    /// Replaces an estimate, taken at `sent_ms`, by what was really used.
    pub fn correct(&mut self, now_ms: u64, sent_ms: u64, estimated: u64, real: u64) {
        if real > estimated {
            self.take(now_ms, real - estimated);
            return;
        }
        // Given back where it was taken: in a later step it would still be missing when the
        // estimate is long forgotten.
        let step = sent_ms / STEP_MS;
        if let Some((_, used)) = self.steps.iter_mut().rev().find(|(taken, _)| *taken == step) {
            let back = (estimated - real).min(*used);
            *used -= back;
            self.used -= back;
        }
    }

    fn forget(&mut self, now_ms: u64) {
        let oldest = (now_ms / STEP_MS).saturating_sub(STEPS);
        while let Some(&(step, used)) = self.steps.front() {
            if step >= oldest {
                break;
            }
            self.used -= used;
            self.steps.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_not_used_is_given_back_where_it_was_taken() {
        let mut window = RateWindow::new(100);
        window.take(0, 50);
        window.take(59_000, 50);
        window.correct(59_500, 0, 50, 0);
        assert_eq!(window.free_at(61_000, 51), Some(120_000), "the second 50 are used until then");
        assert_eq!(window.free_at(61_000, 50), None);
    }

    proptest! {
        #[test]
        fn never_over_the_limit_in_any_minute(asks in prop::collection::vec((0_u64..5_000, 1_u64..5), 1..200)) {
            let mut window = RateWindow::new(10);
            let (mut now_ms, mut taken) = (0, Vec::new());
            for (pause_ms, amount) in asks {
                now_ms += pause_ms;
                if let Some(until_ms) = window.free_at(now_ms, amount) {
                    prop_assert!(until_ms > now_ms);
                    now_ms = until_ms;
                    prop_assert_eq!(window.free_at(now_ms, amount), None);
                }
                window.take(now_ms, amount);
                taken.push((now_ms, amount));
            }
            for &(end_ms, _) in &taken {
                let sum: u64 = taken.iter().filter(|(at, _)| *at <= end_ms && at + 60_000 > end_ms).map(|(_, a)| a).sum();
                prop_assert!(sum <= 10, "{} in the minute before {}", sum, end_ms);
            }
        }
    }
}
