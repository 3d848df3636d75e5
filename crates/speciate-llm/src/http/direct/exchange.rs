//! One request and its response on a connection.

use std::future::Future;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use ::http::header::{CONTENT_ENCODING, HeaderValue};
use ::http::{HeaderMap, StatusCode};
use bytes::{Buf as _, Bytes};
use futures_util::future::poll_fn;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::idle::Idle;
use crate::http::Timeouts;
use crate::http::fault::Broken;
use crate::http1::{FrameFault, Head, Piece, ResponseReader};

/// Bytes that are read at once, into a place that all connections share: the stack.
const READ_BYTES: usize = 16 << 10;

/// Why there is no whole response.
#[derive(Debug, thiserror::Error)]
pub(in crate::http) enum ExchangeFault {
    /// Not a byte of the request could be written.
    #[error("the connection was closed before the request was sent")]
    Unsent(#[source] io::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Frame(#[from] FrameFault),
}

/// The clocks of a try; what they allow is counted from its start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    silence: Duration,
    deadline: Instant,
}

impl Clocks {
    pub(super) fn start(timeouts: Timeouts) -> Self {
        let deadline = Instant::now() + Duration::from_millis(timeouts.total_ms);
        Self { silence: Duration::from_millis(timeouts.silence_ms), deadline }
    }

    /// How long may now be waited.
    pub(super) fn patience(&self) -> Duration {
        self.silence.min(self.deadline.saturating_duration_since(Instant::now()))
    }

    pub(super) async fn within<W: Future>(&self, work: W) -> Result<W::Output, Broken> {
        timeout(self.patience(), work)
            .await
            .map_err(|_elapsed| Broken::answer_timeout().by(self.deadline))
    }
}

#[derive(Debug)]
pub(super) struct Exchange {
    stream: TcpStream,
    /// What is still to be sent, the head of the request and its body.
    unsent: [Bytes; 2],
    /// Nothing could be sent any more; an answer may have come all the same.
    failure: Option<ExchangeFault>,
    has_written: bool,
    has_come: bool,
    reader: ResponseReader,
}

impl Exchange {
    pub(super) fn new(stream: TcpStream, head: Vec<u8>, body: Bytes) -> Self {
        Self {
            stream,
            unsent: [head.into(), body],
            failure: None,
            has_written: false,
            has_come: false,
            reader: ResponseReader::default(),
        }
    }

    /// Whether a byte of an answer has come.
    pub(super) fn has_come(&self) -> bool {
        self.has_come
    }

    /// Sends the request until the head of its response has come. A server that has read enough may
    /// answer before it has all.
    pub(super) async fn head(&mut self) -> Result<Head, ExchangeFault> {
        loop {
            match self.reader.head() {
                Ok(Some(head)) => return Ok(head),
                Ok(None) => self.go_on().await?,
                Err(fault) => return Err(self.cause(fault)),
            }
        }
    }

    /// The next piece of the body; `None` at its end.
    async fn piece(&mut self) -> Result<Option<Bytes>, ExchangeFault> {
        loop {
            match self.reader.piece() {
                Ok(Piece::Data(data)) => return Ok(Some(data)),
                Ok(Piece::End) => return Ok(None),
                Ok(Piece::More) => self.go_on().await?,
                Err(fault) => return Err(self.cause(fault)),
            }
        }
    }

    /// Why nothing could be sent says more than that nothing whole has come.
    fn cause(&mut self, fault: impl Into<ExchangeFault>) -> ExchangeFault {
        self.failure.take().unwrap_or_else(|| fault.into())
    }

    /// Whether the whole body has been taken, so that nothing more is to be waited for.
    fn is_at_end(&self) -> bool {
        self.reader.can_be_followed()
    }

    /// The connection, if it may carry another exchange.
    fn into_kept(self) -> Option<TcpStream> {
        let is_sent = self.failure.is_none() && self.unsent.iter().all(Bytes::is_empty);
        (is_sent && self.reader.can_be_followed()).then_some(self.stream)
    }

    /// Sends what can be sent and reads what has come; returns when something has, or the end.
    async fn go_on(&mut self) -> Result<(), ExchangeFault> {
        poll_fn(|context| {
            self.poll_write(context);
            self.poll_read(context)
        })
        .await
    }

    fn poll_write(&mut self, context: &mut Context<'_>) {
        while self.failure.is_none() && self.unsent.iter().any(|bytes| !bytes.is_empty()) {
            let [head, body] = &self.unsent;
            let pieces = [IoSlice::new(head), IoSlice::new(body)];
            match Pin::new(&mut self.stream).poll_write_vectored(context, &pieces) {
                Poll::Pending => return,
                Poll::Ready(Ok(n)) => self.has_sent(n),
                Poll::Ready(Err(error)) if self.has_written => self.failure = Some(error.into()),
                Poll::Ready(Err(error)) => self.failure = Some(ExchangeFault::Unsent(error)),
            }
        }
    }

    fn has_sent(&mut self, n: usize) {
        self.has_written = true;
        let [head, body] = &mut self.unsent;
        let of_head = n.min(head.len());
        head.advance(of_head);
        body.advance(n - of_head);
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ExchangeFault>> {
        let mut bytes = [MaybeUninit::uninit(); READ_BYTES];
        let mut bytes = ReadBuf::uninit(&mut bytes);
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut bytes));
        let bytes = bytes.filled();
        if let Err(error) = read {
            return Poll::Ready(Err(self.cause(error)));
        }
        if !self.has_written && !bytes.is_empty() {
            // Whatever that answers, it is not this request.
            let early = ExchangeFault::Unsent(io::ErrorKind::ConnectionAborted.into());
            return Poll::Ready(Err(early));
        }
        self.has_come |= !bytes.is_empty();
        self.reader.push(bytes);
        Poll::Ready(Ok(()))
    }
}

/// A response whose body is still to be read.
#[derive(Debug)]
pub(in crate::http) struct Streaming {
    head: Head,
    /// `None` once it has been read to its end.
    exchange: Option<Exchange>,
    idle: Arc<Idle>,
    clocks: Clocks,
}

impl Streaming {
    pub(super) fn new(head: Head, exchange: Exchange, idle: Arc<Idle>, clocks: Clocks) -> Self {
        Self { head, exchange: Some(exchange), idle, clocks }
    }

    pub(in crate::http) fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(in crate::http) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// None was asked for, so what the body holds cannot be known.
    pub(in crate::http) fn is_compressed(&self) -> bool {
        let coding = self.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity"))
    }

    /// Bytes that are still to come, if that is known.
    pub(in crate::http) fn content_length(&self) -> Option<u64> {
        self.exchange.as_ref().map_or(Some(0), |exchange| exchange.reader.left())
    }

    /// The next piece of the body; `None` at its end.
    pub(in crate::http) async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.is_compressed() {
            return Err(Broken::compressed());
        }
        let Some(exchange) = &mut self.exchange else { return Ok(None) };
        let piece = self.clocks.within(exchange.piece()).await?.map_err(Broken::answer)?;
        if piece.is_none() || exchange.is_at_end() {
            self.put_back();
        }
        Ok(piece)
    }

    /// The answer has been read, so the connection is free for the next call.
    fn put_back(&mut self) {
        if let Some(stream) = self.exchange.take().and_then(Exchange::into_kept) {
            self.idle.put(stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{Shutdown, TcpListener};

    use socket2::SockRef;

    use super::*;

    /// An exchange whose other side, which still reads, has sent `answer` and says that nothing more
    /// comes.
    async fn answered(answer: &str) -> (Exchange, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().unwrap();
        server.write_all(answer.as_bytes()).unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        let head = b"POST / HTTP/1.1\r\n\r\n".to_vec();
        (Exchange::new(stream, head, Bytes::new()), server)
    }

    #[tokio::test]
    async fn what_comes_where_nothing_can_be_sent_is_no_answer() {
        let (mut exchange, _server) =
            answered("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        SockRef::from(&exchange.stream).shutdown(Shutdown::Write).unwrap();
        let error = exchange.head().await.unwrap_err();
        assert!(matches!(error, ExchangeFault::Unsent(_)), "{error:?}");
        assert!(!exchange.has_come());
    }

    /// H-13: a server that has read enough answers and closes; its answer is whole all the same.
    #[tokio::test]
    async fn an_answer_is_whole_though_not_all_was_sent() {
        let (mut exchange, _server) = answered("HTTP/1.0 413 X\r\n\r\n{}").await;
        exchange.has_written = true;
        exchange.failure = Some(ExchangeFault::Io(io::ErrorKind::BrokenPipe.into()));
        assert_eq!(exchange.head().await.unwrap().status, 413);
        assert_eq!(exchange.piece().await.unwrap().as_deref(), Some(&b"{}"[..]));
        assert_eq!(exchange.piece().await.unwrap(), None);
        assert!(exchange.into_kept().is_none());
    }
}
