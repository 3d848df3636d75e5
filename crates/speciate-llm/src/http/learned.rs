//! What the calls of one model have taught so far. Shared by all of them without a lock: a value
//! that is a moment old does no harm.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};

use speciate_types::{CallError, ChatRequest, ChatResponse};

use super::ends::KnownEnds;
use super::room::KnownRoom;
use crate::openai::{Quirks, Refusal};
use crate::stream_choice::{
    StreamFacts, StreamMode, is_silence, next_pace, should_stream, silent_at,
};

/// A gateway that says sooner that it got no answer has not waited for one.
const GATEWAYS_WAIT_MS: u64 = 10_000;
/// The clock for silence may end a call so much later than it is set.
const SPARE_MS: u64 = 1_000;

/// Bits of no pace: those of a number that is none.
const UNKNOWN: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Learned {
    mode: StreamMode,
    silence_ms: u64,
    /// What the endpoint refused.
    quirks: AtomicU16,
    /// How many tokens it has for prompts and answers.
    pub(super) room: KnownRoom,
    /// Whether it says why answers end.
    pub(super) ends: KnownEnds,
    /// What its wire format has no place for, as far as requests had it.
    no_place: AtomicU16,
    /// The bits of the milliseconds for a token; [`UNKNOWN`] while none has been seen.
    ms_per_token: AtomicU64,
    /// The smallest limit of an answer that did not come in time; `u32::MAX` while there is none.
    silent_tokens: AtomicU32,
    /// Whether a connection may have been kept.
    has_answered: AtomicBool,
}

impl Learned {
    pub(super) fn new(mode: StreamMode, silence_ms: u64) -> Self {
        Self {
            mode,
            silence_ms,
            quirks: AtomicU16::new(0),
            room: KnownRoom::default(),
            ends: KnownEnds::default(),
            no_place: AtomicU16::new(0),
            ms_per_token: AtomicU64::new(UNKNOWN),
            silent_tokens: AtomicU32::new(u32::MAX),
            has_answered: AtomicBool::new(false),
        }
    }

    pub(super) fn quirks(&self) -> Quirks {
        Quirks::from_bits(self.quirks.load(Ordering::Relaxed))
    }

    pub(super) fn learn(&self, refused: Quirks) {
        self.quirks.fetch_or(refused.bits(), Ordering::Relaxed);
    }

    pub(super) fn leave_out(&self, no_place: Quirks) {
        self.no_place.fetch_or(no_place.bits(), Ordering::Relaxed);
    }

    /// All lessons that a person wants to know: what is left out, and limits.
    pub(super) fn lessons(&self) -> Vec<String> {
        let no_place = Quirks::from_bits(self.no_place.load(Ordering::Relaxed));
        let left_out = self.quirks().with(no_place).left_out();
        left_out.into_iter().chain(self.ends.lesson()).chain(self.room.lessons()).collect()
    }

    /// All lessons of refusals, to be taught again.
    pub(super) fn refused(&self) -> Vec<String> {
        let refused = self.quirks().refused().into_iter();
        refused.chain(self.ends.lesson()).chain(self.room.lessons()).collect()
    }

    /// Takes lessons of an earlier session.
    pub(super) fn teach(&self, lessons: &[String]) {
        let quirks = lessons.iter().filter_map(|lesson| Quirks::of_parameter(lesson));
        self.learn(quirks.fold(Quirks::default(), Quirks::with));
        for lesson in lessons {
            self.room.teach(lesson);
            self.ends.teach(lesson);
        }
    }

    /// Takes a refusal of `request`, whose `limit` it may lower; whether the request can be sent
    /// again in another form.
    pub(super) fn take(
        &self,
        refusal: Refusal,
        request: &ChatRequest,
        limit: &mut Option<u32>,
    ) -> bool {
        match refusal {
            Refusal::Parameters(refused) => {
                self.learn(refused);
                true
            }
            Refusal::Limit(room) => {
                let fits = limit.and_then(|asked| self.room.take(room, request, asked));
                *limit = fits.or(*limit);
                fits.is_some()
            }
        }
    }

    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    pub(super) fn answered(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Whether the answer to `request` is to come as a stream.
    pub(super) fn streams(&self, request: &ChatRequest, quirks: Quirks) -> bool {
        let silent = self.silent_tokens.load(Ordering::Relaxed);
        should_stream(&StreamFacts {
            mode: self.mode,
            is_refused: quirks.has(Quirks::STREAM),
            tokens_max: request.sampling.max_tokens,
            ms_per_token: self.pace(),
            silence_ms: self.silence_ms,
            silent_tokens: (silent != u32::MAX).then_some(silent),
        })
    }

    /// The error of a call that took `took_ms`, marked if nothing came for too long. A stream that took
    /// longer had begun, and a gateway can be quick to say that nobody is there.
    pub(super) fn marked(&self, error: CallError, is_stream: bool, took_ms: u64) -> CallError {
        let is_long = took_ms >= self.silence_ms.min(GATEWAYS_WAIT_MS);
        let has_begun = is_stream && took_ms > self.silence_ms.saturating_add(SPARE_MS);
        let is_silence = is_long && !has_begun && is_silence(&error, took_ms, self.silence_ms);
        CallError { is_silence, ..error }
    }

    /// Takes the end of a call that took `took_ms`.
    pub(super) fn ended(
        &self,
        request: &ChatRequest,
        is_stream: bool,
        took_ms: u64,
        result: &Result<ChatResponse, CallError>,
    ) {
        match result {
            Ok(response) => {
                let pace = next_pace(self.pace(), took_ms, response.usage.output_tokens);
                self.ms_per_token.store(pace.map_or(UNKNOWN, f64::to_bits), Ordering::Relaxed);
            }
            Err(error) if !is_stream && is_silence(error, took_ms, self.silence_ms) => {
                let tokens = silent_at(request.sampling.max_tokens);
                self.silent_tokens.fetch_min(tokens, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }

    fn pace(&self) -> Option<f64> {
        let bits = self.ms_per_token.load(Ordering::Relaxed);
        (bits != UNKNOWN).then(|| f64::from_bits(bits))
    }
}
