//! A tree as lines of text.

use super::{Branch, reason};
use crate::text::{cut_end, visible, wrapped};
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

/// The most lines of one text; `records` has the whole.
const TEXT_LINES: usize = 3;

/// The tree as lines, the seed first. Each node has a line with operator, round and id, then its
/// text; one that was not kept has a `✗` and its reason below.
pub fn to_text(tree: &Branch, options: TreeOptions) -> String {
    let mut lines = vec![format!("seed · {}", short_id(tree))];
    let has_children = shown(tree, options).next().is_some();
    write_text(tree, if has_children { "│  " } else { "   " }, options, &mut lines);
    write_children(tree, "", options, &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

fn shown(tree: &Branch, options: TreeOptions) -> impl Iterator<Item = &Branch> {
    let is_shown =
        move |child: &&Branch| options.with_rejected || child.record.verdict == VerdictKind::Kept;
    tree.children.iter().filter(is_shown)
}

fn write_children(tree: &Branch, indent: &str, options: TreeOptions, lines: &mut Vec<String>) {
    let count = shown(tree, options).count();
    for (index, child) in shown(tree, options).enumerate() {
        let is_last = index + 1 == count;
        let (fork, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let below = format!("{indent}{below}");
        lines.push(format!("{indent}{fork}{}", label(child)));
        let has_children = shown(child, options).next().is_some();
        let margin = if has_children { format!("{below}│  ") } else { format!("{below}   ") };
        write_text(child, &margin, options, lines);
        write_children(child, &below, options, lines);
    }
}

fn label(branch: &Branch) -> String {
    let record = &branch.record;
    let mark = if record.verdict == VerdictKind::Kept { "" } else { "✗ " };
    let operator = record.operator.as_deref().unwrap_or("?");
    let format = record.format.as_ref().map(|format| format!(" ({format})")).unwrap_or_default();
    format!("{mark}{operator}{format} · round {} · {}", record.round, short_id(branch))
}

fn write_text(branch: &Branch, margin: &str, options: TreeOptions, lines: &mut Vec<String>) {
    let room = options.width.saturating_sub(margin.chars().count()).max(TEXT_COLUMNS_MIN);
    let text = visible(branch.record.instruction.as_deref().unwrap_or("(nothing readable)"));
    let text = wrapped(&text, room, TEXT_LINES);
    lines.extend(text.into_iter().map(|line| format!("{margin}{line}")));
    if let Some(reason) = reason(&branch.record) {
        let reason = cut_end(&visible(&reason), room.saturating_sub(2));
        lines.push(format!("{margin}↳ {reason}"));
    }
}

fn short_id(branch: &Branch) -> String {
    branch.record.id.to_string()[..8].to_owned()
}
