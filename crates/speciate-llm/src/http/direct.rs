//! Connections of our own over plain HTTP: kept, and worked by the call that uses them.
//!
//! The HTTP library gives every connection a task, so that each answer wakes two, and buffers of
//! 25 KB, which a thousand connections at once make most of a client's memory. Here the call itself
//! writes and reads, and between two calls a connection is nothing but its socket.

mod exchange;
mod idle;
mod request;

use std::sync::Arc;
use std::time::Duration;

use ::http::header::HeaderValue;
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Timeouts;
use super::dial::dial;
use super::fault::Broken;
use super::transport::Outgoing;
use exchange::{Clocks, Exchange};
pub(super) use exchange::{ExchangeFault, Streaming};
use idle::Idle;

#[derive(Debug)]
pub(super) struct Direct {
    host: String,
    port: u16,
    host_header: HeaderValue,
    timeouts: Timeouts,
    idle: Arc<Idle>,
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
            idle: Arc::default(),
        })
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        is_fresh: bool,
    ) -> Result<Streaming, Broken> {
        let clocks = Clocks::start(self.timeouts);
        let kept = if is_fresh { None } else { self.idle.take() };
        let is_new = kept.is_none();
        let stream = match kept {
            Some(stream) => stream,
            None => self.connect(clocks.patience()).await?,
        };
        let head = request::head(outgoing, &self.host_header);
        let body = outgoing.body.clone().unwrap_or_default();
        let mut exchange = Exchange::new(stream, head, body);
        match clocks.within(exchange.head()).await? {
            Ok(head) => Ok(Streaming::new(head, exchange, Arc::clone(&self.idle), clocks)),
            Err(error) => Err(Broken::answer(error).taken(is_new || exchange.has_come())),
        }
    }

    async fn connect(&self, at_most: Duration) -> Result<TcpStream, Broken> {
        let connect = async {
            let stream = dial(&self.host, self.port).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let patience = Duration::from_millis(self.timeouts.connect_ms);
        match timeout(patience.min(at_most), connect).await {
            Ok(connected) => connected.map_err(Broken::connect),
            Err(_elapsed) => Err(Broken::connect_timeout()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::net::TcpListener;

    use super::idle::Kept;
    use super::*;
    use crate::http::client::IDLE_CONNECTION;

    /// N-03: what a busy time has left behind is not kept for as long as the top is in use.
    #[tokio::test]
    async fn connections_that_grow_old_are_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let direct = Direct::new(&base, Timeouts::default()).unwrap();
        let now = Instant::now();
        let long_ago = now.checked_sub(IDLE_CONNECTION + Duration::from_secs(1)).unwrap();
        for (since, n_expected) in [(long_ago, 1), (long_ago, 1), (now, 1), (now, 2)] {
            let stream = direct.connect(Duration::from_secs(60)).await.unwrap();
            direct.idle.keep(Kept { stream, since });
            assert_eq!(direct.idle.len(), n_expected);
        }
        assert!(direct.idle.take().is_some() && direct.idle.take().is_some());
        let stream = direct.connect(Duration::from_secs(60)).await.unwrap();
        direct.idle.keep(Kept { stream, since: long_ago });
        assert!(direct.idle.take().is_none() && direct.idle.len() == 0);
    }
}
