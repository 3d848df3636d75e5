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

/// File names and texts of the six operators of a style.
pub(super) fn files(style: PromptStyle) -> &'static [(&'static str, &'static str)] {
    match style {
        PromptStyle::Paper => files!(
            "paper", ".jinja":
            "breadth", "complicate-input", "concretizing", "constraints", "deepening", "reasoning",
        ),
        PromptStyle::Compact => files!(
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
