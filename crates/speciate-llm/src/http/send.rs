//! A request on its way, up to the head of its response.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use ::http::Method;
use bytes::Bytes;
use reqwest::Url;
use speciate_types::{CallError, ErrorClass};

use super::exchange::Inner;
use super::fault::Broken;
use super::redirect::{HOPS_MAX, redirect};
use super::transport::{Incoming, Outgoing};

/// A kept connection that the other side has closed shows it within a round trip.
const STALE_WITHIN: Duration = Duration::from_secs(1);

impl Inner {
    pub(super) async fn send(
        &self,
        method: Method,
        url: &Url,
        body: Option<Bytes>,
    ) -> Result<Incoming, CallError> {
        let mut url = Cow::Borrowed(url);
        for _ in 0..HOPS_MAX {
            let response = self.send_once(method.clone(), &url, body.clone()).await?;
            if let Some(target) = redirect(&response, &url)? {
                url = Cow::Owned(target);
                continue;
            }
            if let (Cow::Owned(target), true) = (url, method == Method::POST) {
                self.moved.get_or_init(|| target);
            }
            return Ok(response);
        }
        let message = format!("{} redirects in a circle: check `base_url`", self.peer.endpoint);
        Err(CallError::new(ErrorClass::BadConfig, message))
    }

    async fn send_once(
        &self,
        method: Method,
        url: &Url,
        body: Option<Bytes>,
    ) -> Result<Incoming, CallError> {
        let began = Instant::now();
        let request = Outgoing { method, url, headers: &self.headers, body };
        let mut sent = self.transport.send(&request, false).await;
        if let Err(broken) = &sent
            && self.is_stale(broken, began.elapsed())
        {
            sent = self.transport.send(&request, true).await;
        }
        let response = sent.map_err(|broken| self.peer.fault(&broken))?;
        self.learned.answered();
        Ok(response)
    }

    /// Whether the request met a kept connection that the server had closed meanwhile, so that it
    /// has not been worked on and sending it again costs nothing.
    fn is_stale(&self, broken: &Broken, after: Duration) -> bool {
        self.learned.has_answered() && after < STALE_WITHIN && broken.may_be_stale()
    }
}
