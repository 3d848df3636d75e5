//! Connections of our own over plain HTTP: kept, and worked by the call that uses them.
//!
//! The HTTP library gives every connection a task, so that each answer wakes two. At hundreds of
//! calls a second that, its pool and its URL handling are most of a client's work. Here the call
//! itself drives its connection and puts it back when the answer has been read.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use ::http::header::{CONTENT_ENCODING, HOST, HeaderValue};
use ::http::{HeaderMap, Request, Response, StatusCode};
use bytes::Bytes;
use futures_util::future::poll_fn;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::Timeouts;
use super::address::allowed;
use super::client::IDLE_CONNECTION;
use super::fault::Broken;
use super::transport::Outgoing;

/// What is read at once; most answers fit.
const READ_BYTES: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct Direct {
    host: String,
    port: u16,
    host_header: HeaderValue,
    timeouts: Timeouts,
    /// The last one used is taken first, so that those not needed grow old.
    idle: std::sync::Arc<Mutex<Vec<Kept>>>,
}

/// A connection between two calls.
#[derive(Debug)]
struct Kept {
    connection: Connection,
    since: Instant,
}

#[derive(Debug)]
struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: http1::Connection<TokioIo<TcpStream>, Full<Bytes>>,
}

impl Direct {
    pub(super) fn new(base: &Url, timeouts: Timeouts) -> Option<Self> {
        let host = base.host_str()?;
        let port = base.port_or_known_default()?;
        let host_header = match base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Some(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            host_header: HeaderValue::from_str(&host_header).ok()?,
            timeouts,
            idle: std::sync::Arc::default(),
        })
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        is_fresh: bool,
    ) -> Result<Streaming, Broken> {
        let deadline = Instant::now() + Duration::from_millis(self.timeouts.total_ms);
        let silence = Duration::from_millis(self.timeouts.silence_ms);
        let kept = if is_fresh { None } else { self.kept().await };
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let request = self.request(outgoing).map_err(Broken::request)?;
        let sent = connection.sender.send_request(request);
        let head = within(silence, deadline, drive(&mut connection.driver, sent)).await?;
        let (head, body) = head.map_err(Broken::answer)?.into_parts();
        Ok(Streaming {
            head: Response::from_parts(head, ()),
            body,
            connection: Some(connection),
            idle: std::sync::Arc::clone(&self.idle),
            silence,
            deadline,
        })
    }

    fn request(&self, outgoing: &Outgoing<'_>) -> Result<Request<Full<Bytes>>, ::http::Error> {
        let url = outgoing.url;
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let body = Full::new(outgoing.body.clone().unwrap_or_default());
        let mut request =
            Request::builder().method(outgoing.method.clone()).uri(target).body(body)?;
        request.headers_mut().clone_from(&outgoing.headers);
        request.headers_mut().insert(HOST, self.host_header.clone());
        Ok(request)
    }

    /// A kept connection that the server has not closed meanwhile.
    async fn kept(&self) -> Option<Connection> {
        loop {
            let kept = lock(&self.idle).pop()?;
            if kept.since.elapsed() > IDLE_CONNECTION {
                // Those below are older still.
                lock(&self.idle).clear();
                return None;
            }
            let mut connection = kept.connection;
            if is_open(&mut connection).await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Broken> {
        let connect = async {
            let found = lookup_host((self.host.as_str(), self.port)).await?;
            let stream = TcpStream::connect(allowed(found)?.as_slice()).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let patience = Duration::from_millis(self.timeouts.connect_ms);
        let stream = match timeout(patience, connect).await {
            Ok(connected) => connected.map_err(Broken::connect)?,
            Err(_elapsed) => return Err(Broken::connect_timeout()),
        };
        let (sender, driver) = http1::Builder::new()
            .read_buf_exact_size(Some(READ_BYTES))
            .handshake(TokioIo::new(stream))
            .await
            .map_err(Broken::answer)?;
        Ok(Connection { sender, driver })
    }
}

/// A response whose body is still to be read.
#[derive(Debug)]
pub(super) struct Streaming {
    head: Response<()>,
    body: Incoming,
    /// `None` once it has been put back or has ended.
    connection: Option<Connection>,
    idle: std::sync::Arc<Mutex<Vec<Kept>>>,
    silence: Duration,
    deadline: Instant,
}

impl Streaming {
    pub(super) fn status(&self) -> StatusCode {
        self.head.status()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.head.headers()
    }

    pub(super) fn content_length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next piece of the body; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        // None was asked for, so what this holds cannot be known.
        if self.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(Broken::compressed());
        }
        loop {
            let Some(connection) = &mut self.connection else { return Ok(None) };
            let next = drive(&mut connection.driver, self.body.frame());
            let Some(frame) = within(self.silence, self.deadline, next).await? else {
                self.put_back().await;
                return Ok(None);
            };
            if let Ok(data) = frame.map_err(Broken::answer)?.into_data() {
                if self.body.is_end_stream() {
                    self.put_back().await;
                }
                return Ok(Some(data));
            }
        }
    }

    /// The answer has been read, so the connection is free for the next call.
    async fn put_back(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if is_open(&mut connection).await && connection.sender.is_ready() {
            lock(&self.idle).push(Kept { connection, since: Instant::now() });
        }
    }
}

/// Does one step of what the connection has to do; false if it has ended.
async fn is_open(connection: &mut Connection) -> bool {
    poll_fn(|context| Poll::Ready(pin!(&mut connection.driver).poll(context).is_pending())).await
        && !connection.sender.is_closed()
}

/// Waits for `work`, which its connection has to be driven for.
async fn drive<W: Future>(
    driver: &mut http1::Connection<TokioIo<TcpStream>, Full<Bytes>>,
    work: W,
) -> W::Output {
    let mut work = pin!(work);
    let mut has_ended = false;
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        // Its end, good or bad, is told to the work.
        if !has_ended && pin!(&mut *driver).poll(context).is_ready() {
            has_ended = true;
        }
        work.as_mut().poll(context)
    })
    .await
}

/// Waits no longer than the clock for silence and that for the whole try allow.
async fn within<W: Future>(
    silence: Duration,
    deadline: Instant,
    work: W,
) -> Result<W::Output, Broken> {
    let left = deadline.saturating_duration_since(Instant::now());
    timeout(silence.min(left), work).await.map_err(|_elapsed| Broken::answer_timeout())
}

fn lock(idle: &Mutex<Vec<Kept>>) -> std::sync::MutexGuard<'_, Vec<Kept>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
