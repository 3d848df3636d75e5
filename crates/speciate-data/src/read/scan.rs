//! As much JSON as it takes to see where a value ends, and where its keys are.

use std::ops::Range;

/// White space between JSON tokens.
pub(crate) fn is_json_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Follows brackets and strings byte by byte.
///
/// A raw line end closes a string: JSON allows none inside, and so a lost quote spoils one record
/// instead of the rest of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scanner {
    /// Takes the next byte. True when it ends a bracketed value or a string that began at the top.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        if self.in_string {
            return self.push_in_string(byte);
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }

    fn push_in_string(&mut self, byte: u8) -> bool {
        match byte {
            b'\n' | b'\r' => (self.in_string, self.escaped) = (false, false),
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn in_string(&self) -> bool {
        self.in_string
    }
}

/// Where the key `name` of the outermost object is written in `text`, quotes included.
///
/// Keys written with escapes are not found.
pub(super) fn find_key(text: &str, name: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut scanner = Scanner::default();
    let mut start = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let was_in_string = scanner.in_string();
        scanner.push(byte);
        if scanner.depth() != 1 || was_in_string == scanner.in_string() {
            continue;
        }
        if scanner.in_string() {
            start = index;
        } else if &bytes[start + 1..index] == name.as_bytes() && is_key(&bytes[index + 1..]) {
            return Some(start..index + 1);
        }
    }
    None
}

/// Whether a string is a key, by what follows it.
fn is_key(rest: &[u8]) -> bool {
    rest.iter().find(|byte| !is_json_space(**byte)) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of_value(text: &str) -> Option<usize> {
        let mut scanner = Scanner::default();
        text.bytes().position(|byte| scanner.push(byte))
    }

    #[test]
    fn values_end_where_their_brackets_do() {
        assert_eq!(end_of_value(r#"{"a": "}\"]"} x"#), Some(12));
        assert_eq!(end_of_value(r#""a\\" x"#), Some(4));
        assert_eq!(end_of_value("{\"a\": \"lost quote,\n\"b\": \"}\"}"), Some(27));
        assert_eq!(end_of_value("[[[["), None);
    }

    #[test]
    fn keys_are_found_at_the_top_only() {
        let text = r#"{"a": {"prompt": 1}, "x": "prompt", "prompt" : 2}"#;
        assert_eq!(find_key(text, "prompt"), Some(36..44));
        assert_eq!(find_key(text, "a"), Some(1..4));
        assert_eq!(find_key(text, "none"), None);
        assert_eq!(find_key("\"a\":", "a"), None);
    }
}
