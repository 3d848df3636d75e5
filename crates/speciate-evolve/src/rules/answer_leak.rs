//! `answer-leak`: the instruction holds its own response.
//!
//! Groups of words that the parent already holds do not count: a task on a given text is answered
//! with words of that text.

use std::collections::HashSet;

use super::{Candidate, Evidence};
use crate::text::words;

const GRAM: usize = 6;
/// A shorter response often says the question again, with the answer at its end.
const RESPONSE_WORDS_MIN: usize = 25;
const SHARE_MIN: f64 = 0.6;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let response = words(candidate.folded_response());
    if response.len() < RESPONSE_WORDS_MIN {
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
