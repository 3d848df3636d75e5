//! One request and its answer.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use ::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use bytes::Bytes;
use reqwest::{Client, Method, Url};
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass};

use super::address::{join, parse_base};
use super::client::{Clients, proxy_variable};
use super::fault::{Peer, is_dropped_connection};
use super::received::{Received, read_body, refuse_redirect};
use super::secrecy::without_key;
use super::{Endpoint, HttpModelError};
use crate::openai::{Quirks, decode, encode, refused_parameter};
use crate::retry_after::read_hints;
use crate::secret::ApiKey;

/// A kept connection that the other side has closed shows it within a round trip.
const STALE_WITHIN: Duration = Duration::from_secs(1);
const CHAT: &str = "chat/completions";

/// All that a model's calls share.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) model: String,
    pub(super) peer: Peer,
    base: Url,
    chat: Url,
    clients: Clients,
    authorization: Option<HeaderValue>,
    key: Option<ApiKey>,
    /// [`Quirks`] learned so far.
    quirks: AtomicU16,
    /// Whether a connection may have been kept.
    has_answered: AtomicBool,
}

impl Inner {
    pub(super) fn new(endpoint: &Endpoint, model: &str) -> Result<Self, HttpModelError> {
        let base = parse_base(&endpoint.base_url)?;
        Ok(Self {
            model: model.to_owned(),
            peer: Peer {
                endpoint: base.as_str().trim_end_matches('/').to_owned(),
                is_tls: base.scheme() == "https",
                proxy_variable: proxy_variable(&base),
            },
            chat: join(&base, CHAT)?,
            clients: Clients::new(&base, endpoint.timeouts)?,
            authorization: endpoint.key.as_ref().map(bearer).transpose()?,
            key: endpoint.key.clone(),
            quirks: AtomicU16::new(0),
            has_answered: AtomicBool::new(false),
            base,
        })
    }

    /// One try, sent again only where that costs nothing: without a refused parameter, which is
    /// learned for good.
    pub(super) async fn call(&self, request: &ChatRequest) -> Result<ChatResponse, CallError> {
        loop {
            let quirks = Quirks::from_bits(self.quirks.load(Ordering::Relaxed));
            let body = encode(&self.model, request, quirks);
            let got = self.exchange(Method::POST, &self.chat, Some(body.into())).await?;
            match refused_parameter(&got.reply()) {
                Some(learned) if !quirks.has(learned) => {
                    self.quirks.fetch_or(learned.bits(), Ordering::Relaxed);
                }
                _ => {
                    return decode(&self.model, request, &got.reply())
                        .map_err(|error| self.with_address(error, CHAT));
                }
            }
        }
    }

    /// Gets one of the API's paths.
    pub(super) async fn get(&self, path: &str) -> Result<Received, CallError> {
        let url = join(&self.base, path)
            .map_err(|error| CallError::new(ErrorClass::BadConfig, error.to_string()))?;
        self.exchange(Method::GET, &url, None).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: &Url,
        body: Option<Bytes>,
    ) -> Result<Received, CallError> {
        let began = Instant::now();
        let send = |client: &Client| {
            let request = self.request(client, method.clone(), url, body.clone());
            request.send()
        };
        let mut sent = send(&self.clients.pooled).await;
        if let Err(error) = &sent
            && self.is_stale(error, began.elapsed())
            && let Ok(fresh) = self.clients.fresh()
        {
            sent = send(fresh).await;
        }
        let response = sent.map_err(|error| self.peer.fault(&error))?;
        self.has_answered.store(true, Ordering::Relaxed);
        refuse_redirect(&response)?;
        let (status, hints) = (response.status().as_u16(), read_hints(response.headers()));
        Ok(Received { status, hints, body: read_body(response, &self.peer).await? })
    }

    fn request(
        &self,
        client: &Client,
        method: Method,
        url: &Url,
        body: Option<Bytes>,
    ) -> reqwest::RequestBuilder {
        let mut request = client.request(method, url.clone());
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        match &self.authorization {
            Some(value) => request.header(AUTHORIZATION, value.clone()),
            None => request,
        }
    }

    /// Whether the request met a kept connection that the server had closed meanwhile, so that it
    /// has not been worked on and sending it again costs nothing.
    fn is_stale(&self, error: &reqwest::Error, after: Duration) -> bool {
        self.has_answered.load(Ordering::Relaxed)
            && after < STALE_WITHIN
            && is_dropped_connection(error)
    }

    /// Says which address was asked, where that is what may be wrong.
    pub(super) fn with_address(&self, mut error: CallError, path: &str) -> CallError {
        if matches!(error.status, Some(404 | 405)) {
            let hint = if self.peer.endpoint.ends_with("/v1") { "" } else { "; most end in `/v1`" };
            let asked = format!(" (asked {}/{path}{hint})", self.peer.endpoint);
            error.message.push_str(&asked);
        }
        error
    }

    /// Takes the key out of whatever a server echoed.
    pub(super) fn clean(&self, mut error: CallError) -> CallError {
        if let Some(key) = &self.key {
            error.message = without_key(&error.message, key);
        }
        error
    }
}

fn bearer(key: &ApiKey) -> Result<HeaderValue, HttpModelError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
        .map_err(|_unprintable| HttpModelError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}
