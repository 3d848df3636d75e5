//! Reads one request from the front of a buffer.

/// Most bytes of a request line with its headers.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of a request.
const HEADERS_MAX: usize = 64;

/// A complete request, borrowed from the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// As sent, such as `POST`.
    pub method: &'a str,
    /// The target up to its query.
    pub path: &'a str,
    /// The value of `authorization`, or else of Anthropic's `x-api-key`, if any.
    pub authorization: Option<&'a str>,
    /// Whether the client wants to use the connection again.
    pub keeps_alive: bool,
    /// The bytes after the head.
    pub body: &'a [u8],
}

/// What the front of a buffer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// Not all of a request yet.
    Partial {
        /// The head is complete and the client waits for `100 Continue` before it sends the body.
        awaits_continue: bool,
    },
    /// A whole request and its length in bytes, head and body.
    Complete(Request<'a>, usize),
    /// Nothing that can be answered; the connection is of no further use.
    Bad(BadRequest),
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRequest {
    /// Breaks the grammar; says where.
    Syntax(&'static str),
    /// A body without a length, or in chunks.
    LengthMissing,
    /// A body over the limit.
    BodyTooLarge,
    /// A head over the limits.
    HeadTooLarge,
    /// Neither HTTP/1.1 nor HTTP/1.0.
    Version,
}

impl BadRequest {
    /// The status that answers it.
    pub fn status(self) -> u16 {
        match self {
            Self::Syntax(_) => 400,
            Self::LengthMissing => 411,
            Self::BodyTooLarge => 413,
            Self::HeadTooLarge => 431,
            Self::Version => 505,
        }
    }

    /// What is wrong, for people.
    pub fn message(self) -> &'static str {
        match self {
            Self::Syntax(place) => place,
            Self::LengthMissing => "a body needs a content-length",
            Self::BodyTooLarge => "the body is over the limit",
            Self::HeadTooLarge => "the head is over the limit",
            Self::Version => "only HTTP/1.1 and HTTP/1.0 are spoken here",
        }
    }
}

/// Reads the request at the front of `buffer`.
///
/// Never panics, whatever the bytes are. The result for a buffer that grows is `Partial` until it
/// is something else, and that then stays. Bodies over `body_bytes_max` are refused by their
/// announced length, before they arrive. Costs O(head).
pub fn parse(buffer: &[u8], body_bytes_max: usize) -> Parsed<'_> {
    // A TLS greeting or other noise must not wait for an end of head that never comes.
    if buffer.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
        return Parsed::Bad(BadRequest::Syntax("the request line does not start with a method"));
    }
    let window = &buffer[..buffer.len().min(HEAD_BYTES_MAX)];
    let Some(head_end) = window.windows(4).position(|four| four == b"\r\n\r\n") else {
        return match buffer.len() {
            HEAD_BYTES_MAX.. => Parsed::Bad(BadRequest::HeadTooLarge),
            _ => Parsed::Partial { awaits_continue: false },
        };
    };
    match parse_head(&buffer[..head_end]) {
        Ok(head) => with_body(buffer, head_end + 4, &head, body_bytes_max),
        Err(bad) => Parsed::Bad(bad),
    }
}

fn with_body<'a>(
    buffer: &'a [u8],
    body_start: usize,
    head: &Head<'a>,
    body_bytes_max: usize,
) -> Parsed<'a> {
    let n_bytes = match head.n_bytes {
        Some(n_bytes) if n_bytes > body_bytes_max => return Parsed::Bad(BadRequest::BodyTooLarge),
        Some(n_bytes) => n_bytes,
        None if head.method == "POST" => return Parsed::Bad(BadRequest::LengthMissing),
        None => 0,
    };
    let end = body_start.saturating_add(n_bytes);
    let Some(body) = buffer.get(body_start..end) else {
        let awaits_continue = head.awaits_continue && buffer.len() == body_start;
        return Parsed::Partial { awaits_continue };
    };
    let request = Request {
        method: head.method,
        path: head.path,
        authorization: head.authorization,
        keeps_alive: head.keeps_alive,
        body,
    };
    Parsed::Complete(request, end)
}

struct Head<'a> {
    method: &'a str,
    path: &'a str,
    authorization: Option<&'a str>,
    keeps_alive: bool,
    n_bytes: Option<usize>,
    awaits_continue: bool,
    has_host: bool,
}

fn parse_head(bytes: &[u8]) -> Result<Head<'_>, BadRequest> {
    let text = str::from_utf8(bytes).map_err(|_| BadRequest::Syntax("the head is not text"))?;
    let mut lines = text.split("\r\n");
    let (mut head, is_old) = parse_request_line(lines.next().unwrap_or_default())?;
    for (line_idx, line) in lines.enumerate() {
        if line_idx == HEADERS_MAX {
            return Err(BadRequest::HeadTooLarge);
        }
        let (name, value) = parse_header(line)?;
        apply_header(&mut head, name, value)?;
    }
    if !head.has_host && !is_old {
        return Err(BadRequest::Syntax("the host header is missing"));
    }
    Ok(head)
}

/// The head that a request line begins, and whether it speaks HTTP/1.0.
fn parse_request_line(line: &str) -> Result<(Head<'_>, bool), BadRequest> {
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(BadRequest::Syntax("the request line does not have three words"));
    };
    let is_method =
        (1..=16).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase());
    let is_target = target.starts_with('/') && target.bytes().all(|b| b.is_ascii_graphic());
    if !is_method || !is_target {
        return Err(BadRequest::Syntax("the request line has no usable method or target"));
    }
    let is_old = match version {
        "HTTP/1.1" => false,
        "HTTP/1.0" => true,
        _ => return Err(BadRequest::Version),
    };
    let path = target.split('?').next().unwrap_or(target);
    let head = Head {
        method,
        path,
        authorization: None,
        keeps_alive: !is_old,
        n_bytes: None,
        awaits_continue: false,
        has_host: false,
    };
    Ok((head, is_old))
}

fn parse_header(line: &str) -> Result<(&str, &str), BadRequest> {
    let (name, value) = line.split_once(':').ok_or(BadRequest::Syntax("a header has no colon"))?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(BadRequest::Syntax("a header has a bad name"));
    }
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err(BadRequest::Syntax("a header has a control character"));
    }
    Ok((name, value.trim_matches([' ', '\t'])))
}

fn apply_header<'a>(head: &mut Head<'a>, name: &str, value: &'a str) -> Result<(), BadRequest> {
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    if is("content-length") {
        let is_second = head.n_bytes.is_some();
        head.n_bytes = Some(
            parse_length(value)
                .filter(|_| !is_second)
                .ok_or(BadRequest::Syntax("the content-length is not one number"))?,
        );
    } else if is("transfer-encoding") {
        return Err(BadRequest::LengthMissing);
    } else if is("host") {
        if head.has_host {
            return Err(BadRequest::Syntax("there are two host headers"));
        }
        head.has_host = true;
    } else if is("authorization") {
        head.authorization = Some(value);
    } else if is("x-api-key") {
        head.authorization = head.authorization.or(Some(value));
    } else if is("connection") {
        let has = |word: &str| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word));
        head.keeps_alive = (head.keeps_alive || has("keep-alive")) && !has("close");
    } else if is("expect") {
        head.awaits_continue = value.eq_ignore_ascii_case("100-continue");
    }
    Ok(())
}

/// Only digits: `usize::from_str` would take a sign.
fn parse_length(value: &str) -> Option<usize> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A length beyond `usize` is a number, and over any limit.
    Some(value.parse().unwrap_or(usize::MAX))
}
