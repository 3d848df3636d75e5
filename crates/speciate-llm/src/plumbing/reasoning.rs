//! Keeps a model's reasoning apart from its answer.

use super::Split;
use super::marks::{ANSWER_OPENERS, NEVER_TEXT, REASONING};
use super::quoted::Subject;

/// Ends the reasoning of gpt-oss where a server has dropped its special tokens.
const BARE_FINAL: &str = "assistantfinal";
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
/// Granite's sentences around its reasoning.
const GRANITE: (&str, &str) = ("Here is my thought process:", "Here is my response:");

/// Divides `text` at its head; what stands elsewhere is text, or not clear.
pub(super) fn split(text: &str, subject: &Subject<'_>) -> Split {
    let head = text.trim_start();
    if head.starts_with(CHANNEL) && !subject.is_about(CHANNEL) {
        return harmony(head);
    }
    let split = at_head(head, subject)
        .or_else(|| bare_harmony(head, subject))
        .or_else(|| granite(head))
        .or_else(|| at_lone_closer(head, subject));
    match split {
        None => clear(text, None, subject),
        Some(Split::Answer { text, reasoning }) => clear(&text, reasoning, subject),
        Some(other) => other,
    }
}

/// An answer whose reasoning is off, unless more of it stands in the middle.
fn clear(text: &str, reasoning: Option<String>, subject: &Subject<'_>) -> Split {
    let closers = REASONING.iter().map(|(_, close)| *close).filter(|_| reasoning.is_some());
    let mut marks = NEVER_TEXT.into_iter().chain(closers);
    if let Some(mark) = marks.find(|mark| subject.find(text, mark).is_some()) {
        return Split::Unclear(mark.to_owned());
    }
    Split::Answer { text: text.to_owned(), reasoning }
}

fn at_head(head: &str, subject: &Subject<'_>) -> Option<Split> {
    let (open, close) = REASONING.iter().find(|(open, close)| {
        head.starts_with(open) && !subject.is_about(open) && !subject.is_about(close)
    })?;
    let inside = &head[open.len()..];
    Some(match closing(inside, open, close) {
        Some(end) => answer(&inside[end + close.len()..], &inside[..end]),
        None => Split::Unclosed((*open).to_owned()),
    })
}

/// Where the reasoning that begins before `inside` ends, nested marks counted.
fn closing(inside: &str, open: &str, close: &str) -> Option<usize> {
    let mut opens = inside.match_indices(open).peekable();
    let mut depth = 1_usize;
    for (at, _) in inside.match_indices(close) {
        while opens.next_if(|(open_at, _)| *open_at < at).is_some() {
            depth += 1;
        }
        depth -= 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Some templates put the opening mark into the prompt, so a lone closing mark ends reasoning too.
fn at_lone_closer(head: &str, subject: &Subject<'_>) -> Option<Split> {
    let lone = |(open, close): &(&'static str, &'static str)| {
        let at = subject.find(head, close)?;
        (!head[..at].contains(open)).then_some((at, *close))
    };
    let (at, close) = REASONING.iter().filter_map(lone).min_by_key(|(at, _)| *at)?;
    Some(answer_behind(head, at, close))
}

/// The channels of gpt-oss: the last `final` one is the answer, all others are reasoning.
fn harmony(head: &str) -> Split {
    let (mut text, mut thought) = (None, Vec::new());
    for piece in head.split(CHANNEL).skip(1) {
        let (name, body) = piece.split_once(MESSAGE).unwrap_or(("", piece));
        let ends = ["<|end|>", "<|return|>", "<|call|>", "<|start|>"];
        let end = ends.iter().filter_map(|mark| body.find(mark)).min().unwrap_or(body.len());
        if name.trim().starts_with("final") {
            text = Some(&body[..end]);
        } else {
            thought.push(body[..end].trim());
        }
    }
    match text {
        Some(text) => answer(text, &thought.join("\n\n")),
        None => Split::Unclosed(format!("{CHANNEL}analysis")),
    }
}

fn bare_harmony(head: &str, subject: &Subject<'_>) -> Option<Split> {
    if let Some(at) = subject.find(head, BARE_FINAL) {
        return Some(answer_behind(head.trim_end(), at, BARE_FINAL));
    }
    let behind = head.strip_prefix("analysis")?;
    let is_joined = behind.chars().next().is_some_and(char::is_uppercase);
    is_joined.then(|| Split::Unclosed("analysis".to_owned()))
}

fn granite(head: &str) -> Option<Split> {
    let inside = head.strip_prefix(GRANITE.0)?;
    let (thought, text) = inside.split_once(GRANITE.1)?;
    Some(answer(text, thought))
}

fn answer_behind(head: &str, at: usize, mark: &str) -> Split {
    let thought = &head[..at];
    let thought = if mark == BARE_FINAL {
        thought.strip_prefix("analysis").unwrap_or(thought)
    } else {
        thought
    };
    answer(&head[at + mark.len()..], thought)
}

fn answer(text: &str, reasoning: &str) -> Split {
    let (text, reasoning) = (text.trim_start(), reasoning.trim());
    let text = ANSWER_OPENERS.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    Split::Answer {
        text: text.trim_start().to_owned(),
        reasoning: (!reasoning.is_empty()).then(|| reasoning.to_owned()),
    }
}
