//! A text without what is no prose: code and tables.

/// What a line of a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Opens a block; whether it names a language.
    Opening {
        has_tag: bool,
    },
    Closing,
    Code,
    Prose,
}

/// Each line with its end, and what it is.
fn lines(text: &str) -> impl Iterator<Item = (&str, Line)> {
    let mut fence: Option<&str> = None;
    text.split_inclusive('\n').map(move |line| {
        let bare = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        let kind = match (fence, mark) {
            (None, Some(mark)) if !is_span(bare, mark) => {
                fence = Some(mark);
                Line::Opening { has_tag: bare.len() > mark.len() }
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                Line::Closing
            }
            (Some(_), _) => Line::Code,
            (None, _) => Line::Prose,
        };
        (line, kind)
    })
}

/// Fenced blocks, also one that is never closed, inline code and rows of tables are left out.
pub(crate) fn without_code(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    for (line, kind) in lines(text) {
        if kind == Line::Prose && !line.trim_start().starts_with('|') {
            push_without_spans(line, &mut prose);
        }
    }
    prose
}

/// Whether a block is open where the text ends. A single mark without a language may as well end what
/// began without one.
pub(crate) fn ends_in_code(text: &str) -> bool {
    let marks = lines(text).map(|(_, kind)| kind);
    let marks: Vec<_> = marks.filter(|kind| !matches!(kind, Line::Code | Line::Prose)).collect();
    match marks.last() {
        Some(Line::Opening { has_tag }) => *has_tag || marks.len() > 1,
        _ => false,
    }
}

/// One line such as ```` ```x``` ```` is code within a sentence.
fn is_span(line: &str, mark: &str) -> bool {
    line[mark.len()..].contains(mark)
}

fn push_without_spans(line: &str, prose: &mut String) {
    let parts: Vec<_> = line.split('`').collect();
    for (at, part) in parts.iter().enumerate() {
        // A single mark without a second one opens nothing.
        let is_code = at % 2 == 1 && at + 1 < parts.len();
        if !is_code {
            prose.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_tables_are_no_prose() {
        for (text, expected) in [
            ("Say sorry.", "Say sorry."),
            ("Run `echo sorry` now.", "Run  now."),
            ("It's 5` long.", "It's 5 long."),
            ("Do this:\n```sh\necho sorry\n```\nDone.", "Do this:\nDone."),
            ("Do this:\n```sh\necho sorry", "Do this:\n"),
            ("As ```x``` says.\n| a | b |\nEnd.", "As  says.\nEnd."),
        ] {
            assert_eq!(without_code(text).replace("``", ""), expected, "{text}");
        }
    }

    #[test]
    fn an_open_block_is_seen() {
        for (text, is_open) in [
            ("```\nx\n```", false),
            ("Text\n```python\ndef f(", true),
            ("```\nx\n```\nand\n~~~\ny", true),
            ("~~~\n```\n~~~", false),
            ("no code", false),
            ("import x\n```\nThis imports x.", false),
        ] {
            assert_eq!(ends_in_code(text), is_open, "{text}");
        }
    }
}
