//! A simulated model server, with capacity and faults.
//!
//! The room answers like an OpenAI-compatible endpoint, and in Anthropic's format too: it evolves, judges and responds with
//! plausible text, takes time like a server with continuous batching, and goes wrong on request in
//! every way that `speciate` promises to survive. `speciate mock` ships it, tests run it in
//! process, benchmarks measure against it.
//!
//! * [`answer`] is the model: a pure function of the request.
//! * [`MockServer`] is the server around it, with [`Capacity`] for its speed and [`MockStats`] for
//!   what it saw.
//! * [`FaultScript`] says which request meets which [`FaultKind`].
//!
//! It must never know another room of the workspace: what it recognises in a prompt is the written
//! contract, so that a mistake in the prompts is not repeated here. It must never listen beyond
//! loopback, never open a connection, and never read a clock into an answer.

mod answer;
mod capacity;
mod chat;
mod completion;
mod config;
mod fault;
pub mod http;
mod preset;
mod server;
mod slots;
mod stats;
mod tokens;

pub use answer::{AnswerKind, Finish, MockAnswer, Quality, answer};
pub use capacity::{Capacity, UsualTokens};
pub use chat::{ChatError, Dialect, Message, ParsedRequest, Role};
pub use config::{ConfigError, MockConfig};
pub use fault::{FaultKind, FaultRule, FaultScript, HitBy, ScriptError};
pub use preset::{PRESETS, preset};
pub use server::{MockServer, RunningMock};
pub use stats::MockStats;
