//! `identical`: the child reads the same as its parent.

use super::{Candidate, Evidence};

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let (parent, child) = (&candidate.parent, &candidate.child);
    (parent.folded() == child.folded()).then(|| Evidence::quote("same as its parent", child))
}
