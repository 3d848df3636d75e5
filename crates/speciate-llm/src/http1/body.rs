//! Where a body ends.

use bytes::BytesMut;

use super::chunks::Chunks;
use super::fault::FrameFault;
use super::reader::Piece;

/// How the end of a body is told, and how much of it is still to come.
#[derive(Debug)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    /// In chunks, of which the last one is empty.
    Chunked(Chunks),
    /// With the connection.
    UntilEnd,
}

impl Framing {
    pub(super) fn chunked() -> Self {
        Self::Chunked(Chunks::default())
    }

    /// Bytes that are still to come, if that is known.
    pub(super) fn left(&self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(*left),
            Self::Chunked(_) | Self::UntilEnd => None,
        }
    }

    /// Takes what there is of the body from the front of `buffer`.
    pub(super) fn take(&mut self, buffer: &mut BytesMut) -> Result<Piece, FrameFault> {
        match self {
            Self::Length(0) => Ok(Piece::End),
            Self::Length(left) => Ok(take_of(left, buffer)),
            Self::Chunked(chunks) => chunks.take(buffer),
            Self::UntilEnd => {
                let mut no_limit = u64::MAX;
                Ok(take_of(&mut no_limit, buffer))
            }
        }
    }

    /// The connection has ended with nothing left in the buffer that could be taken.
    pub(super) fn end(&self) -> Result<(), FrameFault> {
        match self {
            Self::Length(0) | Self::UntilEnd => Ok(()),
            Self::Length(_) => Err(FrameFault::Cut),
            Self::Chunked(chunks) => Err(chunks.cut()),
        }
    }
}

/// At most `left` bytes, which become fewer by them.
pub(super) fn take_of(left: &mut u64, buffer: &mut BytesMut) -> Piece {
    let n = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
    if n == 0 {
        return Piece::More;
    }
    *left -= n as u64;
    // The usual case, a whole body, takes the buffer as it is.
    let data = if n == buffer.len() { std::mem::take(buffer) } else { buffer.split_to(n) };
    Piece::Data(data.freeze())
}
