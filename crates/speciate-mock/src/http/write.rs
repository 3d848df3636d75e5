//! Writes the head of an answer.

/// What becomes of a connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It waits for the next request.
    KeepAlive,
    /// It is closed.
    Close,
}

/// The head of an answer, before its body.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The status code.
    pub status: u16,
    /// The type of the body; empty leaves the header out.
    pub content_type: &'a str,
    /// The announced length; `None` announces chunks.
    pub n_bytes: Option<usize>,
    /// What the head says about the connection.
    pub after: After,
}

impl Head<'_> {
    /// Appends the head, with `extra` header lines (without line ends) as they are.
    pub fn write(&self, out: &mut Vec<u8>, extra: &[String]) {
        let mut line = |parts: &[&str]| {
            for part in parts {
                out.extend_from_slice(part.as_bytes());
            }
            out.extend_from_slice(b"\r\n");
        };
        line(&["HTTP/1.1 ", &self.status.to_string(), " ", reason(self.status)]);
        if !self.content_type.is_empty() {
            line(&["content-type: ", self.content_type]);
        }
        match self.n_bytes {
            Some(n_bytes) => line(&["content-length: ", &n_bytes.to_string()]),
            None => line(&["transfer-encoding: chunked"]),
        }
        if self.after == After::Close {
            line(&["connection: close"]);
        }
        for header in extra {
            line(&[header]);
        }
        line(&[]);
    }
}

/// Appends one chunk of a chunked body.
pub(crate) fn chunk(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(format!("{:x}\r\n", bytes.len()).as_bytes());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// Ends a chunked body.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The usual phrase for a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        529 => "Site is overloaded",
        _ => "Unknown",
    }
}
