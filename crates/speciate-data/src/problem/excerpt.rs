//! A line of any length, content and script, cut to a window with the spot inside.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::visible::{char_start, push_visible};

/// Widest excerpt in terminal columns, without the marks of the cut.
const WIDTH_MAX: usize = 72;

/// Columns that are kept before the spot when something has to go on both sides.
const CONTEXT: usize = 28;

/// A line near a spot. The flags say whether the line goes on beyond `text`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    pub text: &'a str,
    pub more_before: bool,
    pub more_after: bool,
}

/// One character as it is shown.
struct Cell {
    shown: String,
    width: usize,
    offset: usize,
}

impl Cell {
    fn new((offset, c): (usize, char)) -> Self {
        let mut shown = String::new();
        push_visible(&mut shown, c);
        let width = shown.width();
        Self { shown, width, offset }
    }
}

/// The excerpt and the columns of `spot`, which is a byte range of the window's text.
pub(super) fn excerpt(window: Window<'_>, spot: Range<usize>) -> (String, Range<usize>) {
    let start = char_start(window.text, spot.start);
    let (before, after) = window.text.split_at(start);
    let right_all = cells_within(after.char_indices(), WIDTH_MAX);
    let left_max = CONTEXT.max(WIDTH_MAX.saturating_sub(width(&right_all)));
    let mut left = cells_within(before.char_indices().rev(), left_max);
    left.reverse();
    let right = cells_within(after.char_indices(), WIDTH_MAX - width(&left));

    let cut_left = window.more_before || left.first().map_or(start, |cell| cell.offset) > 0;
    let end = right.last().map_or(0, |cell| cell.offset);
    let cut_right = window.more_after || after[end..].chars().nth(1).is_some();

    let mut text = String::new();
    text.extend(cut_left.then_some('…'));
    text.extend(left.iter().map(|cell| cell.shown.as_str()));
    let caret_start = text.width();
    let marked = right.iter().take_while(|cell| start + cell.offset < spot.end);
    let caret_width: usize = marked.map(|cell| cell.width).sum();
    text.extend(right.iter().map(|cell| cell.shown.as_str()));
    text.extend(cut_right.then_some('…'));
    (text, caret_start..caret_start + caret_width.max(1))
}

/// The leading cells that fit into `width_max` columns.
fn cells_within(chars: impl Iterator<Item = (usize, char)>, width_max: usize) -> Vec<Cell> {
    let mut used = 0;
    chars
        .map(Cell::new)
        .take_while(|cell| {
            used += cell.width;
            used <= width_max
        })
        // Marks of no width could otherwise go on for ever.
        .take(4 * WIDTH_MAX)
        .collect()
}

fn width(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, spot: Range<usize>) -> String {
        let (line, caret) = excerpt(Window { text, more_before: false, more_after: false }, spot);
        assert!(line.width() <= WIDTH_MAX + 2, "{line}");
        format!("{line}\n{}{}", " ".repeat(caret.start), "^".repeat(caret.len()))
    }

    #[test]
    fn short_lines_stay_whole() {
        assert_eq!(check("{\"a\": 1}", 1..4), "{\"a\": 1}\n ^^^");
        assert_eq!(check("", 0..0), "\n^");
        assert_eq!(check("abc", 3..3), "abc\n   ^");
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_caret_right() {
        assert_eq!(check("\t字x", 4..5), "␉字x\n   ^");
        assert_eq!(check("\u{202e}x", 3..4), "\\u{202e}x\n        ^");
    }

    #[test]
    fn long_lines_are_cut_around_the_spot() {
        let text = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let shown = check(&text, 500..504);
        assert!(shown.starts_with('…') && shown.contains("aaHEREbb"), "{shown}");
        assert!(check(&text, 0..1).ends_with("…\n^"));
        assert!(check(&text, 1003..1004).starts_with('…'));
    }
}
