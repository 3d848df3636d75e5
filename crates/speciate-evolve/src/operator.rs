//! Operators: the ways to evolve an instruction.
//!
//! An operator is a template file. Everything that does not depend on the source is rendered when
//! the set is built, so a request costs two copies and a mistake in a template is found before
//! any call is paid.

use speciate_types::{ChatMessage, InstructionId, Kind, MessageRole};
use whatlang::Lang;

mod beginning;
mod builtin;
mod compact;
mod error;
mod front_matter;
mod paper;
mod set;

pub use builtin::Pack;
pub use error::OperatorError;
pub use set::{OperatorFile, OperatorSet};

use beginning::Beginning;

use crate::draw;
use crate::envelope::{Cleaned, EnvelopeError, read_evolved};
use crate::format::DataFormat;
use crate::prompts::{guided_block, source_block, task_block};
use crate::style::PromptStyle;
use crate::text::{Sentence, count_words};

/// What is to be evolved.
#[derive(Debug, Clone, Copy)]
pub struct EvolveInput<'a> {
    /// The instruction to start from.
    pub source: &'a str,
    /// The id of the instruction to be made; with the run seed it keys every draw.
    pub child: InstructionId,
    /// The run's seed.
    pub run_seed: u64,
}

/// A prompt that asks a model to evolve an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvolvePrompt {
    /// The conversation. In the compact style it ends with a prefix of the answer.
    pub messages: Vec<ChatMessage>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// How many leading messages are the same for every request with this operator, format and
    /// beginning.
    pub shared_messages: usize,
    /// The data format drawn, for operators that bring in data.
    pub format: Option<DataFormat>,
}

/// One way to evolve an instruction.
#[derive(Debug, Clone)]
pub struct Operator {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) summary: String,
    pub(crate) max_added_words: Option<u32>,
    pub(crate) style: PromptStyle,
    /// The task once more, behind the source.
    pub(crate) closing: Option<String>,
    /// What a prompt can begin with: one entry for each format, or for each beginning.
    pub(crate) leads: Vec<Lead>,
    pub(crate) scaffold: Vec<Sentence>,
}

/// The part of a prompt that does not depend on the source.
#[derive(Debug, Clone)]
pub(crate) struct Lead {
    pub(crate) format: Option<DataFormat>,
    pub(crate) beginning: Option<Beginning>,
    pub(crate) messages: Vec<ChatMessage>,
}

impl Operator {
    /// The name used in recipes and records.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In-depth or in-breadth.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it does, in half a sentence.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// How many words the prompt allows to add, if it says so. A wish: models often ignore it.
    pub fn max_added_words(&self) -> Option<u32> {
        self.max_added_words
    }

    /// The most words that a child of `source` may have, where the procedure has a window for them: the
    /// longer the source, the more may be added.
    pub fn words_max(&self, source: &str) -> Option<usize> {
        /// Of a long source, which is hard enough as it is.
        const ADDED_MAX: usize = 60;
        self.closing.as_ref()?;
        let named = self.max_added_words? as usize;
        let n_words = count_words(source);
        Some(n_words + named.max((named / 2 + n_words / 2).min(ADDED_MAX)))
    }

    /// The data formats it draws from; empty if it brings in no data.
    pub fn formats(&self) -> Vec<DataFormat> {
        let mut formats: Vec<DataFormat> = Vec::new();
        for format in self.leads.iter().filter_map(|lead| lead.format) {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }

    /// Sentences of its prompts, folded, that must not occur in what it makes.
    ///
    /// Meant for [`crate::Candidate::scaffold`].
    pub fn scaffold(&self) -> &[Sentence] {
        &self.scaffold
    }

    /// The data format drawn for `child`; `None` if the operator brings in no data.
    pub fn draw_format(&self, run_seed: u64, child: InstructionId) -> Option<DataFormat> {
        DataFormat::draw(&self.formats(), run_seed, child)
    }

    /// Writes the prompt. The same input gives the same prompt.
    pub fn request(&self, input: &EvolveInput<'_>) -> EvolvePrompt {
        let lead = self.draw_lead(input);
        let mut messages = lead.map(|lead| lead.messages.clone()).unwrap_or_default();
        let shared_messages = messages.len();
        let stop = match self.style {
            PromptStyle::Paper | PromptStyle::Guided => {
                let token =
                    draw::token(input.run_seed, input.child, "source-token", &[input.source]);
                let block = match &self.closing {
                    Some(task) if self.style == PromptStyle::Guided => {
                        guided_block(input.source, &token, task)
                    }
                    Some(task) => {
                        task_block(input.source, &token, task, self.words_max(input.source))
                    }
                    None => source_block(input.source, &token),
                };
                messages.push(ChatMessage::new(MessageRole::User, block));
                Vec::new()
            }
            PromptStyle::Compact => {
                let beginning = lead.and_then(|lead| lead.beginning.as_ref());
                let begun = compact::begun(beginning, input.source);
                messages.push(ChatMessage::new(MessageRole::User, compact::ask(input.source)));
                messages.push(ChatMessage::new(MessageRole::Assistant, begun));
                vec!["\n".to_owned()]
            }
        };
        let format = lead.and_then(|lead| lead.format);
        EvolvePrompt { messages, stop, shared_messages, format }
    }

    /// Reads the answer to [`Self::request`] with the same input.
    ///
    /// Where the answer was begun, the model wrote the rest only, and the two are put together.
    ///
    /// # Errors
    ///
    /// As [`read_evolved`].
    pub fn read(&self, input: &EvolveInput<'_>, text: &str) -> Result<Cleaned, EnvelopeError> {
        let lead = self.draw_lead(input);
        let answer = read_evolved(text, self.style, lead.and_then(|lead| lead.format))?;
        Ok(match lead.and_then(|lead| lead.beginning.as_ref()) {
            Some(beginning) => beginning.complete(input.source, answer),
            None => answer,
        })
    }

    /// Draws among the leads of the drawn format that suit the source: those in its language, or
    /// those for any, and of them such as the source does not hold already.
    fn draw_lead(&self, input: &EvolveInput<'_>) -> Option<&Lead> {
        let format = self.draw_format(input.run_seed, input.child);
        let mut leads: Vec<&Lead> =
            self.leads.iter().filter(|lead| lead.format == format).collect();
        let known: Vec<Lang> = leads.iter().filter_map(|lead| lead.language()).collect();
        if !known.is_empty() {
            let language = beginning::language_of(input.source, known);
            prefer(&mut leads, |lead| lead.language() == Some(language));
            prefer(&mut leads, |lead| lead.language().is_none_or(|other| other == language));
        }
        prefer(&mut leads, |lead| {
            lead.beginning.as_ref().is_none_or(|beginning| !input.source.contains(&beginning.text))
        });
        let last = leads.len().checked_sub(1)?;
        let drawn = draw::index(input.run_seed, input.child, "beginning", leads.len());
        Some(leads[drawn.min(last)])
    }
}

impl Lead {
    fn language(&self) -> Option<Lang> {
        self.beginning.as_ref().and_then(|beginning| beginning.language)
    }
}

/// Keeps those that suit, or all if none does.
fn prefer(leads: &mut Vec<&Lead>, suits: impl Fn(&Lead) -> bool) {
    if leads.iter().any(|lead| suits(lead)) {
        leads.retain(|lead| suits(lead));
    }
}
