//! Views of a text that several rules share: folded, cut into words, without code.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

pub(crate) mod language;
mod plain;
mod sentence;
pub(crate) mod stop;
mod view;

pub(crate) use plain::{ends_in_code, without_code};
pub use sentence::Sentence;
pub use view::Text;

/// A pattern of our own, in which `\b` is the word boundary of ASCII.
///
/// That of Unicode keeps the fast automata from every text with any other character, a curly quote
/// say, which then takes thirty times as long. Where a word may begin or end with such a letter, a
/// pattern says `\b{start}` or `\b{end}`, which are Unicode's, or leaves the boundary out.
pub(crate) fn patterns(pattern: &str) -> Regex {
    Regex::new(&with_ascii_boundaries(pattern)).expect("a built-in pattern is valid")
}

fn with_ascii_boundaries(pattern: &str) -> String {
    let mut changed = String::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        let n_bytes = 1 + escape[1..].chars().next().map_or(0, char::len_utf8);
        let (escape, after) = escape.split_at(n_bytes);
        let is_boundary = escape == r"\b" && !after.starts_with('{');
        changed += before;
        changed += if is_boundary { r"(?-u:\b)" } else { escape };
        rest = after;
    }
    changed + rest
}

/// NFKC, case folded, white space squeezed: equal results mean texts that read the same.
pub(crate) fn fold(text: &str) -> String {
    if is_plain(text) { fold_plain(text) } else { fold_any(text) }
}

/// Whether a text has only characters of ASCII. The vertical tab is blank in Unicode's eyes and not
/// in those of [`str::split_ascii_whitespace`], so it counts as none of them.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.as_bytes().contains(&0x0b)
}

/// Most texts are of this kind.
fn fold_plain(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 1);
    for word in text.split_ascii_whitespace() {
        folded.push_str(word);
        folded.push(' ');
    }
    folded.pop();
    folded.make_ascii_lowercase();
    folded
}

fn fold_any(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if word.is_ascii() {
            let begin = folded.len();
            folded.push_str(word);
            folded[begin..].make_ascii_lowercase();
        } else {
            // Upper case first, so that `ß` meets `SS` and all forms of sigma meet.
            folded.extend(word.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase));
        }
    }
    // NFKC can turn a character into blanks.
    if folded.contains("  ") || folded.ends_with(' ') || folded.starts_with(' ') {
        return folded.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    folded
}

/// The words of a folded text that are not stop words of English, in order.
pub(crate) fn each_content_word(folded: &str) -> impl Iterator<Item = &str> {
    folded.unicode_words().filter(|word| !stop::is_english(word))
}

/// Words by UAX 29; of scripts without blanks, two characters count as one word.
pub(crate) fn count_words(text: &str) -> usize {
    let mut dense = 0;
    let mut words = 0;
    for word in text.unicode_words() {
        let n_dense = word.chars().filter(|c| is_dense(*c)).count();
        dense += n_dense;
        words += usize::from(n_dense == 0);
    }
    words + dense.div_ceil(2)
}

/// Whether a character is of a script that writes words without blanks between them.
pub(crate) fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'
        | '\u{0e00}'..='\u{0e7f}')
}

/// Whether most of a text's letters are of such a script, so that its length is told in characters.
pub(crate) fn is_written_densely(text: &str) -> bool {
    let (dense, other): (Vec<char>, Vec<char>) =
        text.chars().filter(|c| c.is_alphabetic()).partition(|c| is_dense(*c));
    dense.len() > other.len()
}

/// The words of a folded text, in order. Each character of a dense script is its own word.
pub(crate) fn words(folded: &str) -> Vec<&str> {
    folded.unicode_words().collect()
}

/// The stems of the words of a folded text that are not stop words, each once.
pub(crate) fn content_words(folded: &str) -> BTreeSet<&str> {
    each_content_word(folded).map(stem).collect()
}

/// The stems of the words of a folded text that are not stop words, with how often each comes.
pub(crate) fn content_word_counts(folded: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for word in each_content_word(folded) {
        *counts.entry(stem(word)).or_default() += 1;
    }
    counts
}

/// Cuts the commonest English endings, so that "list" and "lists" are one word.
fn stem(word: &str) -> &str {
    if !word.is_ascii() || word.len() < 5 {
        return word;
    }
    ["ing", "ed", "es", "s"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= 3))
        .unwrap_or(word)
        .trim_end_matches('e')
}

/// The share of `of` that is also in `within`; 1 if `of` is empty.
pub(crate) fn containment<T: Ord>(of: &BTreeSet<T>, within: &BTreeSet<T>) -> f64 {
    if of.is_empty() {
        return 1.0;
    }
    of.intersection(within).count() as f64 / of.len() as f64
}

/// The name among `known` that `name` was probably meant to be.
pub(crate) fn suggestion<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &str| strsim::damerau_levenshtein(name, other);
    let near = known.iter().copied().min_by_key(|other| distance(other))?;
    (distance(near) <= 1 + name.len() / 4).then_some(near)
}

/// Cuts a text for evidence, at a character, with an ellipsis.
pub(crate) fn excerpt(text: &str, chars_max: usize) -> String {
    let squeezed: Vec<&str> = text.split_whitespace().collect();
    let squeezed = squeezed.join(" ");
    match squeezed.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &squeezed[..end]),
        None => squeezed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_equal_what_reads_the_same() {
        for (a, b) in [
            ("Ｈｅｌｌｏ  World\n", "hello world"),
            ("STRASSE", "straße"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﬁne", "FINE"),
            ("a\u{a0}b", "A B"),
        ] {
            assert_eq!(fold(a), fold(b));
        }
    }

    #[test]
    fn only_the_boundary_itself_becomes_that_of_ascii() {
        let pattern = r"\bone\b|\\begin|\b{start}tú\b{end}|\é|tail\b";
        let expected = r"(?-u:\b)one(?-u:\b)|\\begin|\b{start}tú\b{end}|\é|tail(?-u:\b)";
        assert_eq!(with_ascii_boundaries(pattern), expected);
        assert!(patterns(r"\bin the\b").is_match("“in the”"));
        assert!(!patterns(r"\bin the\b").is_match("within the"));
    }

    proptest::proptest! {
        #[test]
        fn plain_texts_are_folded_as_all_others(text in r"[ -~\t\n\r\x0b\x0c\x00]{0,60}") {
            assert_eq!(fold(&text), fold_any(&text));
        }
    }

    #[test]
    fn two_characters_of_a_dense_script_are_a_word() {
        assert_eq!(count_words("Don't count 3.5 words, please."), 5);
        assert_eq!(count_words("请写一首诗"), 3);
        assert_eq!(count_words("申し訳ありません"), 4);
        assert_eq!(count_words("죄송합니다 도와드릴 수 없습니다"), 4);
        assert_eq!(count_words("… !?"), 0);
    }
}
