//! What the user gives.

use serde::{Deserialize, Serialize};

/// Where a seed was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedSource {
    /// File name as given, `-` for standard input.
    pub file: String,
    /// Line of the record, from 1 (in a JSON array: the line where the element begins).
    pub line: u64,
}

/// An instruction that the user gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// The whole request: the instruction with its `input` joined by a blank line.
    pub text: String,
    /// A response that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// Where it was read.
    pub source: SeedSource,
}

impl Seed {
    /// Joins an Alpaca pair as the method says: a blank line between, if the input is not blank.
    pub fn join_input(instruction: &str, input: &str) -> String {
        if input.trim().is_empty() {
            instruction.to_owned()
        } else {
            format!("{instruction}\n\n{input}")
        }
    }
}
