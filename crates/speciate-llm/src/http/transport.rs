//! How requests travel: by connections of our own where that is plain HTTP without a proxy, else
//! by the HTTP library's client with its TLS, proxies and compression.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use ::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use reqwest::Url;
use speciate_types::CallError;

use super::address::is_loopback;
use super::client::{Clients, proxy_variable};
use super::direct::{Direct, Streaming};
use super::fault::{Broken, Peer};
use super::noted::Noted;
use super::{HttpModelError, Timeouts};

static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Which transport is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The one that the address wants.
    Usual,
    /// The library's, also where connections of our own would do.
    Library,
}

#[derive(Debug)]
pub(super) struct Transport {
    /// Our own, where the address allows them.
    direct: Option<Direct>,
    /// Set up when it is first needed.
    library: OnceLock<Clients>,
    /// An answer came compressed, though that was not asked for: only the library can read those.
    is_compressed: AtomicBool,
    base: Url,
    timeouts: Timeouts,
}

impl Transport {
    pub(super) fn new(base: &Url, timeouts: Timeouts, way: Way) -> Result<Self, HttpModelError> {
        let is_plain = base.scheme() == "http" && proxy_variable(base).is_none();
        // Elsewhere a proxy can be set in the system.
        let can_be_direct = is_plain && (cfg!(target_os = "linux") || is_loopback(base));
        let is_direct = can_be_direct && way == Way::Usual;
        let transport = Self {
            direct: Direct::new(base, timeouts).filter(|_| is_direct),
            library: OnceLock::new(),
            is_compressed: AtomicBool::new(false),
            base: base.clone(),
            timeouts,
        };
        if base.scheme() == "https" {
            super::authorities::check()?;
        }
        if transport.direct.is_none() {
            transport.library().map_err(HttpModelError::Client)?;
        }
        Ok(transport)
    }

    /// Sends a request and waits for the head of its response. `is_fresh` asks for a new connection.
    pub(super) async fn send(
        &self,
        request: &Outgoing<'_>,
        is_fresh: bool,
    ) -> Result<Incoming, Broken> {
        if let Some(direct) = &self.direct
            && !self.is_compressed.load(Ordering::Relaxed)
        {
            let response = direct.send(request, is_fresh).await?;
            if response.is_compressed() {
                self.is_compressed.store(true, Ordering::Relaxed);
            }
            return Ok(Incoming::Direct(Box::new(response)));
        }
        let clients = self.library()?;
        let client = if is_fresh { clients.fresh()? } else { &clients.pooled };
        let mut built = client.request(request.method.clone(), request.url.clone());
        for (name, value) in request.headers() {
            built = built.header(name, value);
        }
        let deadline = Instant::now() + Duration::from_millis(self.timeouts.total_ms);
        let is_fetched = Arc::new(AtomicBool::new(false));
        if let Some(body) = &request.body {
            let body = Noted::new(body.clone(), Arc::clone(&is_fetched));
            built = built.body(reqwest::Body::wrap(body));
        }
        let sent = built.send().await;
        let sent = sent.map_err(|error| Broken::from(error).by(deadline));
        let has_connection = request.body.is_none() || is_fetched.load(Ordering::Relaxed);
        let sent = sent.map_err(|broken| if has_connection { broken } else { broken.early() });
        Ok(Incoming::Library(sent?, deadline))
    }

    fn library(&self) -> Result<&Clients, reqwest::Error> {
        if let Some(clients) = self.library.get() {
            return Ok(clients);
        }
        let clients = Clients::new(&self.base, self.timeouts)?;
        Ok(self.library.get_or_init(|| clients))
    }
}

/// A request that is to be sent.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Option<Bytes>,
}

impl Outgoing<'_> {
    /// All headers but those that a transport adds for itself.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let of_body = self.body.is_some().then_some((&CONTENT_TYPE, &JSON));
        self.headers.iter().chain(of_body)
    }
}

/// A response whose body is still to be read.
#[derive(Debug)]
pub(super) enum Incoming {
    Direct(Box<Streaming>),
    /// With the time by which the whole of it has to be there.
    Library(reqwest::Response, Instant),
}

impl Incoming {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Direct(response) => response.status(),
            Self::Library(response, _) => response.status(),
        }
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        match self {
            Self::Direct(response) => response.headers(),
            Self::Library(response, _) => response.headers(),
        }
    }

    /// Bytes that are still to come, if that is known.
    pub(super) fn content_length(&self) -> Option<u64> {
        match self {
            Self::Direct(response) => response.content_length(),
            Self::Library(response, _) => response.content_length(),
        }
    }

    /// The next piece of the body; `None` at its end.
    pub(super) async fn chunk(&mut self, peer: &Peer) -> Result<Option<Bytes>, CallError> {
        let chunk = match self {
            Self::Direct(response) => response.chunk().await,
            Self::Library(response, deadline) => {
                response.chunk().await.map_err(|error| Broken::from(error).by(*deadline))
            }
        };
        chunk.map_err(|broken| peer.fault(&broken))
    }
}
