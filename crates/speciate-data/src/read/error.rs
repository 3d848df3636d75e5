//! Why no seeds came out.

use std::io;

use super::{KNOWN_SHAPES, SeedReport};
use crate::visible::visible;

/// Why no seeds came out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// An input as a whole cannot be used. This is never skipped.
    #[error("cannot read seeds from `{}`: {message}", visible(file))]
    File {
        /// File name as given, `-` for standard input.
        file: String,
        /// The stable name, one of [`crate::code::ALL`].
        code: &'static str,
        /// What was found.
        message: String,
        /// What to do.
        help: Option<String>,
        /// What the system said, if it said anything.
        #[source]
        source: Option<io::Error>,
    },
    /// Some records are bad and the caller did not ask to skip them.
    #[error("{} of {} records cannot be used as seeds", report.skipped_bad, report.records)]
    Bad {
        /// Everything that was found, the good seeds included.
        report: Box<SeedReport>,
    },
}

impl ReadError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::File { help, .. } => help.clone(),
            Self::Bad { report } if report.seeds.is_empty() => Some(what_is_read()),
            Self::Bad { .. } => {
                Some("fix the records, or go on without them with --skip-bad".to_owned())
            }
        }
    }

    pub(super) fn file(name: &str, fault: FileFault) -> Self {
        let FileFault { code, message, help, source } = fault;
        Self::File { file: name.to_owned(), code, message, help, source }
    }
}

/// What to do when there is no seed in all the inputs.
pub fn what_is_read() -> String {
    format!("seeds are {KNOWN_SHAPES}; fields of other names with  --map instruction=FIELD")
}

/// What is wrong with an input as a whole, before it has a name.
#[derive(Debug)]
pub(crate) struct FileFault {
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
    pub source: Option<io::Error>,
}

impl FileFault {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, source: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn source(mut self, source: io::Error) -> Self {
        self.source = Some(source);
        self
    }
}
