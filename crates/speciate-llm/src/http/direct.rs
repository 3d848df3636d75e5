//! Connections of our own over plain HTTP: kept, and worked by the call that uses them.
//!
//! The HTTP library gives every connection a task, so that each answer wakes two. At hundreds of
//! calls a second that, its pool and its URL handling are most of a client's work. Here the call
//! itself drives its connection and puts it back when the answer has been read.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use ::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HOST, HeaderValue};
use ::http::{HeaderMap, Request, Response, StatusCode};
use bytes::Bytes;
use futures_util::future::poll_fn;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::time::timeout;

use super::Timeouts;
use super::client::IDLE_CONNECTION;
use super::dial::dial;
use super::fault::Broken;
use super::transport::Outgoing;
use super::watched::Watched;

const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

#[derive(Debug)]
pub(super) struct Direct {
    host: String,
    port: u16,
    host_header: HeaderValue,
    timeouts: Timeouts,
    /// The last one used is taken first, so that those not needed grow old.
    idle: Arc<Mutex<Vec<Kept>>>,
}

/// A connection between two calls.
#[derive(Debug)]
struct Kept {
    connection: Connection,
    since: Instant,
}

impl Kept {
    fn is_old(&self) -> bool {
        self.since.elapsed() > IDLE_CONNECTION
    }
}

#[derive(Debug)]
struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Driver,
    /// Whether a byte has come since this was last set to false.
    has_come: Arc<AtomicBool>,
}

type Driver = http1::Connection<TokioIo<Watched>, Full<Bytes>>;

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
            idle: Arc::default(),
        })
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        is_fresh: bool,
    ) -> Result<Streaming, Broken> {
        let total = Duration::from_millis(self.timeouts.total_ms);
        let deadline = Instant::now() + total;
        let silence = Duration::from_millis(self.timeouts.silence_ms);
        let kept = if is_fresh { None } else { self.kept().await };
        let is_new = kept.is_none();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect(silence.min(total)).await?,
        };
        let request = self.request(outgoing).map_err(Broken::request)?;
        connection.has_come.store(false, Ordering::Relaxed);
        let sent = connection.sender.send_request(request);
        let head = within(silence, deadline, drive(&mut connection.driver, sent)).await?;
        let is_taken = is_new || connection.has_come.load(Ordering::Relaxed);
        let head = head.map_err(|error| Broken::answer(error).taken(is_taken))?;
        let (head, body) = head.into_parts();
        Ok(Streaming {
            head: Response::from_parts(head, ()),
            body,
            connection: Some(connection),
            idle: Arc::clone(&self.idle),
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
        // Whoever says nothing takes all.
        request.headers_mut().insert(ACCEPT_ENCODING, IDENTITY);
        Ok(request)
    }

    /// A kept connection that the server has not closed meanwhile.
    async fn kept(&self) -> Option<Connection> {
        loop {
            let kept = lock(&self.idle).pop()?;
            if kept.is_old() {
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

    async fn connect(&self, at_most: Duration) -> Result<Connection, Broken> {
        let connect = async {
            let stream = dial(&self.host, self.port).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let patience = Duration::from_millis(self.timeouts.connect_ms);
        let stream = match timeout(patience.min(at_most), connect).await {
            Ok(connected) => connected.map_err(Broken::connect)?,
            Err(_elapsed) => return Err(Broken::connect_timeout()),
        };
        let has_come = Arc::new(AtomicBool::new(false));
        let stream = Watched::new(stream, Arc::clone(&has_come));
        let (sender, driver) =
            http1::handshake(TokioIo::new(stream)).await.map_err(Broken::answer)?;
        Ok(Connection { sender, driver, has_come })
    }
}

/// A response whose body is still to be read.
#[derive(Debug)]
pub(super) struct Streaming {
    head: Response<()>,
    body: Incoming,
    /// `None` once it has been put back or has ended.
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Kept>>>,
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

    /// None was asked for, so what the body holds cannot be known.
    pub(super) fn is_compressed(&self) -> bool {
        let coding = self.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(IDENTITY.as_bytes()))
    }

    pub(super) fn content_length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next piece of the body; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.is_compressed() {
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
            keep(&self.idle, Kept { connection, since: Instant::now() });
        }
    }
}

/// Puts a connection on top, and takes those that have grown old away from the bottom.
fn keep(idle: &Mutex<Vec<Kept>>, kept: Kept) {
    let mut idle = lock(idle);
    let n_old = idle.iter().take_while(|kept| kept.is_old()).count();
    let old: Vec<_> = idle.drain(..n_old).collect();
    idle.push(kept);
    // They are closed when others no longer wait for the lock.
    drop(idle);
    drop(old);
}

/// Does one step of what the connection has to do; false if it has ended.
async fn is_open(connection: &mut Connection) -> bool {
    poll_fn(|context| Poll::Ready(pin!(&mut connection.driver).poll(context).is_pending())).await
        && !connection.sender.is_closed()
}

/// Waits for `work`, which its connection has to be driven for.
async fn drive<W: Future>(driver: &mut Driver, work: W) -> W::Output {
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

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// N-03: what a busy time has left behind is not kept for as long as the top is in use.
    #[tokio::test]
    async fn connections_that_grow_old_are_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let direct = Direct::new(&base, Timeouts::default()).unwrap();
        let now = Instant::now();
        let long_ago = now.checked_sub(IDLE_CONNECTION + Duration::from_secs(1)).unwrap();
        for (since, n_expected) in [(long_ago, 1), (long_ago, 1), (now, 1), (now, 2)] {
            let connection = direct.connect(Duration::from_secs(60)).await.unwrap();
            keep(&direct.idle, Kept { connection, since });
            assert_eq!(lock(&direct.idle).len(), n_expected);
        }
        assert!(direct.kept().await.is_some() && direct.kept().await.is_some());
        let connection = direct.connect(Duration::from_secs(60)).await.unwrap();
        keep(&direct.idle, Kept { connection, since: long_ago });
        assert!(direct.kept().await.is_none() && lock(&direct.idle).is_empty());
    }
}
