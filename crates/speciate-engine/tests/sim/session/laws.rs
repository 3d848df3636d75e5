//! The laws of what the engine shows, and of how a session ends.

use speciate_engine::{Ending, StopReason};

use super::{LOOK_EVERY_MS, Session};
use crate::violation::{Violation, must};

impl Session<'_, '_> {
    /// After each group of sends, what the engine itself says of its lanes must fit.
    pub(super) fn check_lanes(&mut self) -> Result<(), Violation> {
        let sent_to = std::mem::take(&mut self.sent_to);
        if sent_to.is_empty() {
            return Ok(());
        }
        self.state.look(self.now_ms);
        for (lane, shown) in self.state.progress().lanes.iter().enumerate() {
            let in_flight = self.ledger.in_flight(lane);
            must(in_flight == shown.in_flight, "what is in flight is known", || {
                format!("lane {lane}: {in_flight}, and the engine says {}", shown.in_flight)
            })?;
            let has_just_sent = sent_to.contains(&lane);
            must(!has_just_sent || in_flight <= shown.level, "the level holds", || {
                format!("lane {lane}: {in_flight} in flight at level {}", shown.level)
            })?;
            must(!has_just_sent || shown.waits_ms == 0, "nothing goes to a closed lane", || {
                format!("lane {lane} waits {} ms", shown.waits_ms)
            })?;
        }
        Ok(())
    }

    pub(super) fn look(&mut self) -> Result<(), Violation> {
        if self.now_ms < self.look_at_ms {
            return Ok(());
        }
        self.look_at_ms = self.now_ms + LOOK_EVERY_MS;
        self.state.look(self.now_ms);
        self.world.shown.check(self.state.progress(), &self.world.durable)
    }

    /// A run that was asked to stop ends as soon as nothing is under way.
    pub(super) fn check_stop(&self) -> Result<(), Violation> {
        let is_done = self.ledger.live.is_empty() && self.told == self.writer.submitted;
        must(
            !(self.ledger.is_stopping && is_done),
            "a stopped run ends with its last call",
            || format!("nothing is under way at {}", self.now_ms),
        )?;
        let is_idle = self.ledger.live.is_empty();
        must(!self.is_aborted || is_idle, "an abort drops every call", || {
            format!("{} in flight", self.ledger.live.len())
        })
    }

    /// A run is given up for a role only if nothing of that role was ever answered.
    fn check_never_worked(&self, ending: &Ending) -> Result<(), Violation> {
        let Ending::Stopped(StopReason::NeverWorked(found)) = ending else { return Ok(()) };
        let names = (0..self.scenario.roles.len()).map(|role| format!("role-{role}"));
        let role = names.into_iter().position(|name| name == found.role).unwrap_or_default();
        let has_worked = self.ledger.answers(role) > 0 || self.world.worked().contains(&role);
        must(!has_worked, "a role that has worked ends no run", || format!("{found:?}"))
    }

    pub(super) fn check_ending(&mut self, ending: &Ending) -> Result<(), Violation> {
        self.note(|| format!("{ending:?}"));
        let is_idle = self.ledger.live.is_empty() && self.told == self.writer.submitted;
        must(is_idle, "a run ends when nothing is under way", || {
            let (live, told) = (self.ledger.live.len(), self.told);
            format!("{live} in flight, {told} of {} durable", self.writer.submitted)
        })?;
        self.check_never_worked(ending)?;
        self.state.look(self.now_ms);
        self.state.look(self.now_ms);
        self.world.shown.check(self.state.progress(), &self.world.durable)?;
        let shown = self.state.progress();
        let is_idle = shown.in_flight == 0 && shown.lanes.iter().all(|lane| lane.in_flight == 0);
        must(is_idle, "what is in flight is known", || format!("at the end: {shown:?}"))?;
        self.world.last = shown.clone();
        Ok(())
    }
}
