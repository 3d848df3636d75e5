//! From the head of a streamed response to the end of its stream.

use std::time::Duration;

use ::http::header::CONTENT_TYPE;
use speciate_types::CallError;
use tokio::time::{Instant, timeout, timeout_at};

use super::fault::Peer;
use super::transport::Incoming;
use crate::openai::without_comments;
use crate::stream::StreamReader;

/// After its last event a stream ends at once. The connection can only be used again if that end
/// has been seen; one that stays open longer is given up.
const END_WITHIN: Duration = Duration::from_millis(500);

/// Some servers never say that a stream is over and keep the line, even with signs of life. Others
/// put a finish reason on the first piece of text, and the next piece may take this long.
const REST_WITHIN: Duration = Duration::from_secs(5);

/// Whether the server does stream: it may have refused, or not know how to.
pub(super) fn is_event_stream(response: &Incoming) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    let text = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    response.status() == 200 && text.trim_start().to_lowercase().starts_with("text/event-stream")
}

/// Whether a body that came under another name is a stream all the same.
pub(super) fn looks_streamed(body: &[u8]) -> bool {
    let body = without_comments(body);
    [&b"data:"[..], b"event:", b"id:", b"retry:"].iter().any(|start| body.starts_with(start))
}

/// Reads until the stream says that it is over, or ends.
pub(super) async fn read_stream(
    mut response: Incoming,
    mut reader: StreamReader,
    peer: &Peer,
) -> Result<StreamReader, CallError> {
    // Once all of the answer is there, what may still come are the counts of tokens; if they do not,
    // or the connection breaks, nothing is lost. Text that comes all the same begins this anew.
    let mut until = None;
    while !reader.is_done() {
        let next = if reader.has_ended() {
            let until = *until.get_or_insert_with(|| Instant::now() + REST_WITHIN);
            match timeout_at(until, response.chunk(peer)).await {
                Ok(Ok(next)) => next,
                _ => return Ok(reader),
            }
        } else {
            until = None;
            response.chunk(peer).await?
        };
        match next {
            Some(chunk) => reader.push(&chunk)?,
            None => return Ok(reader),
        }
    }
    let _ =
        timeout(END_WITHIN, async { while let Ok(Some(_)) = response.chunk(peer).await {} }).await;
    Ok(reader)
}
