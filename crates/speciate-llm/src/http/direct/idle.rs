//! Connections between two calls.

use std::io::ErrorKind;
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::http::client::IDLE_CONNECTION;

/// The last one used is taken first, so that those not needed grow old.
#[derive(Debug, Default)]
pub(super) struct Idle(Mutex<Vec<Kept>>);

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) stream: TcpStream,
    pub(super) since: Instant,
}

impl Kept {
    fn is_old(&self) -> bool {
        self.since.elapsed() > IDLE_CONNECTION
    }
}

impl Idle {
    /// A connection that the server has not closed meanwhile.
    pub(super) fn take(&self) -> Option<TcpStream> {
        loop {
            let kept = self.lock().pop()?;
            if kept.is_old() {
                // Those below are older still.
                self.lock().clear();
                return None;
            }
            if is_quiet(&kept.stream) {
                return Some(kept.stream);
            }
        }
    }

    /// Takes a connection whose answer has been read to its end.
    pub(super) fn put(&self, stream: TcpStream) {
        self.keep(Kept { stream, since: Instant::now() });
    }

    /// Puts a connection on top, and takes those that have grown old away from the bottom.
    pub(super) fn keep(&self, kept: Kept) {
        let mut idle = self.lock();
        let n_old = idle.iter().take_while(|kept| kept.is_old()).count();
        let old: Vec<_> = idle.drain(..n_old).collect();
        idle.push(kept);
        // They are closed when others no longer wait for the lock.
        drop(idle);
        drop(old);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is open and nothing has come: no byte is due between two calls. The socket itself is
/// asked, as the runtime knows only what it saw when it looked last.
fn is_quiet(stream: &TcpStream) -> bool {
    let seen = SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]);
    seen.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    /// Nothing is awaited in between, so the runtime has no occasion to look.
    #[tokio::test]
    async fn the_socket_itself_is_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let idle = Idle::default();
        for (bytes, is_closed, is_kept) in
            [(&b""[..], false, true), (b"x", false, false), (b"", true, false)]
        {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut server, _) = listener.accept().unwrap();
            server.write_all(bytes).unwrap();
            let server = Some(server).filter(|_| !is_closed);
            idle.put(stream);
            assert_eq!(idle.take().is_some(), is_kept, "{bytes:?}, closed: {is_closed}");
            drop(server);
        }
    }
}
