//! Answers that wait for each other, so that what follows from them is worked out, and made durable,
//! together: alone each of them meets cold caches and costs a commit.
//!
//! They wait only while every endpoint is full and other work waits to fill the next free slot, and
//! only where they are few beside what is in flight and so at stake anyway if the process dies.

use speciate_store::{Batch, CallRow};
use speciate_types::{Step, Ticket};

use super::State;
use crate::event::Command;
use crate::lane::Lane;

/// From so many calls in flight on, what an open commit holds is small beside them.
pub(super) const MANY_IN_FLIGHT: u32 = 32;
/// This part of what is in flight may wait.
const SHARE_HELD: u32 = 8;
/// So many at most, since nothing else is done while they are worked on.
const HELD_MOST: u32 = 64;
/// And no longer than this.
const HOLD_MOST_MS: u64 = 30;

/// A call that has ended for good; the job has not heard of it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) ticket: Ticket,
    pub(super) lane: usize,
    pub(super) row: CallRow,
    pub(super) since_ms: u64,
}

impl State {
    /// Takes a call that has ended for good, to be worked on.
    pub(super) fn hold(&mut self, held: Held) {
        self.lanes[held.lane].concluded();
        self.held.push(held);
    }

    /// Works on what waits, or says when it has to be.
    pub(super) fn settle_or_hold(&mut self, now_ms: u64, commands: &mut Vec<Command>) {
        let Some(first) = self.held.first() else { return };
        let until_ms = first.since_ms + HOLD_MOST_MS;
        if now_ms >= until_ms || self.held.len() >= self.enough_held() {
            self.settle(commands);
        } else {
            self.wake_by(until_ms);
        }
    }

    fn enough_held(&self) -> usize {
        let is_full = |lane: &Lane| lane.is_down() || lane.in_flight() >= lane.level();
        let can_wait = self.stop.is_none()
            && self.ready.len() > 0
            && self.in_flight() >= MANY_IN_FLIGHT
            && self.lanes.iter().all(is_full);
        if can_wait { (self.in_flight() / SHARE_HELD).min(HELD_MOST) as usize } else { 1 }
    }

    /// Tells the job of all that waits, and hands over what follows.
    pub(super) fn settle(&mut self, commands: &mut Vec<Command>) {
        for held in std::mem::take(&mut self.held) {
            self.counts.calls_done += 1;
            self.counts.calls_done_now += 1;
            let step = self.job.answered(held.ticket, held.row.outcome.clone());
            self.store(Some((held.row, held.lane)), step, commands);
        }
        self.take_snapshot();
    }

    /// Hands over what is to be durable together: a call, with the lane on which it ended, and what
    /// follows from it.
    pub(super) fn store(
        &mut self,
        call: Option<(CallRow, usize)>,
        step: Step,
        commands: &mut Vec<Command>,
    ) {
        self.batches_sent += 1;
        let (call, lane) = call.unzip();
        self.uncommitted.push_back((self.batches_sent, lane, step.wanted));
        commands.push(Command::Store(Box::new(Batch { call, records: step.records })));
    }
}
