//! Which request goes where.

use crate::chat::{Dialect, ParsedRequest, first_u64};
use crate::http::Request;

/// A whole request, read off its connection.
#[derive(Debug)]
pub(super) enum Routed {
    Chat(Box<ChatCall>),
    Models,
    Stats,
    Reset,
    /// Not to be served: a status and a message, and whose shape it is told in.
    Refused(u16, String, Dialect),
}

/// A request for a chat completion.
#[derive(Debug)]
pub(super) struct ChatCall {
    pub(super) request: ParsedRequest,
    pub(super) authorization: Option<String>,
    /// 64 bits of the body's hash.
    pub(super) body: u64,
}

/// Decides about `request`; `hashes` says whether anybody asks for the hash of its body.
pub(super) fn route(request: &Request<'_>, hashes: bool) -> Routed {
    let path = request.path.strip_prefix("/v1").unwrap_or(request.path);
    match (request.method, path) {
        ("POST", "/chat/completions") => chat(Dialect::OpenAi, request, hashes),
        ("POST", "/messages") => chat(Dialect::Anthropic, request, hashes),
        ("GET", "/models") => Routed::Models,
        ("GET", "/mock/stats") => Routed::Stats,
        ("POST", "/mock/reset") => Routed::Reset,
        (_, "/chat/completions" | "/messages" | "/models" | "/mock/stats" | "/mock/reset") => {
            let message = format!("{} is not a method of {}", request.method, request.path);
            Routed::Refused(405, message, Dialect::OpenAi)
        }
        _ => {
            let message = format!("there is nothing at {}", request.path);
            Routed::Refused(404, message, Dialect::OpenAi)
        }
    }
}

fn chat(dialect: Dialect, request: &Request<'_>, hashes: bool) -> Routed {
    let parsed = match dialect {
        Dialect::OpenAi => ParsedRequest::from_json(request.body),
        Dialect::Anthropic => ParsedRequest::from_anthropic(request.body),
    };
    match parsed {
        Ok(parsed) => Routed::Chat(Box::new(ChatCall {
            request: parsed,
            authorization: request.authorization.map(str::to_owned),
            body: if hashes { first_u64(&blake3::hash(request.body)) } else { 0 },
        })),
        Err(error) => Routed::Refused(400, with_sources(&error), dialect),
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => error.to_string(),
    }
}
