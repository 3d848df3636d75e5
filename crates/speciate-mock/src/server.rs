//! The server: one named thread with a runtime of its own.

mod chat;
mod connection;
mod play;
mod route;
mod shared;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::config::MockConfig;
use crate::stats::MockStats;
use connection::Connection;
use shared::Shared;

/// Connections that wait to be accepted: a client may open all of its own at once.
const BACKLOG: u32 = 4_096;
/// Pause after an accept that failed, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Starts mock servers.
#[derive(Debug, Clone, Copy)]
pub struct MockServer;

impl MockServer {
    /// Starts a server on 127.0.0.1 and returns once it listens.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with the [`ConfigError`](crate::ConfigError) for a configuration out of
    /// range; otherwise what the system says about the port or the thread.
    pub fn start(config: MockConfig) -> io::Result<RunningMock> {
        config.validate().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let shared = Arc::new(Shared::new(config));
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = sync_channel(1);
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("mock-server".to_owned())
            .spawn(move || host(served, stopped, &tell))?;
        let unheard = || io::Error::other("the server's thread ended before it listened");
        let addr = told.recv().map_err(|_| unheard())??;
        Ok(RunningMock { addr, shared, stop: Some(stop), thread: Some(thread) })
    }
}

/// Listens, tells where or why not, and serves. All on the server's thread: a runtime cannot be
/// dropped inside another one, as whoever starts a server may be.
fn host(
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
    tell: &SyncSender<io::Result<SocketAddr>>,
) {
    let port = shared.config.port;
    let began = Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        let listener = listen(&runtime, port)?;
        let addr = listener.local_addr()?;
        Ok((runtime, listener, addr))
    });
    // Whoever started it waits for this word.
    match began {
        Ok((runtime, listener, addr)) => {
            if tell.send(Ok(addr)).is_ok() {
                runtime.block_on(serve(listener, shared, stopped));
            }
        }
        Err(error) => drop(tell.send(Err(error))),
    }
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningMock {
    addr: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RunningMock {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL for clients, such as `http://127.0.0.1:8000/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    /// What it has seen so far.
    pub fn stats(&self) -> MockStats {
        self.shared.tally().stats()
    }

    /// Closes every connection and waits for the end of the thread.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic in there has been reported by its own message.
            let _ = thread.join();
        }
    }
}

impl Drop for RunningMock {
    fn drop(&mut self) {
        self.end();
    }
}

fn listen(runtime: &Runtime, port: u16) -> io::Result<TcpListener> {
    let _inside = runtime.enter();
    let socket = TcpSocket::new_v4()?;
    // A server that comes back to its fixed port must not wait for old connections to fade.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(BACKLOG)
}

/// Accepts until told to stop; then drops, and so ends, every connection.
async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < shared.config.connections_max => {
                    shared.tally().connect();
                    let connection = Connection::new(stream, Arc::clone(&shared));
                    connections.spawn(connection.run());
                }
                Ok(_) => {}
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
}
