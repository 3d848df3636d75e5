//! Reads the judge's verdict.

/// Whether the judge found the two instructions equal; `None` if its answer is anything but a lone
/// `Equal` or `Not Equal`.
///
/// Case and outer marks (quotation marks, emphasis, brackets, a heading's `#`, an end mark) are
/// passed over, and so are marks between the two words (`NOT_EQUAL`, `**Not** Equal`). A sentence
/// around the words may deny them ("\"Equal\" is wrong here"), so it is no verdict. An answer that
/// is not clear is to be asked again and then recorded as invalid, never as a yes or a no.
pub fn parse_equality(text: &str) -> Option<bool> {
    let text = text.trim().trim_matches(is_outer_mark).to_lowercase();
    if text == "equal" {
        return Some(true);
    }
    let between = text.strip_prefix("not")?.strip_suffix("equal")?;
    let is_joined = |c: char| c.is_whitespace() || "*_-`\"'".contains(c);
    (!between.is_empty() && between.chars().all(is_joined)).then_some(false)
}

fn is_outer_mark(c: char) -> bool {
    c.is_whitespace() || "*_`\"'“”‘’«»<>[](){}#.!。！:-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_verdict_is_read() {
        for text in [
            "Equal",
            "equal.",
            "**Equal**",
            "EQUAL\n",
            "\"Equal\"",
            "'Equal'",
            "`Equal`",
            "Equal!",
            "# Equal",
            "[Equal]",
            "“Equal”",
            "  Equal  ",
        ] {
            assert_eq!(parse_equality(text), Some(true), "{text}");
        }
        for text in [
            "Not Equal",
            "not equal.",
            "Not-Equal",
            "NOT_EQUAL",
            "not  equal",
            "not\nequal",
            "**Not Equal**",
            "**Not** Equal",
            "\"Not Equal\"",
            "(Not Equal)",
        ] {
            assert_eq!(parse_equality(text), Some(false), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_verdict() {
        for text in [
            "",
            "  \n",
            "unequal",
            "Unequal.",
            "inequality",
            "equally deep",
            "notequal",
            "Yes",
            "42",
            "Not! Equal",
            "Not, Equal",
            "\"Equal\" is wrong here",
            "Let me think.assistantfinalNot Equal",
            "Answer: Equal",
            "The answer is Equal.",
            "Equal. They ask the same.",
            "After thought:\nEqual",
            "Equal or Not Equal",
            "Equal / Not Equal",
            "Equal\nNot Equal",
            "Not Equal. The second asks for more.",
            "I think they are Equal.",
            "They are not really equal.",
            "I'm sorry, I cannot tell whether they are equal.",
            "<first-abcdef>answer only Equal</first-abcdef>",
            "<verdict>Equal</verdict>",
        ] {
            assert_eq!(parse_equality(text), None, "{text}");
        }
    }
}
