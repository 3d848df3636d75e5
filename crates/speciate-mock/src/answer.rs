//! The mock model: a pure function from a request to an answer.

mod additions;
mod blemish;
mod breadth;
mod demo;
mod dice;
mod evolve;
mod fill;
mod judge;
mod quality;
mod respond;
mod table;
mod task;

pub(crate) use dice::Dice;
pub use quality::Quality;

use crate::chat::ParsedRequest;
use crate::tokens;
use task::Task;

/// Tokens that a chat template adds to each message.
const MESSAGE_TOKENS: u64 = 4;

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// It ran into the request's limit: the text is cut.
    Length,
}

impl Finish {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
        }
    }
}

/// What sort of answer was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// An evolved instruction.
    Evolution,
    /// A judge's verdict on two instructions.
    Verdict,
    /// A response to an instruction.
    Response,
}

/// What the mock model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockAnswer {
    /// The answer; continues the last message if that is the assistant's.
    pub text: String,
    /// What was asked for.
    pub kind: AnswerKind,
    /// Why it ends.
    pub finish: Finish,
    /// Estimated tokens of the request.
    pub prompt_tokens: u64,
    /// Estimated tokens of `text`.
    pub completion_tokens: u64,
    /// [`ParsedRequest::key`] of the request; names the answer.
    pub key: u64,
}

/// Answers `request`, the same for the same messages, seed and model (and token limit).
///
/// Prompts of `speciate` are recognised by their contract: an evolving prompt has a line
/// `Method: NAME`, and its source between `<source-TOKEN>` tags or, before a prefilled
/// `New instruction:`, after `Instruction:`; a judging prompt has `<first-TOKEN>` and
/// `<second-TOKEN>` blocks, the critic's `<old-TOKEN>` and `<new-TOKEN>`. Anything else is an instruction and gets a response.
pub fn answer(request: &ParsedRequest, quality: &Quality) -> MockAnswer {
    let key = request.key();
    let (kind, mut text) = match task::recognise(&request.messages) {
        Task::Evolve(task) => (AnswerKind::Evolution, evolve::reply(&task, quality, key)),
        Task::Judge { first, second } => {
            (AnswerKind::Verdict, judge::reply(first, second, quality, key))
        }
        Task::Criticise { old, new, questions } => {
            (AnswerKind::Verdict, judge::criticise(old, new, &questions, quality, key))
        }
        Task::Respond(instruction) => {
            (AnswerKind::Response, respond::reply(instruction, quality, key))
        }
    };
    blemish::think(&mut text, quality, key);
    let finish = limit(&mut text, request.tokens_max);
    MockAnswer {
        prompt_tokens: prompt_tokens(request),
        completion_tokens: tokens::count(&text),
        text,
        kind,
        finish,
        key,
    }
}

fn prompt_tokens(request: &ParsedRequest) -> u64 {
    let of_each = |message: &crate::Message| tokens::count(&message.content) + MESSAGE_TOKENS;
    request.messages.iter().map(of_each).sum()
}

fn limit(text: &mut String, tokens_max: Option<u64>) -> Finish {
    let kept = tokens_max.map_or(text.len(), |tokens_max| tokens::cut(text, tokens_max).len());
    if kept == text.len() {
        return Finish::Stop;
    }
    text.truncate(kept);
    Finish::Length
}
