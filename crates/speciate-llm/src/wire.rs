//! The wire formats, told apart in one place.

use speciate_types::{CallError, ChatRequest, ChatResponse};

use crate::openai::{Quirks, Reply};
use crate::{anthropic, openai};

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum WireFormat {
    /// OpenAI's chat completions, which most servers understand.
    #[default]
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

impl WireFormat {
    /// Where requests go, behind the base URL.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "chat/completions",
            Self::Anthropic => "messages",
        }
    }

    pub(crate) fn encode(
        self,
        model: &str,
        request: &ChatRequest,
        quirks: Quirks,
        is_stream: bool,
    ) -> Vec<u8> {
        match self {
            Self::OpenAi => openai::encode_as(model, request, quirks, is_stream),
            Self::Anthropic => anthropic::encode(model, request, quirks, is_stream),
        }
    }

    pub(crate) fn decode(
        self,
        model: &str,
        request: &ChatRequest,
        reply: &Reply<'_>,
    ) -> Result<ChatResponse, CallError> {
        match self {
            Self::OpenAi => openai::decode(model, request, reply),
            Self::Anthropic => anthropic::decode(model, request, reply),
        }
    }

    /// The optional parameter that a refusal names, if it can be left out here.
    pub(crate) fn refused_parameter(self, reply: &Reply<'_>) -> Option<Quirks> {
        let refused = openai::refused_parameter(reply)?;
        match self {
            Self::OpenAi => Some(refused),
            Self::Anthropic => anthropic::LEARNABLE.has(refused).then_some(refused),
        }
    }

    /// What of `request` has no place in the format.
    pub(crate) fn left_out(self, request: &ChatRequest) -> Quirks {
        match self {
            Self::OpenAi => Quirks::default(),
            Self::Anthropic => anthropic::left_out(request),
        }
    }
}
