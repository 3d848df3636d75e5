//! What the engine wants done, and the laws of what may be sent.

use speciate_engine::Command;
use speciate_types::{CallKey, ChatRequest};

use super::{Happening, Session, SessionEnd};
use crate::endpoint::Asked;
use crate::job::call_of;
use crate::violation::{Violation, must};

/// What the engine promises: fewer panics than this without an answer between them end no run.
const PANICS_IN_A_ROW: u32 = 5;

impl Session<'_, '_> {
    pub(super) fn obey(&mut self) -> Result<Option<SessionEnd>, Violation> {
        let mut ending = None;
        for command in std::mem::take(&mut self.commands) {
            match command {
                Command::Send { number, model, request } => self.send(number, model, &request)?,
                Command::Cancel { number } => self.cancel(number)?,
                Command::Store(batch) => self.store(*batch)?,
                Command::Abort => {
                    self.ledger.aborted();
                    for number in self.outcomes.keys().copied().collect::<Vec<_>>() {
                        self.forget(number);
                    }
                }
                Command::Notice(notice) => self.note(|| notice.message),
                Command::Panic(_) => return self.panic().map(Some),
                Command::Finish(reached) => ending = Some(SessionEnd::Reached(reached)),
            }
        }
        Ok(ending)
    }

    /// What was handed over becomes durable, as in the dispatcher, and nothing else happens.
    fn panic(&mut self) -> Result<SessionEnd, Violation> {
        let in_a_row = self.ledger.most_panics;
        must(in_a_row >= PANICS_IN_A_ROW, "a panic ends its call and not the run", || {
            format!("{in_a_row} in a row")
        })?;
        self.writer.close(&mut self.world.durable)?;
        Ok(SessionEnd::Panicked)
    }

    pub(super) fn send(
        &mut self,
        number: u64,
        lane: usize,
        request: &ChatRequest,
    ) -> Result<(), Violation> {
        let call = call_of(request);
        self.note(|| format!("try {number}: call {call:?} to lane {lane}"));
        if let Some(call) = call {
            self.check_call(call)?;
        }
        let in_service = self.ledger.in_flight(lane);
        self.ledger.sent(self.now_ms, number, lane, request)?;
        self.world.sends[lane].push(self.world.base_ms + self.now_ms);
        self.sent_to.push(lane);
        self.ticks_at_once = 0;
        let tries = self.world.tries.entry(call).or_default();
        let at_ms = self.world.base_ms + self.now_ms;
        let asked = Asked { call, nth: *tries, request, at_ms, in_service };
        let endpoint = &self.scenario.lanes[lane].endpoint;
        let (fate, is_planned) = endpoint.fate(&asked, &self.scenario.faults, &mut self.random);
        *tries += usize::from(is_planned);
        self.outcomes.insert(number, fate.outcome);
        self.at(self.now_ms + fate.after_ms, Happening::Ended(number));
        Ok(())
    }

    fn check_call(&self, call: u64) -> Result<(), Violation> {
        let key = CallKey::new(call.to_string());
        must(
            !self.world.is_concluded(&key),
            "what has come to its end is never sent again",
            || format!("call {call}"),
        )?;
        let before = self.scenario.shape.leads_to(call).map(|call| CallKey::new(call.to_string()));
        let is_durable = before.is_none_or(|key| self.world.durable.calls.contains_key(&key));
        must(is_durable, "nothing follows from what is not durable", || format!("call {call}"))
    }

    pub(super) fn cancel(&mut self, number: u64) -> Result<(), Violation> {
        self.note(|| format!("try {number} given up"));
        self.forget(number);
        self.ledger.cancelled(number)
    }

    /// A try that is given up ends all the same now and then: it had ended before it was told.
    pub(super) fn forget(&mut self, number: u64) {
        let one_in = self.scenario.late_answers_one_in;
        if one_in == 0 || self.random.below(one_in) > 0 {
            self.outcomes.remove(&number);
        }
    }

    pub(super) fn store(&mut self, batch: speciate_store::Batch) -> Result<(), Violation> {
        if let Some(call) = &batch.call {
            let lane = call.endpoint.strip_prefix("lane-").and_then(|lane| lane.parse().ok());
            self.ledger.concluded(self.writer.submitted + 1, lane.unwrap_or_default());
            self.world.conclude(&call.key)?;
            self.ledger.held.stored(call.key.as_str().parse().unwrap_or_default());
        }
        if let Some(takes_ms) = self.writer.submit(batch) {
            self.at(self.now_ms + takes_ms, Happening::CommitEnds);
        }
        Ok(())
    }
}
