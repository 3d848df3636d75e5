//! The template files that are compiled in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::paper::FormatFile;
use crate::format::DataFormat;
use crate::style::PromptStyle;

/// The frame that the zero-shot in-depth operators share.
pub(super) const FRAME: &str = include_str!("../../prompts/paper/frame.jinja");

macro_rules! files {
    ($dir:literal, $ending:literal: $($name:literal),+ $(,)?) => {
        &[$((concat!($name, $ending), include_str!(concat!("../../prompts/", $dir, "/", $name, $ending)))),+]
    };
}

/// A set of operators that is compiled in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pack {
    /// The six of the paper.
    #[default]
    Wizardlm,
    /// For programming tasks, after WizardCoder (Luo et al. 2023, section 3.1).
    Code,
    /// For problems in mathematics, after WizardMath (Luo et al. 2023, section 3.1).
    Maths,
}

/// File names and texts of the operators of a pack, for a style. The packs for a domain have prose
/// alone: small models keep to few-shot examples of their own domain only.
pub(super) fn files(style: PromptStyle, pack: Pack) -> &'static [(&'static str, &'static str)] {
    match (style, pack) {
        (_, Pack::Code) => files!(
            "packs/code", ".jinja":
            "breadth", "complexity-bound", "constraints", "misleading-code", "rarer-requirement", "reasoning-steps",
        ),
        (_, Pack::Maths) => files!(
            "packs/maths", ".jinja":
            "changed-unknown", "easier", "harder-numbers-and-conditions", "longer-chain", "sibling",
        ),
        (PromptStyle::Paper | PromptStyle::Guided, Pack::Wizardlm) => files!(
            "paper", ".jinja":
            "breadth", "complicate-input", "concretizing", "constraints", "deepening", "reasoning",
        ),
        (PromptStyle::Compact, Pack::Wizardlm) => files!(
            "compact", ".toml":
            "breadth", "complicate-input", "concretizing", "constraints", "deepening", "reasoning",
        ),
    }
}

/// The title and demonstrations of a format.
pub(super) fn format_file(format: DataFormat) -> &'static FormatFile {
    &FORMATS[&format]
}

static FORMATS: LazyLock<BTreeMap<DataFormat, FormatFile>> = LazyLock::new(|| {
    DataFormat::ALL
        .into_iter()
        .map(|format| {
            (format, toml::from_str(format_text(format)).expect("a built-in format file is valid"))
        })
        .collect()
});

macro_rules! format_text {
    ($name:literal) => {
        include_str!(concat!("../../prompts/paper/formats/", $name, ".toml"))
    };
}

fn format_text(format: DataFormat) -> &'static str {
    match format {
        DataFormat::Xml => format_text!("xml"),
        DataFormat::Sql => format_text!("sql"),
        DataFormat::Python => format_text!("python"),
        DataFormat::Html => format_text!("html"),
        DataFormat::Shell => format_text!("shell"),
        DataFormat::Json => format_text!("json"),
        DataFormat::Csv => format_text!("csv"),
        DataFormat::MarkdownTable => format_text!("markdown-table"),
        DataFormat::Yaml => format_text!("yaml"),
        DataFormat::LogLines => format_text!("log-lines"),
        DataFormat::Formula => format_text!("formula"),
    }
}
