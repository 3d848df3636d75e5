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
use crate::text::{Text, fold, language, patterns, without_code, words};

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
          | (?:the|my|final|correct)\ answer\ is\b | (?:final\ )?answer\s*: | the\ (?:correct|final)\ answer\b
          | here\ (?:is|are)\ (?:the|an?|my|your|some)\ (?:answer|solution|response|result)
          | (?:i\ )?hope\ (?:this|that)\ helps | let\ me\ know\ if | how\ (?:can|may)\ i\ (?:help|assist)\ you\b | is\ there\ anything\ else
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
    let asks = asks(&candidate.child);
    if AS_A_MODEL.is_match(child) && !AS_A_MODEL.is_match(candidate.parent.folded()) && !asks {
        return Some(Evidence::quote("speaks as a model does, and asks nothing", &candidate.child));
    }
    if is_solution(candidate, asks) {
        return Some(Evidence::quote("an answer in the place of a request", &candidate.child));
    }
    if is_announcement(&candidate.child) && !is_announcement(&candidate.parent) {
        return Some(Evidence::quote("announces and asks nothing", &candidate.child));
    }
    let is_statement = is_statement(&candidate.child) && !is_statement(&candidate.parent);
    is_statement.then(|| Evidence::quote("a statement that asks nothing", &candidate.child))
}

static AS_A_MODEL: LazyLock<Regex> = LazyLock::new(|| {
    patterns(r"^\W*as\ an?\ (?:ai|artificial\ intelligence|large\ language|language)\b")
});
/// What only code begins with.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^(?:```|~~~
        | select\s.{1,400}\sfrom\s+\w+(?:\s+\w+)?\s*(?:;|,|\bwhere\s|\bjoin\s|\bleft\s|\bright\s|\binner\s|\bgroup\ by\s|\border\ by\s|\blimit\s) | (?:create|drop|alter)\ (?:table|view|index)\s | insert\ into\s | update\ \w+\ set\s
        | (?:async\ )?def\ \w+\( | from\ [\w.]+\ import\s | import\ [\w.]+\s(?:as\ |import\ |from\ |def\ |class\ |$)
        | function\ \w+\( | (?:public|private)\ (?:static\ |final\ )?\w+\ \w+\( | \#include\s*<
        | (?:const|let|var)\ \w+\ = | class\ \w+\s?[:{(] )",
    )
});

/// Whether anything outside of code asks: a question mark, or a sentence that begins as an order or a
/// question does.
fn asks(text: &Text<'_>) -> bool {
    let prose = without_code(text);
    prose.contains(['?', '？', '؟']) || prose.unicode_sentences().any(orders)
}

/// Bare code for a parent that had none in its place, or what stands behind "Sure, here is …:" and
/// asks nothing.
fn is_solution(candidate: &Candidate<'_>, asks: bool) -> bool {
    let (child, parent) = (candidate.child.folded(), candidate.parent.folded());
    // Only English is known well enough to say of its sentences that none asks.
    let is_known = || {
        let prose = without_code(&candidate.child);
        prose.trim().is_empty() || language::guess(&candidate.parent) == Some(Lang::Eng)
    };
    if CODE.is_match(child) && !CODE.is_match(parent) {
        // Its first sentence is the code itself: "select" is no order there.
        let prose = without_code(&candidate.child);
        let rest: Vec<_> = prose.unicode_sentences().skip(usize::from(!is_fenced(child))).collect();
        let asks = prose.contains(['?', '？']) || rest.into_iter().any(orders);
        return !asks && is_known();
    }
    candidate.is_led && !asks && is_known()
}

fn is_fenced(text: &str) -> bool {
    text.starts_with("```") || text.starts_with("~~~")
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
        && !text.unicode_sentences().any(orders)
        && language::of(text) == Some(Lang::Eng)
}

/// Words with which a question begins that has no mark.
const AUXILIARIES: [&str; 20] = [
    "are", "is", "was", "were", "do", "does", "did", "can", "could", "will", "would", "should",
    "has", "have", "had", "may", "might", "must", "shall", "am",
];

/// An order at the front of a sentence, or behind its first comma: "For this string, print its end."
fn orders(sentence: &str) -> bool {
    let verb_first = |part: &str| {
        fold(part).unicode_words().next().is_some_and(|word| FIRST_WORDS.contains(word))
    };
    begins_with_verb(sentence) || sentence.split_once(',').is_some_and(|(_, rest)| verb_first(rest))
}

fn begins_with_verb(sentence: &str) -> bool {
    let begins = |word: &str| {
        FIRST_WORDS.contains(word) || REQUEST_WORDS.contains(word) || AUXILIARIES.contains(&word)
    };
    fold(sentence).unicode_words().next().is_some_and(begins)
}
