//! Virtual time: what happens when, and that nothing happens unseen.

use std::cmp::Reverse;

use speciate_engine::{Command, Event};

use super::{CutKind, Happening, SESSION_MOST_MS, Session};
use crate::job::call_of;
use crate::store::Commit;
use crate::violation::{Violation, broken, must};

impl Session<'_, '_> {
    /// Lets time pass until the next thing happens.
    pub(super) fn wait(&mut self) -> Result<(), Violation> {
        self.happen();
        if self.is_anything_due() {
            return Ok(());
        }
        let next_ms = self.heap.peek().map(|Reverse((at_ms, ..))| *at_ms);
        let wake_ms = self.state.wake_at_ms();
        let Some(until_ms) = [next_ms, wake_ms, self.stop_by_ms].into_iter().flatten().min() else {
            return broken("no wake-up is lost", "nothing will ever happen, and work is left");
        };
        must(until_ms < SESSION_MOST_MS, "a run ends", || format!("waits until {until_ms}"))?;
        if until_ms > self.now_ms + 1 && self.random.percent(10) {
            self.look_in(until_ms - 1)?;
        }
        if until_ms > self.now_ms {
            self.ticks_at_once = 0;
            self.now_ms = until_ms + self.random.below(self.scenario.lag_most_ms + 1);
        }
        self.happen();
        Ok(())
    }

    /// Between events nothing can be sent that could not be sent before, unless it was announced.
    pub(super) fn look_in(&mut self, at_ms: u64) -> Result<(), Violation> {
        self.now_ms = at_ms;
        self.apply(Event::Tick);
        self.state.advance(at_ms, &mut self.commands);
        let call = self.commands.iter().find_map(|command| match command {
            Command::Send { request, .. } => Some(call_of(request)),
            _ => None,
        });
        must(call.is_none(), "no wake-up is lost", || {
            format!("call {call:?} could be sent at {at_ms}, and nobody would have looked")
        })?;
        let ending = self.obey()?;
        must(ending.is_none(), "no wake-up is lost", || format!("{ending:?} at {at_ms}"))
    }

    pub(super) fn is_anything_due(&self) -> bool {
        self.has_crashed
            || !self.controls.is_empty()
            || !self.ended.is_empty()
            || self.commit.is_some()
    }

    /// Moves what has happened by now to where the loop finds it.
    pub(super) fn happen(&mut self) {
        while let Some(Reverse((at_ms, _, happening))) = self.heap.peek().copied() {
            if at_ms > self.now_ms || self.has_crashed {
                break;
            }
            self.heap.pop();
            match happening {
                Happening::Ended(number) => self.ended.push_back(number),
                Happening::Cut(CutKind::Crash) => self.has_crashed = true,
                Happening::Cut(kind) => self.controls.push_back(kind),
                Happening::CommitEnds => self.commit_ends(at_ms),
            }
        }
    }

    pub(super) fn commit_ends(&mut self, at_ms: u64) {
        match self.writer.end(&mut self.world.durable) {
            Ok(commit) => {
                let is_durable = matches!(commit, Commit::Durable(_));
                self.commit = Some(commit);
                if is_durable && let Some(takes_ms) = self.writer.begin() {
                    self.at(at_ms + takes_ms, Happening::CommitEnds);
                }
            }
            Err(violation) => self.world.violation = Some(violation),
        }
    }

    pub(super) fn at(&mut self, at_ms: u64, happening: Happening) {
        self.sequence += 1;
        self.heap.push(Reverse((at_ms, self.sequence, happening)));
    }
}
