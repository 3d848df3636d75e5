//! A law that does not hold.

use std::fmt;

/// What was promised, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    law: &'static str,
    found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken law: {}: {}", self.law, self.found)
    }
}

/// Says that `law` does not hold.
pub(crate) fn broken<T>(law: &'static str, found: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { law, found: found.into() })
}

/// Says so unless `holds`.
pub(crate) fn must(
    holds: bool,
    law: &'static str,
    found: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds { Ok(()) } else { broken(law, found()) }
}
