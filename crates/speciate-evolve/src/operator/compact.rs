//! Operators of the compact style: a system line and a few examples as chat turns.

use minijinja::context;
use serde::Deserialize;
use speciate_types::{ChatMessage, MessageRole};
use whatlang::Lang;

use super::beginning::{Beginning, Repeats};
use super::front_matter::{self, Example, FormatName, OperatorKind};
use super::paper::{format_value, scaffold, template_error};
use super::{Lead, Operator, OperatorError};
use crate::format::DataFormat;
use crate::prompts::environment;
use crate::style::PromptStyle;
use crate::text::{Sentence, fold};

/// What the answer is begun with, so that a small model goes on instead of answering the source.
pub(super) const PREFIX: &str = "New instruction:";

const FIELDS: &str = "the file takes kind, summary, system and two [[example]] tables, each with \
    instruction and new_instruction, or [[format]] tables with a name and examples, or [[begin]] \
    tables with a text and examples, each `[instruction, rest]`";

/// The user's turn.
pub(super) fn ask(source: &str) -> String {
    format!("Instruction: {source}")
}

/// What the assistant's turn holds before the model goes on with it.
pub(super) fn begun(beginning: Option<&Beginning>, source: &str) -> String {
    beginning
        .map_or_else(|| PREFIX.to_owned(), |beginning| format!("{PREFIX} {}", beginning.of(source)))
}

/// An operator file of the compact style.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CompactFile {
    kind: OperatorKind,
    summary: String,
    max_added_words: Option<u32>,
    system: String,
    #[serde(default)]
    example: Vec<Example>,
    #[serde(default)]
    format: Vec<FormatExamples>,
    #[serde(default)]
    begin: Vec<BegunExamples>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormatExamples {
    name: FormatName,
    example: Vec<Example>,
}

/// Examples that all begin with the same phrase.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BegunExamples {
    #[serde(default)]
    text: String,
    /// How many words of the source are repeated before `text`; without it, its first line.
    repeat_words: Option<usize>,
    end: Option<String>,
    language: Option<LanguageCode>,
    format: Option<FormatName>,
    /// An instruction, and what follows the phrase.
    examples: Vec<(String, String)>,
}

/// A language by its ISO 639-3 code.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct LanguageCode(Lang);

impl TryFrom<String> for LanguageCode {
    type Error = String;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        let unknown =
            || format!("unknown language `{code}`, expected an ISO 639-3 code like `deu`");
        Lang::from_code(&code).map(Self).ok_or_else(unknown)
    }
}

/// Reads a TOML file as the operator `name`.
pub(super) fn read(name: &str, file: &str, text: &str) -> Result<Operator, OperatorError> {
    let parsed: CompactFile = front_matter::parse(file, 0, text, FIELDS)?;
    let system = |format| -> Result<Vec<ChatMessage>, OperatorError> {
        let line = system_line(name, file, &parsed.system, format)?;
        Ok(vec![ChatMessage::new(MessageRole::System, line)])
    };
    let mut leads = Vec::new();
    for (format, examples) in parsed.plain() {
        let mut messages = system(format)?;
        messages.extend(
            examples
                .iter()
                .flat_map(|example| turns(&example.instruction, example.new_instruction.trim())),
        );
        leads.push(Lead { format, beginning: None, messages });
    }
    for begin in &parsed.begin {
        let format = begin.format.map(|format| format.0);
        let mut messages = system(format)?;
        let beginning = begin.beginning();
        messages.extend(begin.examples.iter().flat_map(|(instruction, rest)| {
            turns(instruction, &beginning.with_rest(instruction, rest))
        }));
        leads.push(Lead { format, beginning: Some(beginning), messages });
    }
    check(name, file, &leads)?;
    let mut scaffold = scaffold(&leads);
    // Data of an example is too short to be a sentence and a copy all the same.
    let data = parsed.begin.iter().filter(|begin| begin.format.is_some());
    scaffold
        .extend(data.flat_map(|begin| &begin.examples).map(|(_, rest)| Sentence::new(fold(rest))));
    Ok(Operator {
        name: name.to_owned(),
        kind: parsed.kind.into(),
        summary: parsed.summary.trim().to_owned(),
        max_added_words: parsed.max_added_words,
        style: PromptStyle::Compact,
        closing: None,
        scaffold,
        leads,
    })
}

impl CompactFile {
    /// The examples without a beginning, for each format that has some.
    fn plain(&self) -> Vec<(Option<DataFormat>, &[Example])> {
        let of_format = |entry: &FormatExamples| Some(entry.name.0);
        let formats = self.format.iter().map(|entry| (of_format(entry), entry.example.as_slice()));
        let has_others = !self.format.is_empty() || !self.begin.is_empty();
        let bare =
            (!has_others || !self.example.is_empty()).then_some((None, self.example.as_slice()));
        formats.chain(bare).collect()
    }
}

impl BegunExamples {
    fn beginning(&self) -> Beginning {
        Beginning {
            repeats: self.repeat_words.map_or(Repeats::Line, Repeats::Words),
            text: self.text.trim().to_owned(),
            end: self.end.clone().filter(|end| !end.is_empty()),
            language: self.language.map(|code| code.0),
        }
    }
}

fn system_line(
    name: &str,
    file: &str,
    system: &str,
    format: Option<DataFormat>,
) -> Result<String, OperatorError> {
    let values = if let Some(format) = format {
        context! { name, format => format_value(format) }
    } else {
        context! { name }
    };
    environment().render_str(system.trim(), values).map_err(|error| template_error(file, 1, &error))
}

fn turns(instruction: &str, new_instruction: &str) -> [ChatMessage; 2] {
    [
        ChatMessage::new(MessageRole::User, ask(instruction.trim())),
        ChatMessage::new(MessageRole::Assistant, format!("{PREFIX} {new_instruction}")),
    ]
}

fn check(name: &str, file: &str, leads: &[Lead]) -> Result<(), OperatorError> {
    let refuse = |what: &str, hint: &str| Err(OperatorError::file(file, 1, what, hint));
    let method = format!("Method: {name}");
    for lead in leads {
        let Some((system, examples)) = lead.messages.split_first() else { continue };
        if !system.content.lines().any(|line| line.trim() == method) {
            return refuse(
                "`system` has no line `Method: …` with this operator's name",
                "add that line",
            );
        }
        if examples.is_empty() {
            return refuse(
                "there is no example",
                "add two [[example]] tables with instruction and new_instruction",
            );
        }
        if lead.beginning.as_ref().is_some_and(Beginning::is_empty) {
            return refuse(
                "a [[begin]] table begins nothing",
                "give it a `text`, or `repeat_words` of at least 1",
            );
        }
        if examples.iter().any(|message| message.content.contains('\n')) {
            return refuse(
                "an example has more than one line",
                "the answer ends at the first line end: use one line",
            );
        }
    }
    Ok(())
}
