//! How the last calls ended: answered, or refused for load.

/// The last 32 ends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Recent {
    refusals: u32,
    seen: u32,
}

/// Fewer ends say nothing.
const SEEN_MIN: u32 = 8;

impl Recent {
    pub(super) fn push(&mut self, is_refusal: bool) {
        self.refusals = self.refusals << 1 | u32::from(is_refusal);
        self.seen = (self.seen + 1).min(u32::BITS);
    }

    /// At most three in ten were refused. In the beginning, when refusals come and answers cannot
    /// have come yet, many calls in flight stand for answers: they were not refused.
    pub(super) fn is_mostly_answers(self, in_flight: u32) -> bool {
        let seen = match self.seen {
            0..SEEN_MIN if self.seen + in_flight >= u32::BITS => self.seen + in_flight,
            seen => seen,
        };
        seen >= SEEN_MIN && self.refusals.count_ones() * 10 <= seen * 3
    }
}
