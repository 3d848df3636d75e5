//! One child in the making: evolve, rules, judge, respond, rules.

use std::sync::Arc;

use speciate_types::{
    CallKey, CallOutcome, ErrorClass, Failure, InstructionId, Kind, Role, Step, Verdict,
};

use super::judge::{Inquiry, Judgement};
use super::past::Settled;
use super::record::Draft;
use super::{EVOLVER, EvolveJob, GainCheck, JUDGE, Node, RESPONDER, Slot};
use crate::envelope::{PREAMBLE_STEP, read_unfit};
use crate::text::count_words;
use crate::{Candidate, Operator, Procedure, Text, no_gain_heuristic};

/// What is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Evolve,
    /// The first answer was much too long and is written once more.
    Shorten,
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
    pub(super) redraw: u32,
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
            Phase::Evolve | Phase::Shorten => EVOLVER,
            Phase::Judge(_) => JUDGE,
            Phase::Respond => RESPONDER,
        }
    }

    /// This call and those after it, if all goes well. Without a judge the first counts its call too,
    /// which changes no order.
    pub(super) fn calls_left(&self) -> u32 {
        match self.phase {
            Phase::Evolve | Phase::Shorten => 3,
            Phase::Judge(_) => 2,
            Phase::Respond => 1,
        }
    }

    pub(super) fn key(&self) -> CallKey {
        let id = self.id;
        CallKey::new(match self.phase {
            Phase::Evolve => format!("{id}/evolve"),
            Phase::Shorten => format!("{id}/evolve/1"),
            Phase::Judge(asked) => format!("{id}/judge/{asked}"),
            Phase::Respond => format!("{id}/respond"),
        })
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
            CallOutcome::Failed(failure) => {
                let inquiry = attempt.inquiry(&self.settings);
                Next::End(call_failed(attempt.phase, inquiry, &failure))
            }
            CallOutcome::Answered(answer) => {
                let text = answer.response.text;
                match attempt.phase {
                    Phase::Evolve | Phase::Shorten => self.read_child(&mut attempt, &text),
                    Phase::Judge(asked) => {
                        let inquiry = attempt.inquiry(&self.settings);
                        let judgement = Judgement::read(&text, inquiry, &self.settings.rules);
                        judgement.next(asked, inquiry, &text)
                    }
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
        let operator = attempt.operator(&self.settings);
        if let Some(reason) = self.unfit(text) {
            attempt.child = None;
            return Next::End(Verdict::eliminated("does-not-fit", reason));
        }
        let cleaned = match operator.read(&attempt.evolve_input(&self.settings), text) {
            Ok(cleaned) => cleaned,
            Err(error) => {
                attempt.child = Some(text.into());
                return Next::End(Verdict::Failed { cause: format!("{}: {error}", error.name()) });
            }
        };
        attempt.draft.cleaned = cleaned.steps.iter().map(ToString::to_string).collect();
        attempt.child = Some(cleaned.text.into_boxed_str());
        let has_window = self.settings.procedure == Procedure::Standard;
        if has_window && attempt.phase == Phase::Evolve && self.is_excessive(attempt) {
            return Next::Ask(Phase::Shorten);
        }
        let candidate = self.candidate(attempt, operator, None);
        let verdict = self.settings.rules.child_verdict(&candidate);
        if let Some(verdict) = verdict.or_else(|| self.near_duplicate(attempt, operator.kind())) {
            return Next::End(verdict);
        }
        if self.settings.has_critic() {
            return Next::Ask(Phase::Judge(0));
        }
        if !self.settings.rules.contains("no-gain") {
            return Next::Ask(Phase::Respond);
        }
        // A new instruction is not an old one made harder: it is held against the pool.
        if self.settings.procedure == Procedure::Standard && operator.kind() == Kind::InBreadth {
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

    /// Why the evolver says that the method does not fit, where it was told that it may.
    fn unfit<'a>(&self, text: &'a str) -> Option<&'a str> {
        let may_say = self.settings.procedure == Procedure::Standard;
        may_say.then(|| read_unfit(text)).flatten()
    }

    /// Whether the child has far more words than were asked for. Models count badly, so that a little
    /// more is no matter.
    fn is_excessive(&self, attempt: &Attempt) -> bool {
        let child = attempt.child.as_deref().unwrap_or_default();
        let source = &attempt.node.text;
        attempt.operator(&self.settings).words_max(source).is_some_and(|words_max| {
            let asked_for = words_max.saturating_sub(count_words(source));
            count_words(child) > words_max + asked_for
        })
    }

    fn read_response(&self, attempt: &mut Attempt, text: String) -> Next {
        attempt.draft.response = Some(text);
        let operator = attempt.operator(&self.settings);
        let candidate = self.candidate(attempt, operator, attempt.draft.response.as_deref());
        let verdict = self.settings.rules.response_verdict(&candidate);
        // Another one may have been kept meanwhile.
        let verdict = verdict.or_else(|| self.near_duplicate(attempt, operator.kind()));
        Next::End(verdict.unwrap_or(Verdict::Kept))
    }

    /// The verdict on a new instruction that is nearly the same as one that the run has.
    fn near_duplicate(&self, attempt: &Attempt, kind: Kind) -> Option<Verdict> {
        if kind != Kind::InBreadth {
            return None;
        }
        let near = self.pool.as_ref()?.nearest(attempt.child.as_deref()?)?;
        let shared = near.shared_percent;
        let evidence = format!("shares {shared} % of its groups of words with {}", near.id);
        Some(Verdict::eliminated("near-duplicate", evidence))
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
            parent_response: attempt.node.response.as_deref(),
            scaffold: operator.scaffold(),
        }
    }

    fn end(&mut self, attempt: Attempt, verdict: Verdict, step: &mut Step) {
        let kept = attempt.child.clone().filter(|_| verdict == Verdict::Kept);
        if let (Some(pool), Some(text)) = (&mut self.pool, &kept) {
            pool.insert(attempt.id, text);
        }
        let end = match kept {
            Some(text) => {
                let response = attempt.draft.response.as_deref();
                let response =
                    response.filter(|_| self.settings.needs_response(attempt.place.round));
                Settled::Kept { text, response: response.map(Into::into) }
            }
            None => Settled::Dropped,
        };
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
fn call_failed(phase: Phase, inquiry: Inquiry, failure: &Failure) -> Verdict {
    let what = match phase {
        Phase::Evolve | Phase::Shorten => "evolve",
        Phase::Judge(_) => "judge",
        Phase::Respond => "respond",
    };
    match (phase, failure.class) {
        (Phase::Judge(_), ErrorClass::Truncated | ErrorClass::Empty | ErrorClass::Refused) => {
            let rule = inquiry.invalid_rule().to_owned();
            Verdict::Invalid { rule, evidence: failure.message.clone() }
        }
        (_, ErrorClass::Truncated) => {
            Verdict::eliminated("truncated", format!("{what}: {}", failure.message))
        }
        (_, class) => {
            Verdict::Failed { cause: format!("{}: {what}: {}", class.as_str(), failure.message) }
        }
    }
}
