//! What a run waits for when nothing can be sent.

use speciate::engine::{LaneProgress, Progress};

/// Shorter waits are part of going as fast as a rate allows.
const SHOWN_FROM_MS: u64 = 1_000;

/// A wait, and for what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Waiting {
    pub(crate) seconds: f64,
    pub(crate) what: &'static str,
}

impl Waiting {
    pub(crate) fn of(progress: &Progress) -> Option<Self> {
        let longest = |ms: fn(&LaneProgress) -> u64| progress.lanes.iter().map(ms).max();
        let endpoint_ms = longest(|lane| lane.waits_ms).unwrap_or(0);
        let rate_ms = longest(|lane| lane.rate_waits_ms).unwrap_or(0);
        let (ms, what) = match (endpoint_ms, rate_ms) {
            (0, SHOWN_FROM_MS..) => (rate_ms, "the rate limit"),
            (0, _) => return None,
            (ms, _) => (ms, "the endpoint"),
        };
        Some(Self { seconds: ms as f64 / 1e3, what })
    }
}

impl std::fmt::Display for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "waiting {:.0}s for {}", self.seconds, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_limit_has_a_name_of_its_own() {
        let waiting = |waits_ms, rate_waits_ms| {
            let lanes = vec![LaneProgress { waits_ms, rate_waits_ms, ..LaneProgress::default() }];
            let waiting = Waiting::of(&Progress { lanes, ..Progress::default() });
            waiting.map(|waiting| waiting.to_string())
        };
        assert_eq!(waiting(0, 999), None);
        assert_eq!(waiting(0, 41_000).as_deref(), Some("waiting 41s for the rate limit"));
        assert_eq!(waiting(12_000, 41_000).as_deref(), Some("waiting 12s for the endpoint"));
    }
}
