//! What can be wrong with operator files and weights.

/// An operator could not be read, or the set cannot be drawn from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// A file is not a valid operator.
    #[error("cannot read operator `{file}` at line {line}: {what}")]
    File {
        /// The file's name as given.
        file: String,
        /// Line within the file, from 1.
        line: usize,
        /// What was found.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A weight is given for an operator that does not exist.
    #[error("cannot weight operator `{name}`: no operator has this name")]
    UnknownOperator {
        /// The unknown name.
        name: String,
        /// What to do.
        hint: String,
    },
    /// A weight is negative, infinite or not a number, or all are 0.
    #[error("cannot draw operators: {what}")]
    Weight {
        /// What was found.
        what: String,
    },
}

impl OperatorError {
    /// The next step for the user.
    pub fn hint(&self) -> &str {
        match self {
            Self::File { hint, .. } | Self::UnknownOperator { hint, .. } => hint,
            Self::Weight { .. } => "give at least one operator a weight above 0",
        }
    }

    pub(super) fn file(
        file: &str,
        line: usize,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::File { file: file.to_owned(), line, what: what.into(), hint: hint.into() }
    }
}
