//! `identical`: the child reads the same as its parent.

use super::{Candidate, Evidence};
use crate::text::fold;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let is_same =
        candidate.parent == candidate.child || fold(candidate.parent) == fold(candidate.child);
    is_same.then(|| Evidence::quote("same as its parent", candidate.child))
}
