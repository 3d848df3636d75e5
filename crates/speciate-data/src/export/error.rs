//! Why a file could not be written.

use std::io;
use std::path::PathBuf;

use speciate_types::InstructionId;

/// Why a file could not be written. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is a file of that name and the caller did not ask to replace it.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// The target is a directory, device or pipe.
    #[error("cannot write to `{}`: it is {kind}, not a file", path.display())]
    NotAFile {
        /// The target.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The name says another format than the one that is written.
    #[error("`{}` has the name of a {named} file, but {written} would be written", path.display())]
    Misnamed {
        /// The target.
        path: PathBuf,
        /// What its name stands for.
        named: &'static str,
        /// What would be in it.
        written: &'static str,
    },
    /// The file cannot be made or put in its place.
    #[error("cannot write `{}`", path.display())]
    Create {
        /// The target.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Bytes could not be written.
    #[error("writing rows failed")]
    Write {
        /// What the system said.
        #[from]
        source: io::Error,
    },
    /// A record cannot be written as JSON.
    #[error("cannot write the row of instruction {id}")]
    Row {
        /// Which one.
        id: InstructionId,
        /// Why.
        source: serde_json::Error,
    },
}
