//! A server that does on each connection exactly what it is told.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is done with a request that has been read.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Send these bytes.
    Answer(Vec<u8>),
    /// Send each piece, then wait.
    Pieces(Vec<(Vec<u8>, Duration)>),
    /// Send these bytes and say that nothing more comes, but go on to read.
    LastAnswer(Vec<u8>),
    /// Close without a word.
    Close,
    /// Send these bytes when the head of the request has come, then read until the other side ends.
    Early(Vec<u8>),
    /// Send these bytes in the midst of the request, then break the connection.
    Reset(Vec<u8>),
}

#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) base_url: String,
    requests: Arc<AtomicUsize>,
    /// Acts and pieces of acts that have been sent.
    sent: Arc<AtomicUsize>,
    /// The heads and bodies of the requests, in order.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    /// Serves as many connections as there are lists, one act for each request.
    pub(crate) fn start(connections: Vec<Vec<Act>>) -> Self {
        Self::at(&TcpListener::bind("127.0.0.1:0").unwrap(), connections)
    }

    /// The same on a listener of the test's own.
    pub(crate) fn at(listener: &TcpListener, connections: Vec<Vec<Act>>) -> Self {
        let listener = listener.try_clone().unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let sent = Arc::new(AtomicUsize::new(0));
        let counts = [Arc::clone(&requests), Arc::clone(&sent)];
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let serve = move || {
            for acts in connections {
                let (stream, _) = listener.accept().unwrap();
                // A client that leaves early is part of some tests.
                let _ = serve_one(stream, &acts, &counts, &noted);
            }
        };
        std::thread::Builder::new().name("raw-server".to_owned()).spawn(serve).unwrap();
        Self { base_url, requests, sent, seen }
    }

    /// Serves one connection for one request, whose answer is `bytes`.
    pub(crate) fn once(bytes: impl Into<Vec<u8>>) -> Self {
        Self::start(vec![vec![Act::Answer(bytes.into())]])
    }

    /// The requests as they came, heads in small letters.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Waits until so many acts, or pieces of them, have been sent, and their bytes can be seen.
    pub(crate) async fn has_sent(&self, n: usize) {
        while self.sent.load(Ordering::SeqCst) < n {
            tokio::task::yield_now().await;
        }
        // The runtime looks at its sockets now and then.
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    }
}

fn serve_one(
    mut stream: TcpStream,
    acts: &[Act],
    [requests, sent]: &[Arc<AtomicUsize>; 2],
    seen: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    for act in acts {
        if let Act::Reset(bytes) = act {
            // What is left unread makes the end of a connection a reset.
            stream.peek(&mut [0])?;
            requests.fetch_add(1, Ordering::SeqCst);
            return stream.write_all(bytes);
        }
        if let Act::Early(bytes) = act {
            read_head(&mut stream)?;
            requests.fetch_add(1, Ordering::SeqCst);
            stream.write_all(bytes)?;
            return std::io::copy(&mut stream, &mut std::io::sink()).map(drop);
        }
        let request = read_request(&mut stream)?;
        seen.lock().unwrap().push(request);
        requests.fetch_add(1, Ordering::SeqCst);
        match act {
            Act::Answer(bytes) => {
                stream.write_all(bytes)?;
                sent.fetch_add(1, Ordering::SeqCst);
            }
            Act::LastAnswer(bytes) => {
                stream.write_all(bytes)?;
                stream.shutdown(Shutdown::Write)?;
                sent.fetch_add(1, Ordering::SeqCst);
            }
            Act::Pieces(pieces) => {
                for (piece, pause) in pieces {
                    stream.write_all(piece)?;
                    sent.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(*pause);
                }
            }
            Act::Close | Act::Early(_) | Act::Reset(_) => break,
        }
    }
    stream.shutdown(Shutdown::Both)
}

/// In small letters.
fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).to_lowercase())
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let head = read_head(stream)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    Ok(head + &String::from_utf8_lossy(&body))
}

/// The head of a stream that ends with its connection.
pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// A stream that ends with its connection.
pub(crate) fn stream(body: &str) -> Vec<u8> {
    format!("{STREAM_HEAD}{body}").into_bytes()
}

/// A response that leaves the connection open.
pub(crate) fn response(status: u16, headers: &str, body: &str) -> Act {
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    Act::Answer(text.into_bytes())
}

pub(crate) const SOUND: &str =
    r#"{"choices":[{"message":{"content":"Ucayali."},"finish_reason":"stop"}]}"#;

pub(crate) fn sound() -> Act {
    response(200, "", SOUND)
}
