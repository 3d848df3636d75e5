//! Sends requests to an endpoint in the wire format that it speaks. The only outgoing socket of a
//! run.

use std::sync::Arc;

use speciate_types::{CallError, ChatRequest, ErrorClass};

mod address;
mod authorities;
mod client;
mod dial;
mod direct;
mod ends;
mod exchange;
mod fault;
mod key_header;
mod learned;
mod list;
mod nearest;
mod noted;
mod received;
mod redirect;
mod room;
mod secrecy;
mod send;
mod streamed;
mod transport;

use crate::model::{CallFuture, Model, ModelInfo};
use crate::secret::ApiKey;
use crate::stream_choice::StreamMode;
use crate::wire::WireFormat;
use exchange::Inner;
use transport::Way;

/// The three clocks of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect_ms: u64,
    /// Without a single byte; for an unstreamed answer the whole generation, while a stream is read
    /// the time between two pieces of it.
    pub silence_ms: u64,
    /// For the whole try, however many bytes drip in.
    pub total_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect_ms: 10_000, silence_ms: 120_000, total_ms: 600_000 }
    }
}

/// Where a model is served.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// For example `http://localhost:8000/v1`. Only Azure's `?api-version=…` may follow the path.
    pub base_url: String,
    /// The key, if the endpoint wants one. It goes into the one header that the endpoint reads.
    pub key: Option<ApiKey>,
    /// The three clocks.
    pub timeouts: Timeouts,
    /// What the endpoint speaks.
    pub wire: WireFormat,
    /// When answers are asked for as streams.
    pub stream: StreamMode,
}

impl Endpoint {
    /// An OpenAI-compatible endpoint at `base_url` without a key, with the usual clocks.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key: None,
            timeouts: Timeouts::default(),
            wire: WireFormat::default(),
            stream: StreamMode::default(),
        }
    }
}

/// The endpoint as given cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpModelError {
    /// Not an `http` or `https` address.
    #[error("expected a base url like `http://localhost:8000/v1`, found `{0}`")]
    BaseUrl(String),
    /// No place for a model server, and a dangerous one for keys.
    #[error(
        "cannot use the link-local address `{0}`, where clouds give out keys: \
         name the model server's address in its network"
    )]
    LinkLocal(String),
    /// The key holds bytes that no header may carry.
    #[error("the api key holds characters that cannot be sent")]
    Key,
    /// The file with the certificate authorities is of no use.
    #[error(
        "cannot use {variable}=`{path}`: {problem}; \
         name a PEM file with the certificate of your authority, or unset {variable}"
    )]
    Authorities {
        /// The environment variable.
        variable: &'static str,
        /// What it names.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The HTTP client could not be set up.
    #[error("cannot set up the http client")]
    Client(#[source] reqwest::Error),
}

/// A model behind an endpoint.
#[derive(Debug, Clone)]
pub struct HttpModel(Arc<Inner>);

impl HttpModel {
    /// A model named `model` at `endpoint`. Sends nothing yet.
    pub fn new(endpoint: &Endpoint, model: &str) -> Result<Self, HttpModelError> {
        Ok(Self(Arc::new(Inner::new(endpoint, model, Way::Usual)?)))
    }

    /// For tests: over the HTTP library where connections of our own would do.
    #[doc(hidden)]
    pub fn over_library(endpoint: &Endpoint, model: &str) -> Result<Self, HttpModelError> {
        Ok(Self(Arc::new(Inner::new(endpoint, model, Way::Library)?)))
    }

    /// Tells the model what [`HttpModel::list`] gave, so that an endpoint that does not know it gets
    /// the nearest name into its error. Only the first list counts.
    #[must_use]
    pub fn with_listed(self, listed: Vec<String>) -> Self {
        self.0.listed.get_or_init(|| listed);
        self
    }

    /// The models that the endpoint lists, sorted. Used before a run and by `doctor`.
    pub async fn list(endpoint: &Endpoint) -> Result<Vec<String>, CallError> {
        list_by(endpoint, Way::Usual).await
    }

    /// For tests: [`HttpModel::list`] over the HTTP library.
    #[doc(hidden)]
    pub async fn list_over_library(endpoint: &Endpoint) -> Result<Vec<String>, CallError> {
        list_by(endpoint, Way::Library).await
    }
}

async fn list_by(endpoint: &Endpoint, way: Way) -> Result<Vec<String>, CallError> {
    let inner = Inner::new(endpoint, "", way)
        .map_err(|error| CallError::new(ErrorClass::BadConfig, error.to_string()))?;
    list::list(&inner).await.map_err(|error| inner.clean(error))
}

impl Model for HttpModel {
    fn call(&self, request: ChatRequest) -> CallFuture {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { inner.call(&request).await.map_err(|error| inner.clean(error)) })
    }

    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: self.0.model.clone(),
            endpoint: self.0.peer.endpoint.clone(),
            slots: None,
            is_free: false,
        }
    }

    fn learned(&self) -> Vec<String> {
        self.0.learned.lessons()
    }

    fn refused(&self) -> Vec<String> {
        self.0.learned.refused()
    }

    fn teach(&self, refused: &[String]) {
        self.0.learned.teach(refused);
    }
}
