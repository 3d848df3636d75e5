//! A stand-in for the equality judge where the model is too small to judge.
//!
//! A model of 135M says "Not Equal" to everything. These measures see a copy or a paraphrase with
//! the same words; they do not see whether a new word asks for more.

use std::collections::BTreeSet;

use super::{Candidate, Evidence};
use crate::text::{containment, content_words, each_content_word, words};

/// Above this length the edit distance costs more than it tells.
const EDITED_CHARS_MAX: usize = 2_000;
const SIMILARITY_MIN: f64 = 0.95;
const WORD_OVERLAP_MIN: f64 = 0.85;
const GRAM: usize = 3;
const GRAM_OVERLAP_MIN: f64 = 0.8;
const LENGTH_RATIO_MAX: f64 = 1.1;

/// Whether the child hardly differs from its parent, by edit distance, word set, 3-grams and length.
///
/// The evidence says that it is a heuristic and with which measure. To be recorded under the name
/// `no-gain`, in the place of the judge's verdict.
pub fn no_gain_heuristic(candidate: &Candidate<'_>) -> Option<Evidence> {
    let (parent, child) = (&candidate.parent, &candidate.child);
    let n_parent = each_content_word(parent.folded()).count().max(1);
    let ratio_to_parent = |n_words: usize| n_words as f64 / n_parent as f64;
    let measured = |name: &str, value: f64| {
        let ratio = ratio_to_parent(each_content_word(child.folded()).count());
        Some(Evidence::quote(
            &format!("heuristic, no judge: {name} {value:.2}, length ratio {ratio:.2}"),
            child,
        ))
    };
    if may_be_similar(parent.folded(), child.folded()) {
        let similarity = strsim::normalized_levenshtein(parent.folded(), child.folded());
        if similarity >= SIMILARITY_MIN {
            return measured("edit similarity", similarity);
        }
    }
    // Most children are longer by far; their words need not be counted to the end.
    let is_longer = |n_words: usize| ratio_to_parent(n_words) > LENGTH_RATIO_MAX;
    let n_enough = (n_parent..2 * n_parent).find(|n| is_longer(*n)).unwrap_or(2 * n_parent);
    if each_content_word(child.folded()).take(n_enough).count() == n_enough {
        return None;
    }
    let word_overlap = overlap(&content_words(parent.folded()), &content_words(child.folded()));
    if word_overlap >= WORD_OVERLAP_MIN {
        return measured("word overlap", word_overlap);
    }
    let (parent_words, child_words) = (words(parent.folded()), words(child.folded()));
    let gram_overlap = containment(&grams(&child_words), &grams(&parent_words));
    if gram_overlap >= GRAM_OVERLAP_MIN {
        return measured("share of known 3-grams", gram_overlap);
    }
    None
}

/// Whether the lengths alone leave the edit similarity a chance: each character more is an edit.
fn may_be_similar(a: &str, b: &str) -> bool {
    if a.len().max(b.len()) > EDITED_CHARS_MAX {
        return false;
    }
    let (n_a, n_b) = (a.chars().count(), b.chars().count());
    let n_more = n_a.abs_diff(n_b) as f64;
    1.0 - n_more / n_a.max(n_b).max(1) as f64 >= SIMILARITY_MIN
}

/// The Jaccard index of two sets; 0 if both are empty.
fn overlap(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> f64 {
    let n_all = a.union(b).count();
    if n_all == 0 { 0.0 } else { a.intersection(b).count() as f64 / n_all as f64 }
}

/// Groups of words; all of them if they are fewer than a group has.
fn grams<'a>(words: &'a [&str]) -> BTreeSet<&'a [&'a str]> {
    words.windows(GRAM.min(words.len()).max(1)).collect()
}
