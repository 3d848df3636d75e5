//! One answer under way in its slot.

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use speciate_types::{CallError, ChatRequest, ChatResponse, Usage};
use tokio::sync::oneshot;

use super::text::{Ending, Met, TextBuffer};

/// Where an answer goes. It is closed when nobody waits any more.
pub(super) type Reply = oneshot::Sender<Result<ChatResponse, CallError>>;

/// A sequence that the model is writing.
pub(super) struct Generation {
    reply: Reply,
    pub(super) sampler: LlamaSampler,
    text: TextBuffer,
    /// Drawn, and not decoded yet.
    pub(super) next: LlamaToken,
    usage: Usage,
    max_tokens: u32,
}

impl Generation {
    /// An answer to a prompt of `input_tokens`, with nothing written yet.
    pub(super) fn new(
        reply: Reply,
        sampler: LlamaSampler,
        request: &ChatRequest,
        input_tokens: usize,
        max_tokens: u32,
    ) -> Self {
        Self {
            reply,
            sampler,
            text: TextBuffer::new(&request.stop, request.text()),
            next: LlamaToken(0),
            usage: Usage {
                input_tokens: input_tokens as u64,
                output_tokens: 0,
                ..Usage::default()
            },
            max_tokens,
        }
    }

    /// Takes the token that was drawn; says whether and why the answer ends with it.
    pub(super) fn accept(&mut self, token: LlamaToken, vocab: &LlamaVocab<'_>) -> Option<Ending> {
        self.usage.output_tokens += 1;
        if vocab.is_eog(token) {
            return Some(Ending::Stop);
        }
        self.next = token;
        match self.text.push(&vocab.token_to_piece(token, false, None)) {
            Met::Stop => Some(Ending::Stop),
            Met::Nothing if self.usage.output_tokens >= u64::from(self.max_tokens) => {
                Some(Ending::MaxTokens(self.max_tokens))
            }
            Met::Nothing => None,
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    /// Sends the answer.
    pub(super) fn finish(self, ending: Ending, model: &str) {
        send(self.reply, self.text.finish(ending, self.usage, model));
    }

    /// Gives up, with `error`.
    pub(super) fn fail(self, error: CallError) {
        send(self.reply, Err(error));
    }
}

/// Answers, if anybody still waits.
pub(super) fn send(reply: Reply, answer: Result<ChatResponse, CallError>) {
    if reply.send(answer).is_err() {
        // The caller gave the call up in the meantime.
    }
}
