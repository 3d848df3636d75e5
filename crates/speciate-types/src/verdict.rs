//! The end of every instruction: exactly one verdict.

use serde::{Deserialize, Serialize};

/// What became of an instruction, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is part of the result.
    Kept,
    /// A named rule dropped it.
    Eliminated {
        /// The rule's stable name.
        rule: String,
        /// What the rule saw, for people.
        evidence: String,
    },
    /// It could not be made: a call failed for good, or its text could not be read.
    Failed {
        /// The stable name of the cause and its detail, as `name: detail`.
        cause: String,
    },
    /// A check did not run to an answer; that is never a yes or a no.
    Invalid {
        /// The rule whose check gave no answer.
        rule: String,
        /// What came instead.
        evidence: String,
    },
}

/// A verdict without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// Part of the result.
    Kept,
    /// Dropped by a rule.
    Eliminated,
    /// Could not be made.
    Failed,
    /// A check gave no answer.
    Invalid,
}

impl VerdictKind {
    /// The name used in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Eliminated => "eliminated",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }
}

impl Verdict {
    /// A drop by `rule`.
    pub fn eliminated(rule: &str, evidence: impl Into<String>) -> Self {
        Self::Eliminated { rule: rule.to_owned(), evidence: evidence.into() }
    }

    /// The kind without the reason.
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Kept => VerdictKind::Kept,
            Self::Eliminated { .. } => VerdictKind::Eliminated,
            Self::Failed { .. } => VerdictKind::Failed,
            Self::Invalid { .. } => VerdictKind::Invalid,
        }
    }
}
