//! `not-a-request`: nothing is asked.
//!
//! Sure signs come first: nothing but marks, a bare verdict, the opening of an answer. A
//! statement is told only in English, by the absence of every sign of a request. An announcement
//! in the first person ("I will write a poem about the sea.") is told in four languages.

mod announcement;

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;
use whatlang::Lang;

use super::{Candidate, Evidence};
use crate::text::{Text, fold, language, patterns, words};

use announcement::is_announcement;

/// Verbs and question words with which requests begin, or which make a later sentence one.
static REQUEST_WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../words/request/en.txt").split_whitespace().collect());

/// Words that are verbs at the front of a sentence and often nouns inside it.
static FIRST_WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../words/request/en-first.txt").split_whitespace().collect());

/// A longer text holds a request somewhere; the list of words need not be complete for it.
const STATEMENT_WORDS_MAX: usize = 60;

static VERDICT: LazyLock<Regex> = LazyLock::new(|| patterns(r"^\W*(?:not )?equal\W*$"));
static ANSWER: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^\W*
        (?:
            (?:sure(?:\ thing)?|certainly|of\ course|absolutely|understood|got\ it|gladly|okay|ok|yes|no|great\ question)[!.,:]\s
          | (?:thank\ you|thanks)\ for\b | you['’]re\ welcome
          | as\ an?\ (?:ai|artificial\ intelligence|large\ language|language)\b
          | (?:the|my|final|correct)\ answer\ is\b | (?:final\ )?answer\s*: | the\ (?:correct|final)\ answer\b
          | here\ (?:is|are)\ (?:the|an?|my|your|some)\ (?:answer|solution|response|result)
          | (?:i\ )?hope\ (?:this|that)\ helps | let\ me\ know\ if | how\ can\ i\ (?:help|assist) | is\ there\ anything\ else
          | natürlich[!,] | gerne[!,] | bien\ sûr[!,] | claro[!,] | certo[!,] | 当然[！，,!] | 好的[，,！!] | もちろん[、！!] | 물론입니다 | конечно[!,]
        )",
    )
});

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let child = candidate.child.folded();
    if !child.chars().any(char::is_alphanumeric) {
        return Some(Evidence::quote("nothing but marks", &candidate.child));
    }
    if VERDICT.is_match(child) {
        return Some(Evidence::quote("a bare verdict", &candidate.child));
    }
    if ANSWER.is_match(child) && !ANSWER.is_match(candidate.parent.folded()) {
        return Some(Evidence::quote("begins as an answer does", &candidate.child));
    }
    if is_announcement(&candidate.child) && !is_announcement(&candidate.parent) {
        return Some(Evidence::quote("announces and asks nothing", &candidate.child));
    }
    let is_statement = is_statement(&candidate.child) && !is_statement(&candidate.parent);
    is_statement.then(|| Evidence::quote("a statement that asks nothing", &candidate.child))
}

/// Signs of a question, a gap to fill, a formula, a code block or a line to be completed.
fn has_open_end(text: &str) -> bool {
    text.contains(['?', '？', '_', '=', '`', '{', '<', '…'])
        || text.trim_end().ends_with([':', ','])
        || text.trim_end().ends_with("...")
}

fn is_statement(text: &Text<'_>) -> bool {
    if has_open_end(text) {
        return false;
    }
    let words = words(text.folded());
    words.len() <= STATEMENT_WORDS_MAX
        && !words.iter().any(|word| REQUEST_WORDS.contains(word))
        && !text.unicode_sentences().any(begins_with_verb)
        && language::of(text) == Some(Lang::Eng)
}

fn begins_with_verb(sentence: &str) -> bool {
    fold(sentence).unicode_words().next().is_some_and(|word| FIRST_WORDS.contains(word))
}
