//! What the judge's words mean: yes, no, or nothing.

use speciate_types::Verdict;

use super::attempt::{Next, Phase};
use crate::parse_equality;

/// The first question and at most two more.
const ASKED_MAX: u32 = 3;
const EVIDENCE_CHARS: usize = 120;

/// Whether a child brings anything beyond its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    Gain,
    NoGain,
    /// Never a yes or a no.
    Unreadable,
}

impl Judgement {
    pub(super) fn read(text: &str) -> Self {
        match parse_equality(text) {
            Some(false) => Self::Gain,
            Some(true) => Self::NoGain,
            None => Self::Unreadable,
        }
    }

    /// What follows when `asked` questions came before this one.
    pub(super) fn next(self, asked: u32, text: &str) -> Next {
        let said = || {
            let head: String = text.trim().chars().take(EVIDENCE_CHARS).collect();
            format!("the judge said `{head}`")
        };
        match self {
            Self::Gain => Next::Ask(Phase::Respond),
            Self::NoGain => Next::End(Verdict::eliminated("no-gain", said())),
            Self::Unreadable if asked + 1 < ASKED_MAX => Next::Ask(Phase::Judge(asked + 1)),
            Self::Unreadable => {
                Next::End(Verdict::Invalid { rule: "no-gain".to_owned(), evidence: said() })
            }
        }
    }
}
