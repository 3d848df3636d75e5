//! Gives free slots to the calls on which most depends.

use speciate_llm::budget::Reserved;
use speciate_llm::limit::Admission;
use speciate_types::{ChatRequest, NanoUsd, Role, Usage};

use super::call::Flight;
use super::estimate::most_tokens;
use super::probe::sign_of_life;
use super::{Lane, State};
use crate::event::{Command, StopReason};
use crate::ready::{Ready, ReadyKind};

/// What became of an attempt to send.
pub(super) enum Sent {
    Yes,
    /// The money must wait for calls in flight.
    NoMoneyNow,
    NoMoney,
    NotBefore(u64),
}

/// What was set aside for a try.
struct Admitted {
    reserved: NanoUsd,
    expected: NanoUsd,
    tokens: u64,
}

impl State {
    pub(super) fn fill(&mut self, now_ms: u64, commands: &mut Vec<Command>) {
        self.reopen_lanes();
        self.send_second_tries(now_ms, commands);
        // A second try may have found no money where a smaller call finds it.
        self.reopen_lanes();
        loop {
            let is_open = |role: usize| {
                !self.unproven[role].is_in_doubt() && self.model_for(role, now_ms, None).is_some()
            };
            let Some(role) = self.ready.best(is_open) else { break };
            let Some(ready) = self.take_ready(now_ms, role) else { break };
            match self.send_ready(now_ms, role, ready, commands) {
                // The next one may be smaller, and fit where this one did not.
                Sent::Yes => self.reopen_lanes(),
                Sent::NoMoney => {
                    self.ready.put_back(role, ready);
                    self.stop_for(StopReason::Budget);
                    return;
                }
                // Another endpoint may be free, or have a rate that is not used up.
                Sent::NoMoneyNow => self.ready.put_back(role, ready),
                Sent::NotBefore(at_ms) => {
                    self.ready.put_back(role, ready);
                    self.wake_by(at_ms);
                }
            }
        }
        self.wake_when_lanes_open(now_ms);
    }

    pub(super) fn reopen_lanes(&mut self) {
        for lane in &mut self.lanes {
            lane.reopen();
        }
    }

    fn failed_on(&self, ready: Ready) -> Option<usize> {
        let ReadyKind::Again(number) = ready.kind else { return None };
        self.calls.get(&number)?.failed_on
    }

    /// The best call of `role` that waits. An endpoint that seems dead rather gets one that was never
    /// tried: that others fail again says little.
    fn take_ready(&mut self, now_ms: u64, role: usize) -> Option<Ready> {
        let best = self.ready.pop(role)?;
        if !self.lanes.iter().any(Lane::is_out) {
            return Some(best);
        }
        let model = self.model_for(role, now_ms, self.failed_on(best));
        let is_out = model.is_some_and(|model| self.lanes[self.plan.models[model].lane].is_out());
        if !is_out || matches!(best.kind, ReadyKind::First(_)) {
            return Some(best);
        }
        let Some(first) = self.ready.pop_first(role) else { return Some(best) };
        self.ready.put_back(role, best);
        Some(first)
    }

    fn send_ready(
        &mut self,
        now_ms: u64,
        role: usize,
        ready: Ready,
        commands: &mut Vec<Command>,
    ) -> Sent {
        let Some(model) = self.model_for(role, now_ms, self.failed_on(ready)) else {
            return Sent::NotBefore(now_ms + 1);
        };
        let ReadyKind::First(ticket) = ready.kind else {
            let ReadyKind::Again(number) = ready.kind else { return Sent::Yes };
            return self.send(now_ms, number, model, commands);
        };
        let number = self.next_call;
        self.calls.insert(number, self.new_call(ready.wanted(Role(role as u8), ticket)));
        let sent = self.send(now_ms, number, model, commands);
        if let Sent::Yes = sent {
            self.next_call += 1;
        } else {
            self.calls.remove(&number);
        }
        sent
    }

    /// Makes one more try of the call `number`, if limits and money allow.
    pub(super) fn send(
        &mut self,
        now_ms: u64,
        number: u64,
        model: usize,
        commands: &mut Vec<Command>,
    ) -> Sent {
        let Some(call) = self.calls.get(&number) else { return Sent::Yes };
        let lane = self.plan.models[model].lane;
        let is_probe = self.wants_sign_of_life(lane, call);
        let is_proven = self.has_answered_since_fault(lane, call);
        let (request, expected) = if is_probe {
            (sign_of_life(), most_tokens(&sign_of_life()))
        } else {
            let mut request = self.job.request(call.wanted.ticket);
            call.adapt(&mut request);
            let expected = self.expected_tokens(call.wanted.role, &request);
            (request, expected)
        };
        let flight = match self.admit(now_ms, model, expected, &request) {
            Ok(admitted) => Flight {
                call: number,
                model,
                is_probe,
                is_proven,
                sent_ms: now_ms,
                reserved: admitted.reserved,
                expected: admitted.expected,
                estimated_tokens: admitted.tokens,
                answer_limit: request.sampling.max_tokens,
                request_hash: request_hash(&request),
            },
            Err(refused) => return refused,
        };
        let name = self.next_flight;
        self.next_flight += 1;
        if let Some(call) = self.calls.get_mut(&number) {
            call.flights.push(name);
        }
        self.flights.insert(name, flight);
        self.expected_in_flight = self.expected_in_flight.saturating_add(flight.expected);
        self.watch(name, &flight);
        self.counts.in_flight_max = self.counts.in_flight_max.max(self.in_flight());
        commands.push(Command::Send { number: name, model, request: Box::new(request) });
        Sent::Yes
    }

    /// Money first, then the endpoint: a call that is admitted is sent.
    fn admit(
        &mut self,
        now_ms: u64,
        model: usize,
        expected: Usage,
        request: &ChatRequest,
    ) -> Result<Admitted, Sent> {
        let plan = &self.plan.models[model];
        let cost = |usage| plan.price.map_or(NanoUsd(0), |price| price.cost(usage));
        let reserved = cost(most_tokens(request));
        let admitted = Admitted {
            reserved,
            // Before answers were seen, more may be expected than the request allows.
            expected: cost(expected).min(reserved),
            tokens: expected.total(),
        };
        match self.budget.reserve(admitted.reserved) {
            Reserved::Yes => {}
            Reserved::Later => {
                self.lanes[plan.lane].shut();
                return Err(Sent::NoMoneyNow);
            }
            Reserved::Never => return Err(Sent::NoMoney),
        }
        let at_ms = match self.lanes[plan.lane].admit(now_ms, admitted.tokens) {
            Admission::Go => return Ok(admitted),
            Admission::NotBefore(at_ms) => at_ms,
            Admission::Full => now_ms + 1,
        };
        self.budget.settle(admitted.reserved, NanoUsd(0));
        Err(Sent::NotBefore(at_ms))
    }

    pub(super) fn wake_by(&mut self, at_ms: u64) {
        self.wake_at_ms = Some(self.wake_at_ms.map_or(at_ms, |known_ms| known_ms.min(at_ms)));
    }

    fn wake_when_lanes_open(&mut self, now_ms: u64) {
        if self.ready.len() == 0 && self.late.is_empty() {
            return;
        }
        for lane in &mut self.lanes {
            lane.work_waits();
        }
        let opens: Vec<_> =
            self.lanes.iter().map(Lane::closed_until_ms).filter(|at_ms| *at_ms > now_ms).collect();
        for at_ms in opens {
            self.wake_by(at_ms);
        }
    }
}

fn request_hash(request: &ChatRequest) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for message in &request.messages {
        hasher.update(&[message.role as u8]);
        hasher.update(&(message.content.len() as u64).to_le_bytes());
        hasher.update(message.content.as_bytes());
    }
    hasher.update(&request.seed.to_le_bytes());
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    hash
}
