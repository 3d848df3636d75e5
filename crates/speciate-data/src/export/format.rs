//! The names of the export formats.

use std::fmt;
use std::str::FromStr;

/// A shape of exported rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// Every record with its whole story.
    Records,
    /// `{"messages": [{"role": "user", …}, {"role": "assistant", …}]}`
    Messages,
    /// `{"instruction": …, "input": "", "output": …}`
    Alpaca,
    /// `{"id": …, "conversations": [{"from": "human", …}, {"from": "gpt", …}]}`
    Sharegpt,
}

impl ExportFormat {
    /// Every format, the default for training first.
    pub const ALL: [Self; 4] = [Self::Messages, Self::Alpaca, Self::Sharegpt, Self::Records];

    /// The name used in options.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Messages => "messages",
            Self::Alpaca => "alpaca",
            Self::Sharegpt => "sharegpt",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no export format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`: expected `messages`, `alpaca`, `sharegpt` or `records`")]
pub struct UnknownFormat(String);

impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}
