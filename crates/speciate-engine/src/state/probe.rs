//! Whether it is the endpoint that is dead, or only the last calls that nobody can answer.
//!
//! Where other calls are answered, those that fail again and again are at fault themselves. Where no
//! others are left, nothing but a request that anybody can answer tells the difference. So:
//!
//! * A call fails for good by faults that may pass only if its endpoint has answered something between
//!   the first of them and the last try.
//! * In an outage the probe is a call that has not met such a fault before. Where none waits, the probe
//!   asks for a sign of life. If there is one, the outage is over, and faults count again.

use speciate_llm::retry::Decision;
use speciate_types::{
    CallError, ChatMessage, ChatRequest, ChatResponse, ErrorClass, MessageRole, Sampling,
};

use super::State;
use super::call::{Call, Flight};
use super::finish::{EndedTry, is_passing};
use crate::breaker::Health;
use crate::event::{Command, Notice, NoticeKind};

/// Answers of models that think first are cut by it, and are signs of life all the same.
const TOKENS_MAX: u32 = 16;

/// A request that anybody can answer.
pub(super) fn sign_of_life() -> ChatRequest {
    ChatRequest {
        messages: vec![ChatMessage::new(MessageRole::User, "Say yes.".to_owned())],
        sampling: Sampling { max_tokens: Some(TOKENS_MAX), ..Sampling::default() },
        stop: vec![],
        seed: 0,
        shared_messages: 0,
    }
}

/// Whether an error of a probe leaves open whether anybody is there who could answer.
fn says_nothing(error: &CallError) -> bool {
    is_passing(error) || matches!(error.class, ErrorClass::Throttled | ErrorClass::LocalFault)
}

impl State {
    /// Whether a call that goes to this endpoint is of no use as a probe.
    pub(super) fn wants_sign_of_life(&self, lane: usize, call: &Call) -> bool {
        self.lanes[lane].is_out() && call.stumbled_ms.is_some()
    }

    /// Whether an endpoint has shown that it lives since the call first met a fault.
    pub(super) fn has_answered_since_fault(&self, lane: usize, call: &Call) -> bool {
        call.stumbled_ms.is_some_and(|since_ms| self.lanes[lane].has_answered_since(since_ms))
    }

    /// A call would fail for good by a try that was sent when nothing showed that its endpoint lives,
    /// so this failure does not count. If others have told meanwhile, or are under way and will tell,
    /// it is tried again; if none are, it means an outage until a probe says otherwise.
    pub(super) fn doubt(
        &mut self,
        now_ms: u64,
        flight: Flight,
        call: &mut Call,
        error: &CallError,
    ) -> (Health, Decision) {
        call.counts.stumbles -= 1;
        let lane = &mut self.lanes[self.plan.models[flight.model].lane];
        let since_ms = call.stumbled_ms.unwrap_or(flight.sent_ms);
        if lane.in_flight() > 0 || lane.has_answered_since(since_ms) {
            return (Health::Stumble, self.wait_for_proof(error));
        }
        let health = lane.doubt(now_ms, flight.sent_ms, error);
        (health, self.decide(flight, call, health, error))
    }

    /// Another try that costs no attempt, after the next wait in the row.
    pub(super) fn wait_for_proof(&self, error: &CallError) -> Decision {
        let retry = &self.plan.retry;
        let own_ms = retry.wait_first_ms << retry.tries_max.saturating_sub(1).min(20);
        let wish_ms = error.retry_after_ms.filter(|wish_ms| *wish_ms <= retry.wait_accepted_ms);
        Decision::Again { wait_ms: own_ms.min(retry.wait_longest_ms).max(wish_ms.unwrap_or(0)) }
    }

    /// The end of a try that asked for a sign of life. The call itself was not asked.
    pub(super) fn probed(
        &mut self,
        ended: EndedTry,
        mut call: Call,
        result: Result<ChatResponse, CallError>,
        commands: &mut Vec<Command>,
    ) {
        let EndedTry { now_ms, flight, .. } = ended;
        let usage = match result {
            Ok(response) => Some(response.usage),
            Err(error) if says_nothing(&error) => {
                return self.failed(ended, call, error, commands);
            }
            Err(error) => error.usage,
        };
        self.pay(&mut call, flight, usage, false);
        let lane = &mut self.lanes[self.plan.models[flight.model].lane];
        lane.lives(now_ms);
        commands.push(Command::Notice(Notice {
            kind: NoticeKind::Outage,
            message: format!(
                "{} answers, but none of the calls that are left: they are tried again, and may fail",
                lane.endpoint
            ),
        }));
        if call.flights.is_empty() {
            self.again(now_ms, flight.call, call);
        } else {
            self.calls.insert(flight.call, call);
        }
    }
}
