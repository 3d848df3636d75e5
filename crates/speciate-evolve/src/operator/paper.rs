//! Operators of the paper style: a template of prose, rendered once for each format.

use minijinja::{Environment, Value, context};
use serde::Deserialize;
use speciate_types::{ChatMessage, MessageRole};

use super::front_matter::{self, Example, FrontMatter};
use super::{Lead, Operator, OperatorError, builtin};
use crate::format::DataFormat;
use crate::procedure::Procedure;
use crate::prompts::{environment, guided_block, task_block};
use crate::style::PromptStyle;
use crate::text::{Sentence, count_words, fold};

/// Demonstrations before the target: the paper's N - 1, here two of other formats and then one of
/// the drawn format. More would cost tokens on every call.
const N_DEMONSTRATIONS: usize = 3;

/// A demonstration file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormatFile {
    pub(super) title: String,
    pub(super) demonstration: Vec<Demonstration>,
}

/// A plain instruction and what it becomes with data.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Demonstration {
    pub(super) given: String,
    pub(super) rewritten: String,
}

/// Reads a template file as the operator `name`.
pub(super) fn read(
    name: &str,
    file: &str,
    text: &str,
    (style, procedure): (PromptStyle, Procedure),
) -> Result<Operator, OperatorError> {
    let template = front_matter::split(file, text)?;
    let mut env = environment();
    env.add_template("frame.jinja", builtin::FRAME)
        .map_err(|error| template_error("frame.jinja", 1, &error))?;
    env.add_template_owned(file.to_owned(), template.body.to_owned())
        .map_err(|error| template_error(file, template.body_line, &error))?;
    let formats: Vec<DataFormat> = template.head.formats.iter().map(|format| format.0).collect();
    let mut leads = Vec::new();
    for format in optional(&formats) {
        let prompt =
            render(&env, file, &values(name, &template.head, format, (&formats, style, procedure)))
                .map_err(|error| template_error(file, template.body_line, &error))?;
        leads.push(Lead {
            format,
            beginning: None,
            messages: vec![ChatMessage::new(MessageRole::System, prompt)],
        });
    }
    let closing = closing(&template.head, name, style, procedure);
    let mut scaffold = scaffold(&leads);
    if let Some(task) = &closing {
        scaffold.extend(sentences(&behind_source(task, style)).into_iter().map(Sentence::new));
        scaffold.extend(runs(&template.head.example));
    }
    if let (PromptStyle::Guided, Some(task)) = (style, &closing) {
        let turns = example_turns(&template.head, task);
        for lead in &mut leads {
            lead.messages.extend_from_slice(&turns);
        }
    }
    require_method_line(name, file, &template, &leads)?;
    Ok(Operator {
        name: name.to_owned(),
        kind: template.head.kind.into(),
        summary: template.head.summary.trim().to_owned(),
        max_added_words: template.head.max_added_words,
        style,
        closing,
        scaffold,
        leads,
    })
}

/// What stands behind the source, where the procedure repeats the task there.
fn closing(
    head: &FrontMatter,
    name: &str,
    style: PromptStyle,
    procedure: Procedure,
) -> Option<String> {
    let guided = head.guided_task.as_ref().filter(|_| style == PromptStyle::Guided);
    let own = guided.or(head.task.as_ref()).map(|task| task.trim().to_owned());
    (procedure == Procedure::Standard || style == PromptStyle::Guided)
        .then(|| own.unwrap_or_else(|| format!("Apply the method {name} to it.")))
}

/// Our words behind a source.
fn behind_source(task: &str, style: PromptStyle) -> String {
    let block = match style {
        PromptStyle::Guided => guided_block("", "", task),
        _ => task_block("", "", task, Some(0)),
    };
    block.rsplit("</source->").next().unwrap_or_default().to_owned()
}

/// Words of an example in a row that only a copy has.
const RUN_WORDS: usize = 6;

/// Runs of words of what the examples become. Small models write them into any text.
fn runs(examples: &[Example]) -> Vec<Sentence> {
    let mut found = Vec::new();
    for example in examples {
        let (old, new) = (fold(&example.instruction), fold(&example.new_instruction));
        let words: Vec<&str> = new.split(' ').collect();
        let runs = words.windows(RUN_WORDS).map(|run| run.join(" "));
        found.extend(runs.filter(|run| !old.contains(run)).map(Sentence::new));
    }
    found
}

/// The examples as turns. Their tags carry letters of their own, always the same, so that servers can
/// keep what they have read of them.
fn example_turns(head: &FrontMatter, task: &str) -> Vec<ChatMessage> {
    const TOKEN: &str = "kmwpta";
    let turns = |example: &Example| {
        let source = guided_block(example.instruction.trim(), TOKEN, task);
        let reply = format!("<evolved>\n{}\n</evolved>", example.new_instruction.trim());
        [
            ChatMessage::new(MessageRole::User, source),
            ChatMessage::new(MessageRole::Assistant, reply),
        ]
    };
    head.example.iter().flat_map(turns).collect()
}

/// Every format, or one rendering without a format.
pub(super) fn optional(formats: &[DataFormat]) -> Vec<Option<DataFormat>> {
    if formats.is_empty() { vec![None] } else { formats.iter().copied().map(Some).collect() }
}

fn render(env: &Environment<'_>, file: &str, values: &Value) -> Result<String, minijinja::Error> {
    Ok(env.get_template(file)?.render(values)?.trim().to_owned())
}

fn values(
    name: &str,
    head: &FrontMatter,
    format: Option<DataFormat>,
    (formats, style, procedure): (&[DataFormat], PromptStyle, Procedure),
) -> Value {
    let max_added_words = head.max_added_words.unwrap_or(20);
    let words = context! {
        name,
        max_added_words,
        min_added_words => head.min_added_words,
        procedure => procedure.as_str(),
        style => style.as_str(),
    };
    match format {
        Some(format) => context! {
            format => format_value(format),
            demonstrations => demonstrations(format, formats),
            ..words
        },
        None => words,
    }
}

/// What a template sees of a format: its name and its title.
pub(super) fn format_value(format: DataFormat) -> Value {
    context! { name => format.as_str(), title => builtin::format_file(format).title.as_str() }
}

/// The drawn format's demonstration comes last, next to the target.
fn demonstrations(format: DataFormat, formats: &[DataFormat]) -> Vec<Value> {
    let at = formats.iter().position(|other| *other == format).unwrap_or(0);
    let n_others = N_DEMONSTRATIONS.min(formats.len()).saturating_sub(1);
    let others = (1..=n_others).rev().map(|step| formats[(at + step) % formats.len()]);
    others
        .chain([format])
        .filter_map(|format| {
            let file = builtin::format_file(format);
            let demonstration = file.demonstration.first()?;
            Some(context! {
                title => file.title.as_str(),
                given => demonstration.given.trim(),
                rewritten => demonstration.rewritten.trim(),
            })
        })
        .collect()
}

/// The line is how people, and the mock model, tell which operator a prompt belongs to.
fn require_method_line(
    name: &str,
    file: &str,
    template: &front_matter::Template<'_>,
    leads: &[Lead],
) -> Result<(), OperatorError> {
    let line = format!("Method: {name}");
    let has_line = |text: &str| text.lines().any(|found| found.trim() == line);
    if leads.iter().all(|lead| lead.messages.iter().any(|message| has_line(&message.content))) {
        return Ok(());
    }
    Err(OperatorError::file(
        file,
        template.body_line,
        "the prompt has no line `Method: {{ name }}`",
        "add that line, or extend the shared frame: {% extends \"frame.jinja\" %}{% block method %}…{% endblock %}",
    ))
}

pub(super) fn template_error(
    file: &str,
    body_line: usize,
    error: &minijinja::Error,
) -> OperatorError {
    let line = error.line().map_or(body_line, |line| body_line + line - 1);
    let what = error
        .detail()
        .map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    OperatorError::file(
        file,
        line,
        what,
        "a template may use name, style, procedure, min_added_words, max_added_words and, with `formats` in its head, format.name, \
         format.title and demonstrations; the source is added behind it",
    )
}

/// Words that a sentence needs to be told from one that people would write by themselves.
const SCAFFOLD_WORDS_MIN: usize = 7;

/// The sentences of the prompt that are long enough to be recognised, folded, each once.
///
/// What users say in examples is left out: a real instruction may well say the same.
pub(super) fn scaffold(leads: &[Lead]) -> Vec<Sentence> {
    let messages = leads.iter().flat_map(|lead| &lead.messages);
    let ours = messages.filter(|message| message.role != MessageRole::User);
    let mut found: Vec<String> = ours.flat_map(|message| sentences(&message.content)).collect();
    found.sort();
    found.dedup();
    found.into_iter().map(Sentence::new).collect()
}

fn sentences(text: &str) -> Vec<String> {
    text.split_inclusive(['.', '\n', '?', ':', ';'])
        .map(|sentence| fold(sentence.trim_start_matches(['-', ' '])))
        .filter(|sentence| count_words(sentence) >= SCAFFOLD_WORDS_MIN)
        .collect()
}
