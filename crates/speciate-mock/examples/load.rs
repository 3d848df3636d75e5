//! Measures what the server costs: many keep-alive connections, instant answers.
//!
//! `cargo run -p speciate-mock --example load [REQUESTS [CONNECTIONS]]`

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use speciate_mock::{Capacity, MockConfig, MockServer};

fn main() -> Result<()> {
    let number =
        |nth, usual| std::env::args().nth(nth).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (n_requests, n_connections) = (number(1, 40_000_usize), number(2, 64_usize).max(1));
    let mock =
        MockServer::start(MockConfig { capacity: Capacity::instant(), ..MockConfig::default() })?;
    let start = Instant::now();
    drive(mock.addr(), n_requests, n_connections)?;
    let (elapsed, stats) = (start.elapsed(), mock.stats());
    let mut out = std::io::stdout().lock();
    let rate = stats.requests as f64 / elapsed.as_secs_f64();
    writeln!(
        out,
        "{} requests, {} answered, {rate:.0} requests/s",
        stats.requests, stats.answered
    )?;
    if let Some(cpu) = server_cpu() {
        let each_us = cpu.as_secs_f64() * 1e6 / stats.requests as f64;
        writeln!(out, "server CPU {each_us:.1} us for each request")?;
    }
    let (bytes_in, bytes_out) =
        (stats.bytes_in / stats.requests.max(1), stats.bytes_out / stats.requests.max(1));
    writeln!(out, "{bytes_in} bytes in and {bytes_out} bytes out for each request")
}

/// Sends one request on each connection, then reads all of the answers, and so on.
fn drive(addr: SocketAddr, n_requests: usize, n_connections: usize) -> Result<()> {
    let mut streams: Vec<TcpStream> =
        (0..n_connections).map(|_| TcpStream::connect(addr)).collect::<Result<_>>()?;
    let mut sent = 0;
    let mut buffer = Vec::new();
    while sent < n_requests {
        let round = n_connections.min(n_requests - sent);
        for (idx, stream) in streams.iter_mut().take(round).enumerate() {
            stream.write_all(&request(sent + idx))?;
        }
        for stream in streams.iter_mut().take(round) {
            read_answer(stream, &mut buffer)?;
        }
        sent += round;
    }
    Ok(())
}

/// By turns an evolving prompt of about 2 KB and an instruction.
fn request(number: usize) -> Vec<u8> {
    let rules = "- It keeps to this rule, which is written out here in full words.\\n".repeat(24);
    let messages = if number.is_multiple_of(2) {
        format!(
            r#"[{{"role":"system","content":"You edit.\nMethod: constraints\n{rules}"}},{{"role":"user","content":"<source-abcdef>\nDescribe the working day number {number} of a harbour pilot.\n</source-abcdef>\n\nReply between <evolved> and </evolved>."}}]"#
        )
    } else {
        format!(
            r#"[{{"role":"user","content":"Describe the working day number {number} of a harbour pilot in ten sentences."}}]"#
        )
    };
    let body = format!(
        r#"{{"model":"mock","messages":{messages},"max_tokens":2048,"temperature":1.0,"top_p":0.9,"seed":{number}}}"#
    );
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(length) = length(buffer)
            && buffer.len() >= length
        {
            return Ok(());
        }
        match stream.read(&mut piece)? {
            0 => return Err(Error::from(ErrorKind::UnexpectedEof)),
            n => buffer.extend_from_slice(&piece[..n]),
        }
    }
}

/// The length of the whole answer, once its head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = str::from_utf8(&bytes[..head_end]).ok()?;
    let length: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
    Some(head_end + length)
}

/// CPU time of the server's thread so far, where the system tells it.
fn server_cpu() -> Option<Duration> {
    let tasks = Path::new("/proc/self/task").read_dir().ok()?;
    let mut paths = tasks.flatten().map(|task| task.path());
    let path = paths.find(|path| {
        std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "mock-server")
    })?;
    let times = std::fs::read_to_string(path.join("schedstat")).ok()?;
    Some(Duration::from_nanos(times.split(' ').next()?.parse().ok()?))
}
