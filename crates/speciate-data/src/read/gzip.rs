//! gzip data of one or more members, and whatever stands behind them.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use flate2::bufread::GzDecoder;

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads member after member; what is no member ends the data and is remembered.
///
/// Zeros are padding, which tapes and some programs leave.
pub(super) struct Members<R> {
    member: Option<GzDecoder<R>>,
    has_rubbish: Rc<Cell<bool>>,
}

impl<R: BufRead> Members<R> {
    /// `has_rubbish` becomes true when something that is not gzip follows a whole member.
    pub(super) fn new(input: R, has_rubbish: Rc<Cell<bool>>) -> Self {
        Self { member: Some(GzDecoder::new(input)), has_rubbish }
    }

    fn next_member(&self, mut input: R) -> io::Result<Option<GzDecoder<R>>> {
        loop {
            let rest = input.fill_buf()?;
            let Some(&first) = rest.first() else { return Ok(None) };
            if first == 0 {
                input.consume(1);
            } else if first == MAGIC[0] && rest.get(1).is_none_or(|second| *second == MAGIC[1]) {
                return Ok(Some(GzDecoder::new(input)));
            } else {
                self.has_rubbish.set(true);
                return Ok(None);
            }
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(mut member) = self.member.take() {
            let n_read = member.read(buffer)?;
            if n_read > 0 || buffer.is_empty() {
                self.member = Some(member);
                return Ok(n_read);
            }
            self.member = self.next_member(member.into_inner())?;
        }
        Ok(0)
    }
}
