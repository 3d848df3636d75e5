//! The data formats that `complicate-input` brings in, and how each is recognised.

use speciate_types::InstructionId;

use crate::draw;

pub(crate) mod block;
mod code;
mod markup;
pub(crate) mod table;

/// A format of input data.
///
/// The first six are those of the WizardLM paper (appendix D); its figure 1 also shows tables and
/// formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataFormat {
    /// An XML document.
    Xml,
    /// SQL: a schema, rows or a query.
    Sql,
    /// Python code.
    Python,
    /// An HTML page or a part of it.
    Html,
    /// A shell command.
    Shell,
    /// A JSON object or array.
    Json,
    /// Comma, semicolon or tab separated rows.
    Csv,
    /// A table as Markdown writes it.
    MarkdownTable,
    /// A YAML document.
    Yaml,
    /// Lines of a log.
    LogLines,
    /// A formula, in LaTeX or plain.
    Formula,
}

impl DataFormat {
    /// Every format, in the order in which draws count them.
    pub const ALL: [Self; 11] = [
        Self::Xml,
        Self::Sql,
        Self::Python,
        Self::Html,
        Self::Shell,
        Self::Json,
        Self::Csv,
        Self::MarkdownTable,
        Self::Yaml,
        Self::LogLines,
        Self::Formula,
    ];

    /// The name used in prompts, recipes and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Sql => "sql",
            Self::Python => "python",
            Self::Html => "html",
            Self::Shell => "shell",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::MarkdownTable => "markdown-table",
            Self::Yaml => "yaml",
            Self::LogLines => "log-lines",
            Self::Formula => "formula",
        }
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// One of `formats`, each equally likely; `None` if there is none to draw from.
    ///
    /// Depends on the run seed and the instruction's id only.
    pub fn draw(formats: &[Self], run_seed: u64, child: InstructionId) -> Option<Self> {
        let last = formats.len().checked_sub(1)?;
        let drawn = draw::index(run_seed, child, "format", formats.len());
        formats.get(drawn.min(last)).copied()
    }

    /// Whether `text` holds a block of this format that can be parsed.
    ///
    /// XML, JSON, CSV and YAML go through a parser. The others are told by light marks of their
    /// own (a statement, a matching pair of tags, a time stamp), which a determined text can fake.
    pub fn is_in(self, text: &str) -> bool {
        match self {
            Self::Xml => markup::has_xml(text),
            Self::Html => markup::has_html(text),
            Self::Sql => code::has_sql(text),
            Self::Python => code::has_python(text),
            Self::Shell => code::has_shell(text),
            Self::Formula => code::has_formula(text),
            Self::Json => block::has_json(text),
            Self::Yaml => block::has_yaml(text),
            Self::LogLines => block::has_log_lines(text),
            Self::Csv => table::has_csv(text),
            Self::MarkdownTable => table::has_markdown_table(text),
        }
    }
}

impl std::fmt::Display for DataFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
