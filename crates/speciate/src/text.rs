//! Model text made safe and short for a person's eyes.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// `text` on one line, with nothing in it that a terminal would obey: control characters and
/// bidirectional overrides are shown as `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => shown.push(' '),
            c if c.is_control() || is_bidi_control(c) => {
                // Writing to a string cannot fail.
                let _infallible = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `text` as it is, but for what a terminal would obey besides line ends and tabs: that is shown as
/// `\u{…}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c.escape_unicode().collect())
}

/// The same for JSON, which stays the same value.
pub fn printable_json(text: &str) -> Cow<'_, str> {
    escaped(text, |c| format!("\\u{:04x}", u32::from(c)))
}

fn escaped(text: &str, escape: fn(char) -> String) -> Cow<'_, str> {
    let is_obeyed = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || is_bidi_control(c);
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_obeyed(c) {
            shown.push_str(&escape(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// `text` with stars in the place of what looks like an API key, as many as it has characters.
pub fn without_keys(text: &str) -> String {
    const BEGINNINGS: [&str; 10] =
        ["sk-", "sk_", "hf_", "gsk_", "ghp_", "gho_", "github_pat_", "xai-", "AKIA", "AIza"];
    const BYTES_MIN: usize = 12;
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_key = |word: &str| {
        word.len() >= BYTES_MIN && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
    };
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_of_key) {
        let end = rest[start..].find(|c| !is_of_key(c)).map_or(rest.len(), |len| start + len);
        let word = &rest[start..end];
        clean.push_str(&rest[..start]);
        clean.push_str(&if is_key(word) { "*".repeat(word.len()) } else { word.to_owned() });
        rest = &rest[end..];
    }
    clean + rest
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most `chars_max` characters of `text`, cut in the middle with `…`.
pub fn cut_middle(text: &str, chars_max: usize) -> String {
    let count = text.chars().count();
    if count <= chars_max {
        return text.to_owned();
    }
    let kept = chars_max.saturating_sub(1);
    let (head, tail) = (kept.div_ceil(2), kept / 2);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{start}…{end}")
}

/// At most `columns_max` terminal columns of `text`, cut at the end with `…`.
pub fn cut_end(text: &str, columns_max: usize) -> String {
    if fitting(text, columns_max) == text.len() {
        return text.to_owned();
    }
    let start = &text[..fitting(text, columns_max.saturating_sub(1))];
    format!("{}…", start.trim_end())
}

/// The bytes of `text` that fit into `columns_max` terminal columns. A character of Chinese takes two.
fn fitting(text: &str, columns_max: usize) -> usize {
    let mut columns = 0;
    let is_over = |(_, c): &(usize, char)| {
        columns += c.width().unwrap_or_default();
        columns > columns_max
    };
    text.char_indices().find(is_over).map_or(text.len(), |(at, _)| at)
}

/// The first `lines_max` lines of `text` of at most `columns_max` terminal columns, broken at spaces;
/// the last one says when there is more.
pub fn wrapped(text: &str, columns_max: usize, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() < lines_max {
        if lines.len() + 1 == lines_max {
            lines.push(cut_end(rest, columns_max));
            break;
        }
        // One that is too wide for the line stands there all the same.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let mut end = fitting(rest, columns_max).max(first);
        // A space just behind the last character that fits ends a word too.
        if end < rest.len() && !rest[end..].starts_with(' ') {
            end = rest[..end].rfind(' ').filter(|space| *space > 0).unwrap_or(end);
        }
        lines.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(visible("a\u{1b}]52;c;x\u{7}b\nc"), "a\\u{1b}]52;c;x\\u{7}b c");
        assert_eq!(visible("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(visible("日本  語"), "日本 語");
    }

    #[test]
    fn lines_stay_and_nothing_else_is_obeyed() {
        assert_eq!(printable("a\tb\n日本\n"), "a\tb\n日本\n");
        assert_eq!(printable("\u{1b}[2J\u{202e}\r\u{9b}"), "\\u{1b}[2J\\u{202e}\\u{d}\\u{9b}");
        let value = serde_json::json!({ "a": "\u{7f}\u{9b}\u{202e}\u{2066}\u{1b}é" });
        let json = printable_json(&value.to_string()).into_owned();
        assert_eq!(printable(&json), json);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }

    #[test]
    fn keys_become_stars() {
        let text = "api_key = \"sk-abcdefghi\" # sk-2, ask-me-anything-now, é hf_0123456789";
        let clean = "api_key = \"************\" # sk-2, ask-me-anything-now, é *************";
        assert_eq!(without_keys(text), clean);
        assert_eq!(without_keys(""), "");
    }

    #[test]
    fn wraps_at_spaces() {
        assert_eq!(wrapped("one two three four", 9, 5), ["one two", "three", "four"]);
        assert_eq!(wrapped("one two three four", 9, 2), ["one two", "three fo…"]);
        assert_eq!(wrapped("abcdefghij", 4, 3), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("日本語日本語日本語", 9, 9), ["日本語日", "本語日本", "語"]);
        assert_eq!(wrapped("日本 語", 1, 3), ["日", "本", "…"]);
        assert!(wrapped("  ", 4, 3).is_empty());
    }

    #[test]
    fn cuts() {
        assert_eq!(cut_middle("abcdefgh", 5), "ab…gh");
        assert_eq!(cut_end("abcdefgh", 5), "abcd…");
        assert_eq!(cut_end("abc", 5), "abc");
        assert_eq!(["日本", "日本語"].map(|text| cut_end(text, 4)), ["日本", "日…"]);
    }
}
