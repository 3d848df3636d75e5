//! Faults in the content of an answer.

use serde_json::json;

use super::{Case, FaultKind, anthropic_error};
use crate::answer::MockAnswer;
use crate::chat::Dialect;
use crate::completion::{Completion, Usage};
use crate::tokens::boundary_from;

/// A mark in the text that is replaced by bytes that no text can hold. From a private use area,
/// so that no answer has it.
const MARK: &str = "\u{E000}";

/// An answer with its body, whole or as a stream.
pub(super) struct Rendered {
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// The answer of `case`, with the fault `kind` in it if it is one of content.
pub(super) fn render(kind: FaultKind, case: &Case<'_>) -> Rendered {
    let text = case.answer.text.as_str();
    let marked = marked(kind, text);
    let mut completion = Completion::of(case.answer, case.model, case.dialect);
    match kind {
        FaultKind::InvalidUtf8
        | FaultKind::LoneSurrogate
        | FaultKind::LeakedReasoning
        | FaultKind::LeakedChannels
        | FaultKind::InventedTurn => completion.content = Some(&marked),
        FaultKind::OddFinish => completion.finish = Some("repetition"),
        FaultKind::NoFinishReason => completion.finish = None,
        FaultKind::CutPrompt => completion.usage = cut_prompt(case),
        FaultKind::NullContent => {
            completion.content = None;
            completion.finish = Some("stop");
        }
        FaultKind::NullContentReasoning => {
            completion.content = None;
            completion.reasoning =
                Some("First I look at what is asked. Then I weigh the parts and");
            completion.finish = Some("length");
        }
        FaultKind::Truncation => {
            completion.content = Some(half(text));
            completion.finish = Some("length");
        }
        FaultKind::ContentFilter => {
            completion.content = Some(text.split(' ').next().unwrap_or_default());
            completion.finish = Some("content_filter");
        }
        FaultKind::Refusal => {
            completion.content = None;
            completion.refusal = Some("I'm sorry, but I can't help with that.");
        }
        FaultKind::NoUsage => completion.usage = Usage::Missing,
        FaultKind::WeirdUsage => {
            completion.usage = Usage::Other(
                json!({"prompt_tokens": -12, "completion_tokens": "many", "total_tokens": 1e308}),
            );
        }
        _ => {}
    }
    // Gateways do as they like about what was asked for.
    let is_stream = case.is_stream != (kind == FaultKind::OtherForm);
    let mut rendered = if is_stream { stream(kind, &completion, case) } else { whole(&completion) };
    rewrite(kind, &mut rendered.body);
    rendered
}

/// The text with what does not belong to it.
fn marked(kind: FaultKind, text: &str) -> String {
    match kind {
        FaultKind::LeakedReasoning => {
            format!(
                "<think>\nFirst I look at what is asked, then I weigh the parts.\n</think>\n\n{text}"
            )
        }
        FaultKind::LeakedChannels => format!(
            "<|channel|>analysis<|message|>First I look at what is asked.<|end|><|start|>assistant\
             <|channel|>final<|message|>{text}"
        ),
        FaultKind::InventedTurn => {
            format!("{text}<|im_end|>\n<|im_start|>user\nAnd what of the moon?<|im_end|>")
        }
        _ => format!("{text}{MARK}"),
    }
}

/// The counts of a server that has read only the last part of the prompt.
fn cut_prompt(case: &Case<'_>) -> Usage {
    let MockAnswer { prompt_tokens, completion_tokens, .. } = *case.answer;
    Usage::Counted { prompt: prompt_tokens / 10, completion: completion_tokens }
}

fn whole(completion: &Completion<'_>) -> Rendered {
    Rendered { content_type: "application/json", body: completion.body() }
}

/// Pieces of content in a spoiled stream.
const PIECES: usize = 12;

fn stream(kind: FaultKind, completion: &Completion<'_>, case: &Case<'_>) -> Rendered {
    let mut events = completion.events(PIECES, case.wants_usage);
    match kind {
        FaultKind::NoFinish => events.truncate(events.len() / 2),
        FaultKind::ErrorEvent => {
            events.truncate(events.len() / 2);
            events.push(error_event(case.dialect));
        }
        FaultKind::TextAfterFinish => reason_too_early(&mut events),
        FaultKind::Comments => events = events.iter().map(|event| commented(event)).collect(),
        _ => {}
    }
    let is_open = matches!(
        kind,
        FaultKind::NoDone
            | FaultKind::NoFinish
            | FaultKind::ErrorEvent
            | FaultKind::TextAfterFinish
    );
    if !is_open {
        events.push(completion.done().to_vec());
    }
    Rendered { content_type: "text/event-stream", body: events.concat() }
}

/// The piece with the finish reason in the middle, one piece of text behind it, and no more.
fn reason_too_early(events: &mut Vec<Vec<u8>>) {
    const REASONS: [&[u8]; 2] = [b"\"finish_reason\":\"", b"\"stop_reason\":\""];
    let has = |event: &[u8], part: &[u8]| event.windows(part.len()).any(|window| window == part);
    let is_reason = |event: &Vec<u8>| REASONS.iter().any(|reason| has(event, reason));
    let Some(at) = events.iter().position(is_reason) else { return };
    let reason = events.remove(at);
    let middle = at / 2;
    events.insert(middle, reason);
    events.truncate(middle + 2);
}

fn error_event(dialect: Dialect) -> Vec<u8> {
    let text = "The engine died";
    match dialect {
        Dialect::OpenAi => {
            let error = json!({"error": {"message": text, "type": "server_error", "code": 500}});
            format!("data: {error}\n\n").into_bytes()
        }
        Dialect::Anthropic => {
            let error = anthropic_error("overloaded_error", text);
            format!("event: error\ndata: {error}\n\n").into_bytes()
        }
    }
}

/// The same event in another legal dress.
fn commented(event: &[u8]) -> Vec<u8> {
    let at = event.windows(6).position(|six| six == b"data: ").map_or(0, |at| at + 6);
    let data = event[at..].trim_ascii_end();
    [b": keep-alive\r\n\r\nevent: message\r\ndata:", data, b"\r\n\r\n"].concat()
}

/// Changes the bytes in ways that no writer of JSON would.
fn rewrite(kind: FaultKind, body: &mut Vec<u8>) {
    let (wanted, replacement): (&[u8], &[u8]) = match kind {
        FaultKind::InvalidUtf8 => (MARK.as_bytes(), b"\xff\xfe"),
        FaultKind::LoneSurrogate => (MARK.as_bytes(), b"\\ud83d"),
        FaultKind::DuplicateKeys => (b"\"content\":", b"\"content\":\"\",\"content\":"),
        _ => return,
    };
    if let Some(at) = body.windows(wanted.len()).rposition(|window| window == wanted) {
        body.splice(at..at + wanted.len(), replacement.iter().copied());
    }
}

fn half(text: &str) -> &str {
    &text[..boundary_from(text, text.len() / 2)]
}
