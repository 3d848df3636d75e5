//! A raw client that sees every byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Eof,
    Reset,
}

/// All that came over a connection.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

impl Seen {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn head(&self) -> String {
        self.text().split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    pub(crate) fn body(&self) -> &[u8] {
        let start = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        start.map_or(&[], |start| &self.bytes[start + 4..])
    }

    /// The length that the head announces.
    pub(crate) fn announced(&self) -> Option<usize> {
        let head = self.head();
        let line = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        line.parse().ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.body())
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

pub(crate) fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends `bytes` and reads until the connection ends.
pub(crate) fn exchange(addr: SocketAddr, bytes: &[u8]) -> Seen {
    let mut stream = connect(addr);
    stream.write_all(bytes).unwrap();
    let mut seen = Vec::new();
    let end = match stream.read_to_end(&mut seen) {
        Ok(_) => End::Eof,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
        Err(error) => panic!("{error} after {}", String::from_utf8_lossy(&seen)),
    };
    Seen { bytes: seen, end }
}

/// A request for a chat completion; `headers` are lines with their ends.
pub(crate) fn post(body: &str, headers: &str) -> Vec<u8> {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n").into_bytes()
}

/// Asks once, on a connection of its own.
pub(crate) fn ask(addr: SocketAddr, body: &Value) -> Seen {
    exchange(
        addr,
        &post(&body.to_string(), "authorization: Bearer sk-test-42\r\nconnection: close\r\n"),
    )
}

/// A request with one message of the user.
pub(crate) fn plain(text: &str) -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": text}], "seed": 1})
}

/// Reads one answer with a length from a connection that stays open.
pub(crate) fn read_one(stream: &mut TcpStream) -> Seen {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let head = Seen { bytes: bytes.clone(), end: End::Eof };
    let mut body = vec![0; head.announced().unwrap()];
    stream.read_exact(&mut body).unwrap();
    bytes.extend(body);
    Seen { bytes, end: End::Eof }
}

/// The body of a chunked answer, and whether its last chunk came.
pub(crate) fn unchunk(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(line_end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(str::from_utf8(&bytes[..line_end]).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(&bytes[line_end + 2..][..size]);
        bytes = &bytes[line_end + 2 + size + 2..];
    }
    (body, false)
}
