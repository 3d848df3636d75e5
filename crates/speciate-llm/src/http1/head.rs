//! The head of a response: its status, its headers and what they say of the body.

use ::http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use ::http::{HeaderMap, StatusCode};
use bytes::{Buf as _, BytesMut};
use httparse::{EMPTY_HEADER, Header, Response, Status};

use super::body::Framing;
use super::fault::FrameFault;

const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 400 << 10;

/// A response without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// All headers, in order.
    pub headers: HeaderMap,
    /// Whether it was HTTP/1.0.
    pub(super) is_old: bool,
}

impl Head {
    /// An interim response, which another one follows. 101 ends HTTP on its connection.
    pub(super) fn is_interim(&self) -> bool {
        self.status.is_informational() && self.status != StatusCode::SWITCHING_PROTOCOLS
    }

    /// Whether the connection may carry another response after this one (RFC 9112, section 9.3).
    pub(super) fn keeps_alive(&self) -> bool {
        let says = |option: &str| {
            let values = self.headers.get_all(CONNECTION).into_iter();
            let mut options = values.filter_map(|value| value.to_str().ok()).flat_map(parts);
            options.any(|named| named.eq_ignore_ascii_case(option))
        };
        let is_closing = says("close") || (self.is_old && !says("keep-alive"));
        !is_closing && self.status != StatusCode::SWITCHING_PROTOCOLS
    }

    /// Where the body ends (RFC 9112, section 6.3).
    pub(super) fn framing(&self) -> Result<Framing, FrameFault> {
        let has_none = self.status.is_informational()
            || matches!(self.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if has_none {
            return Ok(Framing::Length(0));
        }
        if self.headers.contains_key(TRANSFER_ENCODING) {
            return self.coded();
        }
        Ok(self.content_length()?.map_or(Framing::UntilEnd, Framing::Length))
    }

    fn coded(&self) -> Result<Framing, FrameFault> {
        if self.is_old {
            return Err(FrameFault::Coding);
        }
        let last = self.headers.get_all(TRANSFER_ENCODING).into_iter().next_back();
        let last = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
        let is_chunked = last.is_some_and(|coding| coding.trim().eq_ignore_ascii_case("chunked"));
        Ok(if is_chunked { Framing::chunked() } else { Framing::UntilEnd })
    }

    /// The announced length; several that are equal are one.
    fn content_length(&self) -> Result<Option<u64>, FrameFault> {
        let mut length = None;
        for value in self.headers.get_all(CONTENT_LENGTH) {
            let value = value.to_str().map_err(|_no_text| FrameFault::Length)?;
            for one in parts(value).map(digits) {
                let one = one.ok_or(FrameFault::Length)?;
                if length.is_some_and(|before| before != one) {
                    return Err(FrameFault::Length);
                }
                length = Some(one);
            }
        }
        Ok(length)
    }
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

/// Digits and nothing else: `parse` would take a sign.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Takes a head from the front of `buffer`, if all of it is there.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Head>, FrameFault> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = Response::new(&mut headers);
    let Status::Complete(length) = parsed.parse(buffer).map_err(fault)? else {
        return check_size(buffer).map(|()| None);
    };
    if length > HEAD_BYTES_MAX {
        return Err(FrameFault::HeadTooLarge);
    }
    let status = StatusCode::from_u16(parsed.code.unwrap_or_default());
    let head = Head {
        status: status.map_err(|_out_of_range| FrameFault::Status)?,
        headers: copied(parsed.headers)?,
        is_old: parsed.version == Some(0),
    };
    buffer.advance(length);
    Ok(Some(head))
}

/// Whether a head that is not whole yet may grow further.
pub(super) fn check_size(buffer: &[u8]) -> Result<(), FrameFault> {
    if buffer.len() > HEAD_BYTES_MAX { Err(FrameFault::HeadTooLarge) } else { Ok(()) }
}

fn copied(parsed: &[Header<'_>]) -> Result<HeaderMap, FrameFault> {
    let mut headers = HeaderMap::with_capacity(parsed.len());
    for header in parsed {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_bytes(header.value);
        let (Ok(name), Ok(value)) = (name, value) else { return Err(FrameFault::Header) };
        headers.append(name, value);
    }
    Ok(headers)
}

fn fault(error: httparse::Error) -> FrameFault {
    match error {
        httparse::Error::Version => FrameFault::Version,
        httparse::Error::Status => FrameFault::Status,
        httparse::Error::TooManyHeaders => FrameFault::HeadTooLarge,
        httparse::Error::HeaderName
        | httparse::Error::HeaderValue
        | httparse::Error::NewLine
        | httparse::Error::Token => FrameFault::Header,
    }
}
