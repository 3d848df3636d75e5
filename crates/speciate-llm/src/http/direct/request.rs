//! The bytes of a request in front of its body.

use ::http::header::HeaderValue;

use crate::http::transport::Outgoing;

/// Headers of an address and values of a configuration, which were made fit to be sent before.
pub(super) fn head(outgoing: &Outgoing<'_>, host: &HeaderValue) -> Vec<u8> {
    let url = outgoing.url;
    let mut head = Vec::with_capacity(512);
    let mut add = |parts: &[&[u8]]| parts.iter().for_each(|part| head.extend_from_slice(part));
    add(&[outgoing.method.as_str().as_bytes(), b" ", url.path().as_bytes()]);
    if let Some(query) = url.query() {
        add(&[b"?", query.as_bytes()]);
    }
    add(&[b" HTTP/1.1\r\nhost: ", host.as_bytes(), b"\r\n"]);
    for (name, value) in outgoing.headers() {
        add(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
    }
    // Whoever says nothing takes all.
    add(&[b"accept-encoding: identity\r\n"]);
    if let Some(body) = &outgoing.body {
        add(&[b"content-length: ", body.len().to_string().as_bytes(), b"\r\n"]);
    }
    add(&[b"\r\n"]);
    head
}
