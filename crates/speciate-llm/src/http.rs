//! Sends requests to an OpenAI-compatible endpoint. The only outgoing socket of a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use ::http::StatusCode;
use ::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use bytes::Bytes;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass};

mod fault;

use crate::model::{CallFuture, Model, ModelInfo};
use crate::openai::{Quirks, Reply, decode, encode};
use crate::retry_after::read_hints;
use crate::secret::ApiKey;

/// The three clocks of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect_ms: u64,
    /// Without a single byte, the whole generation of an unstreamed answer included.
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
    /// For example `http://localhost:8000/v1`.
    pub base_url: String,
    /// The key, if the endpoint wants one.
    pub key: Option<ApiKey>,
    /// The three clocks.
    pub timeouts: Timeouts,
}

/// The endpoint as given cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpModelError {
    /// Not an `http` or `https` address.
    #[error("expected a base url like `http://localhost:8000/v1`, found `{0}`")]
    BaseUrl(String),
    /// The key holds bytes that no header may carry.
    #[error("the api key holds characters that cannot be sent")]
    Key,
    /// The HTTP client could not be set up.
    #[error("cannot set up the http client")]
    Client(#[source] reqwest::Error),
}

/// Answers are read up to this size; a larger one is a fault, not data.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A pooled connection older than this may point at an address that is gone.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// A model behind an OpenAI-compatible endpoint.
#[derive(Debug, Clone)]
pub struct HttpModel(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    url: Url,
    model: String,
    endpoint: String,
    authorization: Option<HeaderValue>,
    key: Option<ApiKey>,
    quirks: AtomicU16,
}

impl HttpModel {
    /// A model named `model` at `endpoint`. Sends nothing yet.
    pub fn new(endpoint: &Endpoint, model: &str) -> Result<Self, HttpModelError> {
        let base = parse_base(&endpoint.base_url)?;
        let url = join(&base, "chat/completions")?;
        let client = client(&base, &endpoint.timeouts)?;
        let authorization = endpoint.key.as_ref().map(bearer).transpose()?;
        Ok(Self(Arc::new(Inner {
            client,
            url,
            model: model.to_owned(),
            endpoint: base.as_str().trim_end_matches('/').to_owned(),
            authorization,
            key: endpoint.key.clone(),
            quirks: AtomicU16::new(0),
        })))
    }

    /// The models that the endpoint lists, sorted. Used before a run and by `doctor`.
    pub async fn list(endpoint: &Endpoint) -> Result<Vec<String>, CallError> {
        let config =
            |error: HttpModelError| CallError::new(ErrorClass::BadConfig, error.to_string());
        let model = Self::new(endpoint, "").map_err(config)?;
        let base = parse_base(&endpoint.base_url).map_err(config)?;
        let url = join(&base, "models").map_err(config)?;
        let (status, _, body) = model.0.send(model.0.client.get(url)).await?;
        let reply =
            Reply { status: status.as_u16(), hints: crate::ResponseHints::default(), body: &body };
        if status != StatusCode::OK {
            return Err(model.0.clean(crate::openai::classify_status(&reply)));
        }
        #[derive(serde::Deserialize)]
        struct Listed {
            id: String,
        }
        #[derive(serde::Deserialize)]
        struct List {
            data: Vec<Listed>,
        }
        let list: List = serde_json::from_slice(&body).map_err(|error| {
            CallError::new(
                ErrorClass::Malformed,
                format!("the list of models cannot be read: {error}"),
            )
        })?;
        let mut names: Vec<_> = list.data.into_iter().map(|listed| listed.id).collect();
        names.sort();
        Ok(names)
    }
}

impl Model for HttpModel {
    fn call(&self, request: ChatRequest) -> CallFuture {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { inner.call(&request).await.map_err(|error| inner.clean(error)) })
    }

    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: self.0.model.clone(),
            endpoint: self.0.endpoint.clone(),
            slots: None,
            is_free: false,
        }
    }
}

impl Inner {
    async fn call(&self, request: &ChatRequest) -> Result<ChatResponse, CallError> {
        loop {
            let quirks = Quirks::from_bits(self.quirks.load(Ordering::Relaxed));
            let body = encode(&self.model, request, quirks);
            let post = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
            let (status, hints, body) = self.send(post.body(body)).await?;
            let reply = Reply { status: status.as_u16(), hints, body: &body };
            // A refused parameter costs nothing and is learned once, so it is not a try of its own.
            match crate::openai::refused_parameter(&reply) {
                Some(learned) if !quirks.has(learned) => {
                    self.quirks.fetch_or(learned.bits(), Ordering::Relaxed);
                }
                _ => return decode(&self.model, request, &reply),
            }
        }
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<(StatusCode, crate::ResponseHints, Bytes), CallError> {
        let request = match &self.authorization {
            Some(value) => request.header(AUTHORIZATION, value.clone()),
            None => request,
        };
        let response =
            request.send().await.map_err(|error| fault::of_transport(&error, &self.endpoint))?;
        let (status, hints) = (response.status(), read_hints(response.headers()));
        if status.is_redirection() {
            let to =
                response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("?");
            let message = format!(
                "the endpoint redirects, which is refused: check the base url; it points to `{to}`"
            );
            let mut error = CallError::new(ErrorClass::BadConfig, message);
            error.status = Some(status.as_u16());
            return Err(error);
        }
        Ok((status, hints, self.body(response).await?))
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Bytes, CallError> {
        let mut chunks = Vec::new();
        let transport = |error: &reqwest::Error| fault::of_transport(error, &self.endpoint);
        while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error))? {
            if chunks.is_empty() && response_is_whole(&response, &chunk) {
                return Ok(chunk);
            }
            chunks.extend_from_slice(&chunk);
            if chunks.len() > BODY_BYTES_MAX {
                let message = format!("the answer is larger than {} MiB", BODY_BYTES_MAX >> 20);
                let mut error = CallError::new(ErrorClass::Malformed, message);
                error.maybe_billed = true;
                return Err(error);
            }
        }
        Ok(chunks.into())
    }

    /// Takes the key out of whatever a server echoed.
    fn clean(&self, mut error: CallError) -> CallError {
        if let Some(key) = &self.key {
            error.message = key.redact(&error.message);
        }
        error
    }
}

/// The first chunk is the whole body: the usual case, without a copy.
fn response_is_whole(response: &reqwest::Response, chunk: &Bytes) -> bool {
    response.content_length() == Some(chunk.len() as u64) && chunk.len() <= BODY_BYTES_MAX
}

fn parse_base(text: &str) -> Result<Url, HttpModelError> {
    let wrong = || HttpModelError::BaseUrl(without_credentials(text));
    let mut url: Url = text.trim().parse().map_err(|_not_a_url| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(wrong());
    }
    let path = url.path().trim_end_matches('/').trim_end_matches("/chat/completions").to_owned();
    url.set_path(&path);
    Ok(url)
}

/// A mistyped URL is shown back, but not what stands before its `@` or after its `?`.
fn without_credentials(text: &str) -> String {
    let text = text.split('?').next().unwrap_or_default();
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!("{}://***{}", &text[..scheme], &text[at..])
        }
        _ => text.to_owned(),
    }
}

fn join(base: &Url, path: &str) -> Result<Url, HttpModelError> {
    format!("{}/{path}", base.as_str().trim_end_matches('/'))
        .parse()
        .map_err(|_not_a_url| HttpModelError::BaseUrl(base.to_string()))
}

fn bearer(key: &ApiKey) -> Result<HeaderValue, HttpModelError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
        .map_err(|_unprintable| HttpModelError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

fn client(base: &Url, timeouts: &Timeouts) -> Result<Client, HttpModelError> {
    crate::install_tls_provider();
    let builder = Client::builder()
        .user_agent(concat!("speciate/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .http1_only()
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(60))
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(usize::MAX)
        .connect_timeout(Duration::from_millis(timeouts.connect_ms))
        .read_timeout(Duration::from_millis(timeouts.silence_ms))
        .timeout(Duration::from_millis(timeouts.total_ms));
    // A model on this machine is never behind the company's proxy.
    let builder = if is_loopback(base) { builder.no_proxy() } else { builder };
    builder.build().map_err(HttpModelError::Client)
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for (given, expected) in [
            ("http://localhost:8000/v1", Some("http://localhost:8000/v1/chat/completions")),
            ("http://localhost:8000/v1/", Some("http://localhost:8000/v1/chat/completions")),
            (
                "https://a.example/x/v1/chat/completions",
                Some("https://a.example/x/v1/chat/completions"),
            ),
            ("http://127.0.0.1:9", Some("http://127.0.0.1:9/chat/completions")),
            ("localhost:8000/v1", None),
            ("ftp://a.example", None),
            ("http://user:secret@a.example/v1", None),
            ("https://a.example/v1?key=secret", None),
            ("", None),
        ] {
            let url = parse_base(given).and_then(|base| join(&base, "chat/completions"));
            match (url, expected) {
                (Ok(url), Some(expected)) => assert_eq!(url.as_str(), expected),
                (Err(error), None) => assert!(!error.to_string().contains("secret"), "{error}"),
                (url, expected) => panic!("{given}: {url:?}, expected {expected:?}"),
            }
        }
    }
}
