//! `language-switch`: the child left the parent's language.

use super::{Candidate, Evidence};
use crate::text::language;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let parent = language::of(&candidate.parent)?;
    let child = language::of(&candidate.child)?;
    // A request for a translation brings its text along, and that one has its own language.
    let request = candidate.child.trim().lines().next().unwrap_or_default();
    (parent != child && language::guess(request) != Some(parent))
        .then(|| Evidence::quote(&format!("from {parent} to {child}"), &candidate.child))
}
