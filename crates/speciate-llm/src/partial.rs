//! An answer that is still coming in, event by event.

use speciate_types::{CallError, ErrorClass, Usage};

use crate::answer::{Finish, RawAnswer, after_work};

/// Most text of one answer, as for one that comes whole.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a stream has said so far.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact that a stream has told")]
pub(crate) struct Partial {
    content: String,
    reasoning: String,
    pub(crate) is_refusal: bool,
    finish: Option<Finish>,
    /// The finish reason came in an event without text, and none has come since.
    has_ending: bool,
    /// Text has come after a finish reason, so that only what ends the stream proves an end.
    is_voided: bool,
    pub(crate) usage: Option<Usage>,
    /// Tokens were counted after the last text.
    is_counted: bool,
    pub(crate) model: Option<String>,
    pub(crate) created_unix_s: Option<u64>,
    /// Events that said something of an answer.
    pub(crate) events: u64,
    /// The stream has said that it is over.
    pub(crate) is_done: bool,
}

impl Partial {
    pub(crate) fn push_content(&mut self, text: &str) -> Result<(), CallError> {
        if !text.is_empty() {
            self.is_voided |= self.finish.is_some();
            (self.has_ending, self.is_counted) = (false, false);
        }
        self.content.push_str(text);
        self.check_size()
    }

    pub(crate) fn push_reasoning(&mut self, text: &str) -> Result<(), CallError> {
        self.reasoning.push_str(text);
        self.check_size()
    }

    /// Takes a finish reason, if there is one; `has_text` says whether text came with it.
    pub(crate) fn take_finish(&mut self, finish: Finish, has_text: bool) {
        if finish != Finish::Unstated {
            self.finish = Some(finish);
            self.has_ending |= !has_text;
        }
    }

    /// Takes the counts so far, if there are any. Text that comes with them is taken afterwards.
    pub(crate) fn take_usage(&mut self, usage: Option<Usage>) {
        if usage.is_some() {
            self.usage = usage;
            self.is_counted = true;
        }
    }

    /// Whether the answer has its finish reason and no text behind it so far, so that what still
    /// fails takes nothing from it. Some servers put the reason on every piece of text: from the
    /// second piece on, only what ends the stream counts.
    pub(crate) fn has_ended(&self) -> bool {
        let is_proven = !self.is_voided || self.has_ending || self.is_counted || self.is_done;
        self.finish.is_some() && is_proven
    }

    /// A mistake in the stream; what came before it may have to be paid.
    pub(crate) fn wrong(&self, class: ErrorClass, message: impl Into<String>) -> CallError {
        after_work((class, message), self.usage)
    }

    /// An error that the server told within the stream.
    pub(crate) fn told(&self, mut error: CallError) -> CallError {
        error.usage = self.usage;
        error.maybe_billed |= !self.content.is_empty() || !self.reasoning.is_empty();
        error
    }

    /// What there is now that nothing more comes.
    pub(crate) fn end(self) -> Result<RawAnswer, CallError> {
        if self.events == 0 {
            let message = "expected events from the endpoint, found a stream without any";
            return Err(self.wrong(ErrorClass::Transient, message));
        }
        let is_closed = self.is_done || self.is_counted;
        let finish = match (self.has_ended(), self.finish) {
            (true, Some(finish)) => finish,
            (_, None) if is_closed => Finish::Unstated,
            _ if self.is_voided => Finish::Voided,
            _ => Finish::Missing,
        };
        Ok(RawAnswer {
            content: self.content,
            reasoning: Some(self.reasoning).filter(|reasoning| !reasoning.trim().is_empty()),
            is_refusal: self.is_refusal,
            finish,
            usage: self.usage,
            model: self.model,
            created_unix_s: self.created_unix_s,
        })
    }

    fn check_size(&self) -> Result<(), CallError> {
        if self.content.len() + self.reasoning.len() <= TEXT_BYTES_MAX {
            return Ok(());
        }
        let message = format!("the answer is larger than {} MiB", TEXT_BYTES_MAX >> 20);
        Err(self.wrong(ErrorClass::Malformed, message))
    }
}
