//! Views of a text that several rules share: folded, cut into words, without code.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

pub(crate) mod language;
mod sentence;
pub(crate) mod stop;

pub use sentence::Sentence;

/// A pattern of our own.
pub(crate) fn patterns(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a built-in pattern is valid")
}

/// NFKC, case folded, white space squeezed: equal results mean texts that read the same.
pub(crate) fn fold(text: &str) -> String {
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
    if text.is_ascii() {
        return folded;
    }
    // NFKC can turn a character into blanks.
    if folded.contains("  ") || folded.ends_with(' ') || folded.starts_with(' ') {
        return folded.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    folded
}

/// How many words of a text are not stop words of English.
pub(crate) fn count_content_words(text: &str) -> usize {
    let count = |folded: &str| folded.unicode_words().filter(|w| !stop::is_english(w)).count();
    if text.is_ascii() {
        return count(&text.to_ascii_lowercase());
    }
    words(text).iter().filter(|word| !stop::is_english(word)).count()
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

/// The words of a text, folded, in order. Each character of a dense script is its own word.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(fold).collect()
}

/// The words of a text that are not stop words, each once.
pub(crate) fn content_words(text: &str) -> BTreeSet<String> {
    content_word_counts(text).into_keys().collect()
}

/// The words of a text that are not stop words, with how often each comes.
pub(crate) fn content_word_counts(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let mut count = |word: &str| {
        if !stop::is_english(word) {
            let stem = stem(word);
            match counts.get_mut(stem) {
                Some(known) => *known += 1,
                None => drop(counts.insert(stem.to_owned(), 1)),
            }
        }
    };
    if text.is_ascii() {
        // Folded at once, which spares a copy of each word.
        text.to_ascii_lowercase().unicode_words().for_each(count);
    } else {
        for word in words(text) {
            count(&word);
        }
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
pub(crate) fn containment(of: &BTreeSet<String>, within: &BTreeSet<String>) -> f64 {
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
    fn two_characters_of_a_dense_script_are_a_word() {
        assert_eq!(count_words("Don't count 3.5 words, please."), 5);
        assert_eq!(count_words("请写一首诗"), 3);
        assert_eq!(count_words("申し訳ありません"), 4);
        assert_eq!(count_words("죄송합니다 도와드릴 수 없습니다"), 4);
        assert_eq!(count_words("… !?"), 0);
    }
}
