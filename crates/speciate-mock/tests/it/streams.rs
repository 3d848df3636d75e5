//! Answers as events.

use serde_json::{Value, json};
use speciate_mock::{Capacity, MockConfig, MockServer};

use crate::client::{ask, plain, unchunk};

/// The parsed events of a stream that ends as it should.
fn events(config: MockConfig, wants_usage: bool) -> Vec<Value> {
    let mock = MockServer::start(config).unwrap();
    let mut body = plain("Describe how a lighthouse is kept.");
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": wants_usage});
    let seen = ask(mock.addr(), &body);
    assert!(seen.head().contains("content-type: text/event-stream"));
    let (body, is_whole) = unchunk(seen.body());
    assert!(is_whole);
    assert_eq!(mock.stats().answered, 1);
    let text = String::from_utf8(body).unwrap();
    let mut data: Vec<_> =
        text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap()).collect();
    assert_eq!(data.pop(), Some("[DONE]"));
    data.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
}

fn content(events: &[Value]) -> String {
    events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
}

#[test]
fn a_stream_holds_the_same_text() {
    let mock = MockServer::start(MockConfig::perfect()).unwrap();
    let whole = ask(mock.addr(), &plain("Describe how a lighthouse is kept.")).json();
    let events = events(MockConfig::perfect(), false);
    assert_eq!(content(&events), whole["choices"][0]["message"]["content"].as_str().unwrap());
    let finishes: Vec<_> =
        events.iter().filter_map(|event| event["choices"][0]["finish_reason"].as_str()).collect();
    assert_eq!(finishes, ["stop"]);
    assert!(events.iter().all(|event| event["usage"].is_null() && event["id"] == whole["id"]));
}

#[test]
fn usage_comes_last_if_asked_for() {
    let events = events(MockConfig::perfect(), true);
    let last = events.last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert!(last["usage"]["completion_tokens"].as_u64().unwrap() > 50);
}

#[test]
fn a_paced_stream_takes_a_slot() {
    let capacity = Capacity { decode_us_per_token: 100.0, ..Capacity::default() };
    let paced = events(MockConfig { capacity, ..MockConfig::perfect() }, false);
    assert_eq!(content(&paced), content(&events(MockConfig::perfect(), false)));
}
