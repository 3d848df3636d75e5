//! A tree as a picture: the seed at the left, rounds to the right. Complete without scripts.

use std::fmt::Write as _;

use speciate_types::{Kind, VerdictKind};

use super::{Branch, reason};
use crate::text::{cut_end, visible, wrapped};

const BOX_WIDTH: usize = 290;
const BOX_HEIGHT: usize = 78;
const COLUMN: usize = BOX_WIDTH + 50;
const ROW: usize = BOX_HEIGHT + 14;
const MARGIN: usize = 16;
/// Columns, of which a character of Chinese takes two.
const LINE_COLUMNS: usize = 40;
const TEXT_LINES: usize = 3;

struct Placed<'a> {
    branch: &'a Branch,
    column: usize,
    /// Twice the row, so that a parent can stand between two children.
    half_row: usize,
    parent: Option<usize>,
}

/// The tree as SVG. Blue is in depth, red in breadth, dashed was not kept; the shape of the label
/// says the same as the colour.
pub fn to_svg(tree: &Branch, title: &str) -> String {
    let mut placed = Vec::new();
    let mut rows = 0;
    place(tree, 0, None, &mut rows, &mut placed);
    let columns = placed.iter().map(|node| node.column).max().unwrap_or(0) + 1;
    let width = columns * COLUMN - (COLUMN - BOX_WIDTH) + 2 * MARGIN;
    let height = rows * ROW + 2 * MARGIN + 24;
    let mut svg = String::new();
    // Writing to a string cannot fail.
    let _infallible = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"{label}\">\n<title>{label}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        label = escaped(title),
    );
    for node in &placed {
        if let Some(parent) = node.parent {
            svg.push_str(&edge(&placed[parent], node));
        }
    }
    for node in &placed {
        svg.push_str(&boxed(node));
    }
    svg.push_str(&legend(height));
    svg.push_str("</svg>\n");
    svg
}

fn place<'a>(
    branch: &'a Branch,
    column: usize,
    parent: Option<usize>,
    rows: &mut usize,
    placed: &mut Vec<Placed<'a>>,
) -> usize {
    let index = placed.len();
    placed.push(Placed { branch, column, half_row: 0, parent });
    let children: Vec<_> = branch
        .children
        .iter()
        .map(|child| place(child, column + 1, Some(index), rows, placed))
        .collect();
    placed[index].half_row = if let (Some(first), Some(last)) = (children.first(), children.last())
    {
        usize::midpoint(placed[*first].half_row, placed[*last].half_row)
    } else {
        *rows += 1;
        (*rows - 1) * 2
    };
    index
}

fn corner(node: &Placed<'_>) -> (usize, usize) {
    (MARGIN + node.column * COLUMN, MARGIN + node.half_row * ROW / 2)
}

fn edge(from: &Placed<'_>, to: &Placed<'_>) -> String {
    let ((from_x, from_y), (to_x, to_y)) = (corner(from), corner(to));
    let (x1, y1) = (from_x + BOX_WIDTH, from_y + BOX_HEIGHT / 2);
    let (x2, y2) = (to_x, to_y + BOX_HEIGHT / 2);
    let middle = usize::midpoint(x1, x2);
    format!(
        "<path d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#9aa4b2\"/>\n"
    )
}

fn boxed(node: &Placed<'_>) -> String {
    let record = &node.branch.record;
    let (x, y) = corner(node);
    let (colour, fill) = match (record.verdict, record.kind) {
        (VerdictKind::Kept, Kind::Seed) => ("#1f2937", "#f3f4f6"),
        (VerdictKind::Kept, Kind::InDepth) => ("#1d4ed8", "#eff6ff"),
        (VerdictKind::Kept, Kind::InBreadth) => ("#b91c1c", "#fef2f2"),
        _ => ("#6b7280", "#ffffff"),
    };
    let dashes = if record.verdict == VerdictKind::Kept { "" } else { " stroke-dasharray=\"5 3\"" };
    let text = visible(record.instruction.as_deref().unwrap_or("(nothing readable)"));
    let label = match (&record.operator, &record.format) {
        (None, _) => "seed".to_owned(),
        (Some(operator), None) => format!("{operator} · round {}", record.round),
        (Some(operator), Some(format)) => format!("{operator} ({format}) · round {}", record.round),
    };
    let label = match reason(record) {
        Some(reason) => format!("✗ {label} · {}", reason.split(':').next().unwrap_or_default()),
        None => label,
    };
    let hover = reason(record)
        .map_or_else(|| text.clone(), |reason| format!("{text} — {}", visible(&reason)));
    let mut svg = format!(
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"6\" fill=\"{fill}\" stroke=\"{colour}\"{dashes}/><text x=\"{}\" y=\"{}\" fill=\"{colour}\" font-weight=\"600\">{}</text>",
        escaped(&hover),
        x + 8,
        y + 17,
        escaped(&cut_end(&label, LINE_COLUMNS)),
    );
    for (index, line) in wrapped(&text, LINE_COLUMNS, TEXT_LINES).into_iter().enumerate() {
        let _infallible = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" fill=\"#111827\">{}</text>",
            x + 8,
            y + 34 + index * 16,
            escaped(&line)
        );
    }
    svg.push_str("</g>\n");
    svg
}

fn legend(height: usize) -> String {
    let y = height - 10;
    format!(
        "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"#374151\">blue: in-depth · red: in-breadth · dashed with ✗: not kept (hover for the reason)</text>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML 1.0 has no place for these, not even escaped.
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        assert_eq!(escaped("<script>&\"'\u{1}"), "&lt;script&gt;&amp;&quot;&#39;\u{fffd}");
    }
}
