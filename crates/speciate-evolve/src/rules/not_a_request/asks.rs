//! What keeps a text a request, whatever its words weigh.

use std::sync::LazyLock;

use regex::Regex;
use speciate_types::Kind;
use unicode_segmentation::UnicodeSegmentation;

use crate::request::signs::{begins_with_order, sentences};
use crate::rules::Candidate;
use crate::text::{Text, fold, patterns, without_code};

/// Data or code can fill a text, and a question in its first sentence or its last line still makes it a
/// request. An offer of help makes none.
pub(super) fn ends_with_question(child: &Text<'_>) -> bool {
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
pub(super) fn is_plain_order(candidate: &Candidate<'_>) -> bool {
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
