//! The one place that reads the machine's wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use speciate_types::{Clock, UnixMillis};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that others are handed")]
        let now = SystemTime::now();
        UnixMillis(now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64))
    }
}
