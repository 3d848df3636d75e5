//! A stand-in for the equality judge where the model is too small to judge.
//!
//! A model of 135M says "Not Equal" to everything. These measures see a copy or a paraphrase with
//! the same words; they do not see whether a new word asks for more.

use std::collections::BTreeSet;

use super::Evidence;
use crate::text::{containment, content_words, count_content_words, fold, words};

/// Above this length the edit distance costs more than it tells.
const EDITED_CHARS_MAX: usize = 2_000;
const SIMILARITY_MIN: f64 = 0.95;
const WORD_OVERLAP_MIN: f64 = 0.85;
const GRAM: usize = 3;
const GRAM_OVERLAP_MIN: f64 = 0.8;
const LENGTH_RATIO_MAX: f64 = 1.1;

/// Whether `child` hardly differs from `parent`, by edit distance, word set, 3-grams and length.
///
/// The evidence says that it is a heuristic and with which measure. To be recorded under the name
/// `no-gain`, in the place of the judge's verdict.
pub fn no_gain_heuristic(parent: &str, child: &str) -> Option<Evidence> {
    let (folded_parent, folded_child) = (fold(parent), fold(child));
    let ratio = count_content_words(child) as f64 / count_content_words(parent).max(1) as f64;
    let measured = |name: &str, value: f64| {
        Some(Evidence::quote(
            &format!("heuristic, no judge: {name} {value:.2}, length ratio {ratio:.2}"),
            child,
        ))
    };
    if may_be_similar(&folded_parent, &folded_child) {
        let similarity = strsim::normalized_levenshtein(&folded_parent, &folded_child);
        if similarity >= SIMILARITY_MIN {
            return measured("edit similarity", similarity);
        }
    }
    if ratio > LENGTH_RATIO_MAX {
        return None;
    }
    let word_overlap = overlap(&content_words(parent), &content_words(child));
    if word_overlap >= WORD_OVERLAP_MIN {
        return measured("word overlap", word_overlap);
    }
    let gram_overlap = containment(&grams(child), &grams(parent));
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
fn overlap(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let n_all = a.union(b).count();
    if n_all == 0 { 0.0 } else { a.intersection(b).count() as f64 / n_all as f64 }
}

/// Groups of words; the whole text if it has fewer words than a group.
fn grams(text: &str) -> BTreeSet<String> {
    let words = words(text);
    words.windows(GRAM.min(words.len()).max(1)).map(|gram| gram.join(" ")).collect()
}
