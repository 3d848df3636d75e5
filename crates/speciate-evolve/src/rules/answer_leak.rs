//! `answer-leak`: the instruction holds its own response.
//!
//! Only of an edit: what a new instruction is answered with may stand in the text that it brings along,
//! and groups of words that the parent already holds do not count. A task on a text is answered with
//! words of that text, so that it is left alone as well.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use speciate_types::Kind;

use super::{Candidate, Evidence};
use crate::text::{patterns, words};

/// What is answered with the text that it is about, changed.
static EDITS: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"^\W*(?:please |kindly |can you |could you )?(?:edit|rewrite|re-write|transform|translate|correct|convert|reformat|format|rearrange|reorder|organi[sz]e|order|sort|delete|remove|replace|change|modify|fix|refactor|debug|extend|complete|fill|find|select|extract|insert|add|punctuate|capitali[sz]e|paraphrase|proofread|quote|repeat|copy)\b",
    )
});

const GRAM: usize = 6;
/// A shorter response often says the question again, with the answer at its end.
const RESPONSE_WORDS_MIN: usize = 25;
const SHARE_MIN: f64 = 0.6;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let response = words(candidate.folded_response());
    let works_on_text = candidate.kind != Kind::InDepth || EDITS.is_match(candidate.child.folded());
    if works_on_text || response.len() < RESPONSE_WORDS_MIN {
        return None;
    }
    let (parent, child) = (words(candidate.parent.folded()), words(candidate.child.folded()));
    let known: HashSet<&[&str]> = parent.windows(GRAM).collect();
    let added: HashSet<&[&str]> =
        child.windows(GRAM).filter(|gram| !known.contains(gram)).collect();
    let leaked: Vec<&[&str]> = response.windows(GRAM).filter(|gram| added.contains(gram)).collect();
    let share = leaked.len() as f64 / response.windows(GRAM).len() as f64;
    let first = leaked.first()?;
    (share >= SHARE_MIN).then(|| {
        Evidence::quote(
            &format!("{:.0} % of the response is in the instruction", share * 100.0),
            &first.join(" "),
        )
    })
}
