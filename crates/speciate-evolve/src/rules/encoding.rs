//! `encoding`: characters that only a broken decoder or a broken model writes.

use super::{Candidate, Evidence};

pub(super) fn child(candidate: &Candidate<'_>) -> Option<Evidence> {
    broken(&candidate.child, &[&candidate.parent])
}

pub(super) fn response(candidate: &Candidate<'_>) -> Option<Evidence> {
    broken(candidate.response(), &[&candidate.parent, &candidate.child])
}

/// A seed may be about such a character, so one that came with it is let pass.
fn broken(text: &str, sources: &[&str]) -> Option<Evidence> {
    // Nearly every text is sound, and of most that is told by their bytes.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')) {
        return None;
    }
    let found = text
        .chars()
        .find(|c| is_broken(*c) && !sources.iter().any(|source| source.contains(*c)))?;
    let n_found = text.chars().filter(|c| *c == found).count();
    Some(Evidence::new(format!("U+{:04X}, {n_found} times", u32::from(found))))
}

fn is_broken(c: char) -> bool {
    let is_control = c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    // The replacement character, the two that are never characters, and tags for byte order.
    is_control || matches!(c, '\u{fffd}' | '\u{fffe}' | '\u{ffff}')
}
