//! The tags that the paper style asks for.

use std::sync::LazyLock;

use regex::Regex;

use super::EnvelopeError;
use crate::text::patterns;

static TAG: LazyLock<Regex> = LazyLock::new(|| patterns(r"(?i)<\s*(/?)\s*evolved\s*>"));

/// What stands between the tags of the last complete pair; `None` if there is no tag at all.
///
/// Several pairs are fine if they hold the same text.
pub(super) fn content(text: &str) -> Result<Option<&str>, EnvelopeError> {
    let mut open = None;
    let mut found: Option<&str> = None;
    for tag in TAG.captures_iter(text) {
        let (Some(whole), Some(slash)) = (tag.get(0), tag.get(1)) else { continue };
        match (slash.is_empty(), open) {
            (true, None) => open = Some(whole.end()),
            (true, Some(_)) => return Err(EnvelopeError::NestedTag),
            (false, None) => return Err(EnvelopeError::UnclosedTag),
            (false, Some(start)) => {
                let inner = text[start..whole.start()].trim();
                if found.is_some_and(|earlier| earlier != inner) {
                    return Err(EnvelopeError::SeveralAnswers);
                }
                found = Some(inner);
                open = None;
            }
        }
    }
    if open.is_some() { Err(EnvelopeError::UnclosedTag) } else { Ok(found) }
}

/// The reason with which the model says that a method does not fit; `None` if it says no such thing.
pub(crate) fn read_unfit(text: &str) -> Option<&str> {
    static UNFIT: LazyLock<Regex> =
        LazyLock::new(|| patterns(r"(?is)^\s*<unfit>\s*(.*?)\s*</unfit>\s*$"));
    let reason = UNFIT.captures(text)?.get(1)?.as_str();
    (!reason.is_empty() && !TAG.is_match(reason)).then_some(reason)
}

/// What stands behind a single opening tag that is never closed, as long as it is one paragraph.
pub(super) fn opened(text: &str) -> Option<&str> {
    let mut found = TAG.captures_iter(text);
    let (first, second) = (found.next()?, found.next());
    let is_opening = second.is_none() && first.get(1).is_some_and(|slash| slash.is_empty());
    let rest = text[first.get(0)?.end()..].trim();
    (is_opening && !rest.contains("\n\n")).then_some(rest)
}
