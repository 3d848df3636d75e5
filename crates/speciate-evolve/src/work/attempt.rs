//! One child in the making: evolve, rules, judge, respond, rules.

use std::sync::Arc;

use speciate_types::{
    CallKey, CallOutcome, ChatRequest, ErrorClass, Failure, InstructionId, Role, Step, Verdict,
};

use super::judge::Judgement;
use super::past::Settled;
use super::record::Draft;
use super::{EVOLVER, EvolveJob, EvolveSettings, GainCheck, JUDGE, Node, RESPONDER, Slot};
use crate::envelope::PREAMBLE_STEP;
use crate::{
    Candidate, EvolveInput, Operator, Text, judge_prompt, no_gain_heuristic, respond_messages,
};

/// What is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Evolve,
    /// How many times the judge has been asked.
    Judge(u32),
    Respond,
}

/// Where an attempt belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) expansion: usize,
    pub(super) round: u32,
    pub(super) branch: u32,
    /// 0 for the first draw of the branch.
    pub(super) number: u32,
}

#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) node: Arc<Node>,
    pub(super) id: InstructionId,
    pub(super) place: Place,
    /// How often its model gave what was of no use, before it was made again.
    redraw: u32,
    pub(super) phase: Phase,
    pub(super) child: Option<Box<str>>,
    pub(super) draft: Draft,
}

impl Attempt {
    pub(super) fn new(node: Arc<Node>, id: InstructionId, place: Place, redraw: u32) -> Self {
        Self { node, id, place, redraw, phase: Phase::Evolve, child: None, draft: Draft::default() }
    }

    pub(super) fn role(&self) -> Role {
        match self.phase {
            Phase::Evolve => EVOLVER,
            Phase::Judge(_) => JUDGE,
            Phase::Respond => RESPONDER,
        }
    }

    /// This call and those after it, if all goes well. Without a judge the first counts its call too,
    /// which changes no order.
    pub(super) fn calls_left(&self) -> u32 {
        match self.phase {
            Phase::Evolve => 3,
            Phase::Judge(_) => 2,
            Phase::Respond => 1,
        }
    }

    pub(super) fn key(&self) -> CallKey {
        let id = self.id;
        CallKey::new(match self.phase {
            Phase::Evolve => format!("{id}/evolve"),
            Phase::Judge(asked) => format!("{id}/judge/{asked}"),
            Phase::Respond => format!("{id}/respond"),
        })
    }

    pub(super) fn request(&self, settings: &EvolveSettings) -> ChatRequest {
        let child = self.child.as_deref().unwrap_or_default();
        match self.phase {
            Phase::Evolve => self.evolve_request(settings),
            Phase::Judge(asked) => {
                let prompt = judge_prompt(&self.node.text, child, settings.run_seed, self.id);
                ChatRequest {
                    messages: prompt.messages,
                    sampling: settings.judge_sampling(asked),
                    stop: Vec::new(),
                    seed: settings.model_seed(self.id, &format!("judge/{asked}"), self.redraw),
                    shared_messages: prompt.shared_messages,
                }
            }
            Phase::Respond => ChatRequest {
                messages: respond_messages(child, settings.respond_system.as_deref()),
                sampling: settings.sampling.responder.clone(),
                stop: Vec::new(),
                seed: settings.model_seed(self.id, "respond", self.redraw),
                shared_messages: 0,
            },
        }
    }

    fn evolve_input(&self, settings: &EvolveSettings) -> EvolveInput<'_> {
        EvolveInput { source: &self.node.text, child: self.id, run_seed: settings.run_seed }
    }

    fn evolve_request(&self, settings: &EvolveSettings) -> ChatRequest {
        let operator = settings.operators.draw(settings.run_seed, self.id);
        let prompt = operator.request(&self.evolve_input(settings));
        ChatRequest {
            messages: prompt.messages,
            sampling: settings.sampling.evolver.clone(),
            stop: prompt.stop,
            seed: settings.model_seed(self.id, "evolve", self.redraw),
            shared_messages: prompt.shared_messages,
        }
    }
}

/// What an answer leads to.
pub(super) enum Next {
    Ask(Phase),
    End(Verdict),
}

impl EvolveJob {
    pub(super) fn attempt_answered(
        &mut self,
        mut attempt: Attempt,
        outcome: CallOutcome,
        step: &mut Step,
    ) {
        attempt.draft.take(attempt.role(), &outcome);
        let next = match outcome {
            CallOutcome::Failed(failure) => Next::End(call_failed(attempt.phase, &failure)),
            CallOutcome::Answered(answer) => {
                let text = answer.response.text;
                match attempt.phase {
                    Phase::Evolve => self.read_child(&mut attempt, &text),
                    Phase::Judge(asked) => Judgement::read(&text).next(asked, &text),
                    Phase::Respond => self.read_response(&mut attempt, text),
                }
            }
        };
        match next {
            Next::Ask(phase) => {
                attempt.phase = phase;
                let slot = self.slots.insert(Slot::Attempt(Box::new(attempt)));
                self.want(slot, step);
            }
            Next::End(verdict) => self.end(attempt, verdict, step),
        }
    }

    /// The evolver's text becomes a child, or the reason why not. Cheap rules come first.
    fn read_child(&self, attempt: &mut Attempt, text: &str) -> Next {
        let operators = &self.settings.operators;
        let operator = operators.draw(self.settings.run_seed, attempt.id);
        let cleaned = match operator.read(&attempt.evolve_input(&self.settings), text) {
            Ok(cleaned) => cleaned,
            Err(error) => {
                attempt.child = Some(text.into());
                return Next::End(Verdict::Failed { cause: format!("{}: {error}", error.name()) });
            }
        };
        attempt.draft.cleaned = cleaned.steps.iter().map(ToString::to_string).collect();
        attempt.child = Some(cleaned.text.into_boxed_str());
        let candidate = self.candidate(attempt, operator, None);
        if let Some(verdict) = self.settings.rules.child_verdict(&candidate) {
            return Next::End(verdict);
        }
        if !self.settings.rules.contains("no-gain") {
            return Next::Ask(Phase::Respond);
        }
        match self.settings.gain_check {
            GainCheck::Judge => Next::Ask(Phase::Judge(0)),
            GainCheck::Heuristic => match no_gain_heuristic(&candidate) {
                Some(evidence) => Next::End(Verdict::eliminated("no-gain", evidence.as_str())),
                None => Next::Ask(Phase::Respond),
            },
        }
    }

    fn read_response(&self, attempt: &mut Attempt, text: String) -> Next {
        attempt.draft.response = Some(text);
        let operator = self.settings.operators.draw(self.settings.run_seed, attempt.id);
        let candidate = self.candidate(attempt, operator, attempt.draft.response.as_deref());
        Next::End(self.settings.rules.response_verdict(&candidate).unwrap_or(Verdict::Kept))
    }

    fn candidate<'a>(
        &self,
        attempt: &'a Attempt,
        operator: &'a Operator,
        response: Option<&'a str>,
    ) -> Candidate<'a> {
        Candidate {
            parent: Text::from(&*attempt.node.text),
            child: attempt.child.as_deref().unwrap_or_default().into(),
            kind: operator.kind(),
            operator: operator.name(),
            format: operator.draw_format(self.settings.run_seed, attempt.id),
            response: response.map(Text::from),
            is_led: attempt.draft.cleaned.iter().any(|step| step == PREAMBLE_STEP),
            scaffold: operator.scaffold(),
        }
    }

    fn end(&mut self, attempt: Attempt, verdict: Verdict, step: &mut Step) {
        let kept = attempt.child.clone().filter(|_| verdict == Verdict::Kept);
        let end = kept.map_or(Settled::Dropped, Settled::Kept);
        let (id, lineage, place) = (attempt.id, attempt.node.lineage, attempt.place);
        let record = self.attempt_record(attempt, verdict);
        self.store(lineage, &record, step);
        self.settle(place, id, end, step);
        self.counts.closed(lineage, place.round);
    }
}

/// The verdict on an attempt whose call failed for good.
///
/// A judge that gave no answer decides nothing; a cut text is the rule `truncated`.
fn call_failed(phase: Phase, failure: &Failure) -> Verdict {
    let what = match phase {
        Phase::Evolve => "evolve",
        Phase::Judge(_) => "judge",
        Phase::Respond => "respond",
    };
    match (phase, failure.class) {
        (Phase::Judge(_), ErrorClass::Truncated | ErrorClass::Empty | ErrorClass::Refused) => {
            Verdict::Invalid { rule: "no-gain".to_owned(), evidence: failure.message.clone() }
        }
        (_, ErrorClass::Truncated) => {
            Verdict::eliminated("truncated", format!("{what}: {}", failure.message))
        }
        (_, class) => {
            Verdict::Failed { cause: format!("{}: {what}: {}", class.as_str(), failure.message) }
        }
    }
}
