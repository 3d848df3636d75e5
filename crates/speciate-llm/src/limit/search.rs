//! Finds how many calls an endpoint works on at once, from the rate of its answers alone.
//!
//! While more calls in flight bring more answers a second, go on; when they only wait longer,
//! step back to the last level that paid. From time to time try a little more, and give way when
//! the rate falls because others use the endpoint too.

/// One look lasts until this many answers for each slot, so that long answers are seen as well.
const ANSWERS_PER_SLOT: f64 = 2.0;
/// And at least this long, because answers come in bursts.
const LOOK_AT_LEAST_MS: u64 = 250;
/// More answers a second by this factor is worth more calls in flight.
const WORTH_IT: f64 = 1.12;
/// Looks at a settled level before a little more is tried.
const LOOKS_BEFORE_TRIAL: u32 = 6;
/// How much more is tried then.
const TRIAL: f64 = 1.5;
/// Spare calls above the best level, so that a freed slot never waits for us.
const SPARE: f64 = 1.15;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// Doubling; the level and rate of the last look.
    Climbing(Option<(f64, f64)>),
    /// Doubling seemed not to pay; the level and rate before it. One look more decides.
    Doubting(f64, f64),
    /// Staying; looks so far.
    Settled(u32),
    /// A little more for one look; the level to return to and its rate.
    Trying(f64, f64),
}

#[derive(Debug, Clone)]
pub(super) struct Search {
    phase: Phase,
    look_began_ms: Option<u64>,
    answers: u32,
    was_full: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self { phase: Phase::Climbing(None), look_began_ms: None, answers: 0, was_full: false }
    }
}

impl Search {
    pub(super) const FIRST_LEVEL: f64 = 8.0;

    /// There was work for more calls than the level allows.
    pub(super) fn wanted_more(&mut self) {
        self.was_full = true;
    }

    /// Takes one answer; says the new level when a look has ended.
    ///
    /// A look only counts if there was enough work to fill the level.
    pub(super) fn answered(&mut self, now_ms: u64, level: f64) -> Option<f64> {
        let Some(began_ms) = self.look_began_ms else {
            self.begin(now_ms);
            return None;
        };
        self.answers += 1;
        let lasted_ms = now_ms.saturating_sub(began_ms);
        if lasted_ms < LOOK_AT_LEAST_MS || f64::from(self.answers) < level * ANSWERS_PER_SLOT {
            return None;
        }
        let rate = f64::from(self.answers) / lasted_ms as f64;
        let was_full = self.was_full;
        self.begin(now_ms);
        was_full.then(|| self.next_level(level, rate))
    }

    /// The endpoint refused and the level has become `level`: that is the place to stay.
    pub(super) fn refused(&mut self, now_ms: u64, _level: f64) {
        self.phase = Phase::Settled(0);
        self.begin(now_ms);
    }

    fn begin(&mut self, now_ms: u64) {
        self.look_began_ms = Some(now_ms);
        self.answers = 0;
        self.was_full = false;
    }

    fn next_level(&mut self, level: f64, rate: f64) -> f64 {
        match self.phase {
            Phase::Climbing(Some((before, rate_before))) if rate < rate_before * WORTH_IT => {
                self.phase = Phase::Doubting(before, rate_before);
                level
            }
            Phase::Doubting(before, rate_before) if rate < rate_before * WORTH_IT => {
                self.phase = Phase::Settled(0);
                // The rate grows in proportion until the slots are full, so it tells how many there are.
                (before * (rate / rate_before).max(1.0) * SPARE).min(level)
            }
            Phase::Climbing(_) | Phase::Doubting(..) => {
                self.phase = Phase::Climbing(Some((level, rate)));
                level * 2.0
            }
            Phase::Settled(looks) if looks < LOOKS_BEFORE_TRIAL => {
                self.phase = Phase::Settled(looks + 1);
                level
            }
            Phase::Settled(_) => {
                self.phase = Phase::Trying(level, rate);
                (level * TRIAL).max(level + 1.0)
            }
            Phase::Trying(before, rate_before) => {
                self.phase = Phase::Settled(0);
                if rate > rate_before * WORTH_IT {
                    self.phase = Phase::Climbing(Some((level, rate)));
                    level * 2.0
                } else if rate < rate_before / WORTH_IT {
                    (before * 0.9).max(1.0)
                } else {
                    before
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::limit::{Admission, Concurrency, LimitConfig, Limiter};
    use std::collections::BTreeSet;

    /// Runs `seconds` against an endpoint that works on `slots` at once, 240 ms each on average,
    /// and returns the share of its capacity that was used in the last two seconds.
    fn used_share(slots: usize, seconds: u64) -> (f64, u32) {
        let auto = LimitConfig {
            concurrency: Concurrency::Auto { most: 2_048 },
            requests_per_minute: None,
            tokens_per_minute: None,
        };
        let mut limiter = Limiter::new(&auto);
        let mut free_at = vec![0_u64; slots];
        let mut ends: BTreeSet<(u64, u64)> = BTreeSet::new();
        let (mut number, mut done_late) = (0_u64, 0_u64);
        for now_ms in 0..seconds * 1_000 {
            while let Some(&(end_ms, call)) = ends.first() {
                if end_ms > now_ms {
                    break;
                }
                ends.remove(&(end_ms, call));
                limiter.answered(now_ms, now_ms, 1, 1);
                done_late += u64::from(now_ms >= (seconds - 2) * 1_000);
            }
            while limiter.admit(now_ms, 1) == Admission::Go {
                number += 1;
                let service_ms = 80 + number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 320;
                let slot = (0..slots).min_by_key(|slot| free_at[*slot]).unwrap();
                let end_ms = free_at[slot].max(now_ms) + service_ms;
                free_at[slot] = end_ms;
                ends.insert((end_ms, number));
            }
        }
        let capacity = slots as f64 * 2_000.0 / 239.5;
        (done_late as f64 / capacity, limiter.level())
    }

    #[test]
    fn finds_the_level_of_endpoints_large_and_small() {
        for slots in [1, 4, 16, 64, 200, 500] {
            let (share, level) = used_share(slots, 12);
            assert!(share > 0.88, "{slots} slots: {share:.2} of the capacity at level {level}");
            assert!(f64::from(level) < slots as f64 * 2.5 + 24.0, "{slots} slots: level {level}");
        }
    }
}
