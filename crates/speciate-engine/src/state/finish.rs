//! What follows when a try ends: an outcome to store, another try, or the end of the run.

use speciate_llm::retry::{Decision, decide};
use speciate_store::CallRow;
use speciate_types::{
    Answer, CallError, CallOutcome, ChatResponse, ErrorClass, Failure, UnixMillis,
};

use super::State;
use super::call::{Call, Flight};
use super::hold::Held;
use crate::breaker::Health;
use crate::event::Command;
use crate::pace::Pace;

/// A try that has ended, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct EndedTry {
    pub(super) now_ms: u64,
    pub(super) wall: UnixMillis,
    pub(super) flight: Flight,
}

/// Whether another try of the same call may still be answered.
pub(super) fn is_passing(error: &CallError) -> bool {
    matches!(error.class, ErrorClass::Transient | ErrorClass::Overloaded)
}

impl State {
    pub(super) fn ended(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        name: u64,
        result: Result<ChatResponse, CallError>,
        commands: &mut Vec<Command>,
    ) {
        let Some((flight, call)) = self.take_flight(name) else { return };
        let ended = EndedTry { now_ms, wall, flight };
        match result {
            result if flight.is_probe => self.probed(ended, call, result, commands),
            Ok(response) => self.answered(ended, call, response, commands),
            Err(error) => self.failed(ended, call, error, commands),
        }
    }

    /// A try that has ended, with its call. After an abort a late end finds nothing; its call is
    /// made again on resume.
    pub(super) fn take_flight(&mut self, name: u64) -> Option<(Flight, Call)> {
        let flight = self.land(name)?;
        let mut call = self.calls.remove(&flight.call)?;
        call.flights.retain(|known| *known != name);
        call.tries += u32::from(!flight.is_probe);
        Some((flight, call))
    }

    fn answered(
        &mut self,
        ended: EndedTry,
        mut call: Call,
        response: ChatResponse,
        commands: &mut Vec<Command>,
    ) {
        let EndedTry { now_ms, flight, .. } = ended;
        self.panics_in_a_row = 0;
        let lane = self.plan.models[flight.model].lane;
        let role = usize::from(call.wanted.role.0);
        let (real_tokens, weight) = (response.usage.total(), self.weight(role));
        self.lanes[lane].answered(
            now_ms,
            flight.sent_ms,
            flight.estimated_tokens,
            real_tokens,
            weight,
        );
        self.paces[role].answered(now_ms.saturating_sub(flight.sent_ms));
        let seen = &mut self.answer_tokens[role];
        *seen = (seen.0 + response.usage.output_tokens, seen.1 + 1);
        self.ready.learn(call.wanted.role, call.wanted.kin, response.usage.output_tokens);
        self.pay(&mut call, flight, Some(response.usage), false);
        self.count_whole(&call, commands);
        let outcome = CallOutcome::Answered(Answer {
            response,
            tries: call.tries,
            usage: call.usage,
            cost: call.cost,
        });
        let held = self.conclude(ended, call, outcome, commands);
        self.prove(role);
        self.hold(held);
    }

    /// How long a call of this role usually takes, beside the mean of all roles that are in use.
    fn weight(&self, role: usize) -> f64 {
        let known = || self.paces.iter().filter_map(Pace::mean_ms);
        let mean_ms = known().sum::<f64>() / known().count() as f64;
        self.paces[role].mean_ms().map_or(1.0, |own_ms| own_ms / mean_ms)
    }

    pub(super) fn failed(
        &mut self,
        ended: EndedTry,
        mut call: Call,
        error: CallError,
        commands: &mut Vec<Command>,
    ) {
        let EndedTry { now_ms, flight, .. } = ended;
        self.pay(&mut call, flight, error.usage, error.maybe_billed);
        self.count_failed_try(now_ms, &mut call, flight, &error);
        self.count_cut(&call, flight, &error, commands);
        let lane = self.plan.models[flight.model].lane;
        let level_before = self.lanes[lane].level();
        let mut health = self.lanes[lane].failed(now_ms, flight.sent_ms, &error);
        let mut decision = self.decide(flight, &mut call, health, &error);
        if decision == Decision::GiveUp && is_passing(&error) && !flight.is_proven {
            (health, decision) = self.doubt(now_ms, flight, &mut call, &error);
        }
        self.notify(now_ms, lane, level_before, health, &error, commands);
        call.failed_on = is_passing(&error).then_some(lane);
        if is_passing(&error) {
            call.stumbled_ms.get_or_insert(now_ms);
        }
        if let Decision::Again { wait_ms } = decision {
            call.not_before_ms = call.not_before_ms.max(now_ms + wait_ms);
        }
        if decision == Decision::StopRun {
            self.leave_out(lane, health, &call, &error, commands);
        }
        match decision {
            // Another try of the same call is under way, and decides.
            Decision::Again { .. } | Decision::StopRun if !call.flights.is_empty() => {
                self.calls.insert(flight.call, call);
            }
            Decision::Again { .. } | Decision::StopRun => self.again(now_ms, flight.call, call),
            Decision::Reroll | Decision::Enlarge => {
                self.drop_others(now_ms, &mut call, commands);
                self.again(now_ms, flight.call, call);
            }
            Decision::GiveUp => {
                let role = usize::from(call.wanted.role.0);
                let held = self.conclude_failed(ended, call, error, commands);
                self.hold_if_proven(role, held);
            }
        }
    }

    pub(super) fn conclude_failed(
        &mut self,
        ended: EndedTry,
        call: Call,
        error: CallError,
        commands: &mut Vec<Command>,
    ) -> Held {
        let outcome = CallOutcome::Failed(Failure {
            class: error.class,
            message: error.message,
            tries: call.tries,
            usage: call.usage,
            cost: call.cost,
        });
        self.conclude(ended, call, outcome, commands)
    }

    pub(super) fn decide(
        &self,
        flight: Flight,
        call: &mut Call,
        health: Health,
        error: &CallError,
    ) -> Decision {
        let chance = self.chance(flight.call, call.tries);
        let is_isolated = health == Health::IsolatedRefusal;
        match health {
            Health::Outage { .. } => match error.retry_after_ms.unwrap_or(0) {
                wish_ms if wish_ms > self.plan.retry.wait_accepted_ms => Decision::StopRun,
                wish_ms => Decision::Again { wait_ms: wish_ms },
            },
            Health::GivenUp => Decision::StopRun,
            // The call was not asked for its answer, so it does not pay.
            Health::Stumble if flight.is_probe && is_passing(error) => self.wait_for_proof(error),
            Health::Stumble | Health::IsolatedRefusal => {
                match decide(&self.plan.retry, &mut call.counts, error, is_isolated, chance) {
                    Decision::GiveUp if is_passing(error) && !call.flights.is_empty() => {
                        Decision::Again { wait_ms: 0 }
                    }
                    decision => decision,
                }
            }
        }
    }

    pub(super) fn again(&mut self, now_ms: u64, number: u64, call: Call) {
        self.waiting.push(std::cmp::Reverse((call.not_before_ms.max(now_ms), number)));
        self.late.retain(|late| *late != number);
        self.calls.insert(number, call);
    }

    /// Nothing more is done for this call.
    fn conclude(
        &mut self,
        ended: EndedTry,
        mut call: Call,
        outcome: CallOutcome,
        commands: &mut Vec<Command>,
    ) -> Held {
        let EndedTry { now_ms, wall, flight } = ended;
        self.drop_others(now_ms, &mut call, commands);
        let model = &self.plan.models[flight.model];
        let row = CallRow {
            key: self.job.key(call.wanted.ticket),
            role: self.plan.roles[usize::from(call.wanted.role.0)].name.clone(),
            endpoint: self.lanes[model.lane].endpoint.clone(),
            model: model.name.clone(),
            outcome,
            failed_tries: call.failed,
            request_hash: flight.request_hash,
            latency_ms: now_ms.saturating_sub(flight.sent_ms),
            at: wall,
        };
        Held { ticket: call.wanted.ticket, lane: model.lane, row, since_ms: now_ms }
    }

    /// Spreads waits; keyed, so that a simulation replays exactly.
    fn chance(&self, number: u64, tries: u32) -> u64 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.plan.jitter_seed.to_le_bytes());
        hasher.update(&number.to_le_bytes());
        hasher.update(&tries.to_le_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(bytes)
    }
}
