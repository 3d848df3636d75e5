//! Where in a text the JSON parser stopped, and what stands there.

use std::ops::Range;

use serde_json::Error;

use crate::visible::char_start;

/// The place where a parser stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub text: &'a str,
    pub offset: usize,
}

impl<'a> Spot<'a> {
    /// Turns the parser's line and column, which count `\n` and bytes, into an offset.
    pub(super) fn of(text: &'a str, error: &Error) -> Self {
        let lines_before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let line_start = lines_before.map(str::len).sum::<usize>();
        // A line end that the parser minds has moved it to column 0 of the next line.
        let offset = (line_start + error.column()).saturating_sub(1);
        Self { text, offset: char_start(text, offset.min(text.len().saturating_sub(1))) }
    }

    /// The text from here on.
    pub(super) fn rest(self) -> &'a str {
        &self.text[self.offset..]
    }

    /// The character here.
    pub(super) fn character(self) -> Range<usize> {
        let length = self.rest().chars().next().map_or(1, char::len_utf8);
        self.offset..self.offset + length
    }

    /// The word around this place, or the character here.
    pub(super) fn word(self) -> Range<usize> {
        let is_word = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        // Such characters are one byte each.
        let before = self.text[..self.offset].chars().rev().take_while(is_word).count();
        let after = self.rest().chars().take_while(is_word).count();
        if before + after == 0 {
            return self.character();
        }
        self.offset - before..self.offset + after
    }

    /// The escape that ends here.
    pub(super) fn escape(self) -> Range<usize> {
        let end = self.character().end;
        let start = self.text[..end].rfind('\\').unwrap_or(self.offset);
        if end - start <= "\\u0000".len() { start..end } else { self.character() }
    }

    /// An escape nearby that is half of a surrogate pair.
    pub(super) fn surrogate_escape(self) -> Option<Range<usize>> {
        let from = char_start(self.text, self.offset.saturating_sub(12));
        let near = self.text[from..].char_indices().take(16);
        let mut starts = near.filter(|(_, c)| *c == '\\').map(|(index, _)| from + index);
        let start = starts.find(|start| is_surrogate_escape(&self.text.as_bytes()[*start..]))?;
        Some(start..start + "\\ud800".len())
    }
}

fn is_surrogate_escape(bytes: &[u8]) -> bool {
    let [b'\\', b'u', b'd' | b'D', high, third, fourth, ..] = bytes else {
        return false;
    };
    matches!(high, b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F')
        && third.is_ascii_hexdigit()
        && fourth.is_ascii_hexdigit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_escapes_around_a_place() {
        let text = r#"{"é": None, "x": "\ud83d!"}"#;
        let spot = |found: &str| Spot { text, offset: text.find(found).unwrap() };
        assert_eq!(&text[spot("one").word()], "None");
        assert_eq!(&text[spot("é").word()], "é");
        assert_eq!(&text[spot("!").surrogate_escape().unwrap()], r"\ud83d");
        assert_eq!(&text[spot("ud83d").escape()], r"\u");
        assert_eq!(spot("None").surrogate_escape(), None);
    }
}
