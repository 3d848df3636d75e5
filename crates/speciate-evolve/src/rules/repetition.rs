//! `repetition`: a text that loops.
//!
//! A loop is seen from its end: small models that fall into one rarely come out of it. So the
//! text ends with the same stretch of words several times over, or most of it is one line.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Candidate, Evidence};
use crate::text::{Text, fold, is_dense, patterns, without_code, words};

/// A stretch of `n` words repeated this often at the end of a text is a loop. Short stretches
/// need more turns, since lists and refrains repeat too.
const LOOPS: [(usize, usize); 3] = [(1, 8), (3, 6), (40, 6)];
/// A group of words that stands this often and makes this share of the text.
/// Pairs of labels.
const LABELS_MIN: usize = 3;
const GRAM: usize = 4;
const GRAM_TURNS_MIN: usize = 6;
const GRAM_SHARE_MIN: f64 = 0.5;

pub(super) fn child(candidate: &Candidate<'_>) -> Option<Evidence> {
    looping(&candidate.child, &candidate.parent)
}

pub(super) fn response(candidate: &Candidate<'_>) -> Option<Evidence> {
    let response = candidate.response.as_ref()?;
    looping(response, &candidate.child).or_else(|| label_loop(response, &candidate.child))
}

/// A source that repeats itself is copied with its repetition.
fn looping(text: &Text<'_>, source: &Text<'_>) -> Option<Evidence> {
    let found = loop_of(text)?;
    loop_of(source).is_none().then(|| Evidence::quote("the same words again and again", &found))
}

fn loop_of(text: &Text<'_>) -> Option<String> {
    // The cells of a table repeat, and so does much of what is written in code.
    if text.contains(['|', '`', '~']) {
        return loop_in(&fold(&without_code(text)));
    }
    loop_in(text.folded())
}

fn loop_in(folded: &str) -> Option<String> {
    let words = words(folded);
    tail_loop(&words).or_else(|| frequent_gram(&words))
}

/// Base models go on with examples of their own: the same labels open line after line. An instruction
/// with such labels asks for them.
fn label_loop(text: &str, instruction: &str) -> Option<Evidence> {
    static LABEL: LazyLock<Regex> =
        LazyLock::new(|| patterns(r"(?m)^\s*(Input|Output|Instruction):"));
    if LABEL.is_match(instruction) || text.contains("```") {
        return None;
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for label in LABEL.captures_iter(text).filter_map(|found| found.get(1)) {
        *counts.entry(label.as_str()).or_default() += 1;
    }
    let often = |label: &str| counts.get(label).copied().unwrap_or(0) >= LABELS_MIN;
    let pairs = [("Input", "Output"), ("Instruction", "Output")];
    pairs
        .into_iter()
        .find(|(a, b)| often(a) && often(b))
        .map(|(a, b)| Evidence::new(format!("one example after another: `{a}: … {b}: …`")))
}

fn tail_loop(words: &[&str]) -> Option<String> {
    let stretch_max = LOOPS[LOOPS.len() - 1].0;
    (1..=stretch_max).find_map(|stretch| {
        let turns =
            LOOPS.iter().find(|(longest, _)| stretch <= *longest).map_or(3, |(_, turns)| *turns);
        // The last turn is often cut, so the loop may end up to one stretch before the end.
        (0..stretch).find_map(|cut| {
            let end = words.len().checked_sub(cut)?;
            let start = end.checked_sub(stretch * turns)?;
            let pattern = &words[end - stretch..end];
            // Counted numbers are a list of figures, not a loop of words.
            let has_word = pattern.iter().any(|word| is_word(word));
            (has_word && words[start..end].chunks(stretch).all(|turn| turn == pattern))
                .then(|| pattern.join(" "))
        })
    })
}

fn frequent_gram(words: &[&str]) -> Option<String> {
    if words.len() < GRAM * GRAM_TURNS_MIN {
        return None;
    }
    let mut counts: HashMap<&[&str], usize> = HashMap::new();
    for gram in words.windows(GRAM) {
        *counts.entry(gram).or_default() += 1;
    }
    // The largest, and of equals the first in alphabetical order, whatever the map's own order.
    let (gram, turns) =
        counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
    let share = (turns * GRAM) as f64 / words.len() as f64;
    let has_word = gram.iter().any(|word| is_word(word));
    (has_word && turns >= GRAM_TURNS_MIN && share >= GRAM_SHARE_MIN).then(|| gram.join(" "))
}

/// Two letters are a note, a syllable to be sung, or a part of a pattern: they are made to repeat. A
/// character of a script without blanks is a word by itself.
fn is_word(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    letters > 2 || word.chars().any(is_dense)
}
