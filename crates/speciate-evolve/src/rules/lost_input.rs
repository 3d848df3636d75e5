//! `lost-input`: what the parent brought along is gone.
//!
//! Only for in-depth evolutions, which must keep it. Code is compared by its lines, a table by
//! its cells, links whole, and the text behind the first blank line by its words.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use speciate_types::Kind;

use super::{Candidate, Evidence};
use crate::format::block::fences;
use crate::format::table::has_markdown_table;
use crate::text::{Text, containment, content_words, fold, patterns};

/// How much of a block or of an input has to survive; evolutions mend typing errors and spacing.
const BLOCK_SHARE_MIN: f64 = 0.5;
const INPUT_SHARE_MIN: f64 = 0.4;
/// A shorter input is often worked into the sentence in other words.
const INPUT_WORDS_MIN: usize = 8;
/// Fewer numbers say little: "5 ideas" may become "seven ideas".
const NUMBERS_MIN: usize = 5;
const NUMBER_SHARE_MIN: f64 = 0.34;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    if candidate.kind != Kind::InDepth {
        return None;
    }
    let (parent, child) = (&candidate.parent, &candidate.child);
    lost_link(parent, child)
        .or_else(|| lost_block(parent, child))
        .or_else(|| lost_table(parent, child))
        .or_else(|| lost_input(parent, child))
        .or_else(|| lost_numbers(parent, child))
}

static LINK: LazyLock<Regex> = LazyLock::new(|| patterns(r#"https?://[^\s<>"'`)\]]+"#));

fn lost_link(parent: &str, child: &str) -> Option<Evidence> {
    let mut links = LINK
        .find_iter(parent)
        .map(|found| found.as_str().trim_end_matches(['.', ',', ';', ':', '?', '!']));
    let lost = links.find(|link| !child.contains(link))?;
    Some(Evidence::quote("a link is gone", lost))
}

fn lost_block(parent: &str, child: &str) -> Option<Evidence> {
    let text = squeeze(child);
    let lost = fences(parent).into_iter().find(|fence| {
        let lines: Vec<String> =
            fence.body.lines().map(squeeze).filter(|line| line.len() > 2).collect();
        let n_kept = lines.iter().filter(|line| text.contains(line.as_str())).count();
        !lines.is_empty() && (n_kept as f64) < BLOCK_SHARE_MIN * lines.len() as f64
    })?;
    Some(Evidence::quote("a block is gone", lost.body))
}

/// Without any white space, so that indentation does not matter.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

fn lost_table(parent: &str, child: &str) -> Option<Evidence> {
    if !has_markdown_table(parent) || has_markdown_table(child) {
        return None;
    }
    let row = parent.lines().find(|line| line.trim_start().starts_with('|')).unwrap_or_default();
    Some(Evidence::quote("a table is gone", row))
}

/// The input stands behind the first blank line: that is how seeds are joined.
fn lost_input(parent: &str, child: &Text<'_>) -> Option<Evidence> {
    let (_, input) = parent.split_once("\n\n")?;
    let folded_input = fold(input);
    let words = content_words(&folded_input);
    if words.len() < INPUT_WORDS_MIN {
        return None;
    }
    let share = containment(&words, &content_words(child.folded()));
    (share < INPUT_SHARE_MIN)
        .then(|| Evidence::quote(&format!("{:.0} % of the input is left", share * 100.0), input))
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| patterns(r"\d+(?:[.,]\d+)*"));
/// Numbers that count the lines of a list hold no data.
static LIST_NUMBER: LazyLock<Regex> = LazyLock::new(|| patterns(r"(?m)^\s*\d+[.)]\s"));

fn lost_numbers(parent: &str, child: &str) -> Option<Evidence> {
    let numbers = |text: &str| -> BTreeSet<String> {
        let text = fold(&LIST_NUMBER.replace_all(text, ""));
        NUMBER.find_iter(&text).map(|found| found.as_str().to_owned()).collect()
    };
    let (before, after) = (numbers(parent), numbers(child));
    if before.len() < NUMBERS_MIN || containment(&before, &after) >= NUMBER_SHARE_MIN {
        return None;
    }
    let lost: Vec<&str> = before.difference(&after).map(String::as_str).collect();
    Some(Evidence::quote("numbers are gone", &lost.join(", ")))
}
