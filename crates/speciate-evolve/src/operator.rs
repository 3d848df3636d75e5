//! Operators: the ways to evolve an instruction.
//!
//! An operator is a template file. Everything that does not depend on the source is rendered when
//! the set is built, so a request costs two copies and a mistake in a template is found before
//! any call is paid.

use speciate_types::{ChatMessage, InstructionId, Kind, MessageRole};

mod builtin;
mod compact;
mod error;
mod front_matter;
mod paper;
mod set;

pub use error::OperatorError;
pub use set::{OperatorFile, OperatorSet};

use crate::draw;
use crate::format::DataFormat;
use crate::prompts::source_block;
use crate::style::PromptStyle;
use crate::text::Sentence;

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
    /// How many leading messages are the same for every request of this operator and format.
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
    /// The leading messages of each format; one entry without a format for other operators.
    pub(crate) leads: Vec<Lead>,
    pub(crate) scaffold: Vec<Sentence>,
}

/// The part of a prompt that does not depend on the source.
#[derive(Debug, Clone)]
pub(crate) struct Lead {
    pub(crate) format: Option<DataFormat>,
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

    /// The data formats it draws from; empty if it brings in no data.
    pub fn formats(&self) -> Vec<DataFormat> {
        self.leads.iter().filter_map(|lead| lead.format).collect()
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
        let format = self.draw_format(input.run_seed, input.child);
        let lead = self.leads.iter().find(|lead| lead.format == format);
        let mut messages = lead.map(|lead| lead.messages.clone()).unwrap_or_default();
        let shared_messages = messages.len();
        let stop = match self.style {
            PromptStyle::Paper => {
                let token =
                    draw::token(input.run_seed, input.child, "source-token", &[input.source]);
                messages
                    .push(ChatMessage::new(MessageRole::User, source_block(input.source, &token)));
                Vec::new()
            }
            PromptStyle::Compact => {
                messages.push(ChatMessage::new(MessageRole::User, compact::ask(input.source)));
                messages.push(ChatMessage::new(MessageRole::Assistant, compact::PREFIX));
                vec!["\n".to_owned()]
            }
        };
        EvolvePrompt { messages, stop, shared_messages, format }
    }
}
