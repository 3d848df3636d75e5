//! `too-long`: longer than people type.

use super::{Candidate, Evidence};
use crate::text::count_words;

/// Words that an instruction may have, and how many it may add to a parent that has more.
const WORDS_MAX: usize = 500;
const ADDED_WORDS_MAX: usize = 250;
/// Characters, for texts that are not made of words.
const CHARS_MAX: usize = 8_000;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let n_words = count_words(&candidate.child);
    let words_max = WORDS_MAX.max(count_words(&candidate.parent) + ADDED_WORDS_MAX);
    let n_chars = candidate.child.chars().count();
    let chars_max = CHARS_MAX.max(2 * candidate.parent.chars().count());
    if n_words > words_max {
        return Some(Evidence::new(format!("{n_words} words, {words_max} are allowed")));
    }
    (n_chars > chars_max)
        .then(|| Evidence::new(format!("{n_chars} characters, {chars_max} are allowed")))
}
