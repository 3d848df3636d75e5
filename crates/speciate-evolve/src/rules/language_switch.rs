//! `language-switch`: the child left the parent's language.
//!
//! The language is that of the words that ask: of the first paragraph, without what stands in quotation
//! marks, code, formulas or links. A text of few words is told by its script alone.

use std::sync::LazyLock;

use regex::Regex;
use whatlang::{Lang, Script};

use super::{Candidate, Evidence};
use crate::text::{fold, language, patterns, stop, without_code, words};

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    // Telling languages apart costs most, and most chains are English.
    if is_plain_english(candidate.parent.folded()) && is_plain_english(candidate.child.folded()) {
        return None;
    }
    let (parent, child) = (request_of(&candidate.parent), request_of(&candidate.child));
    let quote = |from: &str, to: &str| {
        Some(Evidence::quote(&format!("from {from} to {to}"), &candidate.child))
    };
    if let (Some(from), Some(to)) = (script_of(&parent), script_of(&child))
        && from != to
    {
        return quote(from.name(), to.name());
    }
    let (from, to) = (told(&parent)?, told(&child)?);
    // The whole text may tell another story than its first paragraph: what is in doubt is no switch.
    let whole = language::of(&candidate.child);
    if from == to || whole.is_some_and(|whole| whole == from) {
        return None;
    }
    let is_told = is_rather(&parent, from, to) && is_rather(&child, to, from);
    is_told.then(|| quote(from.name(), to.name())).flatten()
}

/// The language of a request: what the detector is sure of, or what it takes a short text for, if small
/// words of that language say the same.
fn told(text: &str) -> Option<Lang> {
    const SMALL_WORDS_MIN: usize = 2;
    let short = || {
        let lang = language::guess(text)?;
        let folded = fold(text);
        let small = words(&folded).into_iter().filter(|word| stop::is_in(lang, word)).count();
        (small >= SMALL_WORDS_MIN).then_some(lang)
    };
    language::of(text).or_else(short)
}

/// Whether every fifth word or more at the beginning of an ASCII text is one of the small words of
/// English.
fn is_plain_english(folded: &str) -> bool {
    const WORDS: usize = 40;
    const ONE_IN: usize = 5;
    let (mut words, mut small) = (0, 0);
    for word in folded.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()) {
        words += 1;
        small += usize::from(stop::is_english(word));
        if words == WORDS {
            break;
        }
    }
    folded.is_ascii() && small > 0 && small * ONE_IN >= words
}

/// Whether the small words of a text are those of a language rather than of another one. A detector
/// alone errs on short texts; languages without a list of such words are left to it.
fn is_rather(text: &str, lang: Lang, other: Lang) -> bool {
    let folded = fold(text);
    let count = |lang| words(&folded).into_iter().filter(|word| stop::is_in(lang, word)).count();
    !stop::has_list(lang) || !stop::has_list(other) || count(lang) > count(other)
}

/// The words that ask.
fn request_of(text: &str) -> String {
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
        patterns(
            r#"(?x)"[^"]*" | “[^”]*” | ‘[^’]*’ | «[^»]*» | „[^“”]*[“”] | 「[^」]*」 | 『[^』]*』 | 《[^》]*》
            | \$\$.*?\$\$ | \$[^$\n]*\$ | \\\(.*?\\\) | https?://\S+ | \([^)]*\) | （[^）]*）"#,
        )
    });
    let prose = without_code(text);
    let paragraph = prose.trim().split("\n\n").next().unwrap_or_default();
    let first = paragraph.split(['\n', ':', '：']).next().unwrap_or_default();
    ASIDE.replace_all(first, " ").into_owned()
}

/// The script of nearly all letters, where it tells languages apart: two letters of Chinese say as much
/// as a word.
fn script_of(text: &str) -> Option<Script> {
    const SHARE_MIN: f64 = 0.9;
    const LETTERS_MIN: usize = 10;
    let script = whatlang::detect_script(text)?;
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    let is_dense = letters.iter().all(|c| crate::text::is_dense(*c));
    let latin = letters.iter().filter(|c| c.is_ascii()).count() as f64;
    let is_pure = match script {
        Script::Latin => latin >= SHARE_MIN * letters.len() as f64,
        _ => latin <= (1.0 - SHARE_MIN) * letters.len() as f64,
    };
    let is_enough = letters.len() >= LETTERS_MIN || (is_dense && letters.len() >= 2);
    // Japanese is written in three scripts, two of which Chinese is not.
    let script = match script {
        Script::Hiragana | Script::Katakana => Script::Mandarin,
        script => script,
    };
    (is_pure && is_enough).then_some(script)
}
