//! An endpoint as it really is: how long it takes, when it is away, what it refuses.

use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass, FinishReason, Usage};

use crate::faults::{Fault, LiveFaults};
use crate::random::Random;

/// After a refusal with a time, the slots are free again by then.
const TELLS_MS: u64 = 2_500;

/// A time in which nothing is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outage {
    pub(crate) from_ms: u64,
    pub(crate) until_ms: u64,
    /// Calls hang, rather than fail at once.
    pub(crate) hangs: bool,
}

/// How it deals with calls while it is there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Habit {
    Answers,
    /// It refuses so many in a hundred, whatever its load.
    RefusesShare(u64),
    /// It works on so many at once and refuses the rest.
    Saturates {
        slots: u32,
        tells_when: bool,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) median_ms: u64,
    /// The model's own clock: a try that says nothing for so long ends.
    pub(crate) silence_ms: u64,
    pub(crate) outages: Vec<Outage>,
    pub(crate) habit: Habit,
}

/// What becomes of a try.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    pub(crate) after_ms: u64,
    pub(crate) outcome: Outcome,
}

/// How a try ends.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Answered(ChatResponse),
    Failed(CallError),
    /// By a bug of ours.
    Panicked,
}

/// A try as the endpoint sees it.
pub(crate) struct Asked<'a> {
    /// `None` for a sign of life.
    pub(crate) call: Option<u64>,
    /// Tries of the call that reached a healthy endpoint before.
    pub(crate) nth: usize,
    pub(crate) request: &'a ChatRequest,
    /// In the world's time, not the session's.
    pub(crate) at_ms: u64,
    pub(crate) in_service: u32,
}

impl Endpoint {
    /// The fate of a try; `true` beside it if the try used up one of the call's planned faults.
    pub(crate) fn fate(
        &self,
        asked: &Asked<'_>,
        faults: &LiveFaults,
        random: &mut Random,
    ) -> (Fate, bool) {
        let away = self.outages.iter().find(|away| asked.at_ms < away.until_ms);
        if let Some(away) = away.filter(|away| away.from_ms <= asked.at_ms) {
            return (self.lost(away, random.below(20)), false);
        }
        if let Some(refusal) = self.refusal(asked, random) {
            let after_ms = random.below(self.median_ms + 1);
            return (Fate { after_ms, outcome: Outcome::Failed(refusal) }, false);
        }
        let takes_ms = random.long_tail(self.median_ms);
        let fate = match asked.call.and_then(|call| faults.of(call, asked.nth)) {
            Some(Fault::Hang) => self.silence(),
            Some(Fault::Error { class, retry_after_ms, maybe_billed }) => {
                let usage = costs_tokens(class).then(|| usage(asked));
                let error = CallError { retry_after_ms, maybe_billed, usage, ..said(class) };
                Fate { after_ms: takes_ms, outcome: Outcome::Failed(error) }
            }
            Some(Fault::Panic) => Fate { after_ms: takes_ms, outcome: Outcome::Panicked },
            None => Fate { after_ms: takes_ms, outcome: Outcome::Answered(answer(asked)) },
        };
        // What is under way when the endpoint goes away is lost with it.
        match away {
            Some(away) if asked.at_ms + fate.after_ms >= away.from_ms => {
                (self.lost(away, away.from_ms - asked.at_ms), true)
            }
            _ => (fate, true),
        }
    }

    fn lost(&self, away: &Outage, after_ms: u64) -> Fate {
        if away.hangs {
            return self.silence();
        }
        let error = CallError { maybe_billed: after_ms > 20, ..said(ErrorClass::Transient) };
        Fate { after_ms, outcome: Outcome::Failed(error) }
    }

    fn silence(&self) -> Fate {
        let said = said(ErrorClass::Transient);
        let error = CallError { maybe_billed: true, is_silence: true, ..said };
        Fate { after_ms: self.silence_ms, outcome: Outcome::Failed(error) }
    }

    fn refusal(&self, asked: &Asked<'_>, random: &mut Random) -> Option<CallError> {
        let (is_refused, retry_after_ms) = match self.habit {
            Habit::Answers => (false, None),
            Habit::RefusesShare(percent) => (random.percent(percent), None),
            Habit::Saturates { slots, tells_when } => {
                (asked.in_service >= slots, tells_when.then_some(TELLS_MS))
            }
        };
        let error = CallError { retry_after_ms, ..said(ErrorClass::Throttled) };
        is_refused.then_some(error)
    }
}

fn said(class: ErrorClass) -> CallError {
    CallError::new(class, class.as_str())
}

/// Whether the server worked for an error of this class, and says so.
fn costs_tokens(class: ErrorClass) -> bool {
    matches!(
        class,
        ErrorClass::Truncated | ErrorClass::Filtered | ErrorClass::Refused | ErrorClass::Empty
    )
}

/// Never more than what was reserved: two bytes a token, and the request's own limit.
fn usage(asked: &Asked<'_>) -> Usage {
    let bytes: usize = asked.request.messages.iter().map(|message| message.content.len()).sum();
    let most = asked.request.sampling.max_tokens.map_or(95, u64::from);
    let output_tokens = Random::keyed(key(asked), &[4]).between(5, 95.min(most));
    Usage { input_tokens: bytes.div_ceil(3) as u64, output_tokens, ..Usage::default() }
}

fn key(asked: &Asked<'_>) -> u64 {
    asked.call.unwrap_or(u64::MAX)
}

fn answer(asked: &Asked<'_>) -> ChatResponse {
    ChatResponse {
        text: format!("<{}>", key(asked)),
        reasoning: None,
        finish_reason: FinishReason::Stop,
        usage: usage(asked),
        model: "simulated".to_owned(),
        created_unix_s: None,
    }
}
