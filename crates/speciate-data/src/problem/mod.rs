//! What is wrong with a record, where, and what to do about it.

pub mod code;
mod excerpt;
mod finding;
mod render;

pub(crate) use finding::Finding;

use std::ops::Range;

use serde::Serialize;

/// A bad record, ready to be shown.
///
/// Its `Display` is the look of a compiler message: place, code and message, the line with a caret
/// under the spot, and what to do. Foreign text in it is made visible and cut; nothing in it can
/// move a terminal's cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// File name as given, `-` for standard input.
    pub file: String,
    /// Line of the spot, from 1.
    pub line: u64,
    /// Column of the spot in characters, from 1.
    pub column: u64,
    /// The stable name, one of [`code::ALL`].
    pub code: &'static str,
    /// What was found.
    pub message: String,
    /// The line around the spot, safe to print; empty if there is nothing to show.
    pub excerpt: String,
    /// Where the spot is in `excerpt`, in terminal columns from 0.
    pub caret: Range<usize>,
    /// What to do.
    pub help: Option<String>,
}
