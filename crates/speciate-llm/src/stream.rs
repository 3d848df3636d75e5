//! A streamed answer, from its bytes to what it means: pure, for every wire format.

use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass};

use crate::answer::{RawAnswer, after_work, judge};
use crate::openai::{Reply, without_comments};
use crate::retry_after::ResponseHints;
use crate::sse::{SseDecoder, SseEvent};
use crate::wire::WireFormat;
use crate::{anthropic, openai};

/// A streamed answer with status 200 on its way in: bytes go in, at the end the answer comes out.
#[derive(Debug)]
pub struct StreamReader {
    decoder: SseDecoder,
    fold: Fold,
    hints: ResponseHints,
    wire: WireFormat,
    /// Bytes so far.
    n_bytes: usize,
    /// What has come while nothing of it was an event: it may be an answer that came whole.
    eventless: Vec<u8>,
    events: Vec<SseEvent>,
}

/// Most bytes of one stream. A stream writes some hundred bytes for each token, so this is more
/// than what a whole answer may have; its text is capped as that of a whole one.
const STREAM_BYTES_MAX: usize = 64 * 1024 * 1024;

impl StreamReader {
    /// Nothing has come yet. `hints` are from the response's head.
    pub fn new(wire: WireFormat, hints: ResponseHints) -> Self {
        Self {
            decoder: SseDecoder::default(),
            fold: Fold::new(wire),
            hints,
            wire,
            n_bytes: 0,
            eventless: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Takes the next bytes, whatever their borders.
    ///
    /// # Errors
    ///
    /// An error event of the server by the class that it means; [`ErrorClass::Malformed`] for what
    /// is not of the agreed shape or too large. The reader is of no use afterwards.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        self.n_bytes = self.n_bytes.saturating_add(bytes.len());
        if self.n_bytes > STREAM_BYTES_MAX {
            let message = format!("the stream is larger than {} MiB", STREAM_BYTES_MAX >> 20);
            return Err(after_work((ErrorClass::Malformed, message), None));
        }
        self.decoder
            .push(bytes, &mut self.events)
            .map_err(|error| after_work((ErrorClass::Malformed, error.to_string()), None))?;
        if self.events.is_empty() && self.n_bytes == self.eventless.len() + bytes.len() {
            self.eventless.extend_from_slice(bytes);
        } else {
            self.eventless = Vec::new();
        }
        for event in self.events.drain(..) {
            self.fold.push(&event, self.hints)?;
        }
        Ok(())
    }

    /// Whether the answer has its finish reason, so that a connection that breaks now takes nothing
    /// from it.
    pub fn has_ended(&self) -> bool {
        self.fold.has_ended()
    }

    /// Whether the server has said that nothing more comes.
    pub fn is_done(&self) -> bool {
        self.fold.is_done()
    }

    /// The answer to `request`, which was sent to `model`, with the checks of a whole one.
    pub fn end(self, model: &str, request: &ChatRequest) -> Result<ChatResponse, CallError> {
        judge(model, request, self.read()?)
    }

    /// The same before it is judged.
    pub(crate) fn read(self) -> Result<RawAnswer, CallError> {
        let whole = without_comments(&self.eventless);
        if whole.starts_with(b"{") {
            return self.wire.read(&Reply { status: 200, hints: self.hints, body: whole });
        }
        let cut = self.decoder.end();
        self.fold.end(cut.as_ref(), self.hints)
    }
}

/// What makes an answer of the events, by format.
#[derive(Debug)]
enum Fold {
    OpenAi(openai::StreamFold),
    Anthropic(anthropic::StreamFold),
}

impl Fold {
    fn new(wire: WireFormat) -> Self {
        match wire {
            WireFormat::OpenAi => Self::OpenAi(openai::StreamFold::default()),
            WireFormat::Anthropic => Self::Anthropic(anthropic::StreamFold::default()),
        }
    }

    fn push(&mut self, event: &SseEvent, hints: ResponseHints) -> Result<(), CallError> {
        match self {
            Self::OpenAi(fold) => fold.push(event, hints),
            Self::Anthropic(fold) => fold.push(event, hints),
        }
    }

    fn end(self, cut: Option<&SseEvent>, hints: ResponseHints) -> Result<RawAnswer, CallError> {
        match self {
            Self::OpenAi(fold) => fold.end(cut, hints),
            Self::Anthropic(fold) => fold.end(cut, hints),
        }
    }

    fn has_ended(&self) -> bool {
        match self {
            Self::OpenAi(fold) => fold.has_ended(),
            Self::Anthropic(fold) => fold.has_ended(),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::OpenAi(fold) => fold.is_done(),
            Self::Anthropic(fold) => fold.is_done(),
        }
    }
}
