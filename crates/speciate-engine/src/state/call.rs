//! A call between its first try and its end, and its tries in flight.

use speciate_llm::retry::TryCounts;
use speciate_types::{ChatRequest, FailedTry, NanoUsd, Usage, Wanted};

#[derive(Debug)]
pub(super) struct Call {
    pub(super) wanted: Wanted,
    pub(super) counts: TryCounts,
    /// Tries that have ended by themselves.
    pub(super) tries: u32,
    pub(super) failed: Vec<FailedTry>,
    pub(super) usage: Usage,
    /// `None` as soon as one try has no known price.
    pub(super) cost: Option<NanoUsd>,
    /// Numbers of the tries in flight: one, or more after a second try.
    pub(super) flights: Vec<u64>,
    /// Second tries so far.
    pub(super) second_tries: u32,
    /// The lane that stumbled over it last: the next try rather goes to another.
    pub(super) failed_on: Option<usize>,
    /// When it first met a fault that may pass.
    pub(super) stumbled_ms: Option<u64>,
    /// When the next try may go out at the earliest.
    pub(super) not_before_ms: u64,
}

/// A try that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    /// The number of its call.
    pub(super) call: u64,
    pub(super) model: usize,
    /// It asks for a sign of life in the name of the call, and not for the call's answer.
    pub(super) is_probe: bool,
    /// It was sent after its endpoint had answered something since the call first met a fault.
    pub(super) is_proven: bool,
    pub(super) sent_ms: u64,
    pub(super) reserved: NanoUsd,
    /// What it will probably cost.
    pub(super) expected: NanoUsd,
    pub(super) estimated_tokens: u64,
    /// The most tokens of its answer, where the request says so.
    pub(super) answer_limit: Option<u32>,
    pub(super) request_hash: [u8; 16],
}

impl Call {
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            counts: TryCounts::default(),
            tries: 0,
            failed: Vec::new(),
            usage: Usage::default(),
            cost: Some(NanoUsd(0)),
            flights: Vec::new(),
            second_tries: 0,
            failed_on: None,
            stumbled_ms: None,
            not_before_ms: 0,
        }
    }

    /// Makes the job's request into that of the next try: never the same again after an answer
    /// that was cut or useless.
    pub(super) fn adapt(&self, request: &mut ChatRequest) {
        request.seed = request.seed.wrapping_add(u64::from(self.counts.rerolls));
        if let Some(limit) = &mut request.sampling.max_tokens {
            *limit = limit.saturating_mul(1 << self.counts.enlargements);
        }
    }
}
