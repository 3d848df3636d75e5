//! A simple estimate of tokens, so that usage and service time have sensible sizes.

/// Letters and digits of one word that go into one token.
const WORD_BYTES: u32 = 6;

/// Estimates how many tokens `text` has.
///
/// A word costs one for every six bytes begun, a punctuation mark one, a character outside ASCII
/// one, white space nothing. Costs O(bytes).
pub(crate) fn count(text: &str) -> u64 {
    scan(text, u64::MAX).0
}

/// The longest beginning of `text` that has at most `tokens_max` tokens.
pub(crate) fn cut(text: &str, tokens_max: u64) -> &str {
    &text[..scan(text, tokens_max).1]
}

/// The first boundary between characters at `at` or after it.
pub(crate) fn boundary_from(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// The tokens of the longest beginning with at most `tokens_max`, and its length in bytes.
fn scan(text: &str, tokens_max: u64) -> (u64, usize) {
    let mut tokens = 0;
    let mut word = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        let starts = if byte.is_ascii_alphanumeric() {
            word += 1;
            word % WORD_BYTES == 1
        } else {
            word = 0;
            // Continuation bytes (10xxxxxx) belong to the character before them.
            !byte.is_ascii_whitespace() && byte & 0xC0 != 0x80
        };
        if starts {
            if tokens == tokens_max {
                return (tokens, at);
            }
            tokens += 1;
        }
    }
    (tokens, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_cuts() {
        for (text, expected) in
            [("", 0), ("a b", 2), ("extraordinary", 3), ("1+1=?", 5), ("日本 é", 3), ("\n\n", 0)]
        {
            assert_eq!(count(text), expected, "{text}");
        }
        assert_eq!(cut("one two three", 2), "one two ");
        assert_eq!(cut("日本", 1), "日");
        assert_eq!(cut("short", 9), "short");
        assert_eq!(cut("any", 0), "");
    }
}
