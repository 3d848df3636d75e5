//! The first connection that stands, among all addresses of a host.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::address::allowed;

/// How long an address is waited for before the next one is tried beside it (RFC 8305, section 8).
const NEXT_AFTER: Duration = Duration::from_millis(250);

/// Connects to `host`, which is a name or an address without brackets.
pub(super) async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    race(by_turns(allowed(lookup_host((host, port)).await?)?)).await
}

/// The families by turns, that of the first address first: one of them may lead nowhere.
fn by_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv4() == is_v4);
    let n = first.len().max(second.len());
    (0..n).flat_map(|at| [first.get(at), second.get(at)]).flatten().copied().collect()
}

/// A failed or slow address gives the turn to the next one; those that were begun go on.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut begun = FuturesUnordered::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    loop {
        begun.extend(waiting.next().map(TcpStream::connect));
        let patience = if waiting.len() == 0 { Duration::MAX } else { NEXT_AFTER };
        match timeout(patience, begun.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(error))) => failure = error,
            Ok(None) => return Err(failure),
            Err(_elapsed) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;

    use super::*;

    fn local() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    #[test]
    fn families_take_turns() {
        let of = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        for (given, expected) in [
            (
                &["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1"][..],
                &["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1"][..],
            ),
            (&["1.1.1.1:1", "2.2.2.2:1", "[::1]:1"], &["1.1.1.1:1", "[::1]:1", "2.2.2.2:1"]),
            (&["1.1.1.1:1"], &["1.1.1.1:1"]),
            (&[], &[]),
        ] {
            let expected: Vec<SocketAddr> = of(expected);
            assert_eq!(by_turns(of(given)), expected);
        }
    }

    /// N-23: an address that nobody answers at does not hold up one that works.
    #[tokio::test]
    async fn a_silent_address_is_passed_by() {
        // With a backlog of none the kernel drops who comes after the first.
        let full = TcpSocket::new_v4().unwrap();
        full.bind(local()).unwrap();
        let full = full.listen(0).unwrap();
        let silent = full.local_addr().unwrap();
        let fill = [TcpStream::connect(silent), TcpStream::connect(silent)];
        let _first = timeout(NEXT_AFTER, futures_util::future::join_all(fill)).await;
        let works = tokio::net::TcpListener::bind(local()).await.unwrap();
        let address = works.local_addr().unwrap();
        let patience = Duration::from_secs(60);
        let stream = timeout(patience, race(vec![silent, address])).await.unwrap().unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    }

    #[tokio::test]
    async fn the_last_failure_is_told() {
        let free = std::net::TcpListener::bind(local()).unwrap().local_addr().unwrap();
        let error = race(vec![free, free]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(race(Vec::new()).await.unwrap_err().kind(), io::ErrorKind::NotFound);
        let works = std::net::TcpListener::bind(local()).unwrap();
        assert!(race(vec![free, works.local_addr().unwrap()]).await.is_ok());
    }
}
