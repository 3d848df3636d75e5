//! How requests travel: by connections of our own where that is plain HTTP without a proxy, else
//! by the HTTP library's client with its TLS, proxies and compression.

use ::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use reqwest::Url;
use speciate_types::CallError;

use super::client::{Clients, proxy_variable};
use super::direct::{Direct, Streaming};
use super::fault::{Broken, Peer};
use super::{HttpModelError, Timeouts};

#[derive(Debug)]
pub(super) enum Transport {
    Direct(Direct),
    Library(Clients),
}

impl Transport {
    pub(super) fn new(base: &Url, timeouts: Timeouts) -> Result<Self, HttpModelError> {
        let is_plain = base.scheme() == "http" && proxy_variable(base).is_none();
        // Elsewhere a proxy can be set in the system.
        let is_direct =
            is_plain && (cfg!(target_os = "linux") || super::address::is_loopback(base));
        Ok(match Direct::new(base, timeouts).filter(|_| is_direct) {
            Some(direct) => Self::Direct(direct),
            None => Self::Library(Clients::new(base, timeouts)?),
        })
    }

    /// Sends a request and waits for the head of its response. `is_fresh` asks for a new connection.
    pub(super) async fn send(
        &self,
        request: &Outgoing<'_>,
        is_fresh: bool,
    ) -> Result<Incoming, Broken> {
        match self {
            Self::Direct(direct) => {
                Ok(Incoming::Direct(Box::new(direct.send(request, is_fresh).await?)))
            }
            Self::Library(clients) => {
                let client = if is_fresh { clients.fresh()? } else { &clients.pooled };
                let mut built = client.request(request.method.clone(), request.url.clone());
                built = built.headers(request.headers.clone());
                if let Some(body) = &request.body {
                    built = built.body(body.clone());
                }
                Ok(Incoming::Library(built.send().await?))
            }
        }
    }
}

/// A request that is to be sent.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

/// A response whose body is still to be read.
#[derive(Debug)]
pub(super) enum Incoming {
    Direct(Box<Streaming>),
    Library(reqwest::Response),
}

impl Incoming {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Direct(response) => response.status(),
            Self::Library(response) => response.status(),
        }
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        match self {
            Self::Direct(response) => response.headers(),
            Self::Library(response) => response.headers(),
        }
    }

    /// Bytes that are still to come, if that is known.
    pub(super) fn content_length(&self) -> Option<u64> {
        match self {
            Self::Direct(response) => response.content_length(),
            Self::Library(response) => response.content_length(),
        }
    }

    /// The next piece of the body; `None` at its end.
    pub(super) async fn chunk(&mut self, peer: &Peer) -> Result<Option<Bytes>, CallError> {
        let chunk = match self {
            Self::Direct(response) => response.chunk().await,
            Self::Library(response) => response.chunk().await.map_err(Broken::from),
        };
        chunk.map_err(|broken| peer.fault(&broken))
    }
}
