//! The signs that the model counts, as names.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::BIAS;
use crate::text::{content_words, fold, patterns, without_code};

/// Verbs and question words with which requests begin, or which make a later sentence one.
pub(crate) static REQUEST_WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../words/request/en.txt").split_whitespace().collect());

/// Words that are verbs at the front of a sentence and often nouns inside it.
pub(crate) static FIRST_WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../words/request/en-first.txt").split_whitespace().collect());

/// Words of a sentence that are looked at.
const WORDS_MAX: usize = 25;
/// A longer line with an equation in it is prose.
const CODE_WORDS_MAX: usize = 12;
/// More sentences than this are one class.
const SENTENCES_MAX: usize = 6;

/// Turns to the reader, or says what is wanted.
static WISH: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)\b(?:
            please | (?:i|we)(?:['’](?:d|ll)|\ would|\ will)?\ (?:need|want|like|appreciate|love)\b | help\ (?:me|us)
          | your\ (?:task|job|goal) | you\ (?:are|will|should|must|need\ to|have\ to) | (?:can|could|would|will)\ you
          | act\ as | (?:am|['’]m|are|['’]re)\ (?:looking\ for|trying) | (?:give|tell|show|write|notify)\ me | let['’]s
          | would\ be\ (?:great|nice|helpful|able) | (?:should|must|needs?\ to)\ be | is\ it\ possible | the\ following
          | this\ (?:text|sentence|code|list|paragraph|passage|article)
        )\b",
    )
});

/// The signs of `text`, made from `parent`; without a parent the text speaks for itself.
pub fn request_signs(parent: Option<&str>, text: &str) -> BTreeSet<String> {
    let mut signs = BTreeSet::new();
    each_sign(parent, text, &mut |sign| {
        if !signs.contains(sign) {
            signs.insert(sign.to_owned());
        }
    });
    signs
}

/// Names each sign, some of them more than once.
pub(super) fn each_sign(parent: Option<&str>, text: &str, see: &mut dyn FnMut(&str)) {
    let unfenced = without_code(text);
    let (code, prose): (Vec<&str>, Vec<&str>) =
        unfenced.lines().filter(|line| !line.trim().is_empty()).partition(|line| is_code(line));
    let n_lines = code.len() + prose.len();
    let prose = prose.join("\n");
    let folded: Vec<String> = sentences(&prose).map(fold).collect();
    let sentences: Vec<FoldedSentence<'_>> =
        folded.iter().map(|text| FoldedSentence::new(text)).collect();
    see(BIAS);
    see(&format!("sentences {}", sentences.len().min(SENTENCES_MAX)));
    see(&format!("words {}", size(&prose)));
    see(&format!("lines of code {}", (4 * code.len()).div_ceil(n_lines.max(1))));
    if text.contains("```") {
        see("code");
    }
    asking_signs(&sentences, see);
    word_signs(&sentences, see);
    if let Some(parent) = parent {
        parent_signs(parent, text, folded.first(), see);
    }
}

/// Whether a line outside of a fenced block is one of a program.
fn is_code(line: &str) -> bool {
    static CODE: LazyLock<Regex> = LazyLock::new(|| {
        patterns(
            r#"(?x)[;{}]\s*$ | ^\s*(?:\#\s|//|/\*|\*/|"""|import\s|from\s\S+\simport|def\s|class\s|return\b|print\b|echo\s|puts\s|let\s\w+\s=|else:|elif\s|</?\w+)
              | ^\s*(?:\w+\s)?[\w.\[\]'"]+\s*[-+*/]?=\s*\S | ^\s*[\w.]+\(.*\)\s*:?\s*$"#,
        )
    });
    CODE.is_match(line) && !line.contains('?') && line.unicode_words().count() <= CODE_WORDS_MAX
}

/// A folded sentence and its words, of which a number is `0`.
struct FoldedSentence<'a> {
    text: &'a str,
    words: Vec<Cow<'a, str>>,
}

impl<'a> FoldedSentence<'a> {
    fn new(text: &'a str) -> Self {
        let word = |word: &'a str| {
            if word.bytes().all(|byte| byte.is_ascii_digit()) {
                Cow::Borrowed("0")
            } else if word.contains('’') {
                Cow::Owned(word.replace('’', "'"))
            } else {
                Cow::Borrowed(word)
            }
        };
        Self { text, words: text.unicode_words().take(WORDS_MAX).map(word).collect() }
    }
}

/// Sentences and lines that hold a letter or a digit. What a colon ends is one too.
pub(crate) fn sentences(prose: &str) -> impl Iterator<Item = &str> {
    static END: LazyLock<Regex> = LazyLock::new(|| patterns(r"[.!?:]\s+|[。！？：；]"));
    let of_line = |line| {
        let mut begin = 0;
        let ends: Vec<usize> = END.find_iter(line).map(|end| end.end()).collect();
        ends.into_iter().chain([line.len()]).map(move |end| {
            let sentence = &line[begin..end];
            begin = end;
            sentence
        })
    };
    prose.lines().flat_map(of_line).filter(|sentence| sentence.chars().any(char::is_alphanumeric))
}

fn word_signs(sentences: &[FoldedSentence<'_>], see: &mut dyn FnMut(&str)) {
    let mut sign = String::new();
    let mut see_joined = |parts: &[&str]| {
        sign.clear();
        for part in parts {
            sign.push_str(part);
        }
        see(&sign);
    };
    for (at, FoldedSentence { words, .. }) in sentences.iter().enumerate() {
        let Some(front) = words.first() else { continue };
        if at < SENTENCES_MAX {
            see_joined(&["any front ", front]);
        }
        if at == 0 {
            see_joined(&["front ", front]);
            if let Some(second) = words.get(1) {
                see_joined(&["front ", front, " ", second]);
            }
            for word in words {
                see_joined(&["first ", word]);
            }
        } else if at + 1 == sentences.len() {
            see_joined(&["last front ", front]);
            for word in words {
                see_joined(&["last ", word]);
            }
        }
    }
}

/// Where and how anything is asked.
fn asking_signs(sentences: &[FoldedSentence<'_>], see: &mut dyn FnMut(&str)) {
    let mut asks = false;
    for (at, sentence) in sentences.iter().enumerate() {
        let (question, order) = match at {
            0 => ("question first", "order first"),
            at if at + 1 == sentences.len() => ("question last", "order last"),
            _ => ("question within", "order within"),
        };
        if is_question(sentence.text) {
            asks = true;
            see(question);
        }
        if orders(sentence.text) {
            asks = true;
            see(order);
        }
        for wish in WISH.find_iter(sentence.text) {
            asks = true;
            see(&format!("wish {}", wish.as_str().replace('’', "'")));
        }
    }
    if !asks {
        see("asks nothing");
    }
    if sentences.last().is_some_and(|last| last.text.ends_with(':')) {
        see("colon at the end");
    }
}

fn is_question(sentence: &str) -> bool {
    sentence
        .trim_end_matches(|c: char| !c.is_alphanumeric() && c != '?' && c != '？')
        .ends_with(['?', '？'])
}

/// An order or a question at the front of a sentence, or behind a comma: "For this list, name two."
fn orders(sentence: &str) -> bool {
    const TELLING: [&str; 7] = ["which", "who", "whose", "where", "when", "including", "using"];
    let mut clauses = sentence.split([',', ';']).skip(1);
    begins_with_order(sentence)
        || clauses.any(|clause| order_word(clause).is_some_and(|word| !TELLING.contains(&word)))
}

/// Whether a verb or a question word stands at the front, behind small words and adverbs.
pub(crate) fn begins_with_order(sentence: &str) -> bool {
    order_word(sentence).is_some()
}

fn order_word(clause: &str) -> Option<&str> {
    const BEFORE: [&str; 8] = ["please", "then", "now", "also", "and", "finally", "so", "next"];
    let is_verb = |word: &str| FIRST_WORDS.contains(word) || REQUEST_WORDS.contains(word);
    let is_before = |word: &str| BEFORE.contains(&word) || word.ends_with("ly") && !is_verb(word);
    clause.unicode_words().find(|word| !is_before(word)).filter(|word| is_verb(word))
}

/// Classes of length, in words.
fn size(prose: &str) -> usize {
    const BOUNDS: [usize; 4] = [3, 8, 20, 60];
    let n_words = prose.unicode_words().take(BOUNDS[3] + 1).count();
    BOUNDS.iter().take_while(|bound| n_words > **bound).count()
}

/// How a text takes up its parent: an edit keeps its front and its words.
fn parent_signs(parent: &str, text: &str, first: Option<&String>, see: &mut dyn FnMut(&str)) {
    see("edit");
    let (parent_folded, folded) = (fold(parent), fold(text));
    let keeps_front =
        |n: usize| parent_folded.unicode_words().take(n).eq(folded.unicode_words().take(n));
    if keeps_front(1) {
        see("keeps front 1");
    }
    if keeps_front(3) {
        see("keeps front 3");
    }
    match (parent.contains('?'), text.contains('?')) {
        (true, true) => see("keeps question"),
        (true, false) => see("loses question"),
        _ => {}
    }
    if text.contains("```") && !parent.contains("```") {
        see("brings code");
    }
    see(&format!("keeps {}", kept_fifths(&parent_folded, &folded)));
    let parent_first = sentences(parent).next().map(fold);
    if let (Some(parent_first), Some(first)) = (parent_first, first) {
        see(&format!("first keeps {}", kept_fifths(&parent_first, first)));
    }
}

/// The share of the words of content of `parent` that `text` has, in fifths rounded down, at most 4.
fn kept_fifths(parent: &str, text: &str) -> usize {
    let (parent, text) = (content_words(parent), content_words(text));
    match parent.len() {
        0 => 0,
        n => (5 * parent.intersection(&text).count() / n).min(4),
    }
}
