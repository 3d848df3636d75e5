//! From the events of a stream to one answer.

use serde::Deserialize;
use serde_json::Value;
use speciate_types::{CallError, ErrorClass};

use super::classify::classify_inner;
use super::decode::{Message, content_text, non_empty};
use super::finish::finish_of;
use super::parse::parse;
use super::quote::{quote_bytes, shorten};
use super::usage::{count, read_usage};
use crate::answer::RawAnswer;
use crate::partial::Partial;
use crate::retry_after::ResponseHints;
use crate::sse::SseEvent;

/// The parts of a chunk that count; typed, so that a key that comes twice is noticed.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object with `choices`")]
struct Chunk {
    error: Option<Value>,
    choices: Option<Vec<Choice>>,
    usage: Option<Value>,
    model: Option<Value>,
    created: Option<Value>,
    /// `error` where an old vLLM puts its error without a wrapper.
    object: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object with a `delta`")]
struct Choice {
    index: Option<Value>,
    delta: Option<Message>,
    /// In place of a `delta`, from servers that send it so.
    message: Option<Message>,
    finish_reason: Option<Value>,
    native_finish_reason: Option<Value>,
    error: Option<Value>,
}

/// Folds `chat.completion.chunk` objects into one answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct StreamFold {
    partial: Partial,
    /// The index of the one choice, once it is known.
    index: Option<u64>,
}

impl StreamFold {
    /// Takes one event.
    ///
    /// # Errors
    ///
    /// What the server tells of in place of more, or [`ErrorClass::Malformed`]. Nothing that came
    /// before it is used.
    pub(crate) fn push(&mut self, event: &SseEvent, hints: ResponseHints) -> Result<(), CallError> {
        let data = event.data.trim_ascii();
        // Empty data is a sign of life.
        if self.partial.is_done || data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            self.partial.is_done = true;
            return Ok(());
        }
        if event.name == b"error" {
            return Err(self.partial.told(classify_inner(&error_of(data), hints)));
        }
        let chunk: Chunk = parse(data).map_err(|error| {
            // Here a piece that is no JSON is the server's mistake and not the network's.
            self.partial.wrong(ErrorClass::Malformed, error.message)
        })?;
        self.partial.events += 1;
        self.take(chunk, data, hints)
    }

    /// What there is at the end of the stream; `cut` is an event that its end has left open.
    pub(crate) fn end(
        mut self,
        cut: Option<&SseEvent>,
        hints: ResponseHints,
    ) -> Result<RawAnswer, CallError> {
        if let Some(event) = cut
            && !is_cut_off(event)
        {
            self.push(event, hints)?;
        }
        if self.partial.is_done && self.index.is_none() && self.partial.events > 0 {
            return Err(self.partial.wrong(ErrorClass::Malformed, "the answer has no `choices`"));
        }
        self.partial.end()
    }

    /// Whether the answer has its finish reason, so that what still fails takes nothing from it.
    pub(crate) fn has_ended(&self) -> bool {
        self.partial.has_ended()
    }

    /// Whether the server has said that nothing more comes.
    pub(crate) fn is_done(&self) -> bool {
        self.partial.is_done
    }

    fn take(&mut self, chunk: Chunk, data: &[u8], hints: ResponseHints) -> Result<(), CallError> {
        // The last sensible count holds: some servers count in every chunk, some twice at the end.
        self.partial.take_usage(read_usage(chunk.usage.as_ref()));
        let inner = chunk.error.filter(|error| !error.is_null());
        if let Some(error) = inner.or_else(|| bare_error(chunk.object.as_ref(), data)) {
            return Err(self.partial.told(classify_inner(&error, hints)));
        }
        self.partial.model = self.partial.model.take().or_else(|| chunk.model.and_then(non_empty));
        let created = chunk.created.as_ref().and_then(count);
        self.partial.created_unix_s = self.partial.created_unix_s.or(created);
        for choice in chunk.choices.into_iter().flatten() {
            self.take_choice(choice, hints)?;
        }
        Ok(())
    }

    fn take_choice(&mut self, choice: Choice, hints: ResponseHints) -> Result<(), CallError> {
        if let Some(error) = choice.error.filter(|error| !error.is_null()) {
            return Err(self.partial.told(classify_inner(&error, hints)));
        }
        let index = choice.index.as_ref().and_then(count).unwrap_or(0);
        if *self.index.get_or_insert(index) != index {
            let message = "expected one choice in the stream, found several";
            return Err(self.partial.wrong(ErrorClass::Malformed, message));
        }
        let delta = choice.delta.or(choice.message);
        let has_text = delta.map_or(Ok(false), |delta| self.take_delta(delta))?;
        let finish = finish_of(choice.finish_reason.as_ref(), choice.native_finish_reason.as_ref());
        self.partial.take_finish(finish, has_text);
        Ok(())
    }

    /// Says whether text of the answer was in it.
    fn take_delta(&mut self, mut delta: Message) -> Result<bool, CallError> {
        self.partial.is_refusal |= delta.refusal.take().and_then(non_empty).is_some();
        if let Some(text) = delta.take_reasoning() {
            self.partial.push_reasoning(&text)?;
        }
        let text = delta.content.map(content_text).unwrap_or_default();
        self.partial.push_content(&text)?;
        Ok(!text.is_empty())
    }
}

/// Whether the stream ended within the event, so that the event says nothing.
fn is_cut_off(event: &SseEvent) -> bool {
    let data = event.data.trim_ascii();
    data != b"[DONE]" && serde_json::from_slice::<serde::de::IgnoredAny>(data).is_err()
}

/// The error that an `error` event carries, in a wrapper or without.
fn error_of(data: &[u8]) -> Value {
    let json: Value =
        serde_json::from_slice(data).unwrap_or_else(|_| Value::String(shorten(&quote_bytes(data))));
    json.get("error").cloned().filter(|error| !error.is_null()).unwrap_or(json)
}

fn bare_error(object: Option<&Value>, data: &[u8]) -> Option<Value> {
    (object?.as_str()? == "error").then(|| error_of(data))
}
