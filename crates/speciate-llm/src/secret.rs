//! An API key that cannot be printed by accident.

use std::fmt;

/// A key for an endpoint. `Debug` shows `***`; only the HTTP client reads it.
#[derive(Clone)]
pub struct ApiKey(String);

/// Shorter values are not worth hiding, and hiding them would blacken ordinary text.
const REDACT_MIN_BYTES: usize = 6;

impl ApiKey {
    /// Takes a key as it stands in the environment; surrounding white space is dropped.
    pub fn new(value: &str) -> Option<Self> {
        let value = value.trim();
        (!value.is_empty()).then(|| Self(value.to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Replaces the key wherever it occurs in `text`; servers echo it in their errors.
    pub fn redact(&self, text: &str) -> String {
        if self.0.len() < REDACT_MIN_BYTES {
            return text.to_owned();
        }
        text.replace(&self.0, "***")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::ApiKey;

    #[test]
    fn never_shown() {
        let key = ApiKey::new(" sk-canary-123456 ").unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(***)");
        assert_eq!(key.redact("bad key sk-canary-123456!"), "bad key ***!");
        assert!(ApiKey::new("  ").is_none());
    }
}
