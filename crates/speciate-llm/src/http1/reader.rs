//! The state between two pieces of a response.

use bytes::{Bytes, BytesMut};

use super::body::Framing;
use super::fault::FrameFault;
use super::head::{Head, check_size, take};

/// So much of a head is looked at whenever a byte comes.
const FIRST_BYTES: usize = 1024;

/// What comes next of a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of it, at least one.
    Data(Bytes),
    /// Nothing as long as no more has come in.
    More,
    /// It was whole.
    End,
}

/// Reads one response, whatever the borders of the pieces in which it comes.
#[derive(Debug, Default)]
pub struct ResponseReader {
    buffer: BytesMut,
    /// Once there was a head.
    body: Option<Framing>,
    keeps_alive: bool,
    /// No more bytes will come.
    is_cut: bool,
    /// The end of a line has come since the head was last looked for.
    has_line: bool,
}

impl ResponseReader {
    /// Takes the next bytes; none say that the connection has ended.
    pub fn push(&mut self, bytes: &[u8]) {
        self.is_cut |= bytes.is_empty();
        self.has_line |= bytes.contains(&b'\n');
        self.buffer.extend_from_slice(bytes);
    }

    /// The head, once it is whole. Interim responses are passed over.
    ///
    /// # Errors
    ///
    /// [`FrameFault`] if what has come is no response; the reader is of no use afterwards.
    pub fn head(&mut self) -> Result<Option<Head>, FrameFault> {
        while let Some(head) = self.next_head()? {
            if !head.is_interim() {
                self.body = Some(head.framing()?);
                self.keeps_alive = head.keeps_alive();
                return Ok(Some(head));
            }
        }
        if self.is_cut { Err(FrameFault::Dropped) } else { Ok(None) }
    }

    fn next_head(&mut self) -> Result<Option<Head>, FrameFault> {
        // Parsing begins anew each time. What is no HTTP shows in its first bytes; after them only
        // the end of a line brings more, so that a head that drips in costs little.
        let brings_more = self.has_line || self.is_cut || self.buffer.len() <= FIRST_BYTES;
        if self.buffer.is_empty() || !brings_more {
            return check_size(&self.buffer).map(|()| None);
        }
        let head = take(&mut self.buffer)?;
        // Another one may follow at once.
        self.has_line = head.is_some();
        Ok(head)
    }

    /// Bytes of the body that are still to come, if that is known.
    pub fn left(&self) -> Option<u64> {
        self.body.as_ref().and_then(Framing::left)
    }

    /// The next piece of the body. Before the head was taken there is none.
    ///
    /// # Errors
    ///
    /// [`FrameFault`] if it is no body of the kind that the head says, or was cut.
    pub fn piece(&mut self) -> Result<Piece, FrameFault> {
        let Some(body) = &mut self.body else { return Ok(Piece::More) };
        let piece = body.take(&mut self.buffer)?;
        if piece == Piece::More && self.is_cut {
            return body.end().map(|()| Piece::End);
        }
        Ok(piece)
    }

    /// Whether the connection may carry another response: this one was read to its end, and nothing
    /// has come behind it.
    pub fn can_be_followed(&self) -> bool {
        let is_at_end = match &self.body {
            Some(Framing::Length(left)) => *left == 0,
            Some(Framing::Chunked(chunks)) => chunks.has_ended(),
            Some(Framing::UntilEnd) | None => false,
        };
        is_at_end && self.keeps_alive && !self.is_cut && self.buffer.is_empty()
    }
}
