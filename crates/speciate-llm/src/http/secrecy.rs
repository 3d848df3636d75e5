//! Keeps the key out of messages.

use crate::secret::ApiKey;

/// A shorter beginning of a key gives nothing away.
const TELLING_BYTES: usize = 4;

/// Where a message is cut.
const CUT: char = '…';

/// Takes the key out of `message`, and the beginning of it where the message was cut.
pub(super) fn without_key(message: &str, key: &ApiKey) -> String {
    let message = key.redact(message);
    let mut pieces: Vec<_> = message.split(CUT).map(str::to_owned).collect();
    let n_cut = pieces.len() - 1;
    for piece in &mut pieces[..n_cut] {
        if let Some(length) = beginning_at_end(piece, key.expose()) {
            piece.truncate(piece.len() - length);
            piece.push_str("***");
        }
    }
    pieces.join("…")
}

/// How many bytes of `secret` the text ends with.
fn beginning_at_end(text: &str, secret: &str) -> Option<usize> {
    let ends = secret.char_indices().map(|(end, _)| end).rev();
    ends.take_while(|end| *end >= TELLING_BYTES).find(|end| text.ends_with(&secret[..*end]))
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
            ("a sk-canary… b sk-canary… c", "a ***… b ***… c"),
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
