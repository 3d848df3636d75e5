//! `bad-input-format`: data was asked for and none of the drawn format is there.

use super::{Candidate, Evidence};

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let format = candidate.format?;
    (!format.is_in(&candidate.child)).then(|| {
        Evidence::quote(&format!("no block of {format} that can be parsed"), &candidate.child)
    })
}
