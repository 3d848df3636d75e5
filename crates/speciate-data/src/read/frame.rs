//! One record's bytes and where they were, before anybody reads them.

use super::scan::is_json_space;

/// Bytes that are kept of a record that is too long, for the excerpt.
const KEPT_OF_TOO_LONG: usize = 4096;

/// One record's bytes and where they began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub bytes: Vec<u8>,
    /// Line of the first byte, from 1.
    pub line: u64,
    /// Column of the first byte in characters, from 1.
    pub column: u64,
    pub fault: Option<FrameFault>,
}

/// Why a frame is bad whatever its bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameFault {
    /// It has this many bytes, more than the limit.
    TooLong { bytes: usize, max: usize },
    /// Two commas with nothing between them.
    EmptyElement,
    /// The file ended before the array did.
    UnclosedArray,
    /// Something follows the array.
    AfterArray,
}

impl Frame {
    pub(crate) fn new(line: u64, column: u64) -> Self {
        Self { bytes: Vec::new(), line, column, fault: None }
    }

    /// Appends bytes up to the limit; beyond it only counts them.
    pub(crate) fn push(&mut self, bytes: &[u8], max: usize) {
        match &mut self.fault {
            Some(FrameFault::TooLong { bytes: total, .. }) => *total += bytes.len(),
            _ if self.bytes.len() + bytes.len() <= max => self.bytes.extend_from_slice(bytes),
            _ => self.overflow(bytes, max),
        }
    }

    fn overflow(&mut self, bytes: &[u8], max: usize) {
        let total = self.bytes.len() + bytes.len();
        let missing = KEPT_OF_TOO_LONG.saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(missing));
        self.bytes.truncate(KEPT_OF_TOO_LONG);
        self.bytes.shrink_to_fit();
        self.fault = Some(FrameFault::TooLong { bytes: total, max });
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.iter().all(|byte| is_json_space(*byte))
    }
}
