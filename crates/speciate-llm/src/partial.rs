//! An answer that is still coming in, event by event.

use speciate_types::{CallError, ErrorClass, Usage};

use crate::answer::{Finish, RawAnswer, after_work};

/// Most text of one answer, as for one that comes whole.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a stream has said so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Partial {
    content: String,
    reasoning: String,
    pub(crate) is_refusal: bool,
    pub(crate) finish: Option<Finish>,
    pub(crate) usage: Option<Usage>,
    pub(crate) model: Option<String>,
    pub(crate) created_unix_s: Option<u64>,
    /// Events that said something of an answer.
    pub(crate) events: u64,
    /// The stream has said that it is over.
    pub(crate) is_done: bool,
}

impl Partial {
    pub(crate) fn push_content(&mut self, text: &str) -> Result<(), CallError> {
        self.content.push_str(text);
        self.check_size()
    }

    pub(crate) fn push_reasoning(&mut self, text: &str) -> Result<(), CallError> {
        self.reasoning.push_str(text);
        self.check_size()
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
        Ok(RawAnswer {
            content: self.content,
            reasoning: Some(self.reasoning).filter(|reasoning| !reasoning.trim().is_empty()),
            is_refusal: self.is_refusal,
            finish: self.finish.unwrap_or(Finish::Missing),
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
