//! Marks of turns: an answer ends where its turn does, whatever the model went on to invent.

use super::marks::{ASSISTANT_OPENERS, HEADER_ENDS, TURN_ENDS, TURN_OPENERS, USER_OPENERS};
use super::quoted::Subject;

/// What a mark in the text does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    EndTurn,
    OpenTurn,
    OpenUser,
    OpenAssistant,
}

/// `text` without the header of the assistant's own turn, which some servers pass on.
pub(super) fn without_header<'a>(text: &'a str, subject: &Subject<'_>) -> &'a str {
    let head = text.trim_start();
    let opener = TURN_OPENERS.iter().chain(&ASSISTANT_OPENERS);
    let Some(opener) =
        opener.into_iter().find(|mark| head.starts_with(**mark) && !subject.is_about(mark))
    else {
        return text;
    };
    let rest = head[opener.len()..].trim_start();
    let rest = ["assistant", "model"].iter().find_map(|who| rest.strip_prefix(who)).unwrap_or(rest);
    let rest = HEADER_ENDS.iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest);
    rest.trim_start()
}

/// The first turn of `text`.
///
/// # Errors
///
/// The mark that stands where it is not clear what belongs to the answer.
pub(super) fn first_turn<'a>(text: &'a str, subject: &Subject<'_>) -> Result<&'a str, String> {
    let Some((at, mark, does)) = first_mark(text, subject) else { return Ok(text) };
    let behind = text[at + mark.len()..].trim_start();
    let is_over = match does {
        Does::EndTurn => behind.is_empty() || begins_with_mark(behind),
        Does::OpenTurn => is_users(behind),
        Does::OpenUser => true,
        Does::OpenAssistant => false,
    };
    if is_over { Ok(text[..at].trim_end()) } else { Err(mark.to_owned()) }
}

fn first_mark<'a>(text: &str, subject: &Subject<'_>) -> Option<(usize, &'a str, Does)> {
    let of =
        |marks: &'static [&'static str], does: Does| marks.iter().map(move |mark| (*mark, does));
    of(&TURN_ENDS, Does::EndTurn)
        .chain(of(&TURN_OPENERS, Does::OpenTurn))
        .chain(of(&USER_OPENERS, Does::OpenUser))
        .chain(of(&ASSISTANT_OPENERS, Does::OpenAssistant))
        .filter_map(|(mark, does)| subject.find(text, mark).map(|at| (at, mark, does)))
        // In HTML these are a text that is struck through.
        .filter(|(at, mark, _)| *mark != "</s>" || !text[..*at].contains("<s>"))
        .min_by_key(|(at, ..)| *at)
}

fn begins_with_mark(text: &str) -> bool {
    let mut marks =
        TURN_ENDS.iter().chain(&TURN_OPENERS).chain(&USER_OPENERS).chain(&ASSISTANT_OPENERS);
    marks.any(|mark| text.starts_with(mark))
}

/// Whether the turn whose mark has just been opened is not the assistant's.
fn is_users(behind: &str) -> bool {
    let who = behind.trim_start_matches(['<', '|']);
    ["user", "human", "system", "tool", "USER", "SYSTEM"].iter().any(|name| who.starts_with(name))
}
