//! The reader of requests.

use proptest::prelude::*;
use speciate_mock::http::{BadRequest, Parsed, parse};
use speciate_mock::{MockConfig, MockServer};

use crate::client::{connect, exchange, plain, post, read_one};

const BODY_MAX: usize = 1_000;

fn bad(bytes: &[u8]) -> Option<u16> {
    match parse(bytes, BODY_MAX) {
        Parsed::Bad(bad) => Some(bad.status()),
        _ => None,
    }
}

#[test]
fn a_request_is_read_once_its_last_byte_is_there() {
    let whole = b"POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: a\r\nAuthorization:  Bearer k \r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    for split in 0..whole.len() {
        let parsed = parse(&whole[..split], BODY_MAX);
        assert!(matches!(parsed, Parsed::Partial { .. }), "{split}: {parsed:?}");
    }
    let twice = [whole.as_slice(), whole].concat();
    let Parsed::Complete(request, length) = parse(&twice, BODY_MAX) else { panic!("not complete") };
    assert_eq!(length, whole.len());
    assert_eq!((request.method, request.path), ("POST", "/v1/chat/completions"));
    assert_eq!((request.body, request.authorization), (b"hello".as_slice(), Some("Bearer k")));
    assert!(!request.keeps_alive);
}

#[test]
fn wrong_requests_are_refused() {
    let long = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "a".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(65));
    for (text, expected) in [
        ("\x16\x03\x01", 400),
        ("get / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1 x\r\nhost: a\r\n\r\n", 400),
        ("GET http://a/ HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\nx: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\n\r\n", 411),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", 411),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n", 413),
        (&long, 431),
        (&many, 431),
    ] {
        assert_eq!(bad(text.as_bytes()), Some(expected), "{:?}", &text[..text.len().min(80)]);
    }
}

#[test]
fn old_clients_close_unless_they_say_otherwise() {
    for (text, expected) in [
        ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", true),
    ] {
        let Parsed::Complete(request, _) = parse(text.as_bytes(), 0) else { panic!("{text}") };
        assert_eq!(request.keeps_alive, expected, "{text}");
    }
}

#[test]
fn the_server_says_what_is_wrong_and_lives_on() {
    let mock =
        MockServer::start(MockConfig { body_bytes_max: 1_000, ..MockConfig::perfect() }).unwrap();
    let refused = |bytes: &[u8]| exchange(mock.addr(), bytes).head();
    assert!(refused(b"\x16\x03\x01\x02").starts_with("HTTP/1.1 400 "));
    assert!(refused(&post(&"x".repeat(2_000_000), "")).starts_with("HTTP/1.1 413 "));
    assert!(refused(&post("{}", "connection: close\r\n")).starts_with("HTTP/1.1 400 "));
    assert!(
        refused(&post("{\"messages\":[]}", "connection: close\r\n")).starts_with("HTTP/1.1 400 ")
    );
    assert!(refused(b"GET /v2/x HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 404 "));
    assert!(refused(b"DELETE /v1/models HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert_eq!(mock.stats().bad_requests, 6);
    assert_eq!(mock.stats().requests, 0);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    use std::io::Write;
    let mock = MockServer::start(MockConfig::perfect()).unwrap();
    let texts = ["Name a river.", "Name a hill.", "Name a lake."];
    let alone =
        texts.map(|text| crate::client::ask(mock.addr(), &plain(text)).json()["id"].clone());
    let all: Vec<u8> = texts.iter().flat_map(|text| post(&plain(text).to_string(), "")).collect();
    let mut stream = connect(mock.addr());
    // Cut in the middle of the second body.
    let (start, end) = all.split_at(all.len() / 2);
    stream.write_all(start).unwrap();
    let first = read_one(&mut stream);
    stream.write_all(end).unwrap();
    let ids =
        [first, read_one(&mut stream), read_one(&mut stream)].map(|seen| seen.json()["id"].clone());
    assert_eq!(ids, alone);
}

#[test]
fn expect_continue_is_answered() {
    use std::io::{Read, Write};
    let mock = MockServer::start(MockConfig::perfect()).unwrap();
    let body = plain("Name a river.").to_string();
    let head = format!(
        "POST /chat/completions HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = connect(mock.addr());
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    assert!(read_one(&mut stream).head().starts_with("HTTP/1.1 200 "));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes, BODY_MAX);
    }

    #[test]
    fn damaged_requests_never_panic(at in 0_usize..90, byte: u8, cut in 0_usize..100) {
        let mut bytes = b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello".to_vec();
        let place = at.min(bytes.len() - 1);
        bytes[place] = byte;
        bytes.truncate(cut);
        match parse(&bytes, BODY_MAX) {
            Parsed::Complete(_, length) => prop_assert!(length <= bytes.len()),
            Parsed::Bad(BadRequest::Syntax(place)) => prop_assert!(!place.is_empty()),
            _ => {}
        }
    }
}
