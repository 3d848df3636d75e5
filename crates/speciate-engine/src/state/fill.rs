//! Gives free slots to the calls on which most depends.

use speciate_llm::budget::Reserved;
use speciate_llm::limit::Admission;
use speciate_types::{ChatRequest, NanoUsd, Role, Usage};

use super::State;
use super::call::{Call, Flight};
use crate::event::{Command, StopReason};
use crate::ready::{Ready, ReadyKind};

/// What became of an attempt to send.
enum Sent {
    Yes,
    /// The money must wait for calls in flight.
    NoMoneyNow,
    NoMoney,
    NotBefore(u64),
}

/// Answer tokens assumed while none have been seen.
const ANSWER_TOKENS_FIRST: u64 = 300;
/// A request without a limit of its own is reserved as if it had this one.
const ANSWER_TOKENS_UNLIMITED: u64 = 8_192;
/// For reservations a token is taken as 2 bytes, so that text in any script costs less than reserved.
const RESERVED_BYTES_PER_TOKEN: usize = 2;
/// And every message as this many tokens more, for the chat template.
const RESERVED_TOKENS_PER_MESSAGE: u64 = 16;

impl State {
    pub(super) fn fill(&mut self, now_ms: u64, commands: &mut Vec<Command>) {
        let mut closed = vec![false; self.plan.roles.len()];
        loop {
            let open: Vec<Option<usize>> = (0..closed.len())
                .map(|role| if closed[role] { None } else { self.model_for(role, now_ms) })
                .collect();
            let Some((role, ready)) = self.ready.pop(|role| open[role].is_some()) else { break };
            let Some(model) = open[usize::from(role.0)] else { break };
            match self.send(now_ms, role, ready, model, commands) {
                Sent::Yes => {}
                Sent::NoMoney => {
                    self.ready.put_back(role, ready);
                    self.stop_for(StopReason::Budget);
                    return;
                }
                Sent::NoMoneyNow => {
                    self.ready.put_back(role, ready);
                    return;
                }
                Sent::NotBefore(at_ms) => {
                    self.ready.put_back(role, ready);
                    closed[usize::from(role.0)] = true;
                    self.wake_by(at_ms);
                }
            }
        }
        self.wake_when_lanes_open(now_ms);
    }

    /// The model of `role` with the most room, if any has room.
    fn model_for(&self, role: usize, now_ms: u64) -> Option<usize> {
        let lane = |model: &usize| &self.lanes[self.plan.models[*model].lane];
        self.plan.roles[role]
            .models
            .iter()
            .copied()
            .filter(|model| lane(model).has_room(now_ms, self.unsettled()))
            .min_by(|a, b| lane(a).load().total_cmp(&lane(b).load()))
    }

    /// Answers that are not durable yet, where they count against the level.
    ///
    /// With few calls in flight they do, so that a dying process never has more at stake than the
    /// level. With many, the slots are worth more than the few answers of an open commit.
    fn unsettled(&self) -> u32 {
        if self.in_flight < super::MANY_IN_FLIGHT { self.uncommitted.len() as u32 } else { 0 }
    }

    fn send(
        &mut self,
        now_ms: u64,
        role: Role,
        ready: Ready,
        model: usize,
        commands: &mut Vec<Command>,
    ) -> Sent {
        let (number, mut call) = match ready.kind {
            ReadyKind::First(ticket) => {
                (self.next_number, Call::new(ticket, role, ready.remaining()))
            }
            ReadyKind::Again(number) => match self.calls.remove(&number) {
                Some(call) => (number, call),
                None => return Sent::Yes,
            },
        };
        let mut request = self.job.request(call.ticket);
        call.adapt(&mut request);
        let outcome = self.admit(now_ms, role, model, &request);
        let (reserved, estimated_tokens) = match outcome {
            Ok(admitted) => admitted,
            Err(refused) => {
                if let ReadyKind::Again(number) = ready.kind {
                    self.calls.insert(number, call);
                }
                return refused;
            }
        };
        if let ReadyKind::First(_) = ready.kind {
            self.next_number += 1;
        }
        call.tries += 1;
        call.flight = Some(Flight {
            model,
            sent_ms: now_ms,
            reserved,
            estimated_tokens,
            request_hash: request_hash(&request),
        });
        self.calls.insert(number, call);
        self.in_flight += 1;
        self.counts.in_flight_max = self.counts.in_flight_max.max(self.in_flight);
        commands.push(Command::Send { number, model, request: Box::new(request) });
        Sent::Yes
    }

    /// Money first, then the endpoint: a call that is admitted is sent.
    fn admit(
        &mut self,
        now_ms: u64,
        role: Role,
        model: usize,
        request: &ChatRequest,
    ) -> Result<(NanoUsd, u64), Sent> {
        let plan = &self.plan.models[model];
        let most = plan.price.map_or(NanoUsd(0), |price| price.cost(most_tokens(request)));
        match self.budget.reserve(most) {
            Reserved::Yes => {}
            Reserved::Later => return Err(Sent::NoMoneyNow),
            Reserved::Never => return Err(Sent::NoMoney),
        }
        let tokens = self.expected_tokens(role, request);
        match self.lanes[plan.lane].admit(now_ms, tokens) {
            Admission::Go => Ok((most, tokens)),
            Admission::NotBefore(at_ms) => {
                self.budget.settle(most, NanoUsd(0));
                Err(Sent::NotBefore(at_ms))
            }
            Admission::Full => {
                self.budget.settle(most, NanoUsd(0));
                Err(Sent::NotBefore(now_ms + 1))
            }
        }
    }

    fn expected_tokens(&self, role: Role, request: &ChatRequest) -> u64 {
        let (sum, answers) = self.answer_tokens[usize::from(role.0)];
        let answer = sum.checked_div(answers).unwrap_or(ANSWER_TOKENS_FIRST);
        Usage::estimate_tokens(bytes(request)) + answer
    }

    fn wake_by(&mut self, at_ms: u64) {
        self.wake_at_ms = Some(self.wake_at_ms.map_or(at_ms, |known_ms| known_ms.min(at_ms)));
    }

    fn wake_when_lanes_open(&mut self, now_ms: u64) {
        if self.ready.len() == 0 {
            return;
        }
        for lane in &mut self.lanes {
            lane.work_waits();
        }
        let opens: Vec<_> = self
            .lanes
            .iter()
            .map(super::Lane::closed_until_ms)
            .filter(|at_ms| *at_ms > now_ms)
            .collect();
        for at_ms in opens {
            self.wake_by(at_ms);
        }
    }
}

fn bytes(request: &ChatRequest) -> usize {
    request.messages.iter().map(|message| message.content.len()).sum()
}

fn most_tokens(request: &ChatRequest) -> Usage {
    let template = request.messages.len() as u64 * RESERVED_TOKENS_PER_MESSAGE;
    let limit = request.sampling.max_tokens.map_or(ANSWER_TOKENS_UNLIMITED, u64::from);
    Usage {
        input_tokens: bytes(request).div_ceil(RESERVED_BYTES_PER_TOKEN) as u64 + template,
        output_tokens: limit,
        estimated: true,
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
