//! The head of an operator file: TOML that says what the operator is.

use serde::Deserialize;
use speciate_types::Kind;

use super::OperatorError;
use crate::format::DataFormat;

const FENCE: &str = "+++";
const HINT: &str =
    "begin the file with `+++`, then `kind = \"in-depth\"` and `summary = \"…\"`, then `+++`";

const FIELDS: &str = "the head takes kind, summary and, if wanted, task, guided_task, min_added_words, \
    max_added_words, formats and [[example]] tables with instruction and new_instruction";

/// What stands between the `+++` lines of a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontMatter {
    pub(super) kind: OperatorKind,
    pub(super) summary: String,
    /// The method in a sentence that stands behind the source; "Add …".
    pub(super) task: Option<String>,
    /// The same for small models, which need it plainer; without it, `task`.
    pub(super) guided_task: Option<String>,
    #[serde(default = "default_min_added_words")]
    pub(super) min_added_words: u32,
    pub(super) max_added_words: Option<u32>,
    #[serde(default)]
    pub(super) formats: Vec<FormatName>,
    /// Worked examples, for the style that shows them.
    #[serde(default)]
    pub(super) example: Vec<Example>,
}

fn default_min_added_words() -> u32 {
    10
}

/// An instruction and what becomes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub(super) instruction: String,
    pub(super) new_instruction: String,
}

/// The two kinds that an operator can have.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OperatorKind {
    InDepth,
    InBreadth,
}

impl From<OperatorKind> for Kind {
    fn from(kind: OperatorKind) -> Self {
        match kind {
            OperatorKind::InDepth => Self::InDepth,
            OperatorKind::InBreadth => Self::InBreadth,
        }
    }
}

/// A format by its name.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct FormatName(pub(super) DataFormat);

impl TryFrom<String> for FormatName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let known = DataFormat::ALL.map(DataFormat::as_str).join(", ");
        DataFormat::from_name(&name)
            .map(Self)
            .ok_or_else(|| format!("unknown format `{name}`, expected one of {known}"))
    }
}

/// A template file taken apart.
pub(super) struct Template<'a> {
    pub(super) head: FrontMatter,
    pub(super) body: &'a str,
    /// Line of the file on which the body begins, from 1.
    pub(super) body_line: usize,
}

/// Splits a template file into its head and its body.
pub(super) fn split<'a>(file: &str, text: &'a str) -> Result<Template<'a>, OperatorError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.split_inclusive('\n');
    if lines.next().map(str::trim) != Some(FENCE) {
        return Err(OperatorError::file(file, 1, "expected `+++` on the first line", HINT));
    }
    let head_start = text.find('\n').map_or(text.len(), |end| end + 1);
    let mut at = head_start;
    for (number, line) in lines.enumerate() {
        if line.trim() == FENCE {
            let head = parse(file, 1, &text[head_start..at], FIELDS)?;
            return Ok(Template { head, body: &text[at + line.len()..], body_line: number + 3 });
        }
        at += line.len();
    }
    Err(OperatorError::file(file, 1, "the head is not closed by a second `+++`", HINT))
}

/// Reads TOML; `lines_before` is how many lines of the file stand before it.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    file: &str,
    lines_before: usize,
    toml: &str,
    hint: &str,
) -> Result<T, OperatorError> {
    toml::from_str(toml).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(toml.len()));
        let line = lines_before + 1 + toml[..start].matches('\n').count();
        OperatorError::file(file, line, error.message(), hint)
    })
}
