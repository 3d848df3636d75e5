//! What follows when a try ends: an outcome to store, another try, or the end of the run.

use speciate_llm::retry::{Decision, decide};
use speciate_store::{Batch, CallRow};
use speciate_types::{
    Answer, CallError, CallOutcome, ChatResponse, ErrorClass, FailedTry, Failure, NanoUsd, Step,
    UnixMillis, Usage,
};

use super::State;
use super::call::{Call, Flight};
use crate::breaker::Health;
use crate::event::{Command, Notice, NoticeKind, StopReason};

impl State {
    pub(super) fn ended(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        number: u64,
        result: Result<ChatResponse, CallError>,
        commands: &mut Vec<Command>,
    ) {
        // After an abort a late answer finds nothing; its call is made again on resume.
        let Some(mut call) = self.calls.remove(&number) else { return };
        let Some(flight) = call.flight.take() else { return };
        self.in_flight -= 1;
        match result {
            Ok(response) => self.answered(now_ms, wall, call, flight, response, commands),
            Err(error) => self.failed(now_ms, wall, number, call, flight, error, commands),
        }
    }

    fn answered(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        mut call: Call,
        flight: Flight,
        response: ChatResponse,
        commands: &mut Vec<Command>,
    ) {
        let lane = self.plan.models[flight.model].lane;
        self.lanes[lane].answered(now_ms, flight.estimated_tokens, response.usage.total());
        let seen = &mut self.answer_tokens[usize::from(call.role.0)];
        *seen = (seen.0 + response.usage.output_tokens, seen.1 + 1);
        self.pay(&mut call, flight, Some(response.usage));
        let outcome = CallOutcome::Answered(Answer {
            response,
            tries: call.tries,
            usage: call.usage,
            cost: call.cost,
        });
        self.conclude(now_ms, wall, call, flight, outcome, commands);
    }

    #[expect(clippy::too_many_arguments, reason = "a failed try with all that is known of it")]
    fn failed(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        number: u64,
        mut call: Call,
        flight: Flight,
        error: CallError,
        commands: &mut Vec<Command>,
    ) {
        self.pay(&mut call, flight, error.usage);
        self.count_failed_try(now_ms, &mut call, flight, &error);
        let lane = self.plan.models[flight.model].lane;
        let level_before = self.lanes[lane].level();
        let health = self.lanes[lane].failed(now_ms, flight.sent_ms, &error);
        self.notify(now_ms, lane, level_before, health, &error, commands);
        let chance = self.chance(number, call.tries);
        let decision = match health {
            Health::Stumble => decide(&self.plan.retry, &mut call.counts, &error, chance),
            Health::Outage { .. } => Decision::Again { wait_ms: 0 },
            Health::GivenUp => {
                self.stop_for(StopReason::Outage(error.clone()));
                Decision::Again { wait_ms: 0 }
            }
        };
        match decision {
            Decision::Again { wait_ms } => self.again(now_ms + wait_ms, number, call),
            Decision::Reroll | Decision::Enlarge => self.again(now_ms, number, call),
            Decision::StopRun => {
                self.stop_for(StopReason::Endpoint(error));
                commands.push(Command::Notice(Notice {
                    kind: NoticeKind::Stopping,
                    message: format!("stopping: waiting for {} calls in flight", self.in_flight),
                }));
            }
            Decision::GiveUp => {
                let outcome = CallOutcome::Failed(Failure {
                    class: error.class,
                    message: error.message,
                    tries: call.tries,
                    usage: call.usage,
                    cost: call.cost,
                });
                self.conclude(now_ms, wall, call, flight, outcome, commands);
            }
        }
    }

    fn again(&mut self, at_ms: u64, number: u64, call: Call) {
        self.calls.insert(number, call);
        self.waiting.push(std::cmp::Reverse((at_ms, number)));
    }

    fn pay(&mut self, call: &mut Call, flight: Flight, usage: Option<Usage>) {
        let usage = usage.unwrap_or_default();
        call.usage += usage;
        let price = self.plan.models[flight.model].price;
        let cost = price.map(|price| price.cost(usage));
        call.cost = call.cost.zip(cost).map(|(sum, cost)| sum.saturating_add(cost));
        self.budget.settle(flight.reserved, cost.unwrap_or(NanoUsd(0)));
        self.counts.usage += usage;
        self.counts.cost_is_partial |= cost.is_none();
    }

    fn count_failed_try(
        &mut self,
        now_ms: u64,
        call: &mut Call,
        flight: Flight,
        error: &CallError,
    ) {
        self.counts.failed_tries += 1;
        self.counts.throttled_tries += u64::from(error.class == ErrorClass::Throttled);
        self.counts.maybe_billed_tries += u64::from(error.maybe_billed && error.usage.is_none());
        call.failed.push(FailedTry {
            class: error.class,
            status: error.status,
            message: error.message.clone(),
            duration_ms: now_ms.saturating_sub(flight.sent_ms),
            maybe_billed: error.maybe_billed,
        });
    }

    fn conclude(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        call: Call,
        flight: Flight,
        outcome: CallOutcome,
        commands: &mut Vec<Command>,
    ) {
        self.counts.calls_done += 1;
        self.counts.calls_done_now += 1;
        let model = &self.plan.models[flight.model];
        let row = CallRow {
            key: self.job.key(call.ticket),
            role: self.plan.roles[usize::from(call.role.0)].name.clone(),
            endpoint: self.lanes[model.lane].endpoint.clone(),
            model: model.name.clone(),
            outcome: outcome.clone(),
            failed_tries: call.failed,
            request_hash: flight.request_hash,
            latency_ms: now_ms.saturating_sub(flight.sent_ms),
            at: wall,
        };
        let step = self.job.answered(call.ticket, outcome);
        self.store(Some(row), step, commands);
    }

    pub(super) fn store(&mut self, call: Option<CallRow>, step: Step, commands: &mut Vec<Command>) {
        self.batches_sent += 1;
        self.uncommitted.push_back((self.batches_sent, step.wanted));
        commands.push(Command::Store(Box::new(Batch { call, records: step.records })));
    }

    fn notify(
        &self,
        now_ms: u64,
        lane: usize,
        level_before: u32,
        health: Health,
        error: &CallError,
        commands: &mut Vec<Command>,
    ) {
        let lane = &self.lanes[lane];
        let (kind, message) = match (health, error.class) {
            (Health::Outage { probe_at_ms }, _) => (
                NoticeKind::Outage,
                format!(
                    "no answer from {}, next probe in {:.0}s: {}",
                    lane.endpoint,
                    (probe_at_ms - now_ms) as f64 / 1e3,
                    error.message
                ),
            ),
            (_, ErrorClass::Throttled) => (
                NoticeKind::RateLimited,
                format!(
                    "rate limited: {level_before} → {} parallel, waiting {:.1}s",
                    lane.level(),
                    lane.closed_until_ms().saturating_sub(now_ms) as f64 / 1e3
                ),
            ),
            (_, ErrorClass::LocalFault) => (NoticeKind::Local, error.message.clone()),
            (_, ErrorClass::Transient | ErrorClass::Overloaded) => {
                (NoticeKind::Retry, format!("trying again: {}", error.message))
            }
            _ => return,
        };
        commands.push(Command::Notice(Notice { kind, message }));
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
