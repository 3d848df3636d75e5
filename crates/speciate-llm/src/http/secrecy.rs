//! Keeps the key out of messages.

use crate::secret::ApiKey;

/// A shorter beginning of a key gives nothing away.
const TELLING_BYTES: usize = 4;

/// Takes the key out of `message`, and the beginning of it where the message was cut.
pub(super) fn without_key(message: &str, key: &ApiKey) -> String {
    let message = key.redact(message);
    let Some(kept) = message.strip_suffix('…') else { return message };
    let secret = key.expose();
    let beginning = secret
        .char_indices()
        .map(|(end, _)| &secret[..end])
        .rev()
        .take_while(|beginning| beginning.len() >= TELLING_BYTES)
        .find(|beginning| kept.ends_with(beginning));
    match beginning {
        Some(beginning) => format!("{}***…", &kept[..kept.len() - beginning.len()]),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_key_is_hidden_too() {
        let key = ApiKey::new("sk-canary-123456").unwrap();
        for (message, clean) in [
            ("bad key sk-canary-123456!", "bad key ***!"),
            ("bad key sk-canary-12345…", "bad key ***…"),
            ("bad key sk-c…", "bad key ***…"),
            ("bad key sk-…", "bad key sk-…"),
            ("bad key sk-canary", "bad key sk-canary"),
            ("…", "…"),
        ] {
            assert_eq!(without_key(message, &key), clean);
        }
        let key = ApiKey::new("sk-é").unwrap();
        assert_eq!(without_key("sk-é…", &key), "sk-é…");
    }
}
