//! Calls that take far longer than the others: a second try beside them, or an end.
//!
//! A request that hangs would hold its lineage until the silence clock ends it. Where calls cost
//! nothing, a second try goes out beside the late one and the first answer counts; where they cost
//! money, the late one is given up, later, and tried again. So it is too where a second try
//! cannot be had.

use std::cmp::Reverse;

use speciate_types::{CallError, ErrorClass, FailedTry, UnixMillis};

use super::State;
use super::call::{Call, Flight};
use super::fill::Sent;
use crate::event::Command;
use crate::pace::Pace;
use crate::plan::Lateness;

/// When to look again while it is not known yet how long answers take.
const UNKNOWN_PACE_MS: u64 = 1_000;
/// Whether calls are late is seen at such times only: every wake-up costs as much as an answer.
const CHECK_STEP_MS: u64 = 32;
/// Second tries of one call at most.
const SECOND_TRIES_MAX: u32 = 3;
/// Second tries of a run: so many, and one for each twenty calls.
const SECOND_TRIES_FIRST: u64 = 8;
const CALLS_PER_SECOND_TRY: u64 = 20;

/// What became of a second try that was wanted.
#[derive(PartialEq)]
enum Second {
    /// It has been sent, or is not wanted any more.
    Done,
    /// No endpoint takes it now.
    Waits,
}

impl State {
    /// Sets the first check of a try that has been sent.
    pub(super) fn watch(&mut self, name: u64, flight: &Flight) {
        if self.plan.models[flight.model].lateness != Lateness::Wait {
            let patience_ms = self.patience_ms(flight).unwrap_or(UNKNOWN_PACE_MS);
            self.check_at(flight.sent_ms + patience_ms, name);
        }
    }

    /// How long a try may take; `None` if that is not known yet.
    fn patience_ms(&self, flight: &Flight) -> Option<u64> {
        match self.plan.models[flight.model].lateness {
            Lateness::SecondTry => self.pace(flight)?.late_after_ms(),
            Lateness::GiveUp => self.hopeless_after_ms(flight),
            Lateness::Wait => None,
        }
    }

    fn pace(&self, flight: &Flight) -> Option<&Pace> {
        Some(&self.paces[usize::from(self.calls.get(&flight.call)?.wanted.role.0)])
    }

    fn hopeless_after_ms(&self, flight: &Flight) -> Option<u64> {
        let stumbles = self.calls.get(&flight.call)?.counts.stumbles;
        self.pace(flight)?.hopeless_after_ms(stumbles)
    }

    fn check_at(&mut self, at_ms: u64, name: u64) {
        self.checks.push(Reverse((at_ms.next_multiple_of(CHECK_STEP_MS), name)));
    }

    /// Drops the checks that come next and whose tries have ended, so that nobody wakes for them.
    pub(super) fn forget_checks(&mut self) {
        while let Some(Reverse((_, name))) = self.checks.peek()
            && !self.flights.contains_key(name)
        {
            self.checks.pop();
        }
    }

    pub(super) fn check_late(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        commands: &mut Vec<Command>,
    ) {
        while self.checks.peek().is_some_and(|Reverse((at_ms, _))| *at_ms <= now_ms) {
            let Some(Reverse((_, name))) = self.checks.pop() else { break };
            let Some(flight) = self.flights.get(&name).copied() else { continue };
            let late_at_ms = self.late_at_ms(now_ms, &flight);
            if now_ms < late_at_ms {
                self.check_at(late_at_ms, name);
                continue;
            }
            let gives_second_try = self.plan.models[flight.model].lateness == Lateness::SecondTry;
            let hopeless_at_ms = self.ends_at_ms(now_ms, &flight, self.hopeless_after_ms(&flight));
            if !gives_second_try || now_ms >= hopeless_at_ms {
                self.give_up(now_ms, wall, name, &flight, commands);
                continue;
            }
            self.want_second_try(now_ms, &flight);
            self.check_at(hopeless_at_ms.min(now_ms + UNKNOWN_PACE_MS), name);
        }
    }

    fn late_at_ms(&self, now_ms: u64, flight: &Flight) -> u64 {
        self.ends_at_ms(now_ms, flight, self.patience_ms(flight))
    }

    /// When the patience with a try ends. If its endpoint has answered nothing else since, it is
    /// rather the endpoint that is slow, and that takes twice as long to say.
    fn ends_at_ms(&self, now_ms: u64, flight: &Flight, patience_ms: Option<u64>) -> u64 {
        let Some(patience_ms) = patience_ms else { return now_ms + UNKNOWN_PACE_MS };
        let lane = &self.lanes[self.plan.models[flight.model].lane];
        let is_alone = lane.answered_ms() <= flight.sent_ms;
        flight.sent_ms + patience_ms * (1 + u64::from(is_alone))
    }

    /// Another try goes out when all those of the call that are under way are late.
    fn want_second_try(&mut self, now_ms: u64, flight: &Flight) {
        let allowed = SECOND_TRIES_FIRST + self.counts.calls_done_now / CALLS_PER_SECOND_TRY;
        let Some(call) = self.calls.get(&flight.call) else { return };
        let is_late = |name: &u64| {
            let other = self.flights.get(name);
            other.is_none_or(|other| self.late_at_ms(now_ms, other) <= now_ms)
        };
        let is_allowed = self.stop.is_none()
            && call.second_tries < SECOND_TRIES_MAX
            && self.counts.second_tries + (self.late.len() as u64) < allowed
            && now_ms >= call.not_before_ms
            && !self.late.contains(&flight.call)
            && call.flights.iter().all(is_late);
        if is_allowed {
            self.late.push_back(flight.call);
        }
    }

    /// Sends second tries before anything else: their calls have waited longest.
    pub(super) fn send_second_tries(&mut self, now_ms: u64, commands: &mut Vec<Command>) {
        for number in std::mem::take(&mut self.late) {
            // What was too large for the one before may be right for this one.
            self.reopen_lanes();
            if self.send_second_try(now_ms, number, commands) == Second::Waits {
                self.late.push_back(number);
            }
        }
    }

    fn send_second_try(&mut self, now_ms: u64, number: u64, commands: &mut Vec<Command>) -> Second {
        while let Some((role, flight)) = self.late_flight(now_ms, number) {
            let lane = self.plan.models[flight.model].lane;
            // Beside a probe it is the first try that puts the call at stake.
            let model = if flight.is_probe {
                self.model_for(role, now_ms, Some(lane))
            } else {
                self.model_for_second(role, now_ms, lane)
            };
            let Some(model) = model else { return Second::Waits };
            match self.send(now_ms, number, model, commands) {
                Sent::Yes => {
                    self.count_second_try(number);
                    return Second::Done;
                }
                // That endpoint is shut for now; another one may take it.
                Sent::NotBefore(at_ms) => self.wake_by(at_ms),
                Sent::NoMoney | Sent::NoMoneyNow => return Second::Done,
            }
        }
        Second::Done
    }

    fn count_second_try(&mut self, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.second_tries += 1;
        self.counts.second_tries += 1;
    }

    /// Role and first try of a call that is still in flight, and that no server has put off meanwhile.
    fn late_flight(&self, now_ms: u64, number: u64) -> Option<(usize, Flight)> {
        let call = self.calls.get(&number).filter(|call| call.not_before_ms <= now_ms)?;
        let flight = self.flights.get(call.flights.first()?)?;
        Some((usize::from(call.wanted.role.0), *flight))
    }

    fn give_up(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        name: u64,
        flight: &Flight,
        commands: &mut Vec<Command>,
    ) {
        let waited_s = now_ms.saturating_sub(flight.sent_ms) as f64 / 1e3;
        let message = format!("no answer within {waited_s:.1}s, ten times as long as others took");
        let error =
            CallError { maybe_billed: true, ..CallError::new(ErrorClass::Transient, message) };
        commands.push(Command::Cancel { number: name });
        self.ended(now_ms, wall, name, Err(error), commands);
    }

    /// Gives up the other tries of a call that has ended.
    pub(super) fn drop_others(
        &mut self,
        now_ms: u64,
        call: &mut Call,
        commands: &mut Vec<Command>,
    ) {
        for name in std::mem::take(&mut call.flights) {
            let Some(flight) = self.land(name) else { continue };
            let late_ms = self.paces[usize::from(call.wanted.role.0)].late_after_ms();
            let lane = &mut self.lanes[self.plan.models[flight.model].lane];
            // It has answered nothing since, and others took far less time.
            let is_silent = lane.answered_ms() <= flight.sent_ms
                && late_ms.is_some_and(|late_ms| flight.sent_ms + 2 * late_ms <= now_ms);
            lane.given_up(now_ms, flight.sent_ms, is_silent);
            self.budget.settle_unknown(flight.reserved, flight.expected);
            self.counts.maybe_billed_tries += 1;
            call.failed.push(FailedTry {
                class: ErrorClass::Transient,
                status: None,
                message: "given up: another try of the same call ended first".to_owned(),
                duration_ms: now_ms.saturating_sub(flight.sent_ms),
                maybe_billed: true,
                given_up: true,
            });
            commands.push(Command::Cancel { number: name });
        }
    }
}
