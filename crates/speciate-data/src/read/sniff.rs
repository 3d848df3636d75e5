//! What an input is, from its first bytes and, where they leave it open, from its name.

use super::report::{Compression, Layout};
use super::scan::{Scanner, is_json_space};

/// What a name suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameHint {
    Json,
    Text,
    Csv,
    Tsv,
    Parquet,
    Nothing,
}

impl NameHint {
    /// Reads the extension, after one that tells of compression.
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let stem = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst"));
        match stem.unwrap_or(&name).rsplit_once('.').map(|(_, extension)| extension) {
            Some("json" | "jsonl" | "ndjson" | "jsonlines" | "jsonc" | "json5") => Self::Json,
            Some("txt" | "text" | "md") => Self::Text,
            Some("csv") => Self::Csv,
            Some("tsv") => Self::Tsv,
            Some("parquet") => Self::Parquet,
            _ => Self::Nothing,
        }
    }
}

/// How the bytes are compressed.
pub(super) fn compression(magic: &[u8]) -> Compression {
    if magic.starts_with(&[0x1f, 0x8b]) {
        Compression::Gzip
    } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Compression::Zstd
    } else {
        Compression::None
    }
}

/// The name of an encoding other than UTF-8, as `iconv` calls it.
pub(super) fn foreign_encoding(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, 0, 0, ..] => Some("UTF-32LE"),
        [0, 0, 0xfe, 0xff, ..] => Some("UTF-32BE"),
        [0xff, 0xfe, ..] => Some("UTF-16LE"),
        [0xfe, 0xff, ..] => Some("UTF-16BE"),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => Some("UTF-16LE"),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => Some("UTF-16BE"),
        _ => None,
    }
}

/// The name of a binary format that is not read.
pub(super) fn foreign_format(head: &[u8]) -> Option<&'static str> {
    const MAGICS: [(&[u8], &str); 9] = [
        (b"PAR1", "Parquet"),
        (b"ARROW1", "Arrow IPC"),
        (b"PK\x03\x04", "a zip archive (or a spreadsheet)"),
        (b"\xfd7zXZ\0", "xz-compressed"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"BZh", "bzip2-compressed"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x1f\x8b", "compressed twice"),
        (b"\x28\xb5\x2f\xfd", "compressed twice"),
    ];
    let found = MAGICS.iter().find(|(magic, _)| head.starts_with(magic));
    found.map(|(_, name)| *name)
}

/// Whether the first line looks like the header of a table, by a known column and a separator.
pub(super) fn is_table_header(head: &[u8]) -> bool {
    const COLUMNS: [&str; 9] = [
        "instruction",
        "input",
        "output",
        "prompt",
        "question",
        "response",
        "answer",
        "completion",
        "context",
    ];
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    [',', ';', '\t'].iter().any(|separator| {
        let fields = line.split(*separator).map(|field| field.trim().trim_matches('"'));
        fields.filter(|field| COLUMNS.contains(field)).count() >= 2
    })
}

/// What follows the comments at the beginning, if there are any.
pub(super) fn behind_comments(head: &[u8]) -> &[u8] {
    let mut rest = head.trim_ascii_start();
    let end_of = |text: &[u8], end: &[u8]| {
        let at = text.windows(end.len()).position(|window| window == end);
        at.map_or(text.len(), |at| at + end.len())
    };
    loop {
        let end = match rest {
            [b'/', b'/', ..] | [b'#', ..] => end_of(rest, b"\n"),
            [b'/', b'*', ..] => end_of(rest, b"*/"),
            _ => return rest,
        };
        rest = rest[end..].trim_ascii_start();
    }
}

/// How the records are laid out; `None` if more bytes are needed to say.
///
/// `complete` tells that `head` is all there is, or all that will be looked at.
pub(super) fn layout(head: &[u8], complete: bool, hint: NameHint) -> Option<Layout> {
    let Some(start) = head.iter().position(|byte| !is_json_space(*byte)) else {
        return complete.then_some(Layout::Empty);
    };
    let value = &head[start..];
    let second = value[1..].iter().copied().find(|byte| !is_json_space(*byte));
    if second.is_none() && !complete {
        return None;
    }
    let json_named = hint == NameHint::Json;
    match value[0] {
        b'[' if json_named || matches!(second, None | Some(b'{' | b'[' | b']' | b'"')) => {
            Some(Layout::JsonArray)
        }
        b'{' if json_named || matches!(second, None | Some(b'"' | b'\'' | b'}')) => {
            objects_layout(value, complete)
        }
        _ if json_named => Some(Layout::JsonLines),
        _ => Some(Layout::Text),
    }
}

/// Whether objects stand one a line, by how the first one ends or goes on after its line.
fn objects_layout(value: &[u8], complete: bool) -> Option<Layout> {
    let mut scanner = Scanner::default();
    for (index, &byte) in value.iter().enumerate() {
        if matches!(byte, b'\n' | b'\r') {
            if scanner.in_string() {
                return Some(Layout::JsonLines);
            }
            return after_open_line(&value[..index], &value[index..], scanner.depth(), complete);
        }
        if scanner.push(byte) {
            return after_object(&value[index + 1..], complete);
        }
    }
    complete.then_some(Layout::JsonLines)
}

/// The first object ended on its first line.
fn after_object(rest: &[u8], complete: bool) -> Option<Layout> {
    match rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')) {
        Some(b'{') => Some(Layout::JsonStream),
        Some(_) => Some(Layout::JsonLines),
        None => complete.then_some(Layout::JsonLines),
    }
}

/// The first line ended inside an object: is it printed over lines, or is a line broken?
///
/// It is printed over lines if what follows may follow by JSON's grammar.
fn after_open_line(line: &[u8], rest: &[u8], depth: usize, complete: bool) -> Option<Layout> {
    let last = line.iter().copied().rfind(|byte| !is_json_space(*byte));
    let Some(next) = rest.iter().copied().find(|byte| !is_json_space(*byte)) else {
        return complete.then_some(Layout::JsonLines);
    };
    let goes_on = match last {
        Some(b'{' | b',') => next != b'{' || depth > 1,
        Some(b':' | b'[') => true,
        _ => matches!(next, b',' | b'}' | b']' | b':'),
    };
    Some(if goes_on { Layout::JsonStream } else { Layout::JsonLines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, hint: NameHint) -> Layout {
        // What is decided early must not change when more is known.
        let decided = layout(head.as_bytes(), true, hint).unwrap();
        for length in 0..head.len() {
            if let Some(early) = layout(&head.as_bytes()[..length], false, hint) {
                assert_eq!(early, decided, "{head:?} at {length}");
            }
        }
        decided
    }

    #[test]
    fn layouts_by_content() {
        for hint in [NameHint::Json, NameHint::Nothing, NameHint::Text] {
            assert_eq!(check(" \n", hint), Layout::Empty);
            assert_eq!(check("{\"a\": 1}\n{\"a\": 2}\n", hint), Layout::JsonLines);
            assert_eq!(check("{\"a\": 1}", hint), Layout::JsonLines);
            assert_eq!(check("{\"a\": 1}{\"a\": 2}", hint), Layout::JsonStream);
            assert_eq!(check("{\n \"a\": 1\n}\n{\n", hint), Layout::JsonStream);
            assert_eq!(check("{\"a\": 1\n, \"b\": 2}", hint), Layout::JsonStream);
            assert_eq!(check("[\n{\"a\": 1}]", hint), Layout::JsonArray);
        }
    }

    #[test]
    fn a_broken_first_line_does_not_make_a_stream() {
        for broken in ["{\"a\": \"cut", "{\"a\": 1", "{\"a\": 1,", "{\"a\": {\"b\": 2}"] {
            let text = format!("{broken}\n{{\"a\": 2}}\n");
            assert_eq!(check(&text, NameHint::Json), Layout::JsonLines, "{broken}");
        }
    }

    #[test]
    fn text_is_not_taken_for_json() {
        for text in ["Sort a list", "[1] Read this", "{name}, write a poem", "\"Hi\", he said"] {
            assert_eq!(check(text, NameHint::Nothing), Layout::Text, "{text}");
        }
        assert_eq!(check("<html>", NameHint::Json), Layout::JsonLines);
        assert!(is_table_header(b"instruction,input,output\nx"));
        assert!(is_table_header(b"\"id\"\t\"Prompt\"\t\"completion\"\r\n"));
        assert!(!is_table_header(b"Explain input, output and context"));
    }

    #[test]
    fn names_and_encodings() {
        assert_eq!(NameHint::of("a/b.JSONL.gz"), NameHint::Json);
        assert_eq!(NameHint::of("-"), NameHint::Nothing);
        assert_eq!(foreign_encoding("\u{feff}{\"é\"".as_bytes()), None);
        assert_eq!(foreign_encoding(b"{\0\"\0"), Some("UTF-16LE"));
        assert_eq!(foreign_encoding(b"\0[\0\""), Some("UTF-16BE"));
    }
}
