//! A tree as lines of text.

use super::{Branch, reason};
use crate::text::{cut_end, visible};
use speciate_types::VerdictKind;

/// How a tree is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// Nodes that were not kept, too.
    pub with_rejected: bool,
}

/// The narrowest text column; deep trees run over the edge rather than vanish.
const TEXT_COLUMNS_MIN: usize = 24;

/// The tree as lines, the seed first. A kept node has its operator and round before its text, a
/// rejected one a `✗` and its reason below.
pub fn to_text(tree: &Branch, options: TreeOptions) -> String {
    let mut lines = Vec::new();
    let text = visible(tree.record.instruction.as_deref().unwrap_or_default());
    let id = short_id(tree);
    let room = options.width.saturating_sub(id.len() + 9).max(TEXT_COLUMNS_MIN);
    lines.push(format!("{}  (seed {id})", cut_end(&text, room)));
    write_children(tree, "", options, &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

fn write_children(tree: &Branch, indent: &str, options: TreeOptions, lines: &mut Vec<String>) {
    let shown: Vec<_> = tree
        .children
        .iter()
        .filter(|child| options.with_rejected || child.record.verdict == VerdictKind::Kept)
        .collect();
    for (index, child) in shown.iter().enumerate() {
        let is_last = index + 1 == shown.len();
        let (fork, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        write_node(child, &format!("{indent}{fork}"), &format!("{indent}{below}"), options, lines);
        write_children(child, &format!("{indent}{below}"), options, lines);
    }
}

fn write_node(
    child: &Branch,
    head: &str,
    below: &str,
    options: TreeOptions,
    lines: &mut Vec<String>,
) {
    let record = &child.record;
    let mark = if record.verdict == VerdictKind::Kept { "" } else { "✗ " };
    let operator = record.operator.as_deref().unwrap_or("?");
    let format = record.format.as_ref().map(|format| format!("/{format}")).unwrap_or_default();
    let label = format!("{head}{mark}{operator}{format} r{} ", record.round);
    let id = short_id(child);
    let room = options.width.saturating_sub(label.chars().count() + id.len() + 2);
    let text = visible(record.instruction.as_deref().unwrap_or("(nothing readable)"));
    lines.push(format!("{label}{}  {id}", cut_end(&text, room.max(TEXT_COLUMNS_MIN))));
    if let Some(reason) = reason(record) {
        let room = options.width.saturating_sub(below.chars().count() + 4).max(TEXT_COLUMNS_MIN);
        lines.push(format!("{below}  ↳ {}", cut_end(&visible(&reason), room)));
    }
}

fn short_id(branch: &Branch) -> String {
    branch.record.id.to_string()[..8].to_owned()
}
