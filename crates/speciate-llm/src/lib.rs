//! One way to reach a model: an endpoint that speaks OpenAI's or Anthropic's format, or the embedded
//! engine.
//!
//! A [`Model`] makes exactly one try of one request. When to try again, how many at a time and at
//! what price are pure decisions in [`retry`], [`limit`] and [`budget`], which the engine takes.
//!
//! This room must never know what an instruction, an operator or a run directory is.

mod answer;
pub mod anthropic;
pub mod budget;
#[cfg(feature = "embedded")]
pub mod embedded;
mod http;
pub mod http1;
pub mod limit;
pub mod local;
mod model;
pub mod openai;
mod partial;
mod plumbing;
pub mod retry;
mod retry_after;
mod secret;
pub mod sse;
mod stream;
mod stream_choice;
mod wire;

pub use http::{Endpoint, HttpModel, HttpModelError, Timeouts};
pub use model::{CallFuture, Model, ModelInfo};
pub use plumbing::{Split, split_plumbing};
pub use retry_after::{ResponseHints, read_hints};
pub use secret::ApiKey;
pub use stream::StreamReader;
pub use stream_choice::StreamMode;
pub use wire::WireFormat;

/// Makes `ring` the process's TLS provider. Harmless to call again.
pub fn install_tls_provider() {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        // Another part of the process was first; any provider will do.
    }
}
