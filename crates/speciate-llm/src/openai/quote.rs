//! Strange text made fit for one line of a message.

/// Longest quotation.
const CHARS_MAX: usize = 200;
/// Bytes of a body that are looked at for a quotation.
const BYTES_MAX: usize = 8_192;
/// Elements whose content is not for people.
const HIDDEN: [&str; 2] = ["script", "style"];

/// A quotation from a body that is not JSON.
pub(super) fn quote_bytes(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(BYTES_MAX)]);
    shorten(&without_markup(&text))
}

/// The words of an HTML page, or the text itself, in one line.
pub(crate) fn without_markup(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut words = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(open) = lower[at..].find('<').map(|open| at + open) {
        words.push_str(&text[at..open]);
        if is_tag(&lower[open + 1..]) {
            words.push(' ');
            at = end_of_tag(&lower, open);
        } else {
            words.push('<');
            at = open + 1;
        }
    }
    words.push_str(&text[at..]);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether what follows a `<` makes it a tag and not a comparison.
fn is_tag(after: &str) -> bool {
    after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

/// Behind the tag at `open`, and behind its content where that is code.
fn end_of_tag(lower: &str, open: usize) -> usize {
    let hidden = HIDDEN
        .iter()
        .find(|name| lower[open + 1..].starts_with(**name))
        .and_then(|name| lower[open..].find(&format!("</{name}")));
    let from = open + hidden.unwrap_or(0);
    lower[from..].find('>').map_or(lower.len(), |close| from + close + 1)
}

/// At most 200 characters, none of which does anything to a terminal.
pub(crate) fn shorten(text: &str) -> String {
    let mut chars = text.chars().map(|c| if is_harmful(c) { ' ' } else { c });
    let mut short: String = chars.by_ref().take(CHARS_MAX).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// Control characters, line separators, and marks that turn the direction of text.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_words_stay() {
        for (page, words) in [
            ("plain  text\n here", "plain text here"),
            ("<h1>502</h1><script>var a = '<b>';</script>gone", "502 gone"),
            ("<STYLE>p{}</STYLE >ok<br/>", "ok"),
            ("expected max_tokens <= 4096 and 1 < 2", "expected max_tokens <= 4096 and 1 < 2"),
            ("cut in <a href=\"x", "cut in"),
            ("<script>never ends", "never ends"),
            ("<!DOCTYPE html><?xml?>é<p>ß</p>", "é ß"),
            ("<", "<"),
        ] {
            assert_eq!(without_markup(page), words, "{page}");
        }
        assert_eq!(shorten("a\u{1b}[31m\u{202e}b\0"), "a [31m b ");
        assert_eq!(shorten(&"é".repeat(300)).chars().count(), CHARS_MAX + 1);
        assert_eq!(shorten(&"é".repeat(200)).chars().count(), CHARS_MAX);
    }

    proptest! {
        #[test]
        fn no_tag_stays(text in "(<|>|</|<!|script|style|a|É|İ| |\u{1b}){0,30}") {
            let words = without_markup(&text);
            for (at, _) in words.match_indices('<') {
                prop_assert!(!is_tag(&words[at + 1..].to_ascii_lowercase()), "{text:?}: {words:?}");
            }
        }

        #[test]
        fn quotations_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let quoted = quote_bytes(&body);
            prop_assert!(quoted.chars().all(|c| !is_harmful(c)));
        }
    }
}
