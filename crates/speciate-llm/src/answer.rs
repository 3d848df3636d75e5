//! What makes an answer count: the same checks for every wire format, whole or streamed.

use std::borrow::Cow;

use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass, FinishReason, Usage};

use crate::plumbing::{Split, split_plumbing};

/// What a finish reason means for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finish {
    /// It is complete.
    Whole(FinishReason),
    /// It is cut at the token limit.
    Length,
    /// It broke off before anybody said that it is complete.
    Missing,
    /// The answer came to its end, and its server gave no reason for it.
    Unstated,
    /// It ended with a word that is no proof of an end.
    Unproven(String),
    /// Text came behind its finish reason, and then it broke off.
    Voided,
    /// The server wants to go on with it in another request.
    Paused,
    /// The provider's filter cut in, with this word.
    Filtered(String),
    /// The model refused.
    Refused,
    /// The server failed while it wrote, with this word.
    Broken(String),
}

/// An answer as a server gave it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawAnswer {
    pub(crate) content: String,
    /// What was given beside the content.
    pub(crate) reasoning: Option<String>,
    pub(crate) is_refusal: bool,
    pub(crate) finish: Finish,
    /// Both counts, if the server gave sensible ones.
    pub(crate) usage: Option<Usage>,
    pub(crate) model: Option<String>,
    pub(crate) created_unix_s: Option<u64>,
}

type Refusal = (ErrorClass, Cow<'static, str>);

/// The answer to `request`, which was sent to `model`, if it is whole.
pub(crate) fn judge(
    model: &str,
    request: &ChatRequest,
    raw: RawAnswer,
) -> Result<ChatResponse, CallError> {
    let (text, within) = check(&raw, request).map_err(|refusal| after_work(refusal, raw.usage))?;
    let reasoning = raw.reasoning.or(within);
    let usage = raw.usage.unwrap_or_else(|| estimate(request, &text, reasoning.as_deref()));
    let finish_reason = match raw.finish {
        Finish::Whole(reason) => reason,
        _ => FinishReason::Other,
    };
    Ok(ChatResponse {
        text,
        reasoning,
        finish_reason,
        usage,
        model: raw.model.unwrap_or_else(|| model.to_owned()),
        created_unix_s: raw.created_unix_s,
    })
}

/// An error of an answer that came with status 200, and so may have to be paid.
pub(crate) fn after_work(
    (class, message): (ErrorClass, impl Into<String>),
    usage: Option<Usage>,
) -> CallError {
    let mut error = CallError::new(class, message);
    error.status = Some(200);
    error.usage = usage;
    error.maybe_billed = true;
    error
}

/// The text and the reasoning within it.
fn check(raw: &RawAnswer, request: &ChatRequest) -> Result<(String, Option<String>), Refusal> {
    if raw.is_refusal {
        return Err((ErrorClass::Refused, "the model refused".into()));
    }
    // More room for the answer to half a prompt would help nobody.
    check_prompt(request, raw.usage)?;
    check_finish(&raw.finish)?;
    divide(&raw.content, &request.text())
}

/// The text and the reasoning in what a model wrote, for every wire format and the embedded engine.
pub(crate) fn divide(content: &str, asked: &str) -> Result<(String, Option<String>), Refusal> {
    match split_plumbing(content, asked) {
        Split::Answer { text, .. } if text.trim().is_empty() => {
            Err((ErrorClass::Empty, "the answer is empty".into()))
        }
        Split::Answer { text, reasoning } => Ok((text, reasoning)),
        Split::Unclosed(mark) => {
            let message =
                format!("the reasoning that the mark `{}` began never ended", bare(&mark));
            Err((ErrorClass::Truncated, message.into()))
        }
        Split::Unclear(mark) => {
            let message = format!(
                "the mark `{}` stands within the answer: it is not clear what belongs to it",
                bare(&mark)
            );
            Err((ErrorClass::Malformed, message.into()))
        }
    }
}

/// A mark without its brackets, which a message could be taken to be markup for.
fn bare(mark: &str) -> &str {
    mark.trim_matches(|c| "<>[]|◁▷｜".contains(c))
}

/// Prompts of fewer bytes are not looked at: a server cuts none so short.
const LONG_PROMPT_BYTES: usize = 4_000;
/// No tokenizer takes more bytes of ordinary text into one token: English has four to five, code with
/// long indentation up to eight.
const BYTES_PER_TOKEN_MAX: u64 = 12;

/// Whether the server has read all of the prompt, as far as its count of tokens tells.
fn check_prompt(request: &ChatRequest, usage: Option<Usage>) -> Result<(), Refusal> {
    let bytes: usize = request.messages.iter().map(|message| dense_bytes(&message.content)).sum();
    let Some(usage) = usage.filter(|usage| !usage.estimated && usage.input_tokens > 0) else {
        return Ok(());
    };
    let least_tokens = bytes as u64 / BYTES_PER_TOKEN_MAX;
    if bytes < LONG_PROMPT_BYTES || usage.input_tokens >= least_tokens {
        return Ok(());
    }
    let message = format!(
        "the server read only {} tokens of a prompt of {bytes} bytes, so it has cut it: give it a \
         longer context (Ollama `num_ctx` or OLLAMA_CONTEXT_LENGTH, llama.cpp `-c`, LM Studio's \
         context length), or shorten the seed",
        usage.input_tokens
    );
    Err((ErrorClass::BadItem, message.into()))
}

/// Bytes without what tokenizers fold into one token: blanks and other repeats of one character.
fn dense_bytes(text: &str) -> usize {
    let mut before = None;
    let is_new = |c: &char| before.replace(*c) != Some(*c);
    text.chars().filter(is_new).map(char::len_utf8).sum()
}

fn check_finish(finish: &Finish) -> Result<(), Refusal> {
    let (class, message) = match finish {
        Finish::Whole(_) => return Ok(()),
        Finish::Unproven(word) => {
            let message =
                format!("the answer ended with `{word}`, which is no proof that it is whole");
            return Err((ErrorClass::Truncated, message.into()));
        }
        Finish::Filtered(word) => {
            let message = format!("the provider's filter took the answer away (`{word}`)");
            return Err((ErrorClass::Filtered, message.into()));
        }
        Finish::Broken(word) => {
            let message = format!("the server gave the answer up half-way (`{word}`)");
            return Err((ErrorClass::Transient, message.into()));
        }
        Finish::Voided => (
            ErrorClass::Truncated,
            "text came after the finish reason, and then the answer broke off",
        ),
        Finish::Length => (ErrorClass::Truncated, "the answer ran into the token limit"),
        Finish::Missing | Finish::Unstated => {
            (ErrorClass::Truncated, "the answer has no finish reason, so it may be cut")
        }
        Finish::Paused => (ErrorClass::Truncated, "the server paused before the answer was whole"),
        Finish::Refused => (ErrorClass::Refused, "the model refused"),
    };
    Err((class, message.into()))
}

/// What an answer will have used where no server counted.
fn estimate(request: &ChatRequest, text: &str, reasoning: Option<&str>) -> Usage {
    let input = request.messages.iter().map(|message| message.content.len()).sum();
    Usage {
        input_tokens: Usage::estimate_tokens(input),
        output_tokens: Usage::estimate_tokens(text.len() + reasoning.map_or(0, str::len)),
        estimated: true,
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use speciate_types::{ChatMessage, MessageRole, Sampling};

    use super::*;

    /// What becomes of a prompt of `text` of which the server counted `tokens`.
    fn cut(text: &str, tokens: u64, estimated: bool) -> Option<String> {
        let request = ChatRequest {
            messages: vec![ChatMessage::new(MessageRole::User, text)],
            sampling: Sampling::default(),
            stop: Vec::new(),
            seed: 0,
            shared_messages: 0,
        };
        let usage = Usage { input_tokens: tokens, output_tokens: 9, estimated, ..Usage::default() };
        let (class, message) = check_prompt(&request, Some(usage)).err()?;
        assert_eq!(class, ErrorClass::BadItem);
        Some(message.into_owned())
    }

    #[test]
    fn a_prompt_that_the_server_cut_is_found_out() {
        let long = "Count the words of this long list and sort them. ".repeat(800);
        let message = cut(&long, 2_050, false).unwrap();
        assert!(message.contains("only 2050 tokens") && message.contains("num_ctx"), "{message}");
        // As a tokenizer counts it, as one estimates it, and without a count.
        for (tokens, estimated) in [(8_800, false), (2_050, true), (0, false)] {
            assert_eq!(cut(&long, tokens, estimated), None);
        }
        assert_eq!(cut("Short.", 1, false), None);
        assert_eq!(cut(&" ".repeat(40_000), 40, false), None, "blanks are folded");
        assert_eq!(cut(&"潮汐とは何ですか。".repeat(300), 1_500, false), None);
    }
}
