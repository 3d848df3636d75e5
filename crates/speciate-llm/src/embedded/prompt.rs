//! From a request's messages to the tokens of its prompt.

use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use speciate_types::{CallError, ChatMessage, ChatRequest, ErrorClass, MessageRole};

use super::template::{ChatTemplate, Part};

/// A prompt that fits its sequence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Prompt {
    /// All of it; never empty.
    pub(super) tokens: Vec<LlamaToken>,
    /// How many leading tokens other requests of this kind share; less than all.
    ///
    /// It depends on this request alone: the prompt is read in two pieces that part here whether
    /// or not the first was kept from before, so that both ways give the same numbers.
    pub(super) shared: usize,
}

/// Shorter shared beginnings are cheaper to read again than to keep.
const SHARED_MIN: usize = 16;
/// More bytes than any vocabulary packs into one token.
const TOKEN_BYTES_MAX: usize = 512;

/// Builds the prompt of `request` for sequences of `context_tokens`.
///
/// # Errors
///
/// [`ErrorClass::BadItem`] for a prompt that is empty or leaves no room for an answer,
/// [`ErrorClass::BadConfig`] if the template takes no such conversation.
pub(super) fn build(
    request: &ChatRequest,
    template: &ChatTemplate,
    vocab: &LlamaVocab<'_>,
    context_tokens: u32,
) -> Result<Prompt, CallError> {
    let bytes: usize = request.messages.iter().map(|message| message.content.len()).sum();
    if bytes == 0 {
        return Err(CallError::new(ErrorClass::BadItem, "the request has no text"));
    }
    let limit = context_tokens as usize;
    if bytes / TOKEN_BYTES_MAX > limit {
        return Err(too_long(&format!("{bytes} bytes"), limit));
    }
    let (parts, messages, shared_messages) = render(request, template)?;
    let prompt = tokenise(&parts, &messages, shared_messages, vocab);
    if prompt.tokens.len() >= limit {
        return Err(too_long(&format!("{} tokens", prompt.tokens.len()), limit));
    }
    check_ids(&prompt.tokens, vocab)?;
    Ok(prompt)
}

type Rendered = (Vec<Part>, Vec<ChatMessage>, usize);

/// Renders the messages; where a template takes no system message, its text opens the first one.
fn render(request: &ChatRequest, template: &ChatTemplate) -> Result<Rendered, CallError> {
    let refused = match template.render(&request.messages) {
        Ok(parts) => return Ok((parts, request.messages.clone(), request.shared_messages)),
        Err(error) => error,
    };
    let merged = merge_system(&request.messages)
        .and_then(|messages| template.render(&messages).ok().map(|parts| (parts, messages)));
    let Some((parts, messages)) = merged else {
        let message = format!("cannot render the model's chat template: {refused}");
        return Err(CallError::new(ErrorClass::BadConfig, message));
    };
    Ok((parts, messages, request.shared_messages.saturating_sub(1)))
}

fn merge_system(messages: &[ChatMessage]) -> Option<Vec<ChatMessage>> {
    let [system, first, rest @ ..] = messages else { return None };
    if system.role != MessageRole::System || first.role != MessageRole::User {
        return None;
    }
    let content = format!("{}\n\n{}", system.content, first.content);
    let mut merged = vec![ChatMessage::new(MessageRole::User, content)];
    merged.extend_from_slice(rest);
    Some(merged)
}

/// Markers are tokens in the template's own text, plain characters in contents.
fn tokenise(
    parts: &[Part],
    messages: &[ChatMessage],
    shared_messages: usize,
    vocab: &LlamaVocab<'_>,
) -> Prompt {
    let mut tokens = Vec::new();
    let mut shared = 0;
    for part in parts {
        match part {
            Part::Markup(text) => tokens.extend(vocab.tokenize(text.as_bytes(), false, true)),
            Part::Content(idx) => {
                if *idx == shared_messages {
                    shared = tokens.len();
                }
                let content = messages[*idx].content.as_bytes();
                tokens.extend(vocab.tokenize(content, false, false));
            }
        }
    }
    let bos = vocab.bos();
    if vocab.should_add_bos() && tokens.first() != Some(&bos) {
        tokens.insert(0, bos);
        shared += 1;
    }
    if shared_messages >= messages.len() {
        shared = tokens.len();
    }
    shared = shared.min(tokens.len().saturating_sub(1));
    if shared_messages == 0 || shared < SHARED_MIN {
        shared = 0;
    }
    Prompt { tokens, shared }
}

fn too_long(found: &str, limit: usize) -> CallError {
    CallError::new(
        ErrorClass::BadItem,
        format!(
            "the prompt is too long for the embedded model: {found}, and its context is {limit} \
             tokens with the answer"
        ),
    )
}

/// llama.cpp stops the process on an id that it does not have.
fn check_ids(tokens: &[LlamaToken], vocab: &LlamaVocab<'_>) -> Result<(), CallError> {
    let ids = 0..vocab.n_tokens();
    if !tokens.is_empty() && tokens.iter().all(|token| ids.contains(&token.0)) {
        return Ok(());
    }
    Err(CallError::new(ErrorClass::BadItem, "the model has no tokens for the request's text"))
}
