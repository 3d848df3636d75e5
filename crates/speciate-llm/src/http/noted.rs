//! A body that notes when it is fetched.
//!
//! The library has clocks of its own and does not say whether they ran out before there was a
//! connection. It fetches a body when there is one.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

pub(super) struct Noted {
    body: Full<Bytes>,
    is_fetched: Arc<AtomicBool>,
}

impl Noted {
    pub(super) fn new(body: Bytes, is_fetched: Arc<AtomicBool>) -> Self {
        Self { body: Full::new(body), is_fetched }
    }
}

impl Body for Noted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.is_fetched.store(true, Ordering::Relaxed);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
