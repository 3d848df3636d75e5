//! The law of what a person is shown: durable work only, and never less than before.

use speciate_engine::Progress;

use crate::job::ITEM;
use crate::store::Durable;
use crate::violation::{Violation, must};

/// The last numbers shown, in this session and in those before.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    last: Progress,
}

impl Shown {
    /// A new session counts some numbers from nothing.
    pub(crate) fn begin_session(&mut self) {
        self.last = Progress {
            tally: self.last.tally.clone(),
            calls_done: self.last.calls_done,
            ..Progress::default()
        };
    }

    pub(crate) fn check(&mut self, now: &Progress, durable: &Durable) -> Result<(), Violation> {
        let last = &self.last;
        let pairs = [
            ("kept", last.tally.kept, now.tally.kept),
            ("items done", last.tally.items_done, now.tally.items_done),
            ("calls done", last.calls_done, now.calls_done),
            ("calls done now", last.calls_done_now, now.calls_done_now),
            ("failed tries", last.failed_tries, now.failed_tries),
            ("second tries", last.second_tries, now.second_tries),
            ("input tokens", last.usage.input_tokens, now.usage.input_tokens),
            ("output tokens", last.usage.output_tokens, now.usage.output_tokens),
            ("cost", last.cost.0, now.cost.0),
        ];
        for (what, before, after) in pairs {
            must(before <= after, "what is shown never goes back", || {
                format!("{what} from {before} to {after}")
            })?;
        }
        let calls = durable.calls.len() as u64;
        must(now.calls_done <= calls, "only durable work is shown", || {
            format!("{} calls of {calls} durable", now.calls_done)
        })?;
        let items = durable.count(ITEM);
        must(now.tally.items_done <= items, "only durable work is shown", || {
            format!("{} items of {items} durable", now.tally.items_done)
        })?;
        self.last = now.clone();
        Ok(())
    }
}
