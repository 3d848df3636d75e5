//! Why a call failed, by what can be done about it.

use serde::{Deserialize, Serialize};

/// The class of a failed try. Each class has one action; see the table in `docs/errors.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// Too many requests just now: wait, and send fewer. Does not use up the call's attempts.
    Throttled,
    /// The server is overloaded: back off; uses attempts.
    Overloaded,
    /// The network or server stumbled: try again; uses attempts.
    Transient,
    /// Money or quota is gone: stop, and say how to resume.
    Exhausted,
    /// The key is wrong or lost its rights: stop, and say how to resume.
    Auth,
    /// The endpoint or recipe is wrong: stop now.
    BadConfig,
    /// This request can never work: the item fails.
    BadItem,
    /// The answer was cut: one try with a larger limit.
    Truncated,
    /// The provider's filter took the answer away: asked once more.
    Filtered,
    /// The model refused by protocol: asked once more.
    Refused,
    /// The answer held nothing: asked once more.
    Empty,
    /// The answer was not of the agreed shape: asked once more.
    Malformed,
    /// This machine's fault (descriptors, memory, disk): never blamed on the endpoint.
    LocalFault,
}

impl ErrorClass {
    /// Every class, in the order of the table.
    pub const ALL: [Self; 13] = [
        Self::Throttled,
        Self::Overloaded,
        Self::Transient,
        Self::Exhausted,
        Self::Auth,
        Self::BadConfig,
        Self::BadItem,
        Self::Truncated,
        Self::Filtered,
        Self::Refused,
        Self::Empty,
        Self::Malformed,
        Self::LocalFault,
    ];

    /// The stable name, for records and `speciate explain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Overloaded => "overloaded",
            Self::Transient => "transient",
            Self::Exhausted => "exhausted",
            Self::Auth => "auth",
            Self::BadConfig => "bad-config",
            Self::BadItem => "bad-item",
            Self::Truncated => "truncated",
            Self::Filtered => "filtered",
            Self::Refused => "refused",
            Self::Empty => "empty",
            Self::Malformed => "malformed",
            Self::LocalFault => "local-fault",
        }
    }

    /// The class of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// One failed try of a call.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What can be done about it.
    pub class: ErrorClass,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// For people: what was found. Never holds a key.
    pub message: String,
    /// How long the server asked us to wait.
    pub retry_after_ms: Option<u64>,
    /// Tokens that were used (and perhaps paid) all the same.
    pub usage: Option<crate::Usage>,
    /// The request may have reached the server, so it may have been billed.
    pub maybe_billed: bool,
    /// Nobody said anything for so long that we, or a gateway on the way, stopped waiting.
    pub is_silence: bool,
}

impl CallError {
    /// An error of `class` that says `message`.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self {
            class,
            status: None,
            message: message.into(),
            retry_after_ms: None,
            usage: None,
            maybe_billed: false,
            is_silence: false,
        }
    }
}
