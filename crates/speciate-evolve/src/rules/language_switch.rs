//! `language-switch`: the child left the parent's language.

use super::{Candidate, Evidence};
use crate::text::language;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let parent = language::of(&candidate.parent)?;
    let child = language::of(&candidate.child)?;
    (parent != child)
        .then(|| Evidence::quote(&format!("from {parent} to {child}"), &candidate.child))
}
