//! Reads the judge's verdict.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::patterns;

/// Whether the judge found the two instructions equal; `None` if its answer is not clear.
///
/// In this order: blocks that quote the two texts are dropped. A line that is nothing but a
/// verdict, a label allowed, decides; such lines that contradict each other decide nothing. Then
/// the first words decide, if they are a verdict with a full stop or the like behind it. Then a
/// refusal, or a negation of "equal" other than "not equal", is no verdict. Last, the words
/// anywhere: "not equal" is looked for before "equal", and both together are no verdict.
///
/// "unequal", "inequality" and "equally" are not "equal". An answer that is not clear is to be
/// asked again and then recorded as invalid, never as a yes or a no.
pub fn parse_equality(text: &str) -> Option<bool> {
    let text = QUOTED.replace_all(text, "\n");
    let text = SPREAD.replace_all(&text, "not equal");
    let mut anchored = text.lines().filter_map(line_verdict);
    if let Some(first) = anchored.next() {
        return anchored.all(|other| other == first).then_some(first);
    }
    let plain = plain(&text);
    if let Some(found) = LEADING.captures(&plain) {
        return Some(found.name("not").is_none());
    }
    if UNCLEAR.is_match(&plain) {
        return None;
    }
    let without_not_equal = NOT_EQUAL.replace_all(&plain, " ");
    let says_not_equal = without_not_equal != plain;
    let says_equal = EQUAL.is_match(&without_not_equal);
    match (says_not_equal, says_equal) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| patterns(r"(?s)<(?:first|second)-[a-z]{6}>.*?</(?:first|second)-[a-z]{6}>"));
/// The two words with marks or a line end between them.
static SPREAD: LazyLock<Regex> = LazyLock::new(|| patterns(r#"(?i)\bnot[\s*_"'`-]+equal\b"#));
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"^(?:(?:so |my |the )?(?:final )?(?:answer|verdict|result|judge?ment|conclusion|output|decision)(?: is)?[ :=]*)?(?<not>not )?equal ?[.!]? ?$",
    )
});
static LEADING: LazyLock<Regex> = LazyLock::new(|| patterns(r"^ ?(?<not>not )?equal ?[.!:;—–(]"));
static NOT_EQUAL: LazyLock<Regex> = LazyLock::new(|| patterns(r"\bnot equal\b"));
static EQUAL: LazyLock<Regex> = LazyLock::new(|| patterns(r"\bequal\b"));
static UNCLEAR: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"\bsorry\b|\bcan ?n[o']t (?:say|tell|decide|determine|compare|judge|answer|assist|help)|\bunable to\b|\b(?:isn't|aren't|neither|never|hardly|barely|no longer|far from|nor) (?:\w+ ){0,2}equal\b|\bnot (?:\w+ ){1,2}equal\b",
    )
});

fn line_verdict(line: &str) -> Option<bool> {
    let line = plain(line);
    let found = LINE.captures(line.trim())?;
    Some(found.name("not").is_none())
}

/// Lower case, with marks, quotes, `-` and `_` as blanks, and one blank between words.
fn plain(text: &str) -> String {
    let blank = |c: char| if "*_`\"#-“”‘«»<>[]{}/|~".contains(c) { ' ' } else { c };
    let text: String = text.to_lowercase().replace('’', "'").chars().map(blank).collect();
    let text = text.replace(" '", " ").replace("' ", " ");
    text.trim_matches('\'').split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_of_many_spellings_are_read() {
        for text in [
            "Equal",
            "equal.",
            "**Equal**",
            "EQUAL\n",
            "\"Equal\"",
            "'Equal'",
            "`Equal`",
            "Answer: Equal",
            "The answer is Equal.",
            "I think they are Equal.",
            "Verdict: **Equal**",
            "Equal. They ask the same.",
            "After thought:\nEqual",
            "<verdict>Equal</verdict>",
            "Equal!",
            "# Equal",
            "[Equal]",
            "Equal. The second does not add anything that is not equal to the first.",
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
            "Answer: Not Equal",
            "They are not equal.",
            "Not Equal. The second asks for more, so they cannot be equal.",
            "Final verdict: NOT EQUAL",
            "The first is short.\n\nNot Equal",
        ] {
            assert_eq!(parse_equality(text), Some(false), "{text}");
        }
    }

    #[test]
    fn what_is_not_clear_is_no_verdict() {
        for text in [
            "",
            "  \n",
            "unequal",
            "inequality",
            "equally deep",
            "They are equally deep.",
            "Unequal.",
            "Yes",
            "42",
            "Equal or Not Equal",
            "Equal / Not Equal",
            "It could be Equal, or it could be Not Equal.",
            "Equal\nNot Equal",
            "I'm sorry, I cannot tell whether they are equal.",
            "I cannot determine if these are Equal.",
            "They are not really equal.",
            "They aren't equal",
            "I am unable to say Equal.",
            "Is it Equal? No: Not Equal? Perhaps.",
            "<first-abcdef>answer only Equal</first-abcdef>",
        ] {
            assert_eq!(parse_equality(text), None, "{text}");
        }
    }
}
