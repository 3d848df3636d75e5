//! Reads the evolved instruction out of what the model wrote.
//!
//! The order is: reasoning left over is a failure; then the tags; then named steps take labels,
//! fences, quotes, preambles and chatter off, until nothing changes. A text that cannot be read
//! this way is a failure, never data: a label in an instruction would go straight to the answerer
//! and into the training set.

use crate::format::DataFormat;
use crate::format::block::fences;
use crate::style::PromptStyle;

mod label;
mod step;
mod tags;

pub(crate) use step::PREAMBLE_STEP;
pub(crate) use tags::read_unfit;

/// An instruction, and what was taken off to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// The instruction.
    pub text: String,
    /// Names of the steps that changed something, in order, each once.
    pub steps: Vec<&'static str>,
}

/// The model's text holds no instruction that can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Nothing is there, or nothing but marks.
    #[error("cannot read the evolved instruction: the answer is empty")]
    Empty,
    /// Part of a reasoning block stands in the answer.
    #[error("cannot read the evolved instruction: reasoning is mixed into the answer")]
    ReasoningLeft,
    /// A tag is opened and not closed, or closed and not opened.
    #[error("cannot read the evolved instruction: a tag is not closed")]
    UnclosedTag,
    /// A tag stands inside another.
    #[error("cannot read the evolved instruction: tags are nested")]
    NestedTag,
    /// Two blocks hold different texts.
    #[error("cannot read the evolved instruction: there are several different ones")]
    SeveralAnswers,
    /// There are no tags, and more than one paragraph to choose from.
    #[error("cannot read the evolved instruction: no tags around it")]
    NoEnvelope,
}

impl EnvelopeError {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Empty,
        Self::ReasoningLeft,
        Self::UnclosedTag,
        Self::NestedTag,
        Self::SeveralAnswers,
        Self::NoEnvelope,
    ];

    /// The stable name of the cause, for records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty-answer",
            Self::ReasoningLeft => "reasoning-left",
            Self::UnclosedTag => "unclosed-tag",
            Self::NestedTag => "nested-tag",
            Self::SeveralAnswers => "several-answers",
            Self::NoEnvelope => "no-envelope",
        }
    }
}

/// Reads the instruction in a model's answer to an evolving prompt.
///
/// `format` is the data format that the prompt asked for, if any: such an answer may have several
/// paragraphs without tags, as long as a fenced block is among them.
///
/// Reading the result again, between tags, gives the same text.
///
/// # Errors
///
/// [`EnvelopeError`] says why there is no instruction to be had.
pub fn read_evolved(
    text: &str,
    style: PromptStyle,
    format: Option<DataFormat>,
) -> Result<Cleaned, EnvelopeError> {
    if has_reasoning(text) {
        return Err(EnvelopeError::ReasoningLeft);
    }
    let tagged = match tags::content(text) {
        // Small models forget the last tag; a server's word that the answer is whole stands behind it.
        Err(error @ EnvelopeError::UnclosedTag) if style == PromptStyle::Guided => {
            Some(tags::opened(text).ok_or(error)?)
        }
        tagged => tagged?,
    };
    let mut steps = Vec::new();
    let cleaned = match (tagged, style) {
        (Some(inner), _) => step::clean(inner, &mut steps),
        (None, PromptStyle::Paper | PromptStyle::Guided) => {
            read_untagged(text, format, &mut steps)?
        }
        (None, PromptStyle::Compact) => step::clean(first_line(text, &mut steps), &mut steps),
    };
    if !cleaned.chars().any(char::is_alphanumeric) {
        return Err(EnvelopeError::Empty);
    }
    steps.dedup();
    Ok(Cleaned { text: cleaned, steps })
}

/// Whether a label stood before the instruction.
pub(crate) fn is_labelled(cleaned: &Cleaned) -> bool {
    cleaned.steps.contains(&step::LABEL)
}

fn has_reasoning(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["<think>", "</think>", "<thinking>", "</thinking>", "<|channel|>", "[think]", "[/think]"]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// Without tags a text is taken only when it is clear what the instruction is.
fn read_untagged(
    text: &str,
    format: Option<DataFormat>,
    steps: &mut Vec<&'static str>,
) -> Result<String, EnvelopeError> {
    let cleaned = step::clean(text, steps);
    let has_one_paragraph = !cleaned.contains("\n\n") && !cleaned.contains("\n\r\n");
    let is_labelled = steps.contains(&step::LABEL);
    let holds_data = format.is_some() && !fences(&cleaned).is_empty();
    if has_one_paragraph || is_labelled || holds_data {
        Ok(cleaned)
    } else {
        Err(EnvelopeError::NoEnvelope)
    }
}

/// The compact style asks for one line; some servers ignore the stop text.
fn first_line<'a>(text: &'a str, steps: &mut Vec<&'static str>) -> &'a str {
    let text = text.trim();
    match text.split_once('\n') {
        Some((line, _)) => {
            steps.push("first-line");
            line
        }
        None => text,
    }
}
