//! Where the key goes: into one header, the one that the endpoint reads.

use ::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::Url;

use super::HttpModelError;
use super::address::is_azure;
use crate::secret::ApiKey;
use crate::wire::WireFormat;

/// Anthropic's (page "API overview"; its server wants the version of the format as well).
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Azure's (page "Azure OpenAI REST API reference").
const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// The header that carries `key` to `base`.
pub(super) fn key_header(
    wire: WireFormat,
    base: &Url,
    key: &ApiKey,
) -> Result<(HeaderName, HeaderValue), HttpModelError> {
    let (name, text) = match wire {
        WireFormat::Anthropic => (X_API_KEY, key.expose().to_owned()),
        WireFormat::OpenAi if is_azure(base) => (API_KEY, key.expose().to_owned()),
        WireFormat::OpenAi => (AUTHORIZATION, format!("Bearer {}", key.expose())),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_unprintable| HttpModelError::Key)?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The version of Anthropic's format that is spoken here; every request has to name it.
pub(super) fn version_header(wire: WireFormat) -> Option<(HeaderName, HeaderValue)> {
    (wire == WireFormat::Anthropic).then(|| {
        (HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"))
    })
}
