//! Words as they can be pasted into a POSIX shell.

use crate::visible::visible;

/// `word` as one argument of a command that can be pasted as it is.
///
/// A name that begins with a dash gets `./` before it, so that no program takes it for an option.
/// Characters that could move a terminal's cursor are shown by stand-ins.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    let shown = if word.chars().any(char::is_control) { visible(word) } else { word.to_owned() };
    let shown = if shown.starts_with('-') && shown != "-" { format!("./{shown}") } else { shown };
    if !shown.is_empty()
        && shown.chars().all(|c| is_plain(c) || (c.is_alphanumeric() && !c.is_ascii()))
    {
        return shown;
    }
    format!("'{}'", shown.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, pasted) in [
            ("runs/a-1.jsonl", "runs/a-1.jsonl"),
            ("my file", "'my file'"),
            ("a;b", "'a;b'"),
            ("$HOME", "'$HOME'"),
            ("it's", "'it'\\''s'"),
            ("-x", "./-x"),
            ("- y", "'./- y'"),
            ("~/r", "'~/r'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(word), pasted);
        }
        let long = "x".repeat(300);
        assert_eq!(shell_word(&long), long);
    }
}
