//! Models, requests and mocks for the tests.

use std::net::TcpListener;

use speciate_llm::{ApiKey, Endpoint, HttpModel, Model, StreamMode, Timeouts};
use speciate_mock::{FaultRule, FaultScript, MockConfig, MockServer, RunningMock};
use speciate_types::{CallError, ChatMessage, ChatRequest, ChatResponse, MessageRole, Sampling};

/// Must never be seen in a message.
pub(crate) const KEY: &str = "sk-canary-Zq81LmXw";

/// So long that no busy machine reaches them.
pub(crate) const PATIENT: Timeouts =
    Timeouts { connect_ms: 60_000, silence_ms: 60_000, total_ms: 60_000 };
/// For faults that a clock has to end.
pub(crate) const SHORT: Timeouts = Timeouts { connect_ms: 300, silence_ms: 300, total_ms: 800 };

/// An endpoint that is asked for whole answers, whatever the clocks.
pub(crate) fn endpoint(base_url: &str, timeouts: Timeouts) -> Endpoint {
    let stream = StreamMode::Never;
    Endpoint { key: ApiKey::new(KEY), timeouts, stream, ..Endpoint::new(base_url) }
}

/// Which transport carries the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// The client's own connections.
    Own,
    /// The HTTP library's client.
    Library,
}

pub(crate) fn request(text: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![ChatMessage::new(MessageRole::User, text)],
        sampling: Sampling {
            max_tokens: Some(2_000),
            temperature: Some(0.5),
            ..Sampling::default()
        },
        stop: Vec::new(),
        seed: 1,
        shared_messages: 0,
    }
}

pub(crate) async fn ask(model: &HttpModel) -> Result<ChatResponse, CallError> {
    model.call(request("Name a river in Peru.")).await
}

/// What is said of a compressed answer where compression is not understood.
pub(crate) const NOT_ASKED: &str = "it is compressed, which was not asked for";

/// A port that nothing listens on.
pub(crate) fn dead_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) fn mock(rules: Vec<FaultRule>) -> RunningMock {
    let faults = FaultScript { drip_ms: 20, hang_ms: 60_000, rules, ..FaultScript::default() };
    MockServer::start(MockConfig { faults, ..MockConfig::perfect() }).unwrap()
}

/// What a message must be, whoever wrote it.
pub(crate) fn check_message(message: &str) {
    assert!(!message.is_empty() && message.chars().count() < 420, "{message}");
    assert!(!message.contains(KEY), "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
    let is_tag = |at: usize| {
        message[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c))
    };
    assert!(!message.match_indices('<').any(|(at, _)| is_tag(at)), "{message}");
}

/// One line: class, status, whether it may have been billed, message.
pub(crate) fn line(result: &Result<ChatResponse, CallError>) -> String {
    match result {
        Ok(response) => {
            check_message(&response.model);
            format!(
                "ok ({})",
                if response.usage.estimated { "usage estimated" } else { "usage counted" }
            )
        }
        Err(error) => {
            check_message(&error.message);
            let status = error.status.map_or("-".to_owned(), |status| status.to_string());
            let billed = if error.maybe_billed { "billed?" } else { "free" };
            format!("{} | {status} | {billed} | {}", error.class.as_str(), error.message)
        }
    }
}
