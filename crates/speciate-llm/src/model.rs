//! The seam between the engine and whatever answers.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use speciate_types::{CallError, ChatRequest, ChatResponse};

/// A call under way.
pub type CallFuture = Pin<Box<dyn Future<Output = Result<ChatResponse, CallError>> + Send>>;

/// What a model says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// The name that requests carry, for example `qwen3-1.7b`.
    pub name: String,
    /// Where it runs, for people and for the store: a URL without credentials, or `embedded`.
    pub endpoint: String,
    /// Calls it can work on at once, if it knows.
    pub slots: Option<u32>,
    /// It runs here and costs nothing.
    pub is_free: bool,
}

/// Something that answers chat requests. One call is one try: no retry, no waiting for limits.
pub trait Model: Send + Sync + Debug {
    /// Sends `request` and waits for the whole answer.
    ///
    /// A cut answer is [`speciate_types::ErrorClass::Truncated`], never a success. Dropping the
    /// future gives the call up.
    fn call(&self, request: ChatRequest) -> CallFuture;

    /// What this model is.
    fn info(&self) -> ModelInfo;

    /// The parameters that are left out here, because the endpoint refused them or its wire format
    /// has no place for them: `temperature`, `seed`. Empty until a call has shown it; grows only.
    ///
    /// A limit that is only sent under another name (`max_completion_tokens`) is not among them.
    fn learned(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the endpoint has refused so far, to be kept and given to [`Model::teach`] when the
    /// model is set up again. Grows only.
    fn refused(&self) -> Vec<String> {
        Vec::new()
    }

    /// Takes what [`Model::refused`] gave in an earlier session, so that it is not sent again.
    /// Unknown names change nothing.
    fn teach(&self, _refused: &[String]) {}
}
