//! Seeds: their records and, where wanted, their responses.

use std::sync::Arc;

use speciate_types::{
    CallKey, CallOutcome, ChatRequest, ErrorClass, InstructionId, InstructionRecord, Kind, Seed,
    Step, Verdict,
};

use super::record::Draft;
use super::{EvolveJob, EvolveSettings, Node, RESPONDER, Slot};
use crate::{Candidate, respond_messages};

/// A seed that is being answered.
#[derive(Debug)]
pub(super) struct SeedAnswer {
    id: InstructionId,
    lineage: u32,
    seed: Seed,
    /// How often its answer was of no use, before it was asked again.
    redraw: u32,
}

impl SeedAnswer {
    pub(super) fn lineage(&self) -> u32 {
        self.lineage
    }

    pub(super) fn key(&self) -> CallKey {
        CallKey::new(format!("{}/respond", self.id))
    }

    pub(super) fn request(&self, settings: &EvolveSettings) -> ChatRequest {
        ChatRequest {
            messages: respond_messages(&self.seed.text, settings.respond_system.as_deref()),
            sampling: settings.sampling.responder.clone(),
            stop: Vec::new(),
            seed: settings.model_seed(self.id, "respond", self.redraw),
            shared_messages: 0,
        }
    }
}

impl EvolveJob {
    pub(super) fn begin_lineage(&mut self, lineage: usize, step: &mut Step) {
        let Some(seed) = self.seeds[lineage].take() else { return };
        let id = InstructionId::of_seed(&seed.text);
        let lineage = lineage as u32;
        self.counts.rooted(lineage, id, self.settings.asks_response(&seed));
        let response = seed.response.as_deref().filter(|_| self.settings.needs_response(0));
        let response = response.map(Into::into);
        let node = Arc::new(Node { id, lineage, text: seed.text.as_str().into(), response });
        match self.past.take_seed(id) {
            None => self.begin_seed(id, lineage, seed, step),
            Some(is_kept) => self.seed_settled(id, is_kept, step),
        }
        self.expand(&node, 1, step);
        self.counts.lineage_begun(lineage);
    }

    fn begin_seed(&mut self, id: InstructionId, lineage: u32, mut seed: Seed, step: &mut Step) {
        if !self.settings.asks_response(&seed) {
            let mut draft = Draft::default();
            draft.response = seed.response.take();
            self.store_seed(id, lineage, seed, draft, Verdict::Kept, step);
            return;
        }
        self.counts.opened(lineage, 0);
        let answer = SeedAnswer { id, lineage, seed, redraw: self.past.redraw(id) };
        let slot = self.slots.insert(Slot::SeedAnswer(Box::new(answer)));
        self.want(slot, step);
    }

    pub(super) fn seed_answered(
        &mut self,
        answer: SeedAnswer,
        outcome: CallOutcome,
        step: &mut Step,
    ) {
        let SeedAnswer { id, lineage, seed, .. } = answer;
        let mut draft = Draft::default();
        draft.take(RESPONDER, &outcome);
        let verdict = match outcome {
            CallOutcome::Answered(answer) => {
                let verdict = self.judge_seed(&seed.text, &answer.response.text);
                draft.response = Some(answer.response.text);
                verdict
            }
            CallOutcome::Failed(failure) if failure.class == ErrorClass::Truncated => {
                Verdict::eliminated("truncated", format!("respond: {}", failure.message))
            }
            CallOutcome::Failed(failure) => Verdict::Failed {
                cause: format!("{}: respond: {}", failure.class.as_str(), failure.message),
            },
        };
        self.store_seed(id, lineage, seed, draft, verdict, step);
        self.counts.closed(lineage, 0);
    }

    /// A seed that the responder cannot answer is no training row either; its lineage goes on.
    fn judge_seed(&self, text: &str, response: &str) -> Verdict {
        let candidate = Candidate {
            parent: text.into(),
            child: text.into(),
            kind: Kind::Seed,
            operator: "",
            format: None,
            response: Some(response.into()),
            is_led: false,
            parent_response: None,
            scaffold: &[],
        };
        self.settings.rules.response_verdict(&candidate).unwrap_or(Verdict::Kept)
    }

    fn store_seed(
        &mut self,
        id: InstructionId,
        lineage: u32,
        seed: Seed,
        draft: Draft,
        verdict: Verdict,
        step: &mut Step,
    ) {
        let mut record: InstructionRecord = draft.into_record(id, id);
        record.instruction = Some(seed.text);
        record.source = Some(seed.source);
        let is_kept = verdict == Verdict::Kept;
        record.set_verdict(verdict);
        self.store(lineage, &record, step);
        self.seed_settled(id, is_kept, step);
    }

    fn seed_settled(&mut self, id: InstructionId, is_kept: bool, step: &mut Step) {
        if !is_kept && !self.past.is_retried(id) {
            self.horizon.lose();
            self.move_on(step);
        }
    }
}
