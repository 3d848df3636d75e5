//! What the judge's words mean: yes, no, or nothing.

use speciate_types::{Kind, Verdict};

use super::attempt::{Next, Phase};
use crate::{CRITIC_RULES, RuleSet, parse_critic, parse_equality};

/// The first question and at most two more.
const ASKED_MAX: u32 = 3;
const EVIDENCE_CHARS: usize = 120;

/// What is asked of the judge about a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inquiry {
    /// Whether it brings anything beyond its parent: the paper's question.
    Equality,
    /// The critic's questions.
    Critic(Kind),
}

/// What the judge's answer leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The child may stay.
    Passed,
    /// This rule drops it; the words are the judge's.
    Dropped(&'static str, String),
    /// Never a yes or a no.
    Unreadable,
}

impl Judgement {
    /// Reads an answer. A critic's no counts where its rule is on.
    pub(super) fn read(text: &str, inquiry: Inquiry, rules: &RuleSet) -> Self {
        match inquiry {
            Inquiry::Equality => match parse_equality(text) {
                Some(false) => Self::Passed,
                Some(true) => Self::Dropped("no-gain", said(text)),
                None => Self::Unreadable,
            },
            Inquiry::Critic(kind) => match parse_critic(text, kind) {
                Some(noes) => noes
                    .into_iter()
                    .find(|(rule, _)| rules.contains(rule))
                    .map_or(Self::Passed, |(rule, reason)| Self::Dropped(rule, reason)),
                None => Self::Unreadable,
            },
        }
    }

    /// What follows when `asked` questions came before this one.
    pub(super) fn next(self, asked: u32, inquiry: Inquiry, text: &str) -> Next {
        match self {
            Self::Passed => Next::Ask(Phase::Respond),
            Self::Dropped(rule, evidence) => Next::End(Verdict::eliminated(rule, evidence)),
            Self::Unreadable if asked + 1 < ASKED_MAX => Next::Ask(Phase::Judge(asked + 1)),
            Self::Unreadable => {
                let rule = inquiry.invalid_rule().to_owned();
                Next::End(Verdict::Invalid { rule, evidence: said(text) })
            }
        }
    }
}

impl Inquiry {
    /// The rule that stays undecided when the answer cannot be read.
    pub(super) fn invalid_rule(self) -> &'static str {
        match self {
            Self::Equality => "no-gain",
            Self::Critic(_) => CRITIC_RULES[0],
        }
    }
}

fn said(text: &str) -> String {
    let head: String = text.trim().chars().take(EVIDENCE_CHARS).collect();
    format!("the judge said `{head}`")
}
