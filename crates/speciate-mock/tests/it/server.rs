//! Capacity and counts.

use std::io::Write;
use std::time::Instant;

use serde_json::json;
use speciate_mock::{Capacity, MockConfig, MockServer, MockStats, RunningMock, UsualTokens};

use crate::client::{ask, connect, exchange, get, plain, post, read_one};

/// A server where every request takes about `ms`, whatever it says.
fn timed(slots: usize, ms: f64, queue_max: Option<usize>) -> RunningMock {
    let capacity = Capacity {
        slots,
        queue_max,
        prefill_tokens_per_s: 1e9,
        decode_us_per_token: ms * 1e3 / 10.0,
        ..Capacity::default()
    };
    MockServer::start(MockConfig { capacity, ..MockConfig::perfect() }).unwrap()
}

/// A request whose answer has ten tokens.
fn ten_tokens(number: usize) -> serde_json::Value {
    let mut body = plain(&format!("Describe hill number {number}."));
    body["max_completion_tokens"] = json!(10);
    body
}

/// Sends `n` requests at once, each on its own connection; their statuses in order of arrival.
fn burst(mock: &RunningMock, n: usize) -> Vec<String> {
    let mut streams: Vec<_> = (0..n).map(|_| connect(mock.addr())).collect();
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.write_all(&post(&ten_tokens(number).to_string(), "")).unwrap();
    }
    streams.iter_mut().map(|stream| read_one(stream).head()[9..12].to_owned()).collect()
}

#[test]
fn eight_requests_on_two_slots_take_four_turns() {
    let mock = timed(2, 50.0, None);
    let start = Instant::now();
    assert_eq!(burst(&mock, 8), ["200"; 8]);
    let elapsed = start.elapsed().as_millis();
    assert!(elapsed >= 200, "{elapsed}");
    let stats = mock.stats();
    assert_eq!((stats.requests, stats.answered, stats.in_flight), (8, 8, 0));
    assert_eq!((stats.max_in_flight, stats.connections, stats.slots), (8, 8, 2));
    assert!(stats.busy_slot_ms >= 400.0, "{stats:?}");
    assert!(stats.busy_share > 0.7 && stats.busy_share <= 1.0, "{stats:?}");
    assert_eq!(stats.completion_tokens, 80);
}

#[test]
fn without_a_spread_a_short_response_takes_the_usual_time() {
    let capacity = Capacity {
        slots: 1,
        decode_us_per_token: 500.0,
        length_spread: 0.0,
        usual_tokens: UsualTokens { response: 100, ..UsualTokens::default() },
        ..Capacity::default()
    };
    let mock = MockServer::start(MockConfig { capacity, ..MockConfig::perfect() }).unwrap();
    assert_eq!(burst(&mock, 1), ["200"]);
    let stats = mock.stats();
    assert_eq!(stats.completion_tokens, 10);
    assert!(stats.busy_slot_ms >= 50.0, "{stats:?}");
}

#[test]
fn idle_time_lowers_the_busy_share() {
    let mock = timed(4, 20.0, None);
    assert_eq!(burst(&mock, 1), ["200"]);
    assert!(mock.stats().busy_share <= 0.25, "{:?}", mock.stats());
}

#[test]
fn a_full_queue_answers_503() {
    let mock = timed(1, 100.0, Some(1));
    let mut statuses = burst(&mock, 4);
    statuses.sort();
    assert_eq!(statuses, ["200", "200", "503", "503"]);
    assert_eq!(mock.stats().turned_away, 2);
}

#[test]
fn a_client_that_leaves_frees_its_slot() {
    let mock = timed(1, 30_000.0, None);
    let mut leaver = connect(mock.addr());
    leaver.write_all(&post(&ten_tokens(1).to_string(), "")).unwrap();
    while mock.stats().in_flight == 0 {
        std::thread::yield_now();
    }
    drop(leaver);
    while mock.stats().in_flight > 0 {
        std::thread::yield_now();
    }
    assert_eq!((mock.stats().abandoned, mock.stats().answered), (1, 0));
    assert!(mock.stats().busy_slot_ms < 30_000.0);
}

#[test]
fn repeats_are_counted() {
    let mock = MockServer::start(MockConfig::perfect()).unwrap();
    for number in [1, 2, 1, 1, 3] {
        ask(mock.addr(), &ten_tokens(number));
    }
    let stats = mock.stats();
    assert_eq!((stats.requests, stats.distinct_bodies, stats.repeated), (5, 3, 2));
    assert_eq!((stats.answered_again, stats.tracks_all), (2, true));
    assert!(stats.bytes_in > 500 && stats.bytes_out > 500);

    let page = exchange(mock.addr(), &get("/mock/stats")).json();
    assert_eq!((&page["repeated"], &page["requests"]), (&json!(2), &json!(5)));
    let reset = exchange(mock.addr(), b"POST /mock/reset HTTP/1.0\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(reset.json()["reset"], true);
    let stats = mock.stats();
    assert_eq!((stats.requests, stats.repeated, stats.first_request_ms), (0, 0, None));
}

#[test]
fn a_failed_request_is_repeated_but_not_paid_twice() {
    let faults = speciate_mock::FaultScript::from_short("500@1").unwrap();
    let mock = MockServer::start(MockConfig { faults, ..MockConfig::perfect() }).unwrap();
    assert!(ask(mock.addr(), &ten_tokens(1)).head().starts_with("HTTP/1.1 500 "));
    assert!(ask(mock.addr(), &ten_tokens(1)).head().starts_with("HTTP/1.1 200 "));
    let stats = mock.stats();
    assert_eq!((stats.repeated, stats.answered_again, stats.answered), (1, 0, 1));
}

#[test]
fn tracking_can_be_off() {
    let mock =
        MockServer::start(MockConfig { track_bodies: false, ..MockConfig::perfect() }).unwrap();
    for _ in 0..3 {
        ask(mock.addr(), &ten_tokens(1));
    }
    let MockStats { requests, distinct_bodies, repeated, tracks_all, .. } = mock.stats();
    assert_eq!((requests, distinct_bodies, repeated, tracks_all), (3, 0, 0, false));
}

#[test]
fn answers_have_the_shape_of_the_api() {
    let mock = MockServer::start(MockConfig::perfect()).unwrap();
    let answer = ask(mock.addr(), &plain("Name a \"river\"\n日本")).json();
    assert_eq!(
        (&answer["object"], &answer["created"]),
        (&json!("chat.completion"), &json!(1_750_000_000))
    );
    assert_eq!(
        (&answer["model"], &answer["choices"][0]["finish_reason"]),
        (&json!("m"), &json!("stop"))
    );
    assert_eq!(answer["choices"][0]["message"]["role"], "assistant");
    let usage = |name: &str| answer["usage"][name].as_u64().unwrap();
    assert_eq!(usage("total_tokens"), usage("prompt_tokens") + usage("completion_tokens"));
    let unnamed = ask(
        mock.addr(),
        &json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}),
    );
    assert_eq!(unnamed.json()["model"], "mock");
}

#[test]
fn it_stops() {
    let mock = MockServer::start(MockConfig::perfect()).unwrap();
    let addr = mock.addr();
    assert_eq!(mock.base_url(), format!("http://127.0.0.1:{}/v1", addr.port()));
    assert!(addr.ip().is_loopback());
    mock.stop();
    assert!(std::net::TcpStream::connect(addr).is_err());
    let again =
        MockServer::start(MockConfig { port: addr.port(), ..MockConfig::perfect() }).unwrap();
    assert_eq!(again.addr(), addr);
}

#[test]
fn configurations_are_checked() {
    let text = "track_bodies = false\n[capacity]\nslots = 8\n[quality]\nthink = 0.5\n[[faults.rules]]\nkind = 'hang'\nat = [17]\n";
    let config = MockConfig::from_toml(text).unwrap();
    assert_eq!(
        (config.capacity.slots, config.quality.think, config.faults.rules.len()),
        (8, 0.5, 1)
    );
    for wrong in [
        "extra = 1",
        "[capacity]\nslots = 0",
        "[quality]\nmeta = 2.0",
        "[capacity]\nqueue_full_status = 200",
        "[capacity]\nlength_spread = 2.1",
        "[capacity]\nlength_spread = nan",
        "[capacity.usual_tokens]\nresponse = -1",
    ] {
        assert!(MockConfig::from_toml(wrong).is_err(), "{wrong}");
    }
    let none = MockConfig {
        capacity: Capacity { slots: 0, ..Capacity::default() },
        ..MockConfig::default()
    };
    assert_eq!(MockServer::start(none).unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
}
