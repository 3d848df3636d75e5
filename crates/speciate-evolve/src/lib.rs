//! The Evol-Instruct method: operators, prompts, the reading of answers, elimination rules.
//!
//! An [`OperatorSet`] draws an [`Operator`], the operator writes a prompt, [`read_evolved`] reads
//! what the model made of it, and a [`RuleSet`] says whether the result may stay.
//! [`judge_prompt`] and [`parse_equality`] do the same for the question whether anything was
//! gained.
//!
//! The room is pure: text in, text out. It must never do IO, read a clock, know a model, a
//! provider or a store, or draw a random number that is not keyed by the run seed and an id.
//!
//! Follows Xu et al. (2023), "WizardLM: Empowering Large Language Models to Follow Complex
//! Instructions", section 3. The prompts are our own.

mod critic;
mod draw;
mod envelope;
mod equality;
mod format;
mod operator;
mod procedure;
mod prompts;
mod request;
mod rules;
mod style;
mod text;
pub mod work;

pub use critic::{CRITIC_RULES, critic_prompt, parse_critic};
pub use envelope::{Cleaned, EnvelopeError, read_evolved};
pub use equality::parse_equality;
pub use format::DataFormat;
pub use operator::{
    EvolveInput, EvolvePrompt, Operator, OperatorError, OperatorFile, OperatorSet, Pack,
};
pub use procedure::Procedure;
pub use prompts::{JudgePrompt, judge_prompt, respond_messages};
pub use request::{request_log_odds, request_signs};
pub use rules::{
    Candidate, Evidence, PAPER_RULES, RULES, RuleInfo, RuleSet, STANDARD_RULES, STRICT_RULES,
    Stage, UnknownRule, no_gain_heuristic,
};
pub use style::PromptStyle;
pub use text::{Sentence, Text};
