//! From the head of a response to the whole of it.

use bytes::Bytes;
use speciate_types::{CallError, ErrorClass};

use super::fault::Peer;
use super::transport::Incoming;
use crate::openai::Reply;
use crate::retry_after::ResponseHints;

/// Answers are read up to this size; a larger one is a fault, not data.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A response that has come in whole.
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) hints: ResponseHints,
    pub(super) body: Bytes,
}

impl Received {
    pub(super) fn reply(&self) -> Reply<'_> {
        Reply { status: self.status, hints: self.hints, body: &self.body }
    }
}

/// Reads the body, up to the cap.
pub(super) async fn read_body(mut response: Incoming, peer: &Peer) -> Result<Bytes, CallError> {
    // Later it gives what is still to come, not the whole.
    let announced = response.content_length();
    let status = response.status().as_u16();
    if announced.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(too_large(status));
    }
    let mut chunks = Vec::new();
    while let Some(chunk) = response.chunk(peer).await? {
        // The first chunk is the whole body: the usual case, without a copy.
        if chunks.is_empty() && announced == Some(chunk.len() as u64) {
            return Ok(chunk);
        }
        if chunks.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(too_large(status));
        }
        chunks.extend_from_slice(&chunk);
    }
    Ok(chunks.into())
}

fn too_large(status: u16) -> CallError {
    let message = format!("the answer is larger than {} MiB", BODY_BYTES_MAX >> 20);
    let mut error = CallError::new(ErrorClass::Malformed, message);
    error.status = Some(status);
    error.maybe_billed = true;
    error
}
