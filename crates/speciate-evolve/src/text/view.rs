//! A text together with what rules make of it.

use std::cell::OnceCell;
use std::ops::Deref;

use super::fold;

/// A text that several rules look at. It reads as the text itself; what they share of it is worked
/// out when it is first asked for, and once.
#[derive(Debug, Clone, Default)]
pub struct Text<'a> {
    raw: &'a str,
    folded: OnceCell<String>,
}

impl Text<'_> {
    /// NFKC, case folded, white space squeezed.
    pub(crate) fn folded(&self) -> &str {
        self.folded.get_or_init(|| fold(self.raw))
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(raw: &'a str) -> Self {
        Self { raw, folded: OnceCell::new() }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.raw
    }
}
