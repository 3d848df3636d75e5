//! A call: one request with its answer, tokens, price and every try.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ChatResponse, ErrorClass, NanoUsd, Usage};

/// Names a call within its run, for example `9f2c…/judge/1`. The same work has the same key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallKey(Box<str>);

impl CallKey {
    /// The key of this text.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A job's own number for a call that it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A try that failed, kept beside the call's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTry {
    /// What kind of failure.
    pub class: ErrorClass,
    /// HTTP status, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was found.
    pub message: String,
    /// How long it took.
    pub duration_ms: u64,
    /// It may have been billed although no answer was stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub maybe_billed: bool,
    /// It did not fail: it was given up because another try of the same call ended first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given_up: bool,
}

/// A call that was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The answer.
    pub response: ChatResponse,
    /// Tries that it took, at least 1.
    pub tries: u32,
    /// Tokens of all tries together.
    pub usage: Usage,
    /// Price of all tries together; `None` when the model's price is not known.
    pub cost: Option<NanoUsd>,
}

/// A call that failed for good.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The class of the last try.
    pub class: ErrorClass,
    /// What the last try found.
    pub message: String,
    /// Tries that were made, at least 1.
    pub tries: u32,
    /// Tokens of all tries together.
    pub usage: Usage,
    /// Price of all tries together; `None` when the model's price is not known.
    pub cost: Option<NanoUsd>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum CallOutcome {
    /// With an answer.
    Answered(Answer),
    /// Without one, for good.
    Failed(Failure),
}

impl CallOutcome {
    /// Tokens of all tries together.
    pub fn usage(&self) -> Usage {
        match self {
            Self::Answered(answer) => answer.usage,
            Self::Failed(failure) => failure.usage,
        }
    }

    /// Price of all tries together; `None` when the model's price is not known.
    pub fn cost(&self) -> Option<NanoUsd> {
        match self {
            Self::Answered(answer) => answer.cost,
            Self::Failed(failure) => failure.cost,
        }
    }

    /// Tries that were made.
    pub fn tries(&self) -> u32 {
        match self {
            Self::Answered(answer) => answer.tries,
            Self::Failed(failure) => failure.tries,
        }
    }
}
