//! A body in chunks (RFC 9112, section 7.1).

use bytes::{Buf as _, BytesMut};

use super::body::take_of;
use super::fault::FrameFault;
use super::reader::Piece;

/// Most bytes of all extensions, and of all trailers: neither says anything to us.
const LINES_BYTES_MAX: usize = 16 << 10;

/// What comes next.
#[derive(Debug, Default)]
enum Next {
    /// The line with a chunk's size.
    #[default]
    Size,
    /// So much of a chunk.
    Data(u64),
    /// The end of the line behind a chunk.
    DataEnd,
    /// Lines up to an empty one.
    Trailers,
    /// The last line has come.
    Nothing,
}

#[derive(Debug, Default)]
pub(super) struct Chunks {
    next: Next,
    /// Bytes of extensions so far.
    extensions: usize,
    /// Bytes of trailers so far.
    trailers: usize,
}

impl Chunks {
    /// Takes what there is of the body from the front of `buffer`.
    pub(super) fn take(&mut self, buffer: &mut BytesMut) -> Result<Piece, FrameFault> {
        loop {
            let has_gone_on = match &mut self.next {
                Next::Nothing => return Ok(Piece::End),
                Next::Data(0) => {
                    self.next = Next::DataEnd;
                    true
                }
                Next::Data(left) => return Ok(take_of(left, buffer)),
                Next::Size => self.take_size(buffer)?,
                Next::DataEnd => self.take_data_end(buffer)?,
                Next::Trailers => self.take_trailer(buffer)?,
            };
            if !has_gone_on {
                return Ok(Piece::More);
            }
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self.next, Next::Nothing)
    }

    pub(super) fn cut(&self) -> FrameFault {
        match self.next {
            Next::Data(_) => FrameFault::Cut,
            _ => FrameFault::CutChunks,
        }
    }

    fn take_size(&mut self, buffer: &mut BytesMut) -> Result<bool, FrameFault> {
        let Some(line) = line(buffer) else {
            let is_long = self.extensions + buffer.len() > LINES_BYTES_MAX;
            return if is_long { Err(FrameFault::Extensions) } else { Ok(false) };
        };
        let (size, n_digits) = size(line)?;
        self.extensions += line.len() - n_digits - 1;
        if self.extensions > LINES_BYTES_MAX {
            return Err(FrameFault::Extensions);
        }
        buffer.advance(line.len() + 1);
        self.next = if size == 0 { Next::Trailers } else { Next::Data(size) };
        Ok(true)
    }

    fn take_data_end(&mut self, buffer: &mut BytesMut) -> Result<bool, FrameFault> {
        let end = &buffer[..buffer.len().min(2)];
        if !b"\r\n".starts_with(end) {
            return Err(FrameFault::ChunkEnd);
        }
        if end.len() < 2 {
            return Ok(false);
        }
        buffer.advance(2);
        self.next = Next::Size;
        Ok(true)
    }

    fn take_trailer(&mut self, buffer: &mut BytesMut) -> Result<bool, FrameFault> {
        let length = line(buffer).map(<[u8]>::len);
        if self.trailers + length.unwrap_or(buffer.len()) > LINES_BYTES_MAX {
            return Err(FrameFault::Trailers);
        }
        let Some(length) = length else { return Ok(false) };
        let is_last = matches!(&buffer[..length], b"" | b"\r");
        self.trailers += length + 1;
        buffer.advance(length + 1);
        if is_last {
            self.next = Next::Nothing;
        }
        Ok(true)
    }
}

/// Up to the first LF, which is left out.
fn line(buffer: &[u8]) -> Option<&[u8]> {
    let end = buffer.iter().position(|byte| *byte == b'\n')?;
    Some(&buffer[..end])
}

/// The size in a line `1a;name=value\r`, and how many digits it has.
fn size(line: &[u8]) -> Result<(u64, usize), FrameFault> {
    let line = line.strip_suffix(b"\r").ok_or(FrameFault::ChunkLine)?;
    let n_digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = line.split_at(n_digits);
    let is_ended = matches!(rest.trim_ascii_start().first(), None | Some(b';'));
    if digits.is_empty() || !is_ended || rest.contains(&b'\r') {
        return Err(FrameFault::ChunkLine);
    }
    let digits = std::str::from_utf8(digits).unwrap_or_default();
    let size = u64::from_str_radix(digits, 16).map_err(|_overflow| FrameFault::ChunkSize)?;
    Ok((size, n_digits))
}
