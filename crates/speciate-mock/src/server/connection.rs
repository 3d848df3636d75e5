//! One connection: reads requests, writes answers.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::route::{Routed, route};
use super::shared::Shared;
use crate::chat::Dialect;
use crate::completion::CREATED;
use crate::fault::{anthropic_error, anthropic_type, message};
use crate::http::{After, BadRequest, Parsed, parse};

/// Room that a read offers.
const READ_BYTES: usize = 8 * 1024;
/// Most bytes that a client may send ahead while its request is worked on.
const AHEAD_BYTES_MAX: usize = 64 * 1024;
/// How long and how much is read from a client that was refused, so that it sees why.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 64 << 20;

const JSON: &str = "application/json";

pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) shared: Arc<Shared>,
    buffer: BytesMut,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        Self { stream, shared, buffer: BytesMut::new() }
    }

    /// Serves requests until the connection ends.
    pub(super) async fn run(mut self) {
        // Without it small answers wait for acknowledgements. It fails only on dead connections.
        let _ = self.stream.set_nodelay(true);
        // An error means that the client is gone, and there is nobody left to tell.
        let _ = self.serve().await;
    }

    async fn serve(&mut self) -> io::Result<()> {
        while let Some((routed, after)) = self.next_request().await? {
            if self.answer(routed, after).await? == After::Close {
                return self.stream.shutdown().await;
            }
        }
        Ok(())
    }

    async fn answer(&mut self, routed: Routed, after: After) -> io::Result<After> {
        match routed {
            Routed::Chat(call) => self.chat(&call, after).await,
            Routed::Models => self.reply(200, &models(&self.shared.config.models), after).await,
            Routed::Stats => {
                let stats = self.shared.tally().stats();
                self.reply(200, &json!(stats), after).await
            }
            Routed::Reset => {
                self.shared.reset();
                self.reply(200, &json!({"reset": true}), after).await
            }
            Routed::Refused(status, text, dialect) => {
                self.shared.tally().bad_request();
                self.reply(status, &error_body(status, &text, dialect), after).await
            }
        }
    }

    /// The next request, or `None` at the end of the connection.
    async fn next_request(&mut self) -> io::Result<Option<(Routed, After)>> {
        let mut has_continued = false;
        loop {
            match parse(&self.buffer, self.shared.config.body_bytes_max) {
                Parsed::Complete(request, n_bytes) => {
                    let routed = route(&request, self.shared.hashes());
                    let after = if request.keeps_alive { After::KeepAlive } else { After::Close };
                    self.buffer.advance(n_bytes);
                    self.shared.tally().read(n_bytes);
                    return Ok(Some((routed, after)));
                }
                Parsed::Bad(bad) => {
                    self.refuse(bad).await?;
                    return Ok(None);
                }
                Parsed::Partial { awaits_continue } => {
                    if awaits_continue && !has_continued {
                        has_continued = true;
                        self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                    }
                }
            }
            self.buffer.reserve(READ_BYTES);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Says what was wrong and ends the connection.
    ///
    /// Closing at once, with bytes of the client still on their way, would reset the connection
    /// and take the answer away from it.
    async fn refuse(&mut self, bad: BadRequest) -> io::Result<()> {
        self.shared.tally().bad_request();
        let status = bad.status();
        self.reply(status, &error_body(status, bad.message(), Dialect::OpenAi), After::Close)
            .await?;
        self.stream.shutdown().await?;
        let drained = tokio::time::timeout(LINGER, self.drain()).await;
        drained.unwrap_or(Ok(()))
    }

    async fn drain(&mut self) -> io::Result<()> {
        let mut n_bytes = 0;
        while n_bytes < LINGER_BYTES_MAX {
            self.buffer.clear();
            self.buffer.reserve(READ_BYTES);
            match self.stream.read_buf(&mut self.buffer).await? {
                0 => return Ok(()),
                read => n_bytes += read,
            }
        }
        Ok(())
    }

    /// Answers with JSON.
    pub(super) async fn reply(
        &mut self,
        status: u16,
        body: &serde_json::Value,
        after: After,
    ) -> io::Result<After> {
        let body = body.to_string();
        self.send(&message(status, JSON, body.as_bytes(), after, &[])).await?;
        Ok(after)
    }

    /// Counts and sends bytes; in this order, so that who has them finds them counted.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.shared.tally().wrote(bytes.len());
        self.stream.write_all(bytes).await
    }

    /// Waits for `work`, or fails as soon as the client is gone.
    ///
    /// What the client sends in the meantime is kept for later, up to a limit.
    pub(super) async fn while_connected<F: Future>(&mut self, work: F) -> io::Result<F::Output> {
        let mut work = pin!(work);
        while self.buffer.len() < AHEAD_BYTES_MAX {
            tokio::select! {
                biased;
                output = &mut work => return Ok(output),
                read = self.stream.read_buf(&mut self.buffer) => {
                    if read? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
            }
        }
        Ok(work.await)
    }
}

fn models(names: &[String]) -> serde_json::Value {
    let each = |name: &String| json!({"id": name, "object": "model", "created": CREATED, "owned_by": "speciate-mock"});
    json!({"object": "list", "data": names.iter().map(each).collect::<Vec<_>>()})
}

pub(super) fn error_body(status: u16, text: &str, dialect: Dialect) -> serde_json::Value {
    if dialect == Dialect::Anthropic {
        return anthropic_error(anthropic_type(status), text);
    }
    let type_ = if status < 500 { "invalid_request_error" } else { "server_error" };
    json!({"error": {"message": text, "type": type_, "param": null, "code": null}})
}
