//! Finds how many calls an endpoint works on at once, from the rate of its answers alone.
//!
//! While more calls in flight bring more answers a second, go on; when they only wait longer,
//! step back to the last level that paid. Then stay, and look from time to time whether a little
//! more pays. When answers take much longer than they took in the beginning, calls wait for each
//! other, or others use the endpoint too: give way step by step, until that costs answers.

/// One look lasts until this many answers for each slot, so that long answers are seen as well.
const ANSWERS_PER_SLOT: f64 = 2.0;
/// And at least this long, because answers come in bursts.
const LOOK_AT_LEAST_MS: u64 = 250;
/// A look at a settled level has at least so many answers: what it decides is worth being sure of.
const ANSWERS_SETTLED: f64 = 24.0;
/// A look at less has more still: a small loss must not be taken for none.
const ANSWERS_LESS: f64 = 150.0;
/// More answers a second by this factor is worth more calls in flight.
const WORTH_IT: f64 = 1.12;
/// Answers that take longer by this factor than the quickest ones did have waited.
const WAITS: f64 = 1.6;
/// The quickest are forgotten slowly, because the work changes.
const FORGET: f64 = 1.001;
/// And followed by this share of the way, because a single quick look may be chance.
const QUICKER: f64 = 0.25;
/// Fewer answers a second by this factor mean that fewer calls in flight cost something.
const COSTS: f64 = 1.06;
/// Looks at a settled level before a little more is tried, and before less is if answers wait.
const LOOKS_BEFORE_TRIAL: u32 = 7;
const LOOKS_BEFORE_LESS: u32 = 2;
/// How much more is tried then, and how much less.
const TRIAL_MORE: f64 = 1.5;
const TRIAL_LESS: f64 = 0.85;
/// Weight of the newest look in the settled rate.
const NEWEST: f64 = 0.3;
/// Spare calls above the best level, so that a freed slot never waits for us.
const SPARE: f64 = 1.15;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// Doubling; the level and rate of the last look.
    Climbing(Option<(f64, f64)>),
    /// Doubling seemed not to pay; the level and rate before it. One look more decides.
    Doubting(f64, f64),
    /// Staying.
    Settled(Settled),
    /// A little more for a look or two: where to return to, its rate, and what the first look saw.
    More(f64, f64, Option<f64>),
    /// Less, look by look; the rate before the first step, and looks at a settled level before.
    Less(f64, u32),
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Settled {
    /// The usual rate here; `None` before the first look.
    rate: Option<f64>,
    /// The rate of the last look; 0 before the first.
    last: f64,
    looks: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Search {
    phase: Phase,
    look_began_ms: Option<u64>,
    answers: u32,
    /// The same by weight: what the rate is made of.
    work: f64,
    was_full: bool,
    /// About the least mean time of an answer in a look: level over rate.
    quickest_ms: f64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            phase: Phase::Climbing(None),
            look_began_ms: None,
            answers: 0,
            work: 0.0,
            was_full: false,
            quickest_ms: f64::INFINITY,
        }
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
    pub(super) fn answered(&mut self, now_ms: u64, level: f64, weight: f64) -> Option<f64> {
        let Some(began_ms) = self.look_began_ms else {
            self.begin(now_ms);
            return None;
        };
        if now_ms < began_ms {
            return None;
        }
        self.answers += 1;
        self.work += weight;
        let lasted_ms = now_ms.saturating_sub(began_ms);
        if lasted_ms < LOOK_AT_LEAST_MS || f64::from(self.answers) < self.enough(level) {
            return None;
        }
        let rate = self.work / lasted_ms as f64;
        let was_full = self.was_full;
        self.begin(now_ms);
        was_full.then(|| self.next_level(level, rate))
    }

    /// How many answers make a look.
    fn enough(&self, level: f64) -> f64 {
        let quick = level * ANSWERS_PER_SLOT;
        match self.phase {
            Phase::Climbing(_) | Phase::Doubting(..) => quick,
            Phase::Settled(_) | Phase::More(..) => quick.max(ANSWERS_SETTLED),
            Phase::Less(..) => quick.max(ANSWERS_LESS),
        }
    }

    /// The endpoint refused and gets nothing until `closed_until_ms`: from then on the level that is
    /// left is the place to stay, for a look.
    pub(super) fn refused(&mut self, closed_until_ms: u64) {
        self.settle(None, LOOKS_BEFORE_TRIAL - 2);
        self.begin(closed_until_ms);
    }

    fn begin(&mut self, now_ms: u64) {
        self.look_began_ms = Some(now_ms);
        self.answers = 0;
        self.work = 0.0;
        self.was_full = false;
    }

    fn next_level(&mut self, level: f64, rate: f64) -> f64 {
        self.note_quickest(level / rate);
        match self.phase {
            Phase::Climbing(Some((before, rate_before))) if rate < rate_before * WORTH_IT => {
                self.phase = Phase::Doubting(before, rate_before);
                level
            }
            Phase::Doubting(before, rate_before) if rate < rate_before * WORTH_IT => {
                self.settle(None, 0);
                // The rate grows in proportion until the slots are full, so it tells how many there are.
                (before * (rate / rate_before).max(1.0) * SPARE).min(level)
            }
            Phase::Climbing(_) | Phase::Doubting(..) => {
                self.phase = Phase::Climbing(Some((level, rate)));
                level * 2.0
            }
            Phase::Settled(settled) => self.stay(settled, level, rate),
            Phase::More(before, usual, first) => self.more(before, usual, first, level, rate),
            Phase::Less(usual, looks) if rate * COSTS < usual => {
                self.settle(Some(usual), looks);
                level / TRIAL_LESS
            }
            Phase::Less(usual, looks) => self.less(level, rate, usual, looks),
        }
    }

    fn settle(&mut self, rate: Option<f64>, looks: u32) {
        self.phase = Phase::Settled(Settled { rate, last: 0.0, looks });
    }

    /// Follows a quicker look a part of the way only, since one is easily a matter of chance.
    fn note_quickest(&mut self, mean_ms: f64) {
        let known_ms = if self.quickest_ms.is_finite() { self.quickest_ms } else { mean_ms };
        self.quickest_ms = if mean_ms < known_ms {
            known_ms + QUICKER * (mean_ms - known_ms)
        } else {
            known_ms * FORGET
        };
    }

    /// Tries with less as long as answers wait. `usual` is the rate before the first step.
    fn less(&mut self, level: f64, rate: f64, usual: f64, looks: u32) -> f64 {
        if level / usual.max(rate) < self.quickest_ms * WAITS {
            self.settle(Some(usual), looks);
            return level;
        }
        self.phase = Phase::Less(usual, looks);
        (level * TRIAL_LESS).max(1.0)
    }

    fn stay(&mut self, settled: Settled, level: f64, rate: f64) -> f64 {
        let usual = settled.rate.map_or(rate, |usual| usual + NEWEST * (rate - usual));
        let looks = settled.looks + 1;
        self.phase = Phase::Settled(Settled { rate: Some(usual), last: rate, looks });
        match looks {
            LOOKS_BEFORE_TRIAL => {
                self.phase = Phase::More(level, usual, None);
                (level * TRIAL_MORE).max(level + 1.0)
            }
            // The better of two looks, so that chance does not lead down.
            _ if looks.is_multiple_of(LOOKS_BEFORE_LESS) => {
                self.less(level, rate, rate.max(settled.last), looks)
            }
            _ => level,
        }
    }

    /// More has to pay in two looks, as one is easily a matter of chance.
    fn more(&mut self, before: f64, usual: f64, first: Option<f64>, level: f64, rate: f64) -> f64 {
        if rate < usual * WORTH_IT {
            self.settle(None, 0);
            // What it gained nevertheless tells how many more were free.
            let gain = rate / usual;
            return if gain < 1.0 { before } else { (before * gain * SPARE).min(level) };
        }
        if first.is_none() {
            self.phase = Phase::More(before, usual, Some(rate));
            return level;
        }
        // It pays, so even more may.
        self.phase = Phase::Climbing(Some((level, rate)));
        level * 2.0
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
