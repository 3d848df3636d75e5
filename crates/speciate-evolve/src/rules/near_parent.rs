//! `near-parent`: no new word of content, or a difference of one letter.
//!
//! A share of the edit distance is no use here: one added sentence is a small share of a long
//! pasted input and a good evolution all the same.

use unicode_segmentation::UnicodeSegmentation;

use super::{Candidate, Evidence};
use crate::text::{content_word_counts, is_dense};

/// A difference of one character is a typing error, in a text that is long enough, unless it is a
/// digit. Two already make "ascending" of "descending".
const EDITS_MAX: usize = 1;
const EDITED_CHARS_MIN: usize = 30;
/// Above this length the edit distance costs more than it tells.
const EDITED_CHARS_MAX: usize = 2_000;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let (parent, child) = (candidate.parent.folded(), candidate.child.folded());
    if is_typing_error(parent, child) {
        return Some(Evidence::quote("its parent with a letter changed", &candidate.child));
    }
    // Single characters of a dense script say nothing about words.
    if child.chars().any(is_dense) {
        return None;
    }
    // Counted, since a word that comes again can bring a new condition with it.
    let before = content_word_counts(parent);
    let has_new_word = content_word_counts(child)
        .iter()
        .any(|(word, count)| before.get(word).is_none_or(|known| known < count));
    let (before, after) = (marks(parent), marks(child));
    // In code a mark that is gone changes the task as well, and so does the order of what is written in
    // capitals: a date's form.
    let has_new_mark = after > before || (after != before && is_code(child));
    let has_new_mark = has_new_mark || !capitals(&candidate.parent).eq(capitals(&candidate.child));
    (!has_new_word && !has_new_mark)
        .then(|| Evidence::quote("no word of content that its parent has not", &candidate.child))
}

fn is_typing_error(parent: &str, child: &str) -> bool {
    let n_chars = parent.chars().count();
    (EDITED_CHARS_MIN..=EDITED_CHARS_MAX).contains(&n_chars)
        && child.chars().count().abs_diff(n_chars) <= EDITS_MAX
        && digits(parent) == digits(child)
        && strsim::levenshtein(parent, child) <= EDITS_MAX
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Signs that carry the meaning where there are few words: formulas, code.
fn marks(text: &str) -> usize {
    let of_prose = if is_code(text) { ".,;:!?-" } else { ".,;:!?'\"-()" };
    text.chars()
        .filter(|c| !c.is_alphanumeric() && !c.is_whitespace() && !of_prose.contains(*c))
        .count()
}

/// Words of capitals alone, in order.
fn capitals(text: &str) -> impl Iterator<Item = &str> {
    let is_capitals = |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase());
    text.unicode_words().filter(is_capitals)
}

/// A bracket right behind a letter is a call.
fn is_code(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0].is_ascii_alphanumeric() && pair[1] == b'(')
}
