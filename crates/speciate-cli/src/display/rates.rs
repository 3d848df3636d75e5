//! Rates over the last half minute, and the time that is left.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use speciate::engine::Progress;

const WINDOW: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(crate) struct Rates {
    looks: VecDeque<(Instant, u64, u64)>,
}

impl Rates {
    pub(crate) fn take(&mut self, progress: &Progress) {
        let now = Instant::now();
        self.looks.push_back((now, progress.calls_done, progress.usage.total()));
        while self.looks.front().is_some_and(|(at, ..)| now.duration_since(*at) > WINDOW) {
            self.looks.pop_front();
        }
    }

    fn between(&self) -> Option<(f64, u64, u64)> {
        let (first, last) = (self.looks.front()?, self.looks.back()?);
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        (seconds > 0.5).then_some((
            seconds,
            last.1.saturating_sub(first.1),
            last.2.saturating_sub(first.2),
        ))
    }

    pub(crate) fn calls_per_second(&self) -> Option<f64> {
        self.between().map(|(seconds, calls, _)| calls as f64 / seconds)
    }

    pub(crate) fn tokens_per_minute(&self) -> Option<f64> {
        self.between().map(|(seconds, _, tokens)| tokens as f64 / seconds * 60.0)
    }

    /// Never negative; nothing while nothing has moved.
    pub(crate) fn seconds_left(&self, calls_ahead: u64) -> Option<f64> {
        let rate = self.calls_per_second().filter(|rate| *rate > 0.0)?;
        Some(calls_ahead as f64 / rate)
    }
}
