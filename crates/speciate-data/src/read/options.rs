//! What the caller decides about reading.

use super::FieldMap;

/// Largest record that is read unless the caller says otherwise: 8 MiB.
pub const DEFAULT_MAX_RECORD_BYTES: usize = 8 << 20;

/// What the caller decides about reading.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Where the fields are, when the record's own shape is not to be looked for.
    pub map: Option<FieldMap>,
    /// Go on without the bad records instead of refusing all.
    pub skip_bad: bool,
    /// Stop after this many seeds; what follows is not looked at.
    pub limit: Option<usize>,
    /// Largest record in bytes; a larger one is a bad record.
    pub max_record_bytes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { map: None, skip_bad: false, limit: None, max_record_bytes: DEFAULT_MAX_RECORD_BYTES }
    }
}
