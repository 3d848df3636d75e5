//! Models, requests and mocks for the tests.

use speciate_llm::{ApiKey, Endpoint, HttpModel, Model, StreamMode, Timeouts, WireFormat};
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

pub(crate) fn model(base_url: &str, timeouts: Timeouts) -> HttpModel {
    HttpModel::new(&endpoint(base_url, timeouts), "m").unwrap()
}

/// A model whose answers come as streams, in the given format.
pub(crate) fn streaming(base_url: &str, wire: WireFormat, timeouts: Timeouts) -> HttpModel {
    let stream = StreamMode::Always;
    HttpModel::new(&Endpoint { wire, stream, ..endpoint(base_url, timeouts) }, "m").unwrap()
}

/// A model that is asked for whole answers in Anthropic's format.
pub(crate) fn anthropic(base_url: &str, timeouts: Timeouts) -> HttpModel {
    let wire = WireFormat::Anthropic;
    HttpModel::new(&Endpoint { wire, ..endpoint(base_url, timeouts) }, "m").unwrap()
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
