//! A request to a model and its answer, independent of any provider's wire format.

use serde::{Deserialize, Serialize};

/// Who speaks in a chat message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageRole {
    /// Sets the frame of the conversation.
    System,
    /// Asks.
    User,
    /// Answers. As the last message of a request it is a prefix that the model continues.
    Assistant,
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: MessageRole,
    /// What is said.
    pub content: String,
}

impl ChatMessage {
    /// A message of `role`.
    pub fn new(role: MessageRole, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// How the model draws its tokens. `None` leaves the choice to the endpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// 0 is greedy; usual range `0.0..=2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling, `0.0..=1.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Drops tokens less likely than this share of the likeliest, `0.0..=1.0`. Not every server knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    /// OpenAI's frequency penalty, `-2.0..=2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// OpenAI's presence penalty, `-2.0..=2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// llama.cpp's repeat penalty, 1 is none. Not every server knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_penalty: Option<f64>,
    /// Most tokens to generate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

/// One request to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation. A last message of the assistant is a prefix to be continued.
    pub messages: Vec<ChatMessage>,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Texts that end the answer; they are not part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Seed of the model's own draws, from the run seed and the call's key.
    pub seed: u64,
    /// How many leading messages are the same for every request of this kind.
    ///
    /// A hint for engines that can share the work on a common prefix; 0 is none.
    #[serde(default)]
    pub shared_messages: usize,
}

impl ChatRequest {
    /// All texts of the conversation, one after the other.
    pub fn text(&self) -> String {
        self.messages.iter().map(|message| message.content.as_str()).collect()
    }
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was done, or met a stop text.
    Stop,
    /// It ran into `max_tokens`: the text is cut.
    Length,
    /// The provider's filter cut in.
    ContentFilter,
    /// Anything else that a server says.
    Other,
}

impl FinishReason {
    /// The name used in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ContentFilter => "content_filter",
            Self::Other => "other",
        }
    }
}

/// A model's complete answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatResponse {
    /// The answer, without reasoning and without the request's prefix.
    pub text: String,
    /// Reasoning that the model gave beside the answer (`<think>`, `reasoning_content`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Why it ended. A complete answer never says [`FinishReason::Length`].
    pub finish_reason: FinishReason,
    /// Tokens, as the server counted them or estimated.
    pub usage: crate::Usage,
    /// The model's name as the server returned it.
    pub model: String,
    /// When the server says it made the answer, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_unix_s: Option<u64>,
}
