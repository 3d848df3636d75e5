//! A chat request as the body says it.

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// Most messages in one request.
const MESSAGES_MAX: usize = 1_000;

/// Why a body is not a chat request.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ChatError {
    /// Not JSON, or a field of the wrong type.
    #[error("cannot read the chat request")]
    Json(#[from] serde_json::Error),
    /// There is nothing to answer.
    #[error("cannot answer a chat request with {0} messages: expected 1 to {MESSAGES_MAX}")]
    Messages(usize),
    /// Anthropic's format wants a limit.
    #[error("max_tokens: Field required")]
    Limit,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sets the frame (`system` or `developer`).
    #[serde(alias = "developer")]
    System,
    /// Asks.
    User,
    /// Answers; as the last message a beginning to be continued.
    Assistant,
    /// Gives the result of a tool.
    Tool,
}

/// One message; content parts are joined into one text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    #[serde(default, deserialize_with = "content")]
    pub content: String,
}

/// Whose format a request has, and so its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's chat completions.
    #[default]
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

/// What the server needs to know of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedRequest {
    /// The format of the request.
    pub dialect: Dialect,
    /// The model asked for; `mock` where the body names none.
    pub model: String,
    /// The conversation, at least one message.
    pub messages: Vec<Message>,
    /// The client's seed.
    pub seed: Option<i64>,
    /// Whether the answer is to come as events.
    pub is_stream: bool,
    /// Whether a stream ends with a usage event.
    pub wants_usage: bool,
    /// Most tokens of the answer, from `max_tokens` or `max_completion_tokens`.
    pub tokens_max: Option<u64>,
    /// The optional parameters that the body names, for the faults that refuse one.
    pub parameters: Vec<&'static str>,
}

impl ParsedRequest {
    /// Reads the body of a request for a chat completion. Unknown fields are ignored, as servers do.
    ///
    /// # Errors
    ///
    /// [`ChatError::Json`] for anything that is not a chat request, [`ChatError::Messages`] if
    /// there are none or far too many messages.
    pub fn from_json(body: &[u8]) -> Result<Self, ChatError> {
        Self::of(Dialect::OpenAi, serde_json::from_slice(body)?)
    }

    /// Reads the body of a request for one of Anthropic's messages; its `system` becomes the first
    /// message, so that the same conversation gets the same answer.
    ///
    /// # Errors
    ///
    /// As for [`Self::from_json`]; [`ChatError::Limit`] without `max_tokens`, which the format wants.
    pub fn from_anthropic(body: &[u8]) -> Result<Self, ChatError> {
        let mut wire: Wire = serde_json::from_slice(body)?;
        if wire.max_tokens.is_none() {
            return Err(ChatError::Limit);
        }
        if let Some(System(content)) = wire.system.take() {
            wire.messages.insert(0, Message { role: Role::System, content });
        }
        Self::of(Dialect::Anthropic, wire)
    }

    fn of(dialect: Dialect, wire: Wire) -> Result<Self, ChatError> {
        if wire.messages.is_empty() || wire.messages.len() > MESSAGES_MAX {
            return Err(ChatError::Messages(wire.messages.len()));
        }
        Ok(Self {
            dialect,
            parameters: wire.parameters(),
            model: wire.model.unwrap_or_else(|| "mock".to_owned()),
            messages: wire.messages,
            seed: wire.seed,
            is_stream: wire.stream.unwrap_or(false),
            wants_usage: wire.stream_options.as_ref().is_some_and(|options| options.include_usage),
            tokens_max: wire.max_completion_tokens.or(wire.max_tokens),
        })
    }

    /// 64 bits of all that an answer may depend on: messages, seed and model.
    pub fn key(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        for message in &self.messages {
            hasher.update(&[message.role as u8]);
            hasher.update(&(message.content.len() as u64).to_le_bytes());
            hasher.update(message.content.as_bytes());
        }
        hasher.update(&self.seed.unwrap_or(i64::MIN).to_le_bytes());
        hasher.update(self.model.as_bytes());
        first_u64(&hasher.finalize())
    }

    /// The text of the last message of the user, or of the last message at all.
    pub fn last_user(&self) -> &str {
        let asked = self.messages.iter().rev().find(|message| message.role == Role::User);
        asked.or(self.messages.last()).map_or("", |message| message.content.as_str())
    }
}

/// The first eight bytes of a hash as a number.
pub(crate) fn first_u64(hash: &blake3::Hash) -> u64 {
    hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[derive(Deserialize)]
struct Wire {
    model: Option<String>,
    messages: Vec<Message>,
    system: Option<System>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    seed: Option<i64>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    temperature: Option<IgnoredAny>,
    top_p: Option<IgnoredAny>,
    frequency_penalty: Option<IgnoredAny>,
    presence_penalty: Option<IgnoredAny>,
    stop: Option<IgnoredAny>,
    stop_sequences: Option<IgnoredAny>,
    logprobs: Option<IgnoredAny>,
    response_format: Option<IgnoredAny>,
    continue_final_message: Option<IgnoredAny>,
}

/// Anthropic's place for the system's message: a text or a list of text blocks.
#[derive(Deserialize)]
#[serde(transparent)]
struct System(#[serde(deserialize_with = "content")] String);

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

impl Wire {
    fn parameters(&self) -> Vec<&'static str> {
        let named = [
            ("max_tokens", self.max_tokens.is_some()),
            ("max_completion_tokens", self.max_completion_tokens.is_some()),
            ("seed", self.seed.is_some()),
            ("temperature", self.temperature.is_some()),
            ("top_p", self.top_p.is_some()),
            ("frequency_penalty", self.frequency_penalty.is_some()),
            ("presence_penalty", self.presence_penalty.is_some()),
            ("stop", self.stop.is_some()),
            ("stop_sequences", self.stop_sequences.is_some()),
            ("stream", self.stream.is_some()),
            ("stream_options", self.stream_options.is_some()),
            ("logprobs", self.logprobs.is_some()),
            ("response_format", self.response_format.is_some()),
            ("continue_final_message", self.continue_final_message.is_some()),
        ];
        named.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
    }
}

/// Reads a content that is a text, a list of parts, or null.
fn content<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_any(Content)
}

struct Content;

impl<'de> Visitor<'de> for Content {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of text parts, or null")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<String, A::Error> {
        let mut text = String::new();
        while let Some(part) = parts.next_element::<Part>()? {
            text.push_str(&part.text);
        }
        Ok(text)
    }
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}
