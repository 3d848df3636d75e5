//! Reads numbers out of a sentence by its pattern.

/// What the numbers of a refusal stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// `{m}`: the largest limit that an answer may have.
    pub(super) most: Option<u64>,
    /// `{w}`: the room for prompt and answer together.
    pub(super) window: Option<u64>,
    /// `{p}`: tokens of this prompt.
    pub(super) prompt: Option<u64>,
    /// `{r}`: prompt and limit of this request together.
    pub(super) total: Option<u64>,
}

/// How far `*` reaches.
const GAP_BYTES_MAX: usize = 160;

/// The numbers of `text`, if `pattern` is in it: `{m}`, `{w}`, `{p}` and `{r}` are numbers to keep,
/// `{x}` is the number above the largest limit, `{n}` any number, and `*` a few words.
pub(super) fn figures(pattern: &str, text: &str) -> Option<Figures> {
    let first = pattern.split(['{', '*']).next().unwrap_or_default();
    let starts = text.match_indices(first).map(|(at, _)| at);
    starts.into_iter().find_map(|at| behind(&pattern[first.len()..], &text[at + first.len()..]))
}

fn behind(pattern: &str, text: &str) -> Option<Figures> {
    let (mut pattern, mut text) = (pattern, text);
    let mut found = Figures::default();
    while !pattern.is_empty() {
        if let Some(rest) = pattern.strip_prefix('*') {
            let literal = rest.split(['{', '*']).next().unwrap_or_default();
            let at = text.find(literal).filter(|at| *at <= GAP_BYTES_MAX)?;
            (pattern, text) = (rest, &text[at..]);
        } else if let Some((name, rest)) = pattern.strip_prefix('{').and_then(|p| p.split_once('}'))
        {
            let (number, after) = number(text)?;
            found.keep(name, number);
            (pattern, text) = (rest, after);
        } else {
            let literal = pattern.split(['{', '*']).next().unwrap_or_default();
            text = text.strip_prefix(literal)?;
            pattern = &pattern[literal.len()..];
        }
    }
    Some(found)
}

impl Figures {
    fn keep(&mut self, name: &str, number: u64) {
        match name {
            "m" => self.most = Some(number),
            "x" => self.most = Some(number.saturating_sub(1)),
            "w" => self.window = Some(number),
            "p" => self.prompt = Some(number),
            "r" => self.total = Some(number),
            _ => {}
        }
    }
}

/// A number at the start of `text`, which may have commas between its digits.
fn number(text: &str) -> Option<(u64, &str)> {
    let text = text.trim_start();
    let is_inside = |at: usize, byte: u8| {
        byte.is_ascii_digit()
            || (byte == b',' && text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit))
    };
    let end = text.bytes().enumerate().find(|(at, byte)| !is_inside(*at, *byte));
    let end = end.map_or(text.len(), |(at, _)| at);
    let digits: String = text[..end].chars().filter(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns() {
        let read = figures("is {w} tokens*has {p} input", "x is 2,048 tokens and it has 17 input");
        let expected = Figures { window: Some(2_048), prompt: Some(17), ..Figures::default() };
        assert_eq!(read, Some(expected));
        assert_eq!(figures("below {x}", "keep below 8193").unwrap().most, Some(8_192));
        assert_eq!(
            figures("is {w} tokens", "it is good; this is 9 tokens").unwrap().window,
            Some(9)
        );
        for text in ["", "is tokens", "is 99999999999999999999999 tokens", "is 5 words"] {
            assert_eq!(figures("is {w} tokens", text), None, "{text}");
        }
        assert_eq!(figures("a*{m}", &format!("a{}9", "-".repeat(200))), None);
    }

    proptest! {
        #[test]
        fn any_text(text in "(is |[0-9]{1,3}|,| tokens|é|\\PC){0,20}") {
            let _ = figures("is {w} tokens*{p}", &text);
        }
    }
}
