//! What can be wrong with the frame of a response.

/// The bytes are no whole response.
///
/// Worded as the HTTP library words them, so that the same fault reads the same on either transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// It ended before its head was whole.
    #[error("connection closed before message completed")]
    Dropped,
    /// It does not begin as HTTP/1 does.
    #[error("invalid HTTP version parsed")]
    Version,
    /// No three digits.
    #[error("invalid HTTP status-code parsed")]
    Status,
    /// A header that is none.
    #[error("invalid HTTP header parsed")]
    Header,
    /// More than 100 headers, or more than 400 KiB.
    #[error("message head is too large")]
    HeadTooLarge,
    /// A length that is no number, or two that differ.
    #[error("invalid content-length parsed")]
    Length,
    /// HTTP/1.0 has no transfer codings.
    #[error("unexpected transfer-encoding parsed")]
    Coding,
    /// It ended within its body.
    #[error("end of file before message length reached")]
    Cut,
    /// It ended between two chunks.
    #[error("unexpected EOF during chunk size line")]
    CutChunks,
    /// A chunk's line without a number, or with something else behind it.
    #[error("Invalid chunk size line: missing size digit")]
    ChunkLine,
    /// A chunk's size beyond 64 bits.
    #[error("invalid chunk size: overflow")]
    ChunkSize,
    /// A chunk is not followed by the end of a line.
    #[error("Invalid chunk body CR")]
    ChunkEnd,
    /// More than 16 KiB of extensions.
    #[error("chunk extensions over limit")]
    Extensions,
    /// More than 16 KiB of trailers.
    #[error("chunk trailers count overflow")]
    Trailers,
}
