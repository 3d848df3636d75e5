//! Operators of the compact style: a system line and two examples as chat turns.

use minijinja::context;
use serde::Deserialize;
use speciate_types::{ChatMessage, MessageRole};

use super::front_matter::{self, FormatName, OperatorKind};
use super::paper::{format_value, optional, scaffold, template_error};
use super::{Lead, Operator, OperatorError};
use crate::format::DataFormat;
use crate::prompts::environment;
use crate::style::PromptStyle;

/// What the answer is begun with, so that a small model goes on instead of answering the source.
pub(super) const PREFIX: &str = "New instruction:";

const FIELDS: &str = "the file takes kind, summary, system and two [[example]] tables, each with \
    instruction and new_instruction, or [[format]] tables with a name and examples";

/// The user's turn.
pub(super) fn ask(source: &str) -> String {
    format!("Instruction: {source}")
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
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    instruction: String,
    new_instruction: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormatExamples {
    name: FormatName,
    example: Vec<Example>,
}

/// Reads a TOML file as the operator `name`.
pub(super) fn read(name: &str, file: &str, text: &str) -> Result<Operator, OperatorError> {
    let parsed: CompactFile = front_matter::parse(file, 0, text, FIELDS)?;
    let formats: Vec<DataFormat> = parsed.format.iter().map(|format| format.name.0).collect();
    let mut leads = Vec::new();
    for format in optional(&formats) {
        let examples = parsed.format.iter().find(|entry| Some(entry.name.0) == format);
        let examples = examples.map_or(&parsed.example, |entry| &entry.example);
        let mut messages = vec![ChatMessage::new(
            MessageRole::System,
            system_line(name, file, &parsed.system, format)?,
        )];
        messages.extend(examples.iter().flat_map(turns));
        leads.push(Lead { format, messages });
    }
    check(name, file, &leads)?;
    Ok(Operator {
        name: name.to_owned(),
        kind: parsed.kind.into(),
        summary: parsed.summary.trim().to_owned(),
        max_added_words: parsed.max_added_words,
        style: PromptStyle::Compact,
        scaffold: scaffold(&leads),
        leads,
    })
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

fn turns(example: &Example) -> [ChatMessage; 2] {
    [
        ChatMessage::new(MessageRole::User, ask(example.instruction.trim())),
        ChatMessage::new(
            MessageRole::Assistant,
            format!("{PREFIX} {}", example.new_instruction.trim()),
        ),
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
        if examples.iter().any(|message| message.content.contains('\n')) {
            return refuse(
                "an example has more than one line",
                "the answer ends at the first line end: use one line",
            );
        }
    }
    Ok(())
}
