//! From the events of a stream to one answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use speciate_types::{CallError, ErrorClass};

use super::decode::{Block, read_usage};
use crate::answer::RawAnswer;
use crate::openai::{classify_inner, parse, read_finish};
use crate::partial::Partial;
use crate::retry_after::ResponseHints;
use crate::sse::SseEvent;

/// What every event has. The type in the data counts and not the event's name, which some proxies
/// lose.
#[derive(Deserialize)]
#[serde(expecting = "an object with a `type`")]
struct Head {
    #[serde(default, rename = "type")]
    kind: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

/// The parts of those events that say something of the answer.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an event of a message")]
struct Event {
    message: Option<Value>,
    content_block: Option<Block>,
    delta: Option<Block>,
    usage: Option<Value>,
}

/// Folds a stream's events into one answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct StreamFold {
    partial: Partial,
}

impl StreamFold {
    /// Takes one event. Types that nobody knows yet are passed over, as the page on streaming asks.
    ///
    /// # Errors
    ///
    /// What the server tells of in place of more, or [`ErrorClass::Malformed`].
    pub(crate) fn push(&mut self, event: &SseEvent, hints: ResponseHints) -> Result<(), CallError> {
        let data = event.data.trim_ascii();
        if self.partial.is_done || data.is_empty() {
            return Ok(());
        }
        let head: Head = self.read(data)?;
        if let Some(error) = head.error.filter(|error| !error.is_null()) {
            return Err(self.partial.told(classify_inner(&error, hints)));
        }
        match head.kind.as_ref().and_then(Value::as_str).unwrap_or_default() {
            "message_start" => self.start(&self.read::<Event>(data)?.message.unwrap_or_default()),
            "content_block_start" => {
                let block = self.read::<Event>(data)?.content_block;
                self.add(&block.unwrap_or_default())?;
            }
            "content_block_delta" => {
                let delta = self.read::<Event>(data)?.delta;
                self.add(&delta.unwrap_or_default())?;
            }
            "message_delta" => self.change(self.read(data)?),
            "message_stop" => self.partial.is_done = true,
            _ => {}
        }
        Ok(())
    }

    fn read<Json: DeserializeOwned>(&self, data: &[u8]) -> Result<Json, CallError> {
        parse(data).map_err(|error| self.partial.wrong(ErrorClass::Malformed, error.message))
    }

    /// What there is at the end of the stream; `cut` is an event that its end has left open.
    pub(crate) fn end(
        mut self,
        cut: Option<&SseEvent>,
        hints: ResponseHints,
    ) -> Result<RawAnswer, CallError> {
        if let Some(event) = cut
            && serde_json::from_slice::<serde::de::IgnoredAny>(&event.data).is_ok()
        {
            self.push(event, hints)?;
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

    fn change(&mut self, event: Event) {
        self.partial.events += 1;
        self.count(event.usage.as_ref());
        let finish = read_finish(event.delta.unwrap_or_default().stop_reason.as_ref());
        self.partial.take_finish(finish, false);
    }

    fn start(&mut self, message: &Value) {
        self.partial.events += 1;
        self.partial.model = message.get("model").and_then(Value::as_str).map(str::to_owned);
        self.count(message.get("usage"));
    }

    fn count(&mut self, usage: Option<&Value>) {
        let read = usage.and_then(|usage| read_usage(usage, self.partial.usage));
        self.partial.take_usage(read);
    }

    fn add(&mut self, block: &Block) -> Result<(), CallError> {
        self.partial.events += 1;
        self.partial.push_reasoning(block.thinking())?;
        self.partial.push_content(block.text())
    }
}
