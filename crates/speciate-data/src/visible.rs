//! Foreign text made safe to look at.
//!
//! A data set may hold terminal escapes, or marks that reorder what a person sees. Nothing of the
//! kind may leave this room raw in a message.

use std::fmt::Write as _;

/// Most characters of a foreign name (a key, a file) that a message repeats.
const NAME_CHARS_MAX: usize = 60;

/// Whether `c` takes no ink: zero-width characters, direction marks, tags.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The start of the character that holds byte `at`, which is within `text`.
pub(crate) fn char_start(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rfind(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

/// Appends `c`, or a stand-in if a terminal would not show it as itself.
///
/// The joiners U+200C and U+200D stay, because emoji and several scripts need them.
pub(crate) fn push_visible(out: &mut String, c: char) {
    match c {
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('␀')),
        '\u{7f}' => out.push('␡'),
        '\u{200c}' | '\u{200d}' => out.push(c),
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => push_escape(out, c),
        _ if is_invisible(c) => push_escape(out, c),
        _ => out.push(c),
    }
}

fn push_escape(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", c as u32);
}

/// `text` with every character visible.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visible(&mut out, c));
    out
}

/// A foreign name for use inside a message: visible, and cut if it is long.
pub(crate) fn name(text: &str) -> String {
    let mut shown = visible(&text.chars().take(NAME_CHARS_MAX).collect::<String>());
    if text.chars().nth(NAME_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_dangerous_stays_raw() {
        assert_eq!(visible("a\x1b[31m\tb\u{202e}c\u{85}\x7f"), "a␛[31m␉b\\u{202e}c\\u{85}␡");
        assert_eq!(visible("né 字 👩\u{200d}💻"), "né 字 👩\u{200d}💻");
        assert_eq!(name(&"x".repeat(70)), format!("{}…", "x".repeat(60)));
    }
}
