//! `not-a-request`: nothing is asked.
//!
//! Sure signs come first: nothing but marks, a bare verdict, the opening of an answer, bare code. An
//! announcement in the first person ("I will write a poem about the sea.") is told in four
//! languages. All else is weighed by [`crate::request_log_odds`], which knows English alone.

mod announcement;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use speciate_types::Kind;
use unicode_segmentation::UnicodeSegmentation;
use whatlang::Lang;

use super::{Candidate, Evidence};
use crate::request::request_log_odds;
use crate::request::signs::{begins_with_order, sentences};
use crate::text::{
    Text, containment, content_words, count_words, fold, language, patterns, without_code,
};

use announcement::is_announcement;

/// An edit of its parent keeps so much of it that little doubt is enough. Measured on public sets:
/// `cargo run -p speciate-evolve --example request_weights -- DATA --test`.
const IN_DEPTH_LOG_ODDS_MIN: f64 = -1.0;
/// A new request has only its own words to speak for it.
const IN_BREADTH_LOG_ODDS_MIN: f64 = -3.0;
/// Chinese was learned from few texts.
const CHINESE_LOG_ODDS_MIN: f64 = -3.0;
/// A list of names has more words than this.
const NAMED_WORDS_MIN: usize = 8;
/// Of the words of content that a child adds to its parent.
const RESPONSE_SHARE_MIN: f64 = 0.6;
/// From here on a text is a request whatever it repeats.
const SURE_LOG_ODDS_MIN: f64 = 2.0;
/// "Sure, here is …:" stood before the text: the assent of one who answers.
const LED_LOG_ODDS_MIN: f64 = 0.0;

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

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let (child, parent) = (candidate.child.folded(), candidate.parent.folded());
    let quote = |what: &str| Some(Evidence::quote(what, &candidate.child));
    if !child.chars().any(char::is_alphanumeric) {
        return quote("nothing but marks");
    }
    if VERDICT.is_match(child) {
        return quote("a bare verdict");
    }
    if ANSWER.is_match(child) && !ANSWER.is_match(parent) {
        return quote("begins as an answer does");
    }
    if is_bare_code(child, &candidate.child) && !CODE.is_match(parent) {
        return quote("code in the place of a request");
    }
    if is_announcement(&candidate.child) && !is_announcement(&candidate.parent) {
        return quote("announces and asks nothing");
    }
    if repeats_response(candidate) {
        return quote("says what its parent was answered with");
    }
    if reads_as_answer(candidate) {
        return quote("reads as an answer, not as a request");
    }
    None
}

/// Whether most of what the child adds to its parent stands in the parent's response. What is surely a
/// request may well take up words of an answer.
fn repeats_response(candidate: &Candidate<'_>) -> bool {
    let Some(response) = candidate.parent_response.filter(|response| !response.is_empty()) else {
        return false;
    };
    let (child, response) = (candidate.child.folded(), fold(response));
    let known = content_words(candidate.parent.folded());
    let added: BTreeSet<&str> = &content_words(child) - &known;
    !added.is_empty()
        && containment(&added, &content_words(&response)) >= RESPONSE_SHARE_MIN
        && request_log_odds(Some(&candidate.parent), &candidate.child) < SURE_LOG_ODDS_MIN
        && !ends_with_question(&candidate.child)
        && !is_plain_order(candidate)
}

/// Whether the words speak for an answer, and those of the parent do not.
fn reads_as_answer(candidate: &Candidate<'_>) -> bool {
    let least = match candidate.kind {
        _ if candidate.is_led => LED_LOG_ODDS_MIN,
        Kind::InBreadth => IN_BREADTH_LOG_ODDS_MIN,
        _ => IN_DEPTH_LOG_ODDS_MIN,
    };
    let log_odds = request_log_odds(Some(&candidate.parent), &candidate.child);
    log_odds < least
        && !ends_with_question(&candidate.child)
        && !is_plain_order(candidate)
        && reads_better(&candidate.parent, log_odds, least)
        && match language_of(candidate) {
            Some(Lang::Eng) => true,
            Some(Lang::Cmn) => log_odds < CHINESE_LOG_ODDS_MIN,
            _ => false,
        }
}

/// Whether the parent reads as a request, or at least far more so than its child: seeds may be odd.
fn reads_better(parent: &Text<'_>, log_odds: f64, least: f64) -> bool {
    const MARGIN: f64 = 2.0;
    let parent = request_log_odds(None, parent);
    parent >= least || parent >= log_odds + MARGIN
}

/// Data or code can fill a text, and a question in its first sentence or its last line still makes it a
/// request. An offer of help makes none.
fn ends_with_question(child: &Text<'_>) -> bool {
    static OFFER: LazyLock<Regex> =
        LazyLock::new(|| patterns(r"\b(?:you like|you want|you need|help|else|assist|more)\b"));
    let prose = without_code(child);
    let asks = |sentence: &str| {
        sentence.trim_end_matches(['"', '*', ')', ' ', '\n']).ends_with(['?', '？'])
    };
    let last = prose.trim_end().rsplit('\n').next().unwrap_or_default();
    sentences(&prose).next().is_some_and(asks)
        || sentences(last).any(|sentence| asks(sentence) && !OFFER.is_match(&fold(sentence)))
}

/// A single order, one with a word of the parent's at its front, or one beside what was a parent only in
/// its domain: answers hardly begin so.
fn is_plain_order(candidate: &Candidate<'_>) -> bool {
    let prose = without_code(&candidate.child);
    let sentences: Vec<String> = sentences(&prose).take(2).map(fold).collect();
    if ADDRESSES.is_match(&fold(&prose)) {
        return true;
    }
    if candidate.kind == Kind::InBreadth && asks_plainly(&prose) {
        return true;
    }
    let Some(first) = sentences.first().filter(|first| begins_with_order(first)) else {
        return false;
    };
    let front = first.unicode_words().find(|word| *word != "please").unwrap_or_default();
    let is_word_of_parent = || candidate.parent.folded().unicode_words().any(|word| word == front);
    sentences.len() == 1
        || candidate.kind == Kind::InBreadth
        || WRITES.contains(&front)
        || is_word_of_parent()
}

/// A sentence near the front that is an order to write, or a short question without a mark.
fn asks_plainly(prose: &str) -> bool {
    const SENTENCES: usize = 4;
    const QUESTION_WORDS_MAX: usize = 12;
    const ASKING: [&str; 8] = ["is", "are", "do", "does", "can", "should", "will", "did"];
    let front = |text: &str| fold(text).unicode_words().next().map(str::to_owned);
    let is_question = prose.trim().unicode_words().count() <= QUESTION_WORDS_MAX
        && !prose.trim_end().ends_with('.')
        && front(prose).is_some_and(|word| ASKING.contains(&word.as_str()));
    let orders = |sentence| front(sentence).is_some_and(|word| WRITES.contains(&word.as_str()));
    is_question || sentences(prose).take(SENTENCES).any(orders)
}

/// What is said to the one who answers alone.
static ADDRESSES: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)\byou\ (?:should|need\ to|have\ to|must|are\ to)\ (?:come\ up\ with|write|find|create|complete|rewrite|guess|explain|answer|provide)\b
        | (?:^\W*|[.!?]\ )i(?:['’](?:d|ll)|\ would|\ will)?\ (?:need|want|like|love|appreciate)\b
        | \byour\ (?:final\ )?(?:answer|response|reply|solution|explanation|essay|code|program)\b
        | \.\ (?:find|determine|compute|calculate|derive|prove|evaluate|express|solve|estimate)\ [^.]*\.?\W*$",
    )
});

/// Verbs of work with words: advice hardly begins with one.
const WRITES: [&str; 37] = [
    "analyze",
    "calculate",
    "classify",
    "compare",
    "compose",
    "compute",
    "craft",
    "delineate",
    "depict",
    "describe",
    "detail",
    "discuss",
    "dissect",
    "draft",
    "elaborate",
    "evaluate",
    "examine",
    "explain",
    "explore",
    "formulate",
    "generate",
    "illuminate",
    "illustrate",
    "implement",
    "list",
    "narrate",
    "outline",
    "predict",
    "prove",
    "recount",
    "redraft",
    "rewrite",
    "solve",
    "summarize",
    "tell",
    "translate",
    "write",
];

/// Both texts together are long enough for a guess where one of them is not.
fn language_of(candidate: &Candidate<'_>) -> Option<Lang> {
    let both = format!("{}\n{}", without_code(&candidate.parent), without_code(&candidate.child));
    match language::guess(&both) {
        Some(lang @ (Lang::Eng | Lang::Cmn)) => Some(lang),
        // Names and numbers are of no language; few words may be of any.
        other if count_words(&candidate.child) >= NAMED_WORDS_MIN => {
            language::guess(&candidate.parent).or(other)
        }
        other => other,
    }
}

fn is_bare_code(folded: &str, text: &Text<'_>) -> bool {
    CODE.is_match(folded) && (!is_fenced(folded) || without_code(text).trim().is_empty())
}

fn is_fenced(text: &str) -> bool {
    text.starts_with("```") || text.starts_with("~~~")
}
