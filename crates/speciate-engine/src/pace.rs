//! How long answers take of late, and so when one that has not come is late.

/// Answers that are remembered.
const REMEMBERED: usize = 128;
/// Fewer answers say nothing about the next one. Not many more, since until then calls that hang
/// hold their slots, and may come to hold them all.
const SEEN_MIN: usize = 12;
/// The first estimate is made of these, and it is made anew after so many answers.
const REFRESH_AFTER: usize = 32;
/// A call is late after this many times what nearly all took.
const LATE_FACTOR: u64 = 2;
/// And after this many times what half of them took.
const LATE_MEDIAN_FACTOR: u64 = 4;
const LATE_AT_LEAST_MS: u64 = 250;
/// Where a second try is not wanted, the call is given up after this many times what nearly all
/// took, and not before [`HOPELESS_AT_LEAST_MS`].
const HOPELESS_FACTOR: u64 = 10;
const HOPELESS_AT_LEAST_MS: u64 = 15_000;

/// The last answers' times of one role.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace {
    took_ms: Vec<u64>,
    next: usize,
    since_refresh: usize,
    mean_ms: f64,
    median_ms: u64,
    nearly_all_ms: u64,
}

impl Pace {
    pub(crate) fn answered(&mut self, took_ms: u64) {
        if self.took_ms.len() < REMEMBERED {
            self.took_ms.push(took_ms);
        } else {
            self.took_ms[self.next] = took_ms;
        }
        self.next = (self.next + 1) % REMEMBERED;
        self.since_refresh += 1;
        if self.since_refresh >= REFRESH_AFTER || self.took_ms.len() == SEEN_MIN {
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        self.since_refresh = 0;
        let mut sorted = self.took_ms.clone();
        sorted.sort_unstable();
        self.mean_ms = sorted.iter().sum::<u64>() as f64 / sorted.len() as f64;
        self.median_ms = sorted[sorted.len() / 2];
        self.nearly_all_ms = sorted[sorted.len() * 98 / 100];
    }

    /// How long an answer takes on average; `None` while too little is known.
    pub(crate) fn mean_ms(&self) -> Option<f64> {
        (self.mean_ms > 0.0).then_some(self.mean_ms)
    }

    fn is_known(&self) -> bool {
        self.took_ms.len() >= SEEN_MIN
    }

    /// From when on a call is late enough for a second try; `None` while too little is known.
    pub(crate) fn late_after_ms(&self) -> Option<u64> {
        let late_ms = (self.nearly_all_ms * LATE_FACTOR).max(self.median_ms * LATE_MEDIAN_FACTOR);
        self.is_known().then_some(late_ms.max(LATE_AT_LEAST_MS))
    }

    /// From when on nothing more is to be hoped of a call that failed `stumbles` times before.
    pub(crate) fn hopeless_after_ms(&self, stumbles: u32) -> Option<u64> {
        let hopeless_ms = (self.nearly_all_ms * HOPELESS_FACTOR).max(HOPELESS_AT_LEAST_MS);
        self.is_known().then_some(hopeless_ms << stumbles.min(6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_late_before_enough_is_known() {
        let mut pace = Pace::default();
        for _ in 0..11 {
            pace.answered(100);
        }
        assert_eq!((pace.late_after_ms(), pace.hopeless_after_ms(0)), (None, None));
        pace.answered(100);
        assert_eq!(pace.late_after_ms(), Some(400));
        assert_eq!(pace.hopeless_after_ms(0), Some(15_000));
        assert_eq!(pace.hopeless_after_ms(2), Some(60_000));
    }

    #[test]
    fn a_few_long_answers_do_not_move_it_and_many_do() {
        let mut pace = Pace::default();
        for number in 0..128_u64 {
            pace.answered(if number % 64 == 0 { 30_000 } else { 200 });
        }
        assert_eq!(pace.late_after_ms(), Some(800));
        for _ in 0..128 {
            pace.answered(5_000);
        }
        assert_eq!(pace.late_after_ms(), Some(20_000));
        assert_eq!(pace.hopeless_after_ms(0), Some(50_000));
    }
}
