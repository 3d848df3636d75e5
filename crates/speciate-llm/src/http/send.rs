//! A request on its way, up to the head of its response.

use std::time::{Duration, Instant};

use ::http::header::CONTENT_TYPE;
use bytes::Bytes;
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use speciate_types::CallError;

use super::exchange::Inner;
use super::fault::is_dropped_connection;
use super::received::refuse_redirect;

/// A kept connection that the other side has closed shows it within a round trip.
const STALE_WITHIN: Duration = Duration::from_secs(1);

impl Inner {
    pub(super) async fn send(
        &self,
        method: Method,
        url: &Url,
        body: Option<Bytes>,
    ) -> Result<Response, CallError> {
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
        self.learned.answered();
        refuse_redirect(&response)?;
        Ok(response)
    }

    fn request(
        &self,
        client: &Client,
        method: Method,
        url: &Url,
        body: Option<Bytes>,
    ) -> RequestBuilder {
        let mut request = client.request(method, url.clone());
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value.clone());
        }
        request
    }

    /// Whether the request met a kept connection that the server had closed meanwhile, so that it
    /// has not been worked on and sending it again costs nothing.
    fn is_stale(&self, error: &reqwest::Error, after: Duration) -> bool {
        self.learned.has_answered() && after < STALE_WITHIN && is_dropped_connection(error)
    }
}
