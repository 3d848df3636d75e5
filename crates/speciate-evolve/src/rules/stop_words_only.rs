//! `stop-words-only`: a response without content. The paper's third rule.
//!
//! Numbers, symbols outside ASCII (an emoji, an arrow) and a single capital letter (the answer to
//! a choice) are content. The paper gives no list of stop words. One that answers a question by
//! itself, such as "no" or "both", is content when it stands alone.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use whatlang::Lang;

use super::{Candidate, Evidence};
use crate::text::{fold, is_dense, patterns, stop};

/// Words, and signs that are no punctuation.
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| patterns(r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)*|[^\p{P}\p{Z}\p{C}\p{ASCII}]"));

/// What may well be answered with stop words, since it is about words.
static ABOUT_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"\b(?:pronouns?|verbs?|adverbs?|prepositions?|conjunctions?|articles?|conjugat\w+|syllables?|synonyms?|antonyms?|opposites?|blanks?|translat\w+|negat\w+|contractions?|rhymes?|anagrams?)\b",
    )
});

fn has_word(response: &str) -> bool {
    response.chars().any(char::is_alphabetic)
}

/// No response of stop words alone is longer; the bound keeps the check cheap.
const BYTES_MAX: usize = 2_000;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let response = candidate.response().trim();
    if response.is_empty() {
        return Some(Evidence::new("the response is empty"));
    }
    let asks_words = ABOUT_WORDS.is_match(candidate.child.folded());
    if response.len() > BYTES_MAX || is_short_answer(response) || has_word(response) && asks_words {
        return None;
    }
    // Telling the language costs most, and nearly every response ends here.
    if TOKEN.find_iter(response).any(|token| is_content(token.as_str())) {
        return None;
    }
    let lang = whatlang::detect_lang(&candidate.child).unwrap_or(Lang::Eng);
    TOKEN
        .find_iter(response)
        .all(|token| is_stop(token.as_str(), lang))
        .then(|| Evidence::quote("nothing but punctuation and stop words", response))
}

/// Whether a word is a stop word of no language, as far as one look can tell.
fn is_content(token: &str) -> bool {
    let word = fold(token);
    !word.contains(['\'', '’']) && !word.chars().all(is_dense) && !stop::is_any(&word)
}

/// Words that are an answer when they stand alone.
static ANSWERS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../words/answers.txt").split_whitespace().collect());

/// One word that answers a question, or the letter of a choice, such as `A`, `(B)` or `C.`.
fn is_short_answer(response: &str) -> bool {
    let mut tokens = TOKEN.find_iter(response).map(|token| token.as_str());
    let is_capital =
        |token: &str| token.len() == 1 && token.chars().all(|c| c.is_ascii_uppercase());
    let is_answer = |token: &str| is_capital(token) || ANSWERS.contains(fold(token).as_str());
    tokens.next().is_some_and(is_answer) && tokens.next().is_none()
}

fn is_stop(token: &str, lang: Lang) -> bool {
    let word = fold(token).replace('’', "'");
    if word.chars().all(is_dense) {
        return [Lang::Cmn, Lang::Jpn].into_iter().any(|lang| is_dense_stop(&word, lang));
    }
    // A particle or an elided article, such as `l'` and `don't`, counts by its parts.
    [lang, Lang::Eng].into_iter().any(|lang| {
        stop::is_in(lang, &word)
            || (word.contains('\'') && word.split('\'').all(|part| stop::is_in(lang, part)))
    })
}

/// Whether stop words, the longest first, cover a run of characters without blanks.
fn is_dense_stop(run: &str, lang: Lang) -> bool {
    let mut rest = run;
    while !rest.is_empty() {
        let ends =
            rest.char_indices().map(|(start, c)| start + c.len_utf8()).take(4).collect::<Vec<_>>();
        let Some(end) = ends.into_iter().rev().find(|end| stop::is_in(lang, &rest[..*end])) else {
            return false;
        };
        rest = &rest[end..];
    }
    true
}
