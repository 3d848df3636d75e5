//! How many tokens a call will take, before it is sent.

use speciate_types::{ChatRequest, Role, Usage};

use super::State;

/// Answer tokens assumed while none have been seen.
const ANSWER_TOKENS_FIRST: u64 = 300;
/// A request without a limit of its own is reserved as if it had this one.
const ANSWER_TOKENS_UNLIMITED: u64 = 8_192;
/// For reservations a token is taken as 2 bytes, so that text in any script costs less than reserved.
const RESERVED_BYTES_PER_TOKEN: usize = 2;
/// And every message as this many tokens more, for the chat template.
const RESERVED_TOKENS_PER_MESSAGE: u64 = 16;

impl State {
    /// What a call will probably take.
    pub(super) fn expected_tokens(&self, role: Role, request: &ChatRequest) -> Usage {
        let (sum, answers) = self.answer_tokens[usize::from(role.0)];
        Usage {
            input_tokens: Usage::estimate_tokens(bytes(request)),
            output_tokens: sum.checked_div(answers).unwrap_or(ANSWER_TOKENS_FIRST),
            estimated: true,
            ..Usage::default()
        }
    }
}

fn bytes(request: &ChatRequest) -> usize {
    request.messages.iter().map(|message| message.content.len()).sum()
}

/// What it can take at most.
pub(super) fn most_tokens(request: &ChatRequest) -> Usage {
    let template = request.messages.len() as u64 * RESERVED_TOKENS_PER_MESSAGE;
    let limit = request.sampling.max_tokens.map_or(ANSWER_TOKENS_UNLIMITED, u64::from);
    Usage {
        input_tokens: bytes(request).div_ceil(RESERVED_BYTES_PER_TOKEN) as u64 + template,
        output_tokens: limit,
        estimated: true,
        ..Usage::default()
    }
}
