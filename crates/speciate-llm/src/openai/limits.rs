//! Refusals of a token limit, and the limit that would have been taken.

use super::figures::{Figures, figures};

/// What a refusal says about the limit of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// No answer may have a larger limit.
    AnswerMost(u32),
    /// Prompt and answer share this many tokens; the prompt takes `prompt`, if it says so.
    Shared { window: u32, prompt: Option<u32> },
    /// It is too large, and nobody says by how much.
    TooLarge,
}

/// How servers word what an answer, or a prompt with its answer, may have at most. In small
/// letters, without quotation marks; the first that fits counts.
const WORDINGS: [&str; 38] = [
    // vLLM: the present wordings, then the older one, which is OpenAI's, Azure's and DeepSeek's.
    "maximum context length is {w} tokens and your request has {p} input tokens",
    "maximum context length is {w} tokens. however, you requested {n} output tokens and your prompt contains at least {p} ",
    "maximum context length is {w} tokens. however, you requested {r} tokens ({p} in the messages",
    "maximum context length is {w} tokens. however, you requested {r} tokens ({p} in your prompt",
    "maximum context length is {w} tokens. however, your messages resulted in {p} tokens",
    "maximum context length is {w} tokens. however, your request has {p} input tokens",
    "maximum context length is {w} tokens, however you requested {r} tokens ({p} in your prompt",
    // OpenRouter.
    "maximum context length is {w} tokens. however, you requested about {r} tokens ({p} of text input",
    // SGLang.
    "maximum context length of {w} tokens. you requested a total of {r} tokens: {p} tokens from the input",
    "input ({p} tokens) is longer than the models context length ({w} tokens)",
    // TGI, Together.
    "inputs tokens + max_new_tokens must be <= {w}. given: {p} inputs tokens",
    "inputs tokens + max_new_tokens must be <= {w}",
    "inputs must have less than {w} tokens. given: {p}",
    // Anthropic, also on Bedrock and Vertex.
    "input length and max_tokens exceed context limit: {p} + {n} > {w}",
    "prompt is too long: {p} tokens > {w} maximum",
    "max_tokens: {n} > {m}",
    // Mistral.
    "prompt contains {p} tokens*too large for model with {w} maximum context length",
    // Gemini.
    "input token count ({p}) exceeds the maximum number of tokens allowed ({w})",
    // xAI, Cohere, Fireworks.
    "maximum prompt length is {w} but the request contains {p} tokens",
    "tokens in the prompt cannot exceed {w} - received {p}",
    "prompt is too long: {p}, model maximum context length: {w}",
    // llama.cpp; its fields have the same names.
    "request ({p} tokens) exceeds the available context size ({w} tokens)",
    "n_prompt_tokens {p} n_ctx {w}",
    "n_keep: {p} >= n_ctx: {w}",
    // Groq and OpenAI: what may be asked for in a minute, so that a larger request never passes.
    "limit {w}, requested {r}",
    // Limits of the answer alone: DeepSeek and DashScope, OpenAI, Vertex, Bedrock, Fireworks.
    "range of max_tokens is [{n}, {m}]",
    "max_tokens should be [{n}, {m}]",
    "max_tokens*in the range [{n}, {m}]",
    "supports at most {m} completion tokens",
    "range is from {n} (inclusive) to {x} (exclusive)",
    "exceeds the model limit of {m}",
    "max_tokens > {m} must",
    // Whoever names the room alone.
    "maximum context length is {w}",
    "maximum context length of {w}",
    "context length of {w}",
    "context window of {w}",
    "context size of {w}",
    "context length is only {w}",
];

/// Words in front of the most that an answer may have, where the sentence is about its limit: Groq,
/// Cohere and many behind Pydantic.
const CUES: [&str; 21] = [
    "less than or equal to {m}",
    "lower than or equal to {m}",
    "smaller than or equal to {m}",
    "<= {m}",
    "at most {m}",
    "up to {m}",
    "no more than {m}",
    "not exceed {m}",
    "cannot exceed {m}",
    "not be greater than {m}",
    "cannot be greater than {m}",
    "not be larger than {m}",
    "maximum of {m}",
    "limit of {m}",
    "limit is {m}",
    "maximum is {m}",
    "maximum allowed value is {m}",
    "between {n} and {m}",
    "range [{n}, {m}]",
    "less than {x}",
    "< {x}",
];

/// What the limit is called.
const LIMITS: [&str; 8] = [
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "max_new_tokens",
    "maxoutputtokens",
    "maxtokens",
    "max tokens",
    "maximum tokens",
];

const TOO_LARGE: [&str; 7] =
    ["too large", "too big", "too high", "exceed", "greater than", "larger than", "must be less"];

/// Reads the refusal `lower` of a request whose limit is `asked`.
pub(super) fn read_room(lower: &str, asked: u32) -> Option<Room> {
    let text = plain(lower);
    let is_of_limit = LIMITS.iter().any(|name| text.contains(name));
    let worded = WORDINGS.iter().filter_map(|pattern| figures(pattern, &text));
    let cued = || CUES.iter().filter_map(|pattern| figures(pattern, &text));
    let by_cue = || cued().filter(|_| is_of_limit).find_map(|found| room(found, asked));
    let too_large = || {
        let is_too_large = is_of_limit && TOO_LARGE.iter().any(|words| text.contains(words));
        is_too_large.then_some(Room::TooLarge)
    };
    worded.into_iter().find_map(|found| room(found, asked)).or_else(by_cue).or_else(too_large)
}

/// What the figures say to a request for `asked` tokens; nothing if they do not stand in its way.
fn room(found: Figures, asked: u32) -> Option<Room> {
    let tokens = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    if let Some(most) = found.most.map(tokens) {
        return (most > 0 && most < asked).then_some(Room::AnswerMost(most));
    }
    let window = tokens(found.window?);
    let of_total = || found.total.map(|total| total.saturating_sub(u64::from(asked)));
    let prompt = found.prompt.or_else(of_total).map(tokens);
    let is_too_much = prompt.is_none_or(|prompt| prompt.saturating_add(asked) > window);
    is_too_much.then_some(Room::Shared { window, prompt })
}

/// Without quotation marks, which servers set as they like.
fn plain(lower: &str) -> String {
    lower.chars().filter(|c| !matches!(c, '`' | '\'' | '"' | '\\')).collect::<String>()
}
