//! What the loop is told of, one kind at a time, as in the dispatcher.

use speciate_engine::{Command, Event};
use speciate_types::UnixMillis;

use super::{CutKind, EVENTS_AT_ONCE, GRACE_MS, Session, TICKS_AT_ONCE};
use crate::endpoint::Outcome;
use crate::store::Commit;
use crate::violation::{Violation, must};

impl Session<'_, '_> {
    /// Takes one kind of event, in the dispatcher's order; false when the store has failed.
    pub(super) fn take_event(&mut self) -> Result<bool, Violation> {
        if let Some(violation) = self.world.violation.take() {
            return Err(violation);
        }
        self.world.events += 1;
        if let Some(kind) = self.controls.pop_front() {
            self.control(kind);
        } else if !self.ended.is_empty() {
            for _ in 0..EVENTS_AT_ONCE {
                let Some(number) = self.ended.pop_front() else { break };
                self.take_ended(number);
            }
        } else if let Some(commit) = self.commit.take() {
            let Commit::Durable(batches) = commit else {
                self.note(|| "a commit failed".to_owned());
                return Ok(false);
            };
            self.note(|| format!("{batches} batches durable"));
            self.told = batches;
            self.ledger.settled(batches);
            self.apply(Event::Committed { batches });
        } else {
            self.tick()?;
        }
        Ok(true)
    }

    pub(super) fn control(&mut self, kind: CutKind) {
        if kind == CutKind::Stop && self.stop_by_ms.is_none() {
            self.note(|| "stop asked".to_owned());
            self.stop_by_ms = Some(self.now_ms + GRACE_MS);
            self.ledger.is_stopping = true;
            self.apply(Event::StopAsked);
        } else {
            self.abort();
        }
    }

    pub(super) fn abort(&mut self) {
        self.note(|| "abort asked".to_owned());
        self.stop_by_ms = None;
        self.ledger.is_stopping = true;
        self.is_aborted = true;
        self.apply(Event::AbortAsked);
    }

    pub(super) fn tick(&mut self) -> Result<(), Violation> {
        if self.stop_by_ms.is_some_and(|stop_by_ms| stop_by_ms <= self.now_ms) {
            self.abort();
            return Ok(());
        }
        self.ticks_at_once += 1;
        must(self.ticks_at_once <= TICKS_AT_ONCE, "there is no busy loop", || {
            format!("{} ticks at {}", self.ticks_at_once, self.now_ms)
        })?;
        self.apply(Event::Tick);
        Ok(())
    }

    pub(super) fn take_ended(&mut self, number: u64) {
        let Some(outcome) = self.outcomes.remove(&number) else { return };
        self.note(|| match &outcome {
            Outcome::Answered(response) => format!("try {number} answered {}", response.text),
            Outcome::Failed(error) => {
                format!("try {number} failed: {error}, wait {:?}", error.retry_after_ms)
            }
            Outcome::Panicked => format!("try {number} ended in a panic"),
        });
        let is_given_up =
            |command: &Command| matches!(command, Command::Cancel { number: n } if *n == number);
        if !self.commands.iter().any(is_given_up) {
            self.ledger.ended(self.now_ms, number, &outcome);
        }
        self.apply(match outcome {
            Outcome::Answered(response) => Event::Ended { number, result: Ok(response) },
            Outcome::Failed(error) => Event::Ended { number, result: Err(error) },
            Outcome::Panicked => Event::Panicked { number, message: "simulated".to_owned() },
        });
    }

    pub(super) fn apply(&mut self, event: Event) {
        let wall = UnixMillis(self.world.base_ms + self.now_ms);
        self.state.apply(self.now_ms, wall, event, &mut self.commands);
    }
}
