//! What a rule saw, for people.

use std::fmt;

use crate::text::excerpt;

const QUOTE_CHARS_MAX: usize = 120;

/// What a rule saw, in words that quote the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence(String);

impl Evidence {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Words of ours, then a quotation of at most 120 characters.
    pub(super) fn quote(what: &str, found: &str) -> Self {
        Self(format!("{what}: `{}`", excerpt(found, QUOTE_CHARS_MAX)))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Evidence> for String {
    fn from(evidence: Evidence) -> Self {
        evidence.0
    }
}
