//! The words of speciate: plain values that every room shares.
//!
//! A [`Seed`] becomes an instruction of round 0. A [`Job`] asks for calls; each [`ChatRequest`]
//! is answered by a [`ChatResponse`] or a [`CallError`]; what the job concludes from the
//! [`CallOutcome`] is an [`InstructionRecord`] with one [`Verdict`].
//!
//! This room holds values and the one pure trait [`Job`]. It must never do IO, read a clock,
//! draw a random number or know a file format, a provider or a terminal.

mod call;
mod chat;
mod clock;
mod fault;
mod id;
mod job;
mod record;
mod seed;
mod usage;
mod verdict;

pub use call::{Answer, CallKey, CallOutcome, FailedTry, Failure, Ticket};
pub use chat::{ChatMessage, ChatRequest, ChatResponse, FinishReason, MessageRole, Sampling};
pub use clock::{Clock, UnixMillis, format_rfc3339};
pub use fault::{CallError, ErrorClass};
pub use id::{InstructionId, keyed_u64};
pub use job::{Job, JobError, Role, Step, StoredRecord, Tally, Wanted};
pub use record::{InstructionRecord, Kind, RoleModels};
pub use seed::{Seed, SeedSource};
pub use usage::{NanoUsd, Price, Usage};
pub use verdict::{Verdict, VerdictKind};
