//! `cut-off`: a text that ends in the middle, whatever the server said of its end.
//!
//! A block of code that is never closed, or an English word at the end behind which something has to
//! come. Prepositions are none of these: "Where does it come from" is a whole question.

use super::{Candidate, Evidence};
use crate::text::{Text, ends_in_code, language, words};

/// Words that end no English sentence. Those that end a list to be completed, or a line of code, are none
/// of them: "a", "and", "or".
const OPEN_WORDS: [&str; 11] = [
    "although", "an", "because", "between", "every", "such", "than", "the", "their", "whose",
    "your",
];

/// Fewer words may be an answer about words: "the".
const WORDS_MIN: usize = 8;

pub(super) fn child(candidate: &Candidate<'_>) -> Option<Evidence> {
    cut(&candidate.child, &candidate.parent)
}

pub(super) fn response(candidate: &Candidate<'_>) -> Option<Evidence> {
    cut(candidate.response.as_ref()?, &candidate.child)
}

/// What its source is cut like, too, may be its subject: a beginning to be completed.
fn cut(text: &Text<'_>, source: &Text<'_>) -> Option<Evidence> {
    if ends_in_code(text) && !ends_in_code(source) {
        return Some(Evidence::quote("a block of code is never closed", tail(text)));
    }
    let is_long = words(text.folded()).len() >= WORDS_MIN;
    let is_cut = is_long && ends_open(text) && !ends_open(source);
    is_cut.then(|| Evidence::quote("the text ends in the middle", tail(text)))
}

/// Only a single paragraph: behind a request may stand a text that is to be completed.
fn ends_open(text: &Text<'_>) -> bool {
    let text_end = text.trim();
    if text_end.contains('\n') || !text_end.ends_with(char::is_alphabetic) {
        return false;
    }
    let words = words(text.folded());
    let (Some(last), before) = (words.last(), words.iter().nth_back(1)) else { return false };
    // "from 1 to"
    let is_range = *last == "to" && before.is_some_and(|word| word.parse::<u64>().is_ok());
    (OPEN_WORDS.contains(last) || is_range) && language::guess(text) == Some(whatlang::Lang::Eng)
}

const TAIL_CHARS: usize = 80;

fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().nth(TAIL_CHARS).map_or(0, |(at, _)| at);
    &text[start..]
}
