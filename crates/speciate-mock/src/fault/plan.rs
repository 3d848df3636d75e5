//! What a fault does on the connection, decided before anything is sent.

use super::bodies::page;
use super::spoil::render;
use super::{FaultKind, FaultRule};
use crate::answer::MockAnswer;
use crate::chat::Dialect;
use crate::http::{After, Head, LAST_CHUNK, chunk};

/// The request that meets a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) number: u64,
    pub(crate) dialect: Dialect,
    pub(crate) model: &'a str,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) is_stream: bool,
    pub(crate) wants_usage: bool,
    /// The parameter that the rule refuses.
    pub(crate) parameter: &'a str,
    /// The sound answer.
    pub(crate) answer: &'a MockAnswer,
    /// What a sound answer would do with the connection.
    pub(crate) after: After,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send at once.
    Send(Vec<u8>),
    /// Send byte by byte, with pauses.
    Drip(Vec<u8>),
    /// Send the same bytes many times.
    Flood(Vec<u8>, usize),
    /// Say nothing.
    Hang,
}

/// What becomes of the connection in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    KeepAlive,
    Close,
    Reset,
}

/// All that a fault does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Play {
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

impl Play {
    fn send(bytes: Vec<u8>, end: End) -> Self {
        Self { steps: vec![Step::Send(bytes)], end }
    }
}

/// Decides what `rule` does to `case`.
pub(crate) fn plan(rule: &FaultRule, case: &Case<'_>) -> Play {
    let mut headers = rule.header_lines();
    if let Some(page) = page(rule.kind, case) {
        if rule.kind == FaultKind::Redirect {
            headers.push("location: http://127.0.0.2/v1/chat/completions".to_owned());
        }
        let content_type = page.content_type;
        let bytes = message(page.status, content_type, &page.body, case.after, &headers);
        return Play::send(bytes, end_of(case.after));
    }
    match rule.kind {
        FaultKind::Hang => Play { steps: vec![Step::Hang], end: End::Close },
        FaultKind::Reset => Play { steps: Vec::new(), end: End::Reset },
        FaultKind::Close => Play { steps: Vec::new(), end: End::Close },
        FaultKind::NotHttp => Play::send(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), End::Close),
        FaultKind::HugeHead => Play::send(huge_head(), End::Close),
        FaultKind::HugeBody => huge_body(),
        kind => spoiled(kind, case, headers),
    }
}

/// The faults that need a real answer first.
fn spoiled(kind: FaultKind, case: &Case<'_>, mut headers: Vec<String>) -> Play {
    let rendered = render(kind, case);
    let (content_type, body) = (rendered.content_type, rendered.body.as_slice());
    let half = &body[..body.len() / 2];
    let head = |n_bytes, after| {
        let mut out = Vec::new();
        Head { status: 200, content_type, n_bytes, after }.write(&mut out, &headers);
        out
    };
    let whole = Some(body.len());
    match kind {
        FaultKind::HangMidBody => {
            let start = [&head(whole, After::KeepAlive), half].concat();
            Play { steps: vec![Step::Send(start), Step::Hang], end: End::Close }
        }
        FaultKind::Drip => {
            let steps = vec![Step::Send(head(whole, case.after)), Step::Drip(body.to_vec())];
            Play { steps, end: end_of(case.after) }
        }
        FaultKind::CutBody => {
            Play::send([&head(whole, After::KeepAlive), half].concat(), End::Close)
        }
        FaultKind::CutChunked => {
            let mut out = head(None, After::KeepAlive);
            chunk(&mut out, half);
            Play::send(out, End::Close)
        }
        FaultKind::CutClose => {
            Play::send([close_delimited(content_type).as_bytes(), half].concat(), End::Close)
        }
        FaultKind::ByteChunks => {
            let mut out = head(None, case.after);
            for byte in body {
                chunk(&mut out, &[*byte]);
            }
            out.extend_from_slice(LAST_CHUNK);
            Play::send(out, end_of(case.after))
        }
        FaultKind::StaleKeepAlive => {
            Play::send([&head(whole, After::KeepAlive), body].concat(), End::Close)
        }
        _ => {
            if kind == FaultKind::CorruptGzip {
                headers.push("content-encoding: gzip".to_owned());
            }
            Play::send(message(200, content_type, body, case.after, &headers), end_of(case.after))
        }
    }
}

fn end_of(after: After) -> End {
    match after {
        After::KeepAlive => End::KeepAlive,
        After::Close => End::Close,
    }
}

/// A complete answer with a true length.
pub(crate) fn message(
    status: u16,
    content_type: &str,
    body: &[u8],
    after: After,
    headers: &[String],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + body.len());
    Head { status, content_type, n_bytes: Some(body.len()), after }.write(&mut out, headers);
    out.extend_from_slice(body);
    out
}

fn close_delimited(content_type: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n")
}

fn huge_head() -> Vec<u8> {
    let headers: Vec<_> = (0..300).map(|n| format!("x-padding-{n}: {}", "a".repeat(280))).collect();
    message(200, "application/json", b"{}", After::Close, &headers)
}

const FLOOD_PIECE: usize = 64 * 1024;
const FLOOD_TIMES: usize = 1_024;

fn huge_body() -> Play {
    let start = b"{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"";
    let end = b"\"}}]}";
    let n_bytes = Some(start.len() + FLOOD_PIECE * FLOOD_TIMES + end.len());
    let mut head = Vec::new();
    Head { status: 200, content_type: "application/json", n_bytes, after: After::Close }
        .write(&mut head, &[]);
    head.extend_from_slice(start);
    let flood = Step::Flood(vec![b'a'; FLOOD_PIECE], FLOOD_TIMES);
    Play { steps: vec![Step::Send(head), flood, Step::Send(end.to_vec())], end: End::Close }
}
