//! The wire formats, told apart in one place.

use speciate_types::{CallError, ChatRequest};

use crate::answer::RawAnswer;
use crate::openai::{Asked, Quirks, Refusal, Reply};
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

    pub(crate) fn read(self, reply: &Reply<'_>) -> Result<RawAnswer, CallError> {
        match self {
            Self::OpenAi => openai::read_reply(reply),
            Self::Anthropic => anthropic::read_reply(reply),
        }
    }

    /// What can be changed so that a refused request is taken here.
    pub(crate) fn read_refusal(self, reply: &Reply<'_>, asked: &Asked<'_>) -> Option<Refusal> {
        match (self, openai::read_refusal(reply, asked)?) {
            (Self::Anthropic, Refusal::Parameters(refused)) => {
                let refused = refused.among(anthropic::LEARNABLE);
                (!refused.is_empty()).then_some(Refusal::Parameters(refused))
            }
            (_, refusal) => Some(refusal),
        }
    }

    /// The limit that a request is sent with.
    pub(crate) fn tokens_max(self, request: &ChatRequest) -> Option<u32> {
        let own = (self == Self::Anthropic).then_some(anthropic::TOKENS_MAX_DEFAULT);
        request.sampling.max_tokens.or(own)
    }

    /// What of `request` has no place in the format.
    pub(crate) fn left_out(self, request: &ChatRequest) -> Quirks {
        match self {
            Self::OpenAi => Quirks::default(),
            Self::Anthropic => anthropic::left_out(request),
        }
    }
}
