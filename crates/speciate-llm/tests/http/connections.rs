//! Connections that end at a bad moment, and clocks.

use speciate_llm::{Model as _, Timeouts};
use speciate_mock::{FaultKind, FaultRule};
use speciate_types::ErrorClass;

use super::OVER;
use super::over::model;
use crate::raw::{Act, Raw, SOUND, response, sound};
use crate::support::{Over, PATIENT, SHORT, ask, check_message, dead_port, line, mock, request};

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

/// A connection that carried nothing before was no stale one: whoever closed it had the request.
///
/// The library does not tell which connections are new.
#[tokio::test]
async fn a_new_connection_is_never_stale() {
    let once = response(200, "connection: close\r\n", SOUND);
    let server = Raw::start(vec![vec![once], vec![Act::Close], vec![sound()]]);
    let model = model(&server.base_url, PATIENT);
    ask(&model).await.unwrap();
    let again = ask(&model).await;
    match OVER {
        Over::Own => {
            let error = again.unwrap_err();
            assert_eq!((error.class, error.maybe_billed), (ErrorClass::Transient, true));
            assert_eq!(server.requests(), 2);
        }
        Over::Library => {
            assert_eq!((again.unwrap().text.as_str(), server.requests()), ("Ucayali.", 3));
        }
    }
}

/// A server that closes a connection between two calls costs neither a try nor a word.
#[tokio::test]
async fn a_connection_that_is_closed_while_idle_costs_nothing() {
    let server = Raw::start(vec![vec![sound()]; 20]);
    let model = model(&server.base_url, PATIENT);
    for n in 1..=20 {
        ask(&model).await.unwrap();
        server.has_sent(n).await;
    }
    assert_eq!(server.requests(), 20);
}

/// H-13: a server that has read enough answers before it has all of the request.
#[tokio::test]
async fn an_early_answer() {
    let refusal = "HTTP/1.1 413 X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let server = Raw::start(vec![vec![Act::Early(refusal.into())], vec![sound()]]);
    let model = model(&server.base_url, PATIENT);
    let error = model.call(request(&"river ".repeat(2 << 20))).await.unwrap_err();
    assert_eq!((error.class, error.status), (ErrorClass::BadItem, Some(413)));
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
}

/// A server that will not write any more is not asked, though it would still read.
#[tokio::test]
async fn a_connection_that_is_closed_on_one_side() {
    let Act::Answer(answer) = sound() else { unreachable!() };
    let half = || Act::LastAnswer(answer.clone());
    let server = Raw::start(vec![vec![half(), half()], vec![sound()]]);
    let model = model(&server.base_url, PATIENT);
    ask(&model).await.unwrap();
    server.has_sent(1).await;
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
    assert_eq!(server.requests(), 2);
}

/// N-04: where a reset comes decides what it may have cost.
#[tokio::test]
async fn resets() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n";
    let body = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\"";
    // The library does not tell whether some of a head had come.
    let is_own = OVER == Over::Own;
    for (bytes, is_kept_error) in [(&b""[..], false), (head, is_own), (body, true)] {
        let reset = || Act::Reset(bytes.to_vec());
        let server = Raw::start(vec![vec![reset()], vec![sound()]]);
        let first = line(&ask(&model(&server.base_url, PATIENT)).await);
        assert!(first.starts_with("transient | - | billed? | "), "{first}");
        assert!(first.ends_with("reset the connection"), "{first}");
        assert_eq!(server.requests(), 1);
        let server = Raw::start(vec![vec![sound(), reset()], vec![sound()]]);
        let model = model(&server.base_url, PATIENT);
        ask(&model).await.unwrap();
        assert_eq!(ask(&model).await.is_err(), is_kept_error);
    }
}

#[tokio::test]
async fn nobody_listens() {
    let base = format!("http://127.0.0.1:{}/v1", dead_port());
    let error = ask(&model(&base, PATIENT)).await.unwrap_err();
    check_message(&error.message);
    assert_eq!((error.class, error.maybe_billed), (ErrorClass::Transient, false));
    assert_eq!(error.message, format!("nothing listens at {base} (connection refused)"));
}

/// Who does not even take a connection is given up by the clock for that, and by the
/// others where they are shorter; nothing was sent.
#[tokio::test]
async fn a_connection_that_does_not_come() {
    // With a backlog of none the kernel drops who comes after the first.
    let full = tokio::net::TcpSocket::new_v4().unwrap();
    full.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let full = full.listen(0).unwrap();
    let address = full.local_addr().unwrap();
    let patience = std::time::Duration::from_millis(300);
    let fill = || std::net::TcpStream::connect_timeout(&address, patience);
    let _fill = [fill(), fill()];
    for clocks in [
        Timeouts { connect_ms: 300, ..PATIENT },
        Timeouts { silence_ms: 300, ..PATIENT },
        Timeouts { total_ms: 300, ..PATIENT },
    ] {
        let base = format!("http://{address}/v1");
        let error = ask(&model(&base, clocks)).await.unwrap_err();
        let start = format!("waited too long for a connection from {base}: none within ");
        assert!(error.message.starts_with(&start), "{error}");
        assert_eq!((error.class, error.maybe_billed), (ErrorClass::Transient, false));
    }
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
