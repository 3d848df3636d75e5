//! Connections that end at a bad moment, and clocks.

use speciate_mock::{FaultKind, FaultRule};
use speciate_types::ErrorClass;

use crate::raw::{Act, Raw, sound};
use speciate_llm::Timeouts;

use crate::support::{PATIENT, SHORT, ask, mock, model};

#[tokio::test]
async fn a_stale_connection_is_replaced_at_no_cost() {
    let server = Raw::start(vec![vec![sound(), Act::Close], vec![sound()]]);
    let model = model(&server.base_url, PATIENT);
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_stale_connection_is_replaced_once() {
    let server = Raw::start(vec![vec![sound(), Act::Close], vec![Act::Close], vec![sound()]]);
    let model = model(&server.base_url, PATIENT);
    ask(&model).await.unwrap();
    let error = ask(&model).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Transient);
    assert!(error.maybe_billed && error.message.contains("without an answer"), "{error}");
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_first_connection_is_not_stale() {
    let server = Raw::start(vec![vec![Act::Close], vec![sound()]]);
    let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!((error.class, server.requests()), (ErrorClass::Transient, 1));
}

#[tokio::test]
async fn keep_alive_that_is_not_kept_goes_unnoticed() {
    let mock = mock(vec![FaultRule::always(FaultKind::StaleKeepAlive)]);
    let model = model(&mock.base_url(), PATIENT);
    for _ in 0..50 {
        ask(&model).await.unwrap();
    }
}

#[tokio::test]
async fn connections_are_kept() {
    let mock = mock(Vec::new());
    let model = model(&mock.base_url(), PATIENT);
    for _ in 0..10 {
        ask(&model).await.unwrap();
    }
    assert_eq!(mock.stats().connections, 1);
}

/// Each byte resets the clock for silence, so only the clock for the whole ends it.
#[tokio::test]
async fn a_drip_is_ended_by_the_clock_for_the_whole() {
    let mock = mock(vec![FaultRule::always(FaultKind::Drip)]);
    let clocks = Timeouts { total_ms: 1_200, ..SHORT };
    let began = std::time::Instant::now();
    let error = ask(&model(&mock.base_url(), clocks)).await.unwrap_err();
    assert!(began.elapsed().as_millis() >= 1_200, "{:?}", began.elapsed());
    assert!(error.message.starts_with("waited too long for an answer"), "{error}");
}

#[tokio::test]
async fn a_huge_body_is_not_read() {
    let mock = mock(vec![FaultRule::always(FaultKind::HugeBody)]);
    let model = model(&mock.base_url(), PATIENT);
    let error = ask(&model).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Malformed);
    assert!(error.message.contains("4 MiB"), "{error}");
    drop(model);
    while mock.stats().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    assert!(mock.stats().bytes_out < 32 << 20, "{}", mock.stats().bytes_out);
}

/// Without an announced length the cap is on what has come.
#[tokio::test]
async fn an_endless_body_is_left() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"choices\":\"".to_vec();
    bytes.resize(16 << 20, b'a');
    let server = Raw::start(vec![vec![Act::Answer(bytes)]]);
    let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
    assert!(error.class == ErrorClass::Malformed && error.maybe_billed, "{error}");
}

#[tokio::test]
async fn dropping_the_call_ends_it() {
    let mock = mock(vec![FaultRule::always(FaultKind::Hang)]);
    let model = model(&mock.base_url(), PATIENT);
    let waiting = tokio::spawn(async move { ask(&model).await });
    while mock.stats().in_flight == 0 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    while mock.stats().in_flight > 0 {
        tokio::task::yield_now().await;
    }
}
