//! From bytes to JSON of the agreed shape, or to what they are instead.

use serde::de::{DeserializeOwned, IgnoredAny};
use speciate_types::{CallError, ErrorClass};

use super::quote::{quote_bytes, shorten, without_markup};
use crate::answer::after_work;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a body that came with status 200.
pub(crate) fn parse<Body: DeserializeOwned>(bytes: &[u8]) -> Result<Body, CallError> {
    let bytes = without_comments(bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        let (class, found) = judge(bytes, &error);
        after_work((class, format!("expected json from the endpoint, found {found}")), None)
    })
}

/// A body behind its byte order mark, blank lines and the comments of event streams (`: PROCESSING`),
/// which gateways send as signs of life in front of JSON too.
pub(crate) fn without_comments(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii_start();
    while rest.first() == Some(&b':') {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        rest = rest[end..].trim_ascii_start();
    }
    rest
}

/// A body that ends early or is no JSON at all is the network's fault or a proxy's; one that is
/// complete JSON of another shape is the server's.
fn judge(bytes: &[u8], error: &serde_json::Error) -> (ErrorClass, String) {
    let unreadable = || {
        (
            ErrorClass::Malformed,
            format!("json that cannot be read ({})", shorten(&without_markup(&error.to_string()))),
        )
    };
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => (ErrorClass::Transient, "an empty body".to_owned()),
        Some(b'{' | b'[') if error.is_eof() => {
            (ErrorClass::Transient, "a body that was cut".to_owned())
        }
        Some(b'{' | b'[') => unreadable(),
        Some(_) if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() => unreadable(),
        Some(_) => (ErrorClass::Transient, format!("something else: {}", quote_bytes(bytes))),
    }
}
