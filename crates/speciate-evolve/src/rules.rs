//! Elimination rules: named reasons to drop an evolved instruction.
//!
//! Each rule is a pure function of a [`Candidate`] that gives [`Evidence`] if it applies. The
//! order of [`RULES`] is the order of checking: technical checks, identity, copied scaffold, the
//! other static rules, then what needs the response. Rules that need a model, the whole pool or
//! the provider's word have an entry here and are decided elsewhere.

mod answer_leak;
mod apology;
mod asks_back;
mod bad_input_format;
mod copied_prompt;
mod cut_off;
mod encoding;
mod evidence;
mod identical;
mod language_switch;
mod lost_input;
mod meta_instruction;
mod near_parent;
mod no_gain_heuristic;
mod not_a_request;
mod refusal;
mod registry;
mod repetition;
mod set;
mod stop_words_only;
mod too_long;

pub use evidence::Evidence;
pub use no_gain_heuristic::no_gain_heuristic;
pub use registry::{PAPER_RULES, RULES, RuleInfo, STANDARD_RULES, STRICT_RULES, Stage};
pub use set::{RuleSet, UnknownRule};

use speciate_types::Kind;

use crate::format::DataFormat;
use crate::text::{Sentence, Text};

/// What a rule sees.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The instruction it was made from.
    pub parent: Text<'a>,
    /// The evolved instruction.
    pub child: Text<'a>,
    /// In-depth or in-breadth.
    pub kind: Kind,
    /// The operator's name.
    pub operator: &'a str,
    /// The data format that was asked for, if any.
    pub format: Option<DataFormat>,
    /// The response, once there is one.
    pub response: Option<Text<'a>>,
    /// An assent or an announcement before it was taken off: "Sure, here is …:".
    pub is_led: bool,
    /// What the parent was answered with, if that is known: a child that says the same is an answer.
    pub parent_response: Option<&'a str>,
    /// Sentences of the evolving prompt, folded: see [`crate::Operator::scaffold`].
    pub scaffold: &'a [Sentence],
}

impl Candidate<'_> {
    /// The response; empty before there is one.
    fn response(&self) -> &str {
        self.response.as_deref().unwrap_or_default()
    }

    /// The response folded; empty before there is one.
    fn folded_response(&self) -> &str {
        self.response.as_ref().map_or("", Text::folded)
    }
}
