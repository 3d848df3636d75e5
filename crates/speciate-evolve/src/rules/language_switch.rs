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
    let (parent, child) = (request_of(&candidate.parent), request_of(&candidate.child));
    let quote = |from: &str, to: &str| {
        Some(Evidence::quote(&format!("from {from} to {to}"), &candidate.child))
    };
    if let (Some(from), Some(to)) = (script_of(&parent), script_of(&child))
        && from != to
    {
        return quote(from.name(), to.name());
    }
    let (from, to) = (language::of(&parent)?, language::of(&child)?);
    // The whole text may tell another story than its first paragraph: what is in doubt is no switch.
    let whole = language::of(&candidate.child);
    if from == to || whole.is_some_and(|whole| whole == from) {
        return None;
    }
    let is_told = is_rather(&parent, from, to) && is_rather(&child, to, from);
    is_told.then(|| quote(from.name(), to.name())).flatten()
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
