//! Answers that the engine has been told of and has not handed over to be stored.

use std::collections::BTreeMap;

use crate::violation::{Violation, must};

/// What the engine promises: fewer calls in flight than this, and no answer waits.
const MANY_IN_FLIGHT: usize = 32;
/// One waits for at most so many in flight.
const SHARE: usize = 8;
/// And for so long.
const MOST_MS: u64 = 30;

/// When each was told, by its call.
#[derive(Debug, Default)]
pub(crate) struct Held {
    since_ms: BTreeMap<u64, u64>,
}

impl Held {
    pub(crate) fn answered(&mut self, call: u64, now_ms: u64) {
        self.since_ms.insert(call, now_ms);
    }

    pub(crate) fn stored(&mut self, call: u64) {
        self.since_ms.remove(&call);
    }

    /// After each turn of the loop: few wait beside what is in flight, not long, and only while
    /// the run goes on.
    pub(crate) fn check(
        &self,
        now_ms: u64,
        in_flight: usize,
        is_stopping: bool,
    ) -> Result<(), Violation> {
        let n_held = self.since_ms.len();
        let since_ms = self.since_ms.values().min().copied().unwrap_or(now_ms);
        let is_few = in_flight >= MANY_IN_FLIGHT && n_held * SHARE < in_flight;
        let may_wait = !is_stopping && is_few && now_ms < since_ms + MOST_MS;
        must(n_held == 0 || may_wait, "few answers wait for each other, and not long", || {
            format!("{n_held} beside {in_flight} in flight, at {now_ms} since {since_ms}")
        })
    }
}
